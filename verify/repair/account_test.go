package repair

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// Only a question to AWS needs the external id. Where the id follows from the inputs, the engine's own provider reads the resource, and a create that
// is unsure can be forgotten.
func TestAnEncryptedExternalIDMakesUnsureWhatAWSMustBeAskedAbout(t *testing.T) {
	vpc := res(prefix+"aws:ec2/vpc:Vpc::far", "", object{"cidrBlock": "10.9.0.0/16", "tags": tags})
	cluster := res(prefix+"aws:ecs/cluster:Cluster::ecs", "", object{"name": "ecs", "tags": tags})
	role := res(prefix+"aws:iam/role:Role::r", "", object{"name": "r", "tags": tags})
	s := state(t, nil, []object{vpc, cluster, role})
	s.find(provider)["inputs"].(object)["assumeRole"] = object{secretMark: "1b47", "ciphertext": "v1:role"}
	all, err := Plan(context.Background(), s, &cloud{}, Options{})
	if err != nil || len(all) != 3 || all[0].Action != Unsure || all[1].Action != Unsure || all[2].Action != Take {
		t.Fatalf("decided %v: %v", all, err)
	}
	for _, d := range all[:2] {
		if !strings.Contains(d.Why, "external id is encrypted: set AMBIENT_EXTERNAL_ID_LOCAL") {
			t.Errorf("%s: %s", d.Name, d.Why)
		}
	}
	if all, err = Dismiss(all, []string{"far", "ecs"}); err != nil || all[0].Action != Forget || all[1].Action != Forget {
		t.Errorf("decided %v: %v", all, err)
	}
	unread := func(string) (Role, bool, error) { return Role{}, false, errors.New("no stack file") }
	if all, err = Plan(context.Background(), s, &cloud{}, Options{Role: unread}); err != nil || !strings.Contains(all[0].Why, "no stack file") {
		t.Errorf("decided %v: %v", all, err)
	}
}

// An account has a provider for its imports, and one for each further region with a transit gateway. They are reached by the account's own role.
func TestEachProviderOfAnAccountHasItsExternalID(t *testing.T) {
	o := Options{Role: func(key string) (Role, bool, error) { return Role{ExternalID: "x"}, key == "far-away", nil }}
	for _, name := range []string{"aws-far-away", "aws-far-away-imports", "aws-far-away-eu-west-1"} {
		if role, why := o.role(accountKeys(name, "eu-west-1")); role.ExternalID != "x" {
			t.Errorf("%s: %s", name, why)
		}
	}
}
