package aws

import (
	"strings"
	"testing"
)

func TestAParameterGrowsIntoTheAdvancedTierAndStaysThere(t *testing.T) {
	u := newSandbox(t).login(home)
	in := func(size int) props {
		return props{"name": "/mesh/contract", "type": "String", "tier": "Intelligent-Tiering", "insecureValue": strings.Repeat("x", size), "tags": props{"owner": "platform"}}
	}
	p := u.create(ParameterKind, "contract", in(4096))
	if p.ID != "/mesh/contract" || p.out("arn") != "arn:aws:ssm:eu-central-1:"+home+":parameter/mesh/contract" || p.out("tier") != "Standard" || number(p.State, "version") != 1 {
		t.Errorf("%s is %v", p.ID, p.State)
	}
	for _, size := range []int{4097, 10} {
		if err := u.change(p, in(size)); err != nil {
			t.Fatal(err)
		}
		u.unchanged(p)
		if p.out("tier") != "Advanced" {
			t.Errorf("with %d characters its tier is %s", size, p.out("tier"))
		}
	}
	got := u.asked("aws:ssm/getParameter:getParameter", props{"name": "/mesh/contract"})
	if text(got, "insecureValue") != strings.Repeat("x", 10) || number(got, "version") != 3 {
		t.Errorf("it reads %v", got)
	}
	u.refuses(ParameterKind, "again", in(1), "ParameterAlreadyExists")
}

func TestRefusedParameters(t *testing.T) {
	u := newSandbox(t).login(home)
	for _, c := range []struct {
		name, tier string
		size       int
		words      string
	}{
		{"/mesh/contract", "Standard", 4097, "Standard tier parameters support a maximum parameter value of 4096 characters"},
		{"/mesh/contract", "Intelligent-Tiering", 8193, "Advanced tier parameters support a maximum parameter value of 8192 characters"},
		{"/mesh/contract", "", 0, "greater than or equal to 1"},
		{"/awsome/contract", "", 1, "can't be prefixed with"},
		{"SSM-contract", "", 1, "can't be prefixed with"},
		{"/mesh/a contract", "", 1, "3 symbols .-_"},
		{"mesh/contract", "", 1, "fully qualified"},
		{strings.Repeat("/a", 16), "", 1, "HierarchyLevelLimitExceededException"},
	} {
		in := props{"name": c.name, "type": "String", "insecureValue": strings.Repeat("x", c.size)}
		if c.tier != "" {
			in["tier"] = c.tier
		}
		u.refuses(ParameterKind, "contract", in, c.words)
	}
}
