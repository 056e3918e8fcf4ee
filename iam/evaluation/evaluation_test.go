package evaluation

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
		"the role itself":                      {statement(`{"AWS":"`+istiod+`"}`, `{}`), None, ""},
		"its account":                          {statement(`{"AWS":["arn:aws:iam::111122223333:root"]}`, `{"ArnEquals":{"aws:PrincipalArn":"`+istiod+`"}}`), None, ""},
		"everybody, by tag":                    {statement(`"*"`, `{"StringLike":{"aws:PrincipalTag/kubernetes-namespace":"istio-*"}}`), None, ""},
		"another account":                      {statement(`{"AWS":"arn:aws:iam::999999999999:root"}`, `{}`), Principal, "does not name"},
		"a service":                            {statement(`{"Service":"ec2.amazonaws.com"}`, `{}`), Principal, "does not name"},
		"a role of before":                     {statement(`{"AWS":"AROA2D053E268EE1C8EF3"}`, `{}`), Stale, "AROA2D053E268EE1C8EF3"},
		"another namespace":                    {statement(`"*"`, `{"StringEquals":{"aws:PrincipalTag/kubernetes-namespace":"other"}}`), Condition, "and it is istio-system"},
		"a key it lacks":                       {statement(`"*"`, `{"StringEquals":{"sts:ExternalId":"x"}}`), Condition, "no such key"},
		"a key it may lack":                    {statement(`"*"`, `{"StringEqualsIfExists":{"sts:ExternalId":"x"}}`), None, ""},
		"not this namespace":                   {statement(`"*"`, `{"StringNotEquals":{"aws:PrincipalTag/kubernetes-namespace":"istio-system"}}`), Condition, "istio-system"},
		"another action":                       {`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:GetCallerIdentity"}]}`, Action, "sts:AssumeRole"},
		"a deny besides":                       {`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*"},{"Sid":"no","Effect":"Deny","Principal":"*","Action":"sts:*"}]}`, Denied, "no"},
		"an address nobody knows":              {statement(`"*"`, `{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), Unjudged, "aws:SourceIp"},
		"perhaps a deny":                       {`{"Statement":[{"Effect":"Allow","Principal":"*","Action":"*"},{"Effect":"Deny","Principal":"*","Action":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}`, Unjudged, "NotIpAddress"},
		"perhaps a deny of what nobody allows": {`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}`, Principal, ""},
		"all of no values":                     {statement(`"*"`, `{"ForAllValues:StringEquals":{"aws:TagKeys":["a"]}}`), None, ""},
		"an account as a number":               {statement(`"*"`, `{"StringEquals":{"aws:PrincipalAccount":111122223333}}`), None, ""},
		"a field that IAM does not have":       {`{"Statement":{"Effects":"Allow"}}`, Unreadable, "Effects"},
		"what is no document":                  {`{`, Unreadable, "IAM document"},
		"as GetRole returns it":                {"%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%22*%22%2C%22Action%22%3A%22*%22%7D%5D%7D", None, ""},
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

func TestVariablesAreOfTheCaller(t *testing.T) {
	role := &Role{ARN: istiod, Policies: map[string]string{"p": `{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::${aws:PrincipalTag/team}/*"}}`}}
	who := Caller{RoleARN: istiod, Tags: map[string]string{"team": "mesh"}}
	for resource, want := range map[string]bool{"arn:aws:s3:::mesh/x": true, "arn:aws:s3:::other/x": false} {
		if v := Allows(role, who, "s3:GetObject", resource, nil); v.OK() != want {
			t.Errorf("%s: %+v", resource, v)
		}
	}
}

func TestABoundaryTakesAwayAndGivesNothing(t *testing.T) {
	policies := map[string]string{"p": `{"Statement":{"Effect":"Allow","Action":["s3:*","ecs:*"],"Resource":"*"}}`}
	boundary := `{"Statement":[{"Effect":"Allow","Action":["s3:*","sqs:*"],"Resource":"*"},{"Effect":"Deny","Action":"s3:DeleteBucket","Resource":"*"},
		{"Effect":"Allow","Action":"ecs:ListTasks","Resource":"*","Condition":{"NumericEquals":{"a":"1"}}}]}`
	for action, want := range map[string]Cause{
		"s3:GetObject": None, "s3:DeleteBucket": Denied, "ecs:RunTask": Boundary, "sqs:SendMessage": Action, "ecs:ListTasks": Unjudged,
	} {
		if v := Allows(&Role{ARN: istiod, Policies: policies, Boundary: boundary}, Caller{}, action, "x", nil); v.Cause != want {
			t.Errorf("%s: %+v, want %q", action, v, want)
		}
	}
	if v := Allows(&Role{ARN: istiod, Policies: policies, Boundary: "{"}, Caller{}, "s3:GetObject", "x", nil); v.Cause != Unreadable {
		t.Errorf("a boundary that is no document: %+v", v)
	}
}

func TestAKeyMayHaveSeveralValues(t *testing.T) {
	keys := func(operator, key, values string) string {
		return `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"` + operator + `":{"` + key + `":` + values + `}}}}`
	}
	for _, c := range []struct {
		policy string
		have   []string
		want   Cause
	}{
		{keys("ForAllValues:StringEquals", "aws:TagKeys", `["a","b"]`), []string{"a", "b"}, None},
		{keys("ForAllValues:StringEquals", "aws:TagKeys", `["a","b"]`), []string{"a", "c"}, Condition},
		{keys("ForAllValues:StringEquals", "aws:TagKeys", `["a","b"]`), []string{"A"}, Condition},
		{keys("ForAllValues:StringEquals", "aws:TagKeys", `["a","b"]`), nil, None},
		{keys("ForAllValues:StringNotEquals", "aws:TagKeys", `["c"]`), []string{"a", "b"}, None},
		{keys("ForAllValues:StringNotEquals", "aws:TagKeys", `["c"]`), []string{"a", "c"}, Condition},
		{keys("ForAnyValue:StringEquals", "aws:TagKeys", `["a"]`), []string{"x", "a"}, None},
		{keys("ForAnyValue:StringEquals", "aws:TagKeys", `["a"]`), []string{"x"}, Condition},
		{keys("ForAnyValue:StringNotEquals", "aws:TagKeys", `["a"]`), nil, Condition},
		{keys("Null", "aws:TagKeys", `"false"`), nil, Condition},
		{keys("Null", "aws:TagKeys", `"false"`), []string{"a"}, None},
	} {
		role := &Role{ARN: istiod, Policies: map[string]string{"p": c.policy}}
		request := Request{Action: "ecs:TagResource", Resource: "x", Sets: map[string][]string{"aws:TagKeys": c.have}}
		if v := Permits(role, Caller{RoleARN: istiod}, request); v.Cause != c.want {
			t.Errorf("%s for %q: %+v, want %q", c.policy, c.have, v, c.want)
		}
	}
}

func TestWhatIAMRefusesToStore(t *testing.T) {
	permission := func(text string) error { return CheckPermission(text) }
	trust := func(text string) error { _, err := CheckTrust(text); return err }
	for name, c := range map[string]struct {
		check       func(string) error
		text, words string
	}{
		"a permission":                 {permission, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["a:B","*"],"NotResource":"arn:aws:s3:::x"}}`, ""},
		"a trust":                      {trust, `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"sts:*"}]}`, ""},
		"no statement":                 {permission, `{}`, "Syntax"},
		"another version":              {permission, `{"Version":"2013-01-01","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}`, "Syntax"},
		"another effect":               {permission, `{"Statement":{"Effect":"Maybe","Action":"*","Resource":"*"}}`, "Syntax"},
		"no action":                    {permission, `{"Statement":{"Effect":"Allow","Resource":"*"}}`, "must contain actions"},
		"an action of nobody":          {permission, `{"Statement":{"Effect":"Allow","NotAction":"List","Resource":"*"}}`, "vendor"},
		"two statements of one name":   {permission, `{"Statement":[{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"},{"Sid":"a","Effect":"Allow","Action":"*","Resource":"*"}]}`, "unique"},
		"a name of other letters":      {permission, `{"Statement":{"Sid":"a b","Effect":"Allow","Action":"*","Resource":"*"}}`, "alpha-numeric"},
		"a condition of another kind":  {permission, `{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringIs":{"a":"b"}}}}`, "StringIs"},
		"a permission for somebody":    {permission, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`, "principal"},
		"a permission without subject": {permission, `{"Statement":{"Effect":"Allow","Action":"*"}}`, "resources"},
		"a resource that is no ARN":    {permission, `{"Statement":{"Effect":"Allow","Action":"*","NotResource":"x"}}`, "ARN format"},
		"a trust in nobody":            {trust, `{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole"}}`, "Principal"},
		"a trust with a resource":      {trust, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}}`, "Resource"},
		"a trust for another service":  {trust, `{"Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject"}}`, "STS"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.check(c.text)
			if (err == nil) != (c.words == "") || err != nil && !strings.Contains(err.Error(), c.words) {
				t.Errorf("got %v", err)
			}
		})
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
