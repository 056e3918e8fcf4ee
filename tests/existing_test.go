package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/tests/recorder"
)

const ecsServiceType = "aws:ecs/service:Service"

// takingOver takes over the service orders of the example, which the read shows with more properties.
func takingOver(more map[string]any) func(*recorder.Options) {
	return func(o *recorder.Options) {
		o.Config = edited(o.Config, func(clusters map[string]any) {
			clusters["prod"].(map[string]any)["services"].(map[string]any)["orders"].(map[string]any)["import"] = "unchanged"
		})
		answering(answers{
			"aws:ecs/getService:getService": gives(map[string]any{"desiredCount": 1, "launchType": "FARGATE"}),
		})(o)
		outputs := o.Outputs
		o.Outputs = func(typ, name string, inputs map[string]any) map[string]any {
			if typ != ecsServiceType || name != "import-prod/orders" {
				return outputs(typ, name, inputs)
			}
			if inputs["id"] != "Apps-Prod/orders" {
				panic(fmt.Sprint("the program reads the service ", inputs["id"]))
			}
			read := map[string]any{"launchType": "FARGATE", "networkConfiguration": map[string]any{"subnets": []any{"subnet-theirs"}}, "tagsAll": map[string]any{"team": "apps"}}
			for key, value := range more {
				read[key] = value
			}
			return read
		}
	}
}

func TestALivingServiceIsTakenOver(t *testing.T) {
	for _, preview := range []bool{true, false} {
		r := succeed(t, Record(t, "their-cluster", func(o *recorder.Options) {
			o.Preview = preview
			takingOver(nil)(o)
		}))
		isTakenOver(t, r)
	}
}

// Scaler, policies and outputs follow the service's own name, and the mesh's name follows the key.
func TestAServiceIsTakenOverUnderItsOwnName(t *testing.T) {
	const called = "Stack-OrdersServiceD69D759B-Zx1"
	r := succeed(t, Record(t, "their-cluster", func(o *recorder.Options) {
		takingOver(nil)(o)
		o.Config = edited(o.Config, func(clusters map[string]any) {
			orders := clusters["prod"].(map[string]any)["services"].(map[string]any)["orders"].(map[string]any)
			orders["import"], orders["serviceName"] = "enrolled", called
			orders["scaling"] = map[string]any{"min": 1, "max": 3, "cpu": 50}
			delete(orders, "desiredCount")
		})
	}))
	if got := r.Get(t, ecsServiceType, "prod/orders").Inputs["name"]; got != called {
		t.Errorf("the service is %v", got)
	}
	if got := r.Get(t, "aws:appautoscaling/target:Target", "prod/orders").Inputs["resourceId"]; got != "service/Apps-Prod/"+called {
		t.Errorf("the scaler has %v", got)
	}
	if text := r.Outputs["deployerPolicies"].(map[string]any)["apps"].(map[string]any)["existing"].(string); !strings.Contains(text, "service/Apps-Prod/"+called) || strings.Contains(text, "service/Apps-Prod/orders") {
		t.Errorf("the deployer may change %s", text)
	}
}

func isTakenOver(t *testing.T, r *recorder.Recording) {
	t.Helper()
	for _, res := range r.OfType(ecsServiceType) {
		switch res.Name {
		case "import-prod/orders":
			if !res.Read {
				t.Error("the look-up is no read")
			}
		case "prod/orders":
			if res.Import != "Apps-Prod/orders" || !res.RetainOnDelete {
				t.Errorf("the service is imported as %q, and retain is %v", res.Import, res.RetainOnDelete)
			}
		default:
			if res.Import != "" || res.Read {
				t.Errorf("%s is imported as %q", res.Name, res.Import)
			}
		}
	}
	if all := strings.Join(r.Warnings, "\n"); !strings.Contains(all, "(now in subnet-theirs): nothing of a service changes") {
		t.Errorf("nobody says that the tasks will move: %s", all)
	}
}

// What AWS shows of a service that cannot join is told at once, before anything that could be deleted is registered.
func TestAServiceThatCannotJoinIsNotTakenOver(t *testing.T) {
	r := Record(t, "their-cluster", takingOver(map[string]any{
		"deploymentController": map[string]any{"type": "CODE_DEPLOY"}, "launchType": "EC2",
		"loadBalancers": []any{map[string]any{"containerName": "orders", "containerPort": 8080}}, "serviceRegistries": map[string]any{"registryArn": "arn:aws:servicediscovery"},
		"serviceConnectConfiguration": map[string]any{"enabled": true},
	}))
	all := strings.Join(r.Errors, "\n")
	for _, words := range []string{"CODE_DEPLOY", "launch type is EC2", "1 load balancers", "Cloud Map", "Service Connect"} {
		if r.Err == nil || !strings.Contains(all, words) {
			t.Errorf("the refusal does not say %q: %v\n%s", words, r.Err, all)
		}
	}
	for _, res := range r.Resources {
		if !res.Read && res.Type != "pulumi:pulumi:Stack" && res.Type != "pulumi:providers:aws" {
			t.Errorf("%s %s was registered", res.Type, res.Name)
		}
	}
}

