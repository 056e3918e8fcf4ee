package iam

import (
	"strings"
	"testing"
)

const (
	istiod    = "arn:aws:iam::111122223333:role/istiod"
	discovery = "arn:aws:iam::444455556666:role/discovery"
)

func TestTrustSaysWhatRefuses(t *testing.T) {
	caller := Caller{RoleARN: istiod, Tags: map[string]string{"kubernetes-namespace": "istio-system"}}
	statement := func(principal, condition string) string {
		return `{"Statement":{"Effect":"Allow","Principal":` + principal + `,"Action":["sts:AssumeRole","sts:TagSession"],"Condition":` + condition + `}}`
	}
	for name, c := range map[string]struct {
		trust string
		cause Cause
		why   string
	}{
		"the role itself":       {statement(`{"AWS":"`+istiod+`"}`, `{}`), None, ""},
		"its account":           {statement(`{"AWS":["arn:aws:iam::111122223333:root"]}`, `{"ArnEquals":{"aws:PrincipalArn":"`+istiod+`"}}`), None, ""},
		"everybody, by tag":     {statement(`"*"`, `{"StringLike":{"aws:PrincipalTag/kubernetes-namespace":"istio-*"}}`), None, ""},
		"another account":       {statement(`{"AWS":"arn:aws:iam::999999999999:root"}`, `{}`), Principal, "does not name"},
		"a service":             {statement(`{"Service":"ec2.amazonaws.com"}`, `{}`), Principal, "does not name"},
		"a role of before":      {statement(`{"AWS":"AROA2D053E268EE1C8EF3"}`, `{}`), Stale, "AROA2D053E268EE1C8EF3"},
		"another namespace":     {statement(`"*"`, `{"StringEquals":{"aws:PrincipalTag/kubernetes-namespace":"other"}}`), Condition, "and it is istio-system"},
		"a key it lacks":        {statement(`"*"`, `{"StringEquals":{"sts:ExternalId":"x"}}`), Condition, "no such key"},
		"a key it may lack":     {statement(`"*"`, `{"StringEqualsIfExists":{"sts:ExternalId":"x"}}`), None, ""},
		"not this namespace":    {statement(`"*"`, `{"StringNotEquals":{"aws:PrincipalTag/kubernetes-namespace":"istio-system"}}`), Condition, "istio-system"},
		"another action":        {`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:GetCallerIdentity"}]}`, Action, "sts:AssumeRole"},
		"a deny besides":        {`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*"},{"Sid":"no","Effect":"Deny","Principal":"*","Action":"sts:*"}]}`, Denied, "no"},
		"what is no document":   {`{`, Unreadable, "IAM document"},
		"as GetRole returns it": {"%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22*%22%2C%22Action%22%3A%22*%22%7D%5D%7D", None, ""},
	} {
		t.Run(name, func(t *testing.T) {
			v := Trusts(&Role{ARN: discovery, Trust: c.trust}, caller, "sts:AssumeRole", nil)
			if v.Cause != c.cause || !strings.Contains(v.Why, c.why) {
				t.Errorf("got %+v", v)
			}
		})
	}
}

func TestPermissionIsOfActionAndResource(t *testing.T) {
	role := &Role{ARN: istiod, Policies: map[string]string{
		"a": `{"Statement":{"Effect":"Allow","Action":"sts:Assume*","Resource":"arn:aws:iam::*:role/discovery"}}`,
		"b": `{"Statement":{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}}`,
	}}
	for request, want := range map[[2]string]bool{
		{"sts:AssumeRole", discovery}:   true,
		{"STS:assumerole", discovery}:   true,
		{"sts:AssumeRole", istiod}:      false,
		{"sts:TagSession", discovery}:   false,
		{"ecs:ListClusters", "*"}:       true,
		{"iam:CreateRole", "everybody"}: false,
	} {
		if v := Allows(role, Caller{RoleARN: istiod}, request[0], request[1], nil); v.OK() != want {
			t.Errorf("%v: %+v", request, v)
		}
	}
}

func TestRoleOfTheSameAccountNeedsNoPermissionIfItIsNamed(t *testing.T) {
	named := `{"Statement":{"Effect":"Allow","Principal":{"AWS":"` + istiod + `"},"Action":"*"}}`
	if !Direct(&Role{ARN: "arn:aws:iam::111122223333:role/d", Trust: named}, Caller{RoleARN: istiod}) {
		t.Error("the same account")
	}
	if Direct(&Role{ARN: discovery, Trust: named}, Caller{RoleARN: istiod}) {
		t.Error("another account")
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, value string
		want           bool
	}{
		{"", "", true}, {"*", "", true}, {"a*c", "abbc", true}, {"a*c", "abcd", false}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"*b*b*", "abab", true}, {"**", "x", true}, {"a", "ab", false},
	} {
		if glob(c.pattern, c.value) != c.want {
			t.Errorf("glob(%q, %q) is not %v", c.pattern, c.value, c.want)
		}
	}
}
