package access

import (
	"slices"
	"strings"
	"testing"
)

const (
	operator = "arn:aws:iam::111122223333:role/ops/Operator"
	auditor  = "arn:aws:iam::111122223333:user/auditor"
	deployer = "arn:aws:iam::111122223333:role/deployer"
)

func TestEachPrincipalGetsThePolicyOfItsKind(t *testing.T) {
	got, err := Entries("aws", []string{operator}, []string{auditor}, nil)
	want := []Entry{
		{"111122223333-role.ops.Operator", "111122223333-role~ops~Operator", operator, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"},
		{"111122223333-user.auditor", "", auditor, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"},
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v\nwant %v", got, err, want)
	}
}

func TestPoliciesAreOfThePartition(t *testing.T) {
	got, err := Entries("aws-cn", []string{"arn:aws-cn:iam::111122223333:role/a"}, nil, nil)
	if err != nil || got[0].Policy != "arn:aws-cn:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestTheOrderOfTheListsMeansNothing(t *testing.T) {
	one, err := Entries("aws", []string{operator, deployer}, []string{auditor}, nil)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Entries("aws", []string{deployer, operator}, []string{auditor}, nil)
	if err != nil || !slices.Equal(one, other) {
		t.Errorf("%v and %v: %v", one, other, err)
	}
}

func TestAPrincipalThatGetsAnotherPolicyKeepsItsName(t *testing.T) {
	reader, err := Entries("aws", nil, []string{operator}, nil)
	if err != nil {
		t.Fatal(err)
	}
	admin, err := Entries("aws", []string{operator}, nil, nil)
	if err != nil || admin[0].Name != reader[0].Name || admin[0].Policy == reader[0].Policy {
		t.Errorf("%v and %v: %v", reader, admin, err)
	}
}

func TestNamesTellPrincipalsApart(t *testing.T) {
	arns := []string{
		"arn:aws:iam::111122223333:role/admin", "arn:aws:iam::444455556666:role/admin", "arn:aws:iam::111122223333:user/admin",
		"arn:aws:iam::111122223333:role/a/admin", "arn:aws:iam::111122223333:role/a-admin",
	}
	entries, err := Entries("aws", arns, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for _, e := range entries {
		if names[e.Name] != "" {
			t.Errorf("%s and %s are both %s", names[e.Name], e.Principal, e.Name)
		}
		names[e.Name] = e.Principal
	}
}

func TestWhatEKSWouldRefuseIsRefused(t *testing.T) {
	for _, c := range []struct {
		admins, readers []string
		want            string
	}{
		{[]string{"operator"}, nil, `AdminPrincipals[0] = "operator": it is not the ARN`},
		{[]string{"arn:aws:sts::111122223333:assumed-role/ops/me"}, nil, "is not the ARN of an IAM role or user"},
		{[]string{"arn:aws-cn:iam::111122223333:role/ops"}, nil, "in partition aws"},
		{nil, []string{"arn:aws:iam::1111:role/ops"}, "ReaderPrincipals[0]"},
		{[]string{operator}, []string{auditor, operator}, `ReaderPrincipals[1] = "` + operator + `": AdminPrincipals[0] names it already`},
	} {
		entries, err := Entries("aws", c.admins, c.readers, nil)
		if err == nil || entries != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v %v: %v, want %q", c.admins, c.readers, err, c.want)
		}
	}
	_, err := Entries("aws", []string{"x", deployer, deployer}, []string{"y"}, nil)
	if err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("not every problem is told: %v", err)
	}
}