// Services of other stacks have the log group of the published contract. Only that tells the platform what they lose.
func TestALogGroupThatGuestsMayHaveIsSaid(t *testing.T) {
	before := succeed(t, Record(t, "dev", publishing)).Get(t, parameter, "ecs-1/contract").Inputs["insecureValue"]
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		publishing(o)
		set(o, "clusters", func(clusters map[string]any) { clusters["ecs-1"].(map[string]any)["logGroup"] = "/apps/prod" })
		answering(answers{
			"aws:cloudwatch/getLogGroups:getLogGroups": hasLogGroups("/apps/prod"),
			"aws:ssm/getParameter:getParameter":        gives(map[string]any{"insecureValue": before}),
		})(o)
	}))
	if said := strings.Join(r.Warnings, "\n"); !strings.Contains(said, "clusters.ecs-1.logGroup is set, and the published contract of clusters.ecs-1 names the log group /ecs/ambient-ecs-1") {
		t.Errorf("nobody says it: %s", said)
	}
}

// The tasks log to a group that another team has. The program makes none in its place, and the execution role may write to it.
func TestALogGroupThatExists(t *testing.T) {
	for found, refused := range map[string]bool{"/apps/prod": false, "/apps/production": true} {
		r := Record(t, "their-cluster", func(o *recorder.Options) {
			o.Config = edited(o.Config, func(clusters map[string]any) { clusters["prod"].(map[string]any)["logGroup"] = "/apps/prod" })
			answering(answers{"aws:cloudwatch/getLogGroups:getLogGroups": hasLogGroups(found)})(o)
		})
		if refused {
			if r.Err == nil || !strings.Contains(strings.Join(r.Errors, "\n"), "has no log group of this name") {
				t.Errorf("%v: %v", r.Err, r.Errors)
			}
			continue
		}
		succeed(t, r)
		for _, group := range r.OfType("aws:cloudwatch/logGroup:LogGroup") {
			if name := fmt.Sprint(group.Inputs["name"]); strings.HasPrefix(name, "/ecs/") || strings.HasPrefix(name, "/apps/") {
				t.Errorf("the program makes the log group %s", name)
			}
		}
		for _, definition := range r.OfType("aws:ecs/taskDefinition:TaskDefinition") {
			if text := fmt.Sprint(definition.Inputs["containerDefinitions"]); strings.Count(text, `"awslogs-group":"/apps/prod"`) != 2 {
				t.Errorf("%s logs elsewhere: %s", definition.Name, text)
			}
		}
		written := false
		for _, policy := range r.OfType("aws:iam/rolePolicy:RolePolicy") {
			written = written || strings.Contains(fmt.Sprint(policy.Inputs["policy"]), "log-group:/apps/prod:")
		}
		if !written {
			t.Error("no role may write to the group")
		}
	}
}

// ECS starts all tasks of the account with a role that exists. The program makes none in its place.
func TestAnExecutionRoleThatExists(t *testing.T) {
	const theirs = "arn:aws:iam::111122223333:role/apps-execution"
	trust := `{"Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	for found, refused := range map[string]bool{theirs: false, "arn:aws:iam::111122223333:role/team/apps-execution": true} {
		r := Record(t, "their-cluster", func(o *recorder.Options) {
			var accounts map[string]any
			if err := json.Unmarshal([]byte(o.Config["ambient-ecs:accounts"]), &accounts); err != nil {
				t.Fatal(err)
			}
			accounts["apps"].(map[string]any)["executionRoleArn"] = theirs
			text, err := json.Marshal(accounts)
			if err != nil {
				t.Fatal(err)
			}
			o.Config["ambient-ecs:accounts"] = string(text)
			answering(answers{"aws:iam/getRole:getRole": func(args map[string]any) (map[string]any, error) {
				if args["name"] != "apps-execution" {
					return nil, errors.New("couldn't find resource")
				}
				return map[string]any{"arn": found, "assumeRolePolicy": trust, "path": "/", "tags": map[string]any{}}, nil
			}})(o)
		})
		if refused {
			if r.Err == nil || !strings.Contains(strings.Join(r.Errors, "\n"), "accounts.apps.executionRoleArn") {
				t.Errorf("%v: %v", r.Err, r.Errors)
			}
			continue
		}
		succeed(t, r)
		for _, role := range r.OfType("aws:iam/role:Role") {
			if name := fmt.Sprint(role.Inputs["name"]); strings.Contains(name, "execution") {
				t.Errorf("the program makes the role %s", name)
			}
		}
		for _, definition := range r.OfType("aws:ecs/taskDefinition:TaskDefinition") {
			if definition.Inputs["executionRoleArn"] != theirs {
				t.Errorf("%s starts with %v", definition.Name, definition.Inputs["executionRoleArn"])
			}
		}
	}
}
