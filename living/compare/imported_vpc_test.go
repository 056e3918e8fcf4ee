package compare_test

import (
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
)

const (
	givenVPC    = "vpc-0123456789abcdef0"
	givenSubnet = "subnet-0123456789abcdef0"
)

func importing(c *config.Config) {
	c.Imports = map[string]string{config.TypeVPC + "::vpc-local": givenVPC, config.TypeSubnet + "::vpc-local-public-2": givenSubnet}
}

func TestAVPCBecomesTheStacksOnlyIfNothingOfItIsReplaced(t *testing.T) {
	cfg := dev(t, importing)
	plan, err := cfg.SubnetPlan("local")
	if err != nil {
		t.Fatal(err)
	}
	tags := map[string]string{config.InstallTag: cfg.Install}
	vpc := compare.ImportedPart{CIDR: cfg.Accounts["local"].VPCCIDR, VPC: givenVPC, Tags: tags}
	subnet := compare.ImportedPart{CIDR: plan.Public[1].String(), VPC: givenVPC, Tags: tags}
	for _, c := range []struct {
		name        string
		vpc, subnet *compare.ImportedPart
		words       []string // none: it is imported
	}{
		{"as the stack file says", &vpc, &subnet, nil},
		{"none", nil, nil, []string{"imports." + config.TypeVPC + "::vpc-local", "account local has none of this id in eu-central-1", "imports." + config.TypeSubnet + "::vpc-local-public-2"}},
		{"other networks", &compare.ImportedPart{CIDR: "10.9.0.0/16", VPC: givenVPC, Tags: tags}, &compare.ImportedPart{CIDR: plan.Public[0].String(), VPC: givenVPC, Tags: tags},
			[]string{"its network is 10.9.0.0/16 and the stack file says " + vpc.CIDR, "its network is " + plan.Public[0].String() + " and the stack file says " + subnet.CIDR}},
		{"another VPC", &vpc, &compare.ImportedPart{CIDR: subnet.CIDR, VPC: "vpc-1", Tags: tags}, []string{"it is in vpc-1 and not in " + givenVPC}},
		{"not given away", &compare.ImportedPart{CIDR: vpc.CIDR, VPC: givenVPC}, &compare.ImportedPart{CIDR: subnet.CIDR, VPC: givenVPC, Tags: map[string]string{config.InstallTag: "blue"}},
			[]string{`its tag ambient-ecs-install is "" and not "ambient"`, `is "blue" and not "ambient"`}},
	} {
		w := compare.World{ImportedVPCs: map[string]map[string]compare.ImportedPart{"local": {}}}
		if c.vpc != nil {
			w.ImportedVPCs["local"][givenVPC] = *c.vpc
		}
		if c.subnet != nil {
			w.ImportedVPCs["local"][givenSubnet] = *c.subnet
		}
		warnings, err := compare.Compare(cfg, w)
		if !refuses(t, c.name, err, c.words) {
			continue
		}
		if said := strings.Contains(strings.Join(warnings, "\n"), "a destroy deletes it"); c.words == nil && !said {
			t.Errorf("%s: nobody says what the import means: %q", c.name, warnings)
		}
	}
}

// The engine would import the VPC in the place of the one that lives, and delete that one.
func TestAVPCTakesNoOthersPlace(t *testing.T) {
	cfg := dev(t, importing)
	w := compare.World{Accounts: map[string]compare.Account{"local": {Installs: map[string]string{"vpc-lives": cfg.Install}}}}
	w.ImportedVPCs = map[string]map[string]compare.ImportedPart{"local": {givenVPC: {CIDR: cfg.Accounts["local"].VPCCIDR, VPC: givenVPC, Tags: cfg.ResourceTags()}}}
	if _, err := compare.Compare(cfg, w); err == nil || !strings.Contains(err.Error(), "the stack has vpc-lives in this place") {
		t.Errorf("the import is not refused: %v", err)
	}
	// Once it is the stack's, nothing is said of it any more.
	plan, err := cfg.SubnetPlan("local")
	if err != nil {
		t.Fatal(err)
	}
	w.Accounts["local"] = compare.Account{Installs: map[string]string{givenVPC: cfg.Install}}
	w.ImportedVPCs["local"][givenSubnet] = compare.ImportedPart{CIDR: plan.Public[1].String(), VPC: givenVPC, Tags: cfg.ResourceTags()}
	if warnings, err := compare.Compare(cfg, w); err != nil || strings.Contains(strings.Join(warnings, "\n"), givenVPC) {
		t.Errorf("after the import: %v, %q", err, warnings)
	}
}
