package policy

import "testing"

func TestAReaderReadsOneContractAndChangesNothing(t *testing.T) {
	document := ContractReader(homePlace, "/ambient-ecs/mesh/v1/ecs-1")
	parameter := func(name string) string { return homePlace.ARN("ssm", "parameter/ambient-ecs/"+name) }
	for _, c := range []struct {
		action, resource string
		want             bool
	}{
		{"ssm:GetParameter", parameter("mesh/v1/ecs-1/contract"), true},
		{"ssm:GetParameters", parameter("mesh/v1/ecs-1/tokens/ecs"), true},
		{"ssm:GetParameter", parameter("mesh/v1/ecs-10/contract"), false},
		{"ssm:GetParameter", parameter("mesh/v1/ecs-2/contract"), false},
		{"ssm:GetParameter", parameter("other/v1/ecs-1/contract"), false},
		{"ssm:GetParameter", homePlace.ARN("ssm", "parameter/database/password"), false},
		{"ssm:GetParametersByPath", parameter("mesh/v1/ecs-1"), false},
		{"ssm:PutParameter", parameter("mesh/v1/ecs-1/contract"), false},
		{"ssm:DeleteParameter", parameter("mesh/v1/ecs-1/contract"), false},
		{"ssm:DescribeParameters", "*", false},
	} {
		if got := allows(t, document, request{action: c.action, resource: c.resource}); got != c.want {
			t.Errorf("%s on %s: %v", c.action, c.resource, got)
		}
	}
}

func TestADeployerTouchesNoParameterButItsContracts(t *testing.T) {
	for resource, want := range map[string]bool{
		"parameter/ambient-ecs/mesh/v1/ecs-1/contract":  true,
		"parameter/ambient-ecs/mesh2/v1/ecs-1/contract": false,
		"parameter/database/password":                   false,
	} {
		for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
			for _, action := range []string{"ssm:PutParameter", "ssm:DeleteParameter", "ssm:GetParameter"} {
				if got := mayDeploy(t, kind, request{action: action, resource: homePlace.ARN("ssm", resource)}); got != want {
					t.Errorf("%s: %s on %s: %v", kind, action, resource, got)
				}
			}
		}
	}
}
