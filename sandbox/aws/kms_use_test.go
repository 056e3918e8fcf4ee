package aws

import (
	"testing"

	"ambient-ecs/sandbox/world"
)

// A key lets in whom its own statements name. That its conditions name the account does not make it the account's decision.
func TestAKeyIsJudgedByItsStatementsWithoutTheAccounts(t *testing.T) {
	const (
		root    = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`
		number  = `{"Effect":"Allow","Principal":{"AWS":["111122223333"]},"Action":"kms:*","Resource":"*"}`
		scaling = `{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111122223333:root","*"]},"Action":"kms:Decrypt","Resource":"*","Condition":{` +
			`"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"},` +
			`"StringEquals":{"kms:CallerAccount":"111122223333"}}}`
	)
	role := Principal{RoleARN: "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"}
	for name, c := range map[string]struct {
		statements, account string
		want                bool
	}{
		"the account alone":      {root, "111122223333", false},
		"the account's number":   {number, "111122223333", false},
		"one statement alone":    {scaling, "111122223333", true},
		"the role by conditions": {root + "," + scaling, "111122223333", true},
		"from another account":   {root + "," + scaling, "444455556666", false},
	} {
		policy := `{"Version":"2012-10-17","Statement":[` + c.statements + `]}`
		if c.statements == scaling {
			policy = `{"Version":"2012-10-17","Statement":` + scaling + `}`
		}
		key := &world.Resource{Account: "111122223333", Props: map[string]any{"arn": "arn:aws:kms:eu-central-1:111122223333:key/1", "policy": policy}}
		if got := keyLets(key, role, map[string]string{"kms:CallerAccount": c.account}, "kms:Decrypt"); got != c.want {
			t.Errorf("%s: the key lets the role in: %t, want %t", name, got, c.want)
		}
	}
}
