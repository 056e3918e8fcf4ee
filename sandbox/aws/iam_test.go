package aws

import (
	"strings"
	"testing"

	"ambient-ecs/sandbox/world"
)

func trustRole(arn string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + arn + `"},"Action":"sts:AssumeRole"}]}`
}

func TestRoleRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	in := props{"name": "r", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com")}
	u.create(roleKind, "r", in)
	u.refuses(roleKind, "again", in, "EntityAlreadyExists", "Role with name r already exists.")
	in["name"] = "s"
	for name, policy := range map[string]string{
		"no such role":    trustRole("arn:aws:iam::" + away + ":role/none"),
		"no such service": trust("nothing.amazonaws.com"),
	} {
		u.refuses(roleKind, name, with(in, props{"assumeRolePolicy": policy}), "MalformedPolicyDocument", "Invalid principal in policy")
	}
	u.refuses(roleKind, "resource", with(in, props{"assumeRolePolicy": strings.Replace(trust("ec2.amazonaws.com"), `"Action"`, `"Resource":"*","Action"`, 1)}), "MalformedPolicyDocument", "Has prohibited field Resource")
	u.refuses(roleKind, "other action", with(in, props{"assumeRolePolicy": strings.Replace(trust("ec2.amazonaws.com"), "sts:TagSession", "s3:GetObject", 1)}), "MalformedPolicyDocument", "STS AssumeRole actions")
	u.refuses(roleKind, "unknown field", with(in, props{"assumeRolePolicy": strings.Replace(trust("ec2.amazonaws.com"), `"Action"`, `"Actions"`, 1)}), "MalformedPolicyDocument", "Syntax errors in policy")
	if _, failures := u.check(roleKind, "long", with(in, props{"name": strings.Repeat("x", 65)})); len(failures) != 1 {
		t.Fatalf("65 letters are not refused: %v", failures)
	}
	if _, failures := u.check(roleKind, "json", with(in, props{"assumeRolePolicy": "{"})); len(failures) != 1 {
		t.Fatalf("bad JSON is not refused: %v", failures)
	}
}

func TestRoleNamesAreTheAccountsOwn(t *testing.T) {
	s := newSandbox(t)
	in := props{"name": "r", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com")}
	a, b := s.login(home).create(roleKind, "r", in), s.login(away).create(roleKind, "r", in)
	if a.out("arn") == b.out("arn") {
		t.Fatal(a.out("arn"))
	}
}

func TestRoleWithPoliciesCannotGo(t *testing.T) {
	u := newSandbox(t).login(home)
	role := u.create(roleKind, "r", props{"assumeRolePolicy": trust("ecs-tasks.amazonaws.com")})
	managed := u.create(attachmentKind, "a", props{"role": role.ID, "policyArn": "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"})
	refused(t, u.delete(role), "DeleteConflict", "must detach all policies first")
	u.mustDelete(managed)
	inline := u.create(rolePolicyKind, "i", props{"role": role.ID, "policy": allow("*", "ecs:ListClusters")})
	refused(t, u.delete(role), "DeleteConflict", "must delete policies first")
	u.mustDelete(inline, role)
}

func TestRolePolicyRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	role := u.create(roleKind, "r", props{"assumeRolePolicy": trust("ecs-tasks.amazonaws.com")})
	in := props{"role": role.ID, "policy": allow("*", "ecs:ListClusters")}
	u.refuses(rolePolicyKind, "no-role", with(in, props{"role": "none"}), "NoSuchEntity", "cannot be found")
	u.refuses(rolePolicyKind, "principal", with(in, props{"policy": trust("ec2.amazonaws.com")}), "MalformedPolicyDocument", "should not specify a principal")
	u.refuses(rolePolicyKind, "action", with(in, props{"policy": allow("*", "ListClusters")}), "MalformedPolicyDocument", "prefaced by a vendor")
	u.refuses(rolePolicyKind, "resource", with(in, props{"policy": allow("cluster/x", "ecs:ListClusters")}), "MalformedPolicyDocument", "must be in ARN format")
	u.refuses(rolePolicyKind, "no-resource", with(in, props{"policy": `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"ecs:ListClusters"}}`}), "MalformedPolicyDocument", "must contain resources")
	u.refuses(rolePolicyKind, "size", with(in, props{"policy": allow("arn:aws:s3:::"+strings.Repeat("x", 10240), "s3:GetObject")}), "LimitExceeded", "10240")
	// All inline policies of a role count together, and white space does not.
	third := func(name string) props {
		return with(in, props{"namePrefix": "p-", "policy": strings.Replace(allow("arn:aws:s3:::"+name+strings.Repeat("x", 3200), "s3:GetObject"), ":[", ":["+strings.Repeat(" ", 4000), 1)})
	}
	for _, name := range []string{"a", "b", "c"} {
		u.create(rolePolicyKind, name, third(name))
	}
	u.refuses(rolePolicyKind, "d", third("d"), "LimitExceeded", "10240")
	u.refuses(attachmentKind, "unknown", props{"role": role.ID, "policyArn": "arn:aws:iam::aws:policy/AmazonNothing"}, "NoSuchEntity", "does not exist or is not attachable")
}

