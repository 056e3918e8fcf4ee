package tests

import (
	"regexp"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

// limits are the longest names that AWS accepts, for resources whose names Pulumi generates.
var limits = map[string]int{
	"aws:iam/role:Role":                     64,
	"aws:iam/rolePolicy:RolePolicy":         128,
	"aws:ec2/securityGroup:SecurityGroup":   255,
	"aws:ec2/launchTemplate:LaunchTemplate": 128,
	"eks:index:ManagedNodeGroup":            63,
	"aws:cloudwatch/logGroup:LogGroup":      512,
}

// policyName is what IAM accepts as the name of an inline policy: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
// (2026-11-29).
var policyName = regexp.MustCompile(`^[\w+=,.@-]+$`)

// Pulumi derives an unset name from the name of the resource, which may hold a slash.
func TestTheNameOfEachPolicyIsOneThatIAMTakes(t *testing.T) {
	for _, stack := range Stacks {
		for _, res := range succeed(t, Record(t, stack, nil)).OfType("aws:iam/rolePolicy:RolePolicy") {
			if name := policyNameOf(res); !policyName.MatchString(name) {
				t.Errorf("stack %s: IAM takes no inline policy called %s", stack, name)
			}
		}
	}
}

// policyNameOf is a policy's name: that which the program gives, or a generated one. The provider puts 26 digits behind a prefix.
func policyNameOf(res *recorder.Resource) string {
	if name, given := res.Inputs["name"].(string); given {
		return name
	}
	if prefix, given := res.Inputs["namePrefix"].(string); given {
		return prefix + "20261130000000000000000001"
	}
	return res.Name + "-0123456"
}

// Pulumi appends a hyphen and seven digits. If the name is then too long, an update fails half-way. So the
// configuration must refuse such names, and the longest accepted names must fit.
func TestTheLongestNamesThatAreAcceptedFit(t *testing.T) {
	long := func(letter string, n int) string { return strings.Repeat(letter, n) }
	for name, c := range map[string]struct{ install, account, cluster, service, serviceAccount string }{
		"the install's":         {long("i", 39), "home", "c", "s", "sa"},
		"the account's":         {"i", long("a", 52), "c", "s", "sa"},
		"the cluster's":         {"i", "home", long("c", 57), "s", "sa"},
		"the service's":         {"i", "home", "c", long("s", 57), "sa"},
		"the service account's": {"i", "home", "c", "s", long("s", 60)},
	} {
		t.Run(name, func(t *testing.T) {
			r := succeed(t, Record(t, "single", func(o *recorder.Options) {
				o.Config[config.Project+":installName"] = c.install
				o.Config[config.Project+":home"] = c.account
				o.Config[config.Project+":accounts"] = text(t, map[string]any{c.account: map[string]any{"id": "111122223333", "domain": "d", "vpcCidr": "10.0.0.0/16"}})
				o.Config[config.Project+":clusters"] = text(t, map[string]any{c.cluster: map[string]any{"account": c.account, "serviceAccount": c.serviceAccount,
					"services": map[string]any{c.service: map[string]any{"image": "example.com/echo:1", "port": 8080, "egress": []any{map[string]any{"cidr": "10.9.0.0/16", "port": 5432}}}}}})
			}))
			for _, res := range r.Resources {
				generated := res.Name + "-0123456"
				if res.Type == "eks:index:Cluster" {
					// pulumi-eks makes a role inside its own component.
					res, generated = &recorder.Resource{Type: "aws:iam/role:Role", Inputs: map[string]any{}}, res.Name+"-eksRole-role-0123456"
				}
				limit, named := limits[res.Type]
				if given, _ := res.Inputs["name"].(string); given != "" {
					if res.Type == "aws:iam/rolePolicy:RolePolicy" && !strings.Contains(res.Name, "/") {
						t.Errorf("policy %s has the name %s: in a living stack it would replace the one that Pulumi gave", res.Name, given)
					}
					generated = given
				}
				if res.Type == "aws:iam/rolePolicy:RolePolicy" {
					generated = policyNameOf(res)
				}
				if named && len(generated) > limit {
					t.Errorf("%s %s: %d characters, AWS takes %d", res.Type, generated, len(generated), limit)
				}
			}
		})
	}
}
