package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/tests/recorder"
)

func withAccounts(t *testing.T, accounts string) Settings {
	t.Helper()
	s, err := read(valid(map[string]string{"accounts": accounts}))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// An account in another region has its policies there. IAM has no regions: one account in two regions has roles of two names, and
// those of the stack's region keep theirs.
func TestAnAccountInTwoRegionsHasTwoRoles(t *testing.T) {
	s := withAccounts(t, `{"local":{"id":"`+homeID+`"},"west":{"id":"`+homeID+`","region":"eu-west-1"},"external":{"id":"`+otherID+`","region":"eu-north-1"}}`)
	r := recorder.Run(t, recorder.Options{}, func(ctx *pulumi.Context) error { return deploy(ctx, s) })
	if r.Err != nil {
		t.Fatal(r.Err)
	}
	var roles, regions []string
	for _, res := range r.Resources {
		name := fmt.Sprint(res.Inputs["name"])
		if res.Type == "aws:iam/role:Role" && strings.Contains(name, "ambient-deploy") {
			roles = append(roles, res.Name+" "+name)
		}
		if res.Type == "pulumi:providers:aws" {
			regions = append(regions, res.Name+" "+fmt.Sprint(res.Inputs["region"]))
		}
	}
	slices.Sort(roles)
	slices.Sort(regions)
	if want := []string{"ci-ambient-deploy-external ci-ambient-deploy", "ci-ambient-deploy-local ci-ambient-deploy", "ci-ambient-deploy-west ci-ambient-deploy-eu-west-1"}; !slices.Equal(roles, want) {
		t.Errorf("the roles are %q", roles)
	}
	if want := []string{"aws-external eu-north-1", "aws-local eu-central-1", "aws-west eu-west-1"}; !slices.Equal(regions, want) {
		t.Errorf("the providers are %q", regions)
	}
	west := "role_arn = arn:aws:iam::" + homeID + ":role/ci-ambient-deploy-eu-west-1\n"
	if text := s.awsProfiles(Deploy); !strings.Contains(text, "[profile west]\nregion = eu-west-1\n"+west) || !strings.Contains(text, "[profile local]\nregion = eu-central-1\n") {
		t.Errorf("the profiles are\n%s", text)
	}
	if onward := s.onward(Deploy).JSON(); !strings.Contains(onward, "role/ci-ambient-deploy-eu-west-1") {
		t.Errorf("the entry role may take %s", onward)
	}
	for key, place := range map[string]string{"west": "eu-west-1", "external": "eu-north-1", "local": "eu-central-1"} {
		for _, in := range []string{"eu-west-1", "eu-north-1", "eu-central-1"} {
			cluster := "arn:aws:ecs:" + in + ":" + s.Accounts[key].ID + ":service/ambient-ecs-1/echo"
			if v := evaluation.Allows(s.evaluated(key, Deploy), evaluation.Caller{}, "ecs:DeleteService", cluster, nil); v.OK() != (in == place) {
				t.Errorf("%s in %s: %v %s", key, in, v.OK(), v.Why)
			}
		}
	}
}

// A stack in an EKS cluster of somebody else joins it, and opens the group that it names for the nodes.
func TestADeployerJoinsAnEKSClusterThatExists(t *testing.T) {
	const accounts = `{"local":{"id":"` + homeID + `"%s},"external":{"id":"` + otherID + `"}}`
	own := withAccounts(t, fmt.Sprintf(accounts, ""))
	guest := withAccounts(t, fmt.Sprintf(accounts, `,"existingEks":"prod-eu","nodeSecurityGroupId":"sg-0123456789abcdef0"`))
	for action, resource := range map[string]string{
		"eks:DescribeCluster":               own.place("local").ARN("eks", "cluster/prod-eu"),
		"ec2:AuthorizeSecurityGroupIngress": own.place("local").ARN("ec2", "security-group/sg-0123456789abcdef0"),
	} {
		for s, want := range map[*Settings]bool{&own: false, &guest: true} {
			if v := evaluation.Allows(s.evaluated("local", Deploy), evaluation.Caller{}, action, resource, nil); v.OK() != want {
				t.Errorf("%s: %v, want %v: %s", action, v.OK(), want, v.Why)
			}
		}
		if v := evaluation.Allows(guest.evaluated("external", Deploy), evaluation.Caller{}, action, resource, nil); v.OK() {
			t.Errorf("%s in an account without the cluster", action)
		}
	}
}

// The home account owns the transit gateways of all regions of the stack, where an update makes them and a preview reads them.
func TestTheHomeAccountOwnsTheTransitGatewaysOfAllRegions(t *testing.T) {
	const accounts = `{"local":{"id":"` + homeID + `"%s},"external":{"id":"` + otherID + `","region":"us-east-1"}}`
	one := withAccounts(t, fmt.Sprintf(accounts, ""))
	both := withAccounts(t, fmt.Sprintf(accounts, `,"transitRegions":["us-east-1"]`))
	there := both.place("local")
	there.Region = "us-east-1"
	table := there.ARN("ec2", "transit-gateway-route-table/tgw-rtb-1")
	for _, c := range []struct {
		s      Settings
		kind   Kind
		action string
		want   bool
	}{
		{one, Deploy, "ec2:CreateTransitGatewayRoute", false}, {both, Deploy, "ec2:CreateTransitGatewayRoute", true},
		{one, Read, "ec2:SearchTransitGatewayRoutes", false}, {both, Read, "ec2:SearchTransitGatewayRoutes", true}, {both, Read, "ec2:CreateTransitGatewayRoute", false},
	} {
		if v := evaluation.Allows(c.s.evaluated("local", c.kind), evaluation.Caller{}, c.action, table, nil); v.OK() != c.want {
			t.Errorf("%s may %s there: %v, want %v: %s", c.kind, c.action, v.OK(), c.want, v.Why)
		}
	}
}

func TestPlacesThatCannotBeAreRefused(t *testing.T) {
	_, err := read(valid(map[string]string{"accounts": `{
		"local":{"id":"111122223333","region":"eu-west-1","transitRegions":["eu-central-1","Virginia"],"existingEks":"arn:aws:eks:x","nodeSecurityGroupId":"nodes"},
		"twin-a":{"id":"444455556666","transitRegions":["us-east-1"]},"twin-b":{"id":"444455556666","region":"eu-central-1"},
		"far":{"id":"555566667777","region":"cn-north-1","existingEks":"prod-eu"},"odd":{"id":"666677778888","region":"Europe","nodeSecurityGroupId":"sg-0123456789abcdef0"}}`}))
	if err == nil {
		t.Fatal("accepted")
	}
	for _, word := range []string{
		`accounts.local.region = "eu-west-1"`, `accounts.local.existingEks = "arn:aws:eks:x"`, `accounts.local.nodeSecurityGroupId = "nodes"`, `accounts.twin-b.id = "444455556666"`, "accounts.twin-a is the same account",
		`accounts.local.transitRegions[0] = "eu-central-1"`, `accounts.local.transitRegions[1] = "Virginia"`, "accounts.twin-a.transitRegions is set",
		`accounts.far.region = "cn-north-1"`, `accounts.far.existingEks = "prod-eu"`, `accounts.odd.region = "Europe"`, "accounts.odd.nodeSecurityGroupId",
	} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("the refusal does not say %q:\n%v", word, err)
		}
	}
}