// IAM stores a role's unique id in the trust of others, so a role that is made again is locked out.
func TestTrustOfARecreatedRoleShowsItsOldID(t *testing.T) {
	s := newSandbox(t)
	u, other := s.login(home), s.login(away)
	in := props{"name": "istiod", "assumeRolePolicy": trust("pods.eks.amazonaws.com")}
	istiod := u.create(roleKind, "istiod", in)
	discovery := other.create(roleKind, "discovery", props{"name": "discovery", "assumeRolePolicy": trustRole(istiod.out("arn"))})
	u.mustDelete(istiod)
	again := u.create(roleKind, "istiod", in)

	_, inputs, state, err := other.session.Read(t.Context(), discovery.Resource)
	if err != nil || !strings.Contains(text(state, "assumeRolePolicy"), istiod.out("uniqueId")) {
		t.Fatalf("%v %v", err, state)
	}
	discovery.Inputs, discovery.State = inputs, state
	fresh := props{"name": "discovery", "assumeRolePolicy": trustRole(again.out("arn"))}
	if c := other.diff(discovery, fresh); len(c.Changed) != 1 || len(c.Replace) != 0 {
		t.Fatalf("%v", c)
	}
	if err := other.change(discovery, fresh); err != nil {
		t.Fatal(err)
	}
}

func TestOIDCProviderNeedsAnIssuerThatAnswers(t *testing.T) {
	u := newSandbox(t).login(home)
	u.refuses(oidcProviderKind, "p", props{"url": "https://example.com", "clientIdLists": []any{"sts.amazonaws.com"}}, "OpenIdIdpCommunicationError")
}

func TestAnAccountsOwnPolicyIsAttachedAndBounds(t *testing.T) {
	s := newSandbox(t)
	u := s.login(home)
	wide := u.create(policyKind, "wide", props{"name": "wide", "path": "/team/", "policy": allow("*", "ecs:*", "s3:*")})
	narrow := u.create(policyKind, "narrow", props{"name": "narrow", "policy": allow("*", "ecs:*")})
	if wide.out("arn") != "arn:aws:iam::"+home+":policy/team/wide" {
		t.Errorf("it is %s", wide.out("arn"))
	}
	in := props{"name": "r", "assumeRolePolicy": trust("ecs-tasks.amazonaws.com"), "permissionsBoundary": narrow.out("arn")}
	u.refuses(roleKind, "no-boundary", with(in, props{"name": "s", "permissionsBoundary": "arn:aws:iam::" + home + ":policy/none"}), "NoSuchEntity", "does not exist or is not attachable")
	role := u.create(roleKind, "r", in)
	attached := u.create(attachmentKind, "a", props{"role": role.ID, "policyArn": wide.out("arn")})
	s.see(func(tx *world.Tx) {
		who := Principal{RoleARN: role.out("arn")}
		if err := Allowed(tx, who, "ecs:ListClusters", "*", nil); err != nil {
			t.Error(err)
		}
		if Allowed(tx, who, "s3:GetObject", "*", nil) == nil {
			t.Error("the boundary does not hold")
		}
	})
	refused(t, u.delete(wide), "DeleteConflict", "attached to entities")
	refused(t, u.delete(narrow), "DeleteConflict", "attached to entities")
	u.mustDelete(attached, wide, role, narrow)
	u.refuses(policyKind, "long", props{"name": "long", "policy": allow("arn:aws:s3:::"+strings.Repeat("x", 6200), "s3:GetObject")}, "LimitExceeded", "PolicySize: 6144")
	u.refuses(policyKind, "trust", props{"name": "trust", "policy": trust("ec2.amazonaws.com")}, "MalformedPolicyDocument", "should not specify a principal")
}
