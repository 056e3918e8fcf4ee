package sandboxed

import (
	"context"
	"slices"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/repair"
)

// ofOthers are types that the sandbox has for those whose things the program finds.
var ofOthers = map[string]bool{"aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": true, "aws:organizations/organization:Organization": true}

// The program makes no AWS type that the sandbox does not model.
func TestARepairKnowsEveryTypeOfTheSandbox(t *testing.T) {
	for _, kind := range aws.Types() {
		if _, known := repair.Table[kind]; !known && !ofOthers[kind] {
			t.Errorf("the table of package repair has no row for %s", kind)
		}
	}
}

func TestTheFinderListsTheAccountsResourcesOfAType(t *testing.T) {
	folder := t.TempDir()
	w, err := world.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	put := func(account, region, kind, id string, more map[string]any) {
		props := map[string]any{"vpcId": "vpc-1", "toPort": 15008.0, "clusterName": "mesh", "tagsAll": map[string]any{"ambient-ecs-install": "mesh"}}
		for k, v := range more {
			props[k] = v
		}
		if err := w.Do(func(tx *world.Tx) error {
			tx.Put(&world.Resource{Account: account, Region: region, Kind: kind, ID: id, Props: props})
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	put("111122223333", "eu-central-1", ingressKind, "sgr-1", nil)
	put("111122223333", "eu-west-1", ingressKind, "sgr-elsewhere", nil)
	put("444455556666", "eu-central-1", ingressKind, "sgr-away", nil)
	put("111122223333", "eu-central-1", podIdentityKind, "a-1", nil)
	put("111122223333", "eu-central-1", ecsClusterKind, "gone", map[string]any{"_status": "INACTIVE"})
	for kind, want := range map[string]string{ingressKind: "sgr-1", podIdentityKind: "mesh,a-1", ecsClusterKind: ""} {
		found, err := Finder{folder}.Find(context.Background(), repair.Query{
			Account: repair.Account{ID: "111122223333", Region: "eu-central-1"}, Type: kind, Want: map[string]string{"vpcId": "", "toPort": "", "fromPort": ""},
		})
		switch {
		case err != nil:
			t.Error(err)
		case want == "" && len(found) > 0, want != "" && (len(found) != 1 || found[0].ID != want):
			t.Errorf("%s: found %v, want %s", kind, found, want)
		case want != "" && (found[0].Values["toPort"] != "15008" || found[0].Values["vpcId"] != "vpc-1" || found[0].Tags["ambient-ecs-install"] != "mesh"):
			t.Errorf("%s: read %v", kind, found[0])
		}
	}
	for _, c := range []struct {
		kind, id, state string
		more            map[string]any
	}{
		{"aws:eks/addon:Addon", "coredns", "CREATING", nil},
		{"aws:eks/addon:Addon", "vpc-cni", "ACTIVE", map[string]any{"_installed": true}},
		{"aws:ec2/natGateway:NatGateway", "nat-1", "pending", map[string]any{"_state": "pending"}},
		{"aws:ecs/service:Service", "echo", "IN_PROGRESS", map[string]any{"_deployments": []any{map[string]any{"rolloutState": "IN_PROGRESS"}}}},
		{"aws:ec2/vpcPeeringConnection:VpcPeeringConnection", "pcx-1", "active", map[string]any{"acceptStatus": "active"}},
	} {
		put("111122223333", "eu-central-1", c.kind, c.id, c.more)
		found, err := Finder{folder}.Find(context.Background(), repair.Query{Account: repair.Account{ID: "111122223333", Region: "eu-central-1"}, Type: c.kind})
		if i := slices.IndexFunc(found, func(one repair.Found) bool { return one.ID == c.id }); err != nil || i < 0 || found[i].State != c.state {
			t.Errorf("%s: found %v, %v, want it %s", c.id, found, err, c.state)
		}
	}
	if _, err := (Finder{t.TempDir()}).Find(context.Background(), repair.Query{}); err == nil {
		t.Error("a folder without a sandbox is no error")
	}
}
