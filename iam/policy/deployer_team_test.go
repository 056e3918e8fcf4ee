package policy

import "testing"

func TestADeployerMakesPoliciesOfTeamsOnly(t *testing.T) {
	for _, boundary := range []string{"", boundaryARN} {
		d := Deployer{Place: homePlace, Install: "mesh", Teams: true, Guardrails: Guardrails{Boundary: boundary}}
		facts := func(arn string) map[string]string {
			return map[string]string{"iam:PolicyARN": arn, boundaryKey: boundary}
		}
		team, bound := homePlace.IAM("role/mesh-team-orders-home"), homePlace.IAM("policy/mesh-team-orders-home-boundary")
		for _, c := range []struct {
			what string
			request
			want bool
		}{
			{"make a team's policy", request{action: "iam:CreatePolicy", resource: bound}, true},
			{"change it", request{action: "iam:CreatePolicyVersion", resource: bound}, true},
			{"delete it", request{action: "iam:DeletePolicy", resource: bound}, true},
			{"make another policy", request{action: "iam:CreatePolicy", resource: homePlace.IAM("policy/mesh-wide")}, false},
			{"change a policy of another install", request{action: "iam:CreatePolicyVersion", resource: homePlace.IAM("policy/mesh2-team-orders-home")}, false},
			{"attach it to the team's role", request{action: "iam:AttachRolePolicy", resource: team, context: facts(bound)}, true},
			{"detach it", request{action: "iam:DetachRolePolicy", resource: team, context: facts(bound)}, true},
			{"attach another policy to the team's role", request{action: "iam:AttachRolePolicy", resource: team, context: facts(homePlace.ManagedPolicy("AdministratorAccess"))}, false},
			{"attach it to another role", request{action: "iam:AttachRolePolicy", resource: homePlace.IAM("role/mesh-one-ecs"), context: facts(bound)}, false},
		} {
			for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
				if got := judged(d, kind, false, c.request); got != c.want {
					t.Errorf("%s, boundary %q: %s: %v", kind, boundary, c.what, got)
				}
			}
		}
	}
}
