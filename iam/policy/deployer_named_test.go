package policy

import (
	"slices"
	"testing"

	"ambient-ecs/iam/evaluation"
)

const namedRole = "arn:aws:iam::111111111111:role/platform/Orders"

// What the stack file names is covered by its whole name, and nothing that only resembles it is.
func TestADeployerReachesWhatTheStackFileNamesAndNothingWider(t *testing.T) {
	open := Deployer{Place: homePlace, Install: "mesh", NamedClusters: []string{homePlace.ARN("ecs", "cluster/Apps")}, NamedRoles: []string{namedRole}, Guardrails: Guardrails{Path: "/platform/"}}
	bound := open
	bound.Boundary, bound.Attached = boundaryARN, []string{teamPolicy}
	within := map[string]string{boundaryKey: boundaryARN}
	to := func(service string) map[string]string { return map[string]string{"iam:PassedToService": service} }
	for _, c := range []struct {
		what string
		request
		want, bounded bool
	}{
		{"make the cluster", request{action: "ecs:CreateCluster", resource: homePlace.ARN("ecs", "cluster/Apps")}, true, true},
		{"delete it", request{action: "ecs:DeleteCluster", resource: homePlace.ARN("ecs", "cluster/Apps")}, true, true},
		{"make a service there", request{action: "ecs:CreateService", resource: homePlace.ARN("ecs", "service/Apps/orders")}, true, true},
		{"watch its deployment", request{action: "ecs:DescribeServiceDeployments", resource: homePlace.ARN("ecs", "service-deployment/Apps/orders/1")}, true, true},
		{"delete another cluster", request{action: "ecs:DeleteCluster", resource: homePlace.ARN("ecs", "cluster/Apps-2")}, false, false},
		{"delete a service of another cluster", request{action: "ecs:DeleteService", resource: homePlace.ARN("ecs", "service/Apps-2/orders")}, false, false},
		{"register another family", request{action: "ecs:RegisterTaskDefinition", resource: homePlace.ARN("ecs", "task-definition/Apps:1")}, false, false},
		{"make the log group of Container Insights", request{action: "logs:CreateLogGroup", resource: homePlace.ARN("logs", "log-group:/aws/ecs/containerinsights/Apps/performance")}, true, true},
		{"say how long it keeps", request{action: "logs:PutRetentionPolicy", resource: homePlace.ARN("logs", "log-group:/aws/ecs/containerinsights/Apps/performance:log-stream:")}, true, true},
		{"delete that of another cluster", request{action: "logs:DeleteLogGroup", resource: homePlace.ARN("logs", "log-group:/aws/ecs/containerinsights/Apps-2/performance")}, false, false},
		{"make an alarm of a scaler there", request{action: "cloudwatch:PutMetricAlarm", resource: homePlace.ARN("cloudwatch", "alarm:TargetTracking-service/Apps/orders-AlarmHigh-1")}, true, true},
		{"make one of another cluster", request{action: "cloudwatch:PutMetricAlarm", resource: homePlace.ARN("cloudwatch", "alarm:TargetTracking-service/Apps-2/orders-AlarmHigh-1")}, false, false},
		{"make the role", request{action: "iam:CreateRole", resource: namedRole}, true, false},
		{"make the role within the boundary", request{action: "iam:CreateRole", resource: namedRole, context: within}, true, true},
		{"delete it", request{action: "iam:DeleteRole", resource: namedRole}, true, true},
		{"take its boundary away", request{action: "iam:DeleteRolePermissionsBoundary", resource: namedRole, context: within}, false, false},
		{"change its trust", request{action: "iam:UpdateAssumeRolePolicy", resource: namedRole}, true, true},
		{"pass it to ECS", request{action: "iam:PassRole", resource: namedRole, context: to(ecsTasks)}, true, true},
		{"pass it to the pods of EKS", request{action: "iam:PassRole", resource: namedRole, context: to("pods.eks.amazonaws.com")}, false, false},
		{"attach a configured policy", request{action: "iam:AttachRolePolicy", resource: namedRole, context: map[string]string{boundaryKey: boundaryARN, "iam:PolicyARN": teamPolicy}}, false, true},
		{"attach another one", request{action: "iam:AttachRolePolicy", resource: namedRole, context: map[string]string{boundaryKey: boundaryARN, "iam:PolicyARN": homePlace.ManagedPolicy("AdministratorAccess")}}, false, false},
		{"delete another role", request{action: "iam:DeleteRole", resource: namedRole + "2"}, false, false},
		{"delete the role of the name elsewhere", request{action: "iam:DeleteRole", resource: homePlace.IAM("role/Orders")}, false, false},
	} {
		for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
			if got := judged(open, kind, false, c.request); got != c.want {
				t.Errorf("%s: %s: %v", kind, c.what, got)
			}
			if got := judged(bound, kind, false, c.request); got != c.bounded {
				t.Errorf("%s, within a boundary: %s: %v", kind, c.what, got)
			}
		}
	}
	for _, action := range iam("DeleteRolePermissionsBoundary", "PutRolePermissionsBoundary") {
		if judged(bound, HomeAccount, true, request{action: action, resource: namedRole, context: map[string]string{boundaryKey: "arn:aws:iam::111111111111:policy/wide"}}) {
			t.Errorf("a deployer with every other permission may %s", action)
		}
	}
	// Whoever verifies runs commands in its tasks.
	verifier := &evaluation.Role{Policies: map[string]string{"verify": open.VerifierPolicy().JSON()}}
	for task, want := range map[string]bool{"Apps/0123": true, "Apps-2/0123": false} {
		if v := evaluation.Allows(verifier, evaluation.Caller{}, "ecs:ExecuteCommand", homePlace.ARN("ecs", "task/"+task), nil); v.OK() != want {
			t.Errorf("a verifier runs commands in %s: %v", task, v.OK())
		}
	}
}

// A deployer of a stack without such names has nothing of them.
func TestADeployerWithoutNamesHasNothingOfThem(t *testing.T) {
	for _, kind := range []AccountKind{HomeAccount, RemoteAccount} {
		for name, document := range deployer.Policies(kind) {
			for _, statement := range document.Statements {
				if slices.Contains([]string{"NamedRoles", "PassNamedRoles", "NamedClusters", "LogsOfNamedClusters"}, statement.Sid) || slices.Contains(statement.Resources, "") {
					t.Errorf("%s: the policy %s has %s", kind, name, statement.Sid)
				}
			}
		}
	}
}

// Whatever the platform allows them, roles of a team take none that the stack file names.
func TestARoleOfATeamTakesNoNamedRole(t *testing.T) {
	of := team("orders")
	of.Named = []string{of.Place.IAM("role/Payments")}
	all := Statement{Actions: []string{"sts:*"}, Resources: []string{"*"}}
	for name, want := range map[string]bool{"Payments": false, "mesh-payments-ecs": false, "else": true} {
		if v := evaluation.Allows(of.tasks(all), evaluation.Caller{}, "sts:AssumeRole", of.Place.IAM("role/"+name), nil); v.OK() != want {
			t.Errorf("it takes %s: %v %s", name, v.OK(), v.Why)
		}
	}
}
