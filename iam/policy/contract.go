package policy

import "strings"

// ContractReader may read the contract of one cluster and its tokens, which are the SSM parameters under a path, and nothing
// else. path begins with a slash. It has no GetParametersByPath: whoever may ask for a path sees everything below it.
func ContractReader(place Place, path string) Document {
	return Document{Statements: []Statement{{
		Sid:       "ReadContract",
		Actions:   ssm("GetParameter", "GetParameters"),
		Resources: []string{place.ARN("ssm", "parameter"+path+"/*")},
	}}}
}

var contractRules = []rule{
	{
		policy: ContractPolicy, sid: "ListParameters",
		covers: is("ssm:DescribeParameters"), resources: everything, condition: inRegion,
	},
	{
		policy: ContractPolicy, sid: "OwnContracts",
		covers: func(a string) bool { return strings.HasPrefix(a, "ssm:") && a != "ssm:DescribeParameters" },
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{d.Place.ARN("ssm", "parameter/ambient-ecs/"+d.Install+"/*")}
		},
	},
}
