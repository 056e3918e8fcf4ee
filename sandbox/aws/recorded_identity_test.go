package aws

import (
	"strings"
	"testing"
)

// These functions bring a sandbox into the situations of the table in recorded_test.go that concern IAM, STS, KMS and logs.

func roleTwice(t *testing.T) error {
	u := newSandbox(t).login(home)
	in := props{"name": "r", "assumeRolePolicy": trust("ec2.amazonaws.com")}
	u.create(roleKind, "r", in)
	return answer(u.try(roleKind, "again", in))
}

func trustOfNobody(t *testing.T) error {
	u := newSandbox(t).login(home)
	return answer(u.try(roleKind, "r", props{"assumeRolePolicy": trustRole("arn:aws:iam::" + away + ":role/x")}))
}

func trustWithoutPrincipals(t *testing.T) error {
	u := newSandbox(t).login(home)
	return answer(u.try(roleKind, "r", props{"assumeRolePolicy": strings.Replace(trustRole("x"), `"x"`, "[]", 1)}))
}

// put is the answer to an inline policy.
func put(t *testing.T, role, policy string) error {
	u := newSandbox(t).login(home)
	u.role("r", "ec2.amazonaws.com")
	return answer(u.try(rolePolicyKind, "p", props{"role": role, "policy": policy}))
}

func permissionWithPrincipal(t *testing.T) error { return put(t, "r", trust("ec2.amazonaws.com")) }
func resourceWithoutARN(t *testing.T) error {
	return put(t, "r", allow("cluster/x", "ecs:ListClusters"))
}
func policyWithoutRole(t *testing.T) error { return put(t, "none", allow("*", "ecs:ListClusters")) }

// attach is the answer to a managed policy.
func attach(t *testing.T, policy string) error {
	u := newSandbox(t).login(home)
	role := u.role("r", "ec2.amazonaws.com")
	return answer(u.try(attachmentKind, "p", props{"role": role.ID, "policyArn": policy}))
}

func attachUnknownPolicy(t *testing.T) error {
	return attach(t, "arn:aws:iam::aws:policy/AmazonNothing")
}

func attachMalformedARN(t *testing.T) error { return attach(t, "AmazonEKSWorkerNodePolicy") }

func deleteRoleWithPolicies(t *testing.T) error {
	u := newSandbox(t).login(home)
	return u.delete(u.role("r", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy"))
}

func assumeNoRole(t *testing.T) error {
	_, err := newSandbox(t).pkg.Open(t.Context(), props{"region": region, "assumeRole": props{"roleArn": "arn:aws:iam::" + away + ":user/deployer"}})
	return err
}

func logGroupTwice(t *testing.T) error {
	u := newSandbox(t).login(home)
	u.create(logGroupKind, "g", props{"name": "/ecs/x"})
	return answer(u.try(logGroupKind, "again", props{"name": "/ecs/x"}))
}

func aliasWithoutKey(t *testing.T) error {
	u := newSandbox(t).login(home)
	return answer(u.try(kmsAliasKind, "k", props{"name": "alias/k", "targetKeyId": "none"}))
}

func aliasOfADyingKey(t *testing.T) error {
	u := newSandbox(t).login(home)
	key := u.create(kmsKeyKind, "k", props{"deletionWindowInDays": 7.0})
	u.mustDelete(key)
	return answer(u.try(kmsAliasKind, "k", props{"name": "alias/k", "targetKeyId": key.ID}))
}
