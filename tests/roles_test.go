package tests

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

const (
	testPath     = "/platform/mesh/"
	testBoundary = "arn:aws:iam::aws:policy/PowerUserAccess"
)

// fenced sets a path and a boundary, and every switch that makes a role.
func fenced(o *recorder.Options) {
	for key, value := range map[string]string{
		"iamPath": testPath, "permissionsBoundary": testBoundary, "flowLogs": `{"enabled":true}`, "gatewayLoadBalancers": `["controller"]`,
		"observability": `{"metrics":true,"clusterLogs":true,"alarms":{"enabled":true}}`,
	} {
		o.Config[config.Project+":"+key] = value
	}
}

// ownRole matches the ARN of a role whose name begins with an install's, with whatever path.
var ownRole = regexp.MustCompile(`:iam::[0-9]{12}:role(/[^"\\ ,]*/|/)(?:eks-)?ambient-[a-z]`)

func TestEveryRoleHasThePathAndTheBoundaryAndWhateverNamesOneSaysSo(t *testing.T) {
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		fenced(o)
		// AWS answers with the path of the role.
		usual := o.Outputs
		o.Outputs = func(typ, name string, inputs map[string]any) map[string]any {
			if typ == "aws:iam/role:Role" {
				return map[string]any{"arn": fmt.Sprintf("arn:aws:iam::111122223333:role%v%v", inputs["path"], inputs["name"])}
			}
			return usual(typ, name, inputs)
		}
	}))
	roles := r.OfType("aws:iam/role:Role")
	for _, role := range roles {
		if role.Inputs["path"] != testPath || role.Inputs["permissionsBoundary"] != testBoundary {
			t.Errorf("%s has the path %v and the boundary %v", role.Name, role.Inputs["path"], role.Inputs["permissionsBoundary"])
		}
	}
	named := 0
	for _, res := range r.Resources {
		for _, found := range ownRole.FindAllStringSubmatch(fmt.Sprint(res.Inputs), -1) {
			if named++; found[1] != testPath {
				t.Errorf("%s %s names a role without its path: %s", res.Type, res.Name, found[0])
			}
		}
	}
	for _, found := range ownRole.FindAllStringSubmatch(fmt.Sprint(r.Outputs), -1) {
		if named++; found[1] != testPath {
			t.Errorf("an output names a role without its path: %s", found[0])
		}
	}
	if len(roles) < 12 || named < 30 {
		t.Errorf("only %d roles and %d names of roles were looked at", len(roles), named)
	}
}

// A living stack that sets neither key sees no change of its roles.
func TestWithoutTheKeysNoRoleHasAPathOrABoundary(t *testing.T) {
	for _, stack := range Stacks {
		r := succeed(t, Record(t, stack, nil))
		for _, role := range r.OfType("aws:iam/role:Role") {
			for _, input := range []string{"path", "permissionsBoundary"} {
				if _, set := role.Inputs[input]; set {
					t.Errorf("%s: role %s has the input %s", stack, role.Name, input)
				}
			}
		}
		if cluster := slices.Concat(r.OfType("eks:index:Cluster"), r.OfType("ambient-ecs:eks:ExistingCluster")); len(cluster) != 1 || slices.ContainsFunc(r.Errors, func(e string) bool { return strings.Contains(e, "transform") }) {
			t.Errorf("%s: %d clusters, %v", stack, len(cluster), r.Errors)
		}
	}
}

const teamRole = "arn:aws:iam::111122223333:role/team/orders"

// byTeam gives a service of the dev stack a task role of the team, and another one permissions.
func byTeam(o *recorder.Options) {
	o.Config = edited(o.Config, func(clusters map[string]any) {
		services := clusters["ecs-1"].(map[string]any)["services"].(map[string]any)
		echo, shell := services["echo-service"].(map[string]any), services["shell-task"].(map[string]any)
		echo["serviceAccount"], echo["taskRoleArn"], echo["deployedBy"] = "echo", teamRole, "pipeline"
		shell["serviceAccount"] = "shell"
		shell["permissions"] = map[string]any{
			"managedPolicies": []any{"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"},
			"statements":      []any{map[string]any{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}},
		}
	})
}

func TestWhateverNamesATaskRoleNamesTheTeams(t *testing.T) {
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		byTeam(o)
		answering(answers{"aws:iam/getRole:getRole": func(args map[string]any) (map[string]any, error) {
			if args["name"] == "orders" {
				return map[string]any{"arn": teamRole, "path": "/team/", "tags": map[string]any{}, "assumeRolePolicy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow",
					"Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}}]}`}, nil
			}
			return invoke("aws:iam/getRole:getRole", args)
		}})(o)
	}))
	for _, res := range r.OfType("aws:iam/role:Role") {
		if name := res.Inputs["name"]; name == "ambient-ecs-1-echo" {
			t.Errorf("the program makes the role %v beside the team's", name)
		}
	}
	says := func(what, text string) {
		t.Helper()
		if !strings.Contains(text, teamRole) {
			t.Errorf("%s does not name the team's role: %s", what, text)
		}
	}
	says("the task definition", fmt.Sprint(r.Get(t, "aws:ecs/taskDefinition:TaskDefinition", "ecs-1/echo-service").Inputs["taskRoleArn"]))
	for _, account := range r.OfType("kubernetes:core/v1:ServiceAccount") {
		if metadata := fmt.Sprint(account.Inputs["metadata"]); strings.Contains(metadata, "name:echo ") {
			says("the service account", metadata)
		}
	}
	output := func(name string) string { return fmt.Sprint(r.Outputs[name]) }
	says("the output taskRoleArns", output("taskRoleArns"))
	says("the pipeline's policy", output("pipelinePolicies"))
	says("the deployer's policies", output("deployerPolicies"))
	if text := output("deployerPolicies"); !strings.Contains(text, "AmazonS3ReadOnlyAccess") || strings.Contains(text, "444455556666") {
		t.Errorf("the deployers' policies are %s", text)
	}
	attached := r.Get(t, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "task-ecs-1-shell-AmazonS3ReadOnlyAccess")
	service := r.Get(t, "aws:ecs/service:Service", "ecs-1/shell-task")
	if !r.Waits(service, attached) || !r.Waits(service, r.Get(t, "aws:iam/rolePolicy:RolePolicy", "task-ecs-1-shell/permissions")) {
		t.Error("the tasks start before they may do what they may")
	}
}

// The preview asks for the trust of a role that it does not make, and says what is wrong with it before anything is registered.
func TestATaskRoleThatIsNotThereIsRefused(t *testing.T) {
	r := Record(t, "dev", byTeam)
	if r.Err == nil || !strings.Contains(strings.Join(r.Errors, "\n"), "there is no role of this name in account local") || len(r.OfType("aws:ec2/vpc:Vpc")) != 0 {
		t.Errorf("%v: %q", r.Err, r.Errors)
	}
}

// The names of service accounts are the user's. No two of them may lead to one URN.
func TestAServiceAccountMayBeCalledAsAnothersPermissions(t *testing.T) {
	r := succeed(t, Record(t, "dev", func(o *recorder.Options) {
		o.Config = edited(o.Config, func(clusters map[string]any) {
			services := clusters["ecs-1"].(map[string]any)["services"].(map[string]any)
			echo, shell := services["echo-service"].(map[string]any), services["shell-task"].(map[string]any)
			echo["serviceAccount"], shell["serviceAccount"] = "orders", "orders-permissions"
			echo["permissions"] = map[string]any{"statements": []any{map[string]any{"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}}}
		})
	}))
	seen := map[string]bool{}
	for _, policy := range r.OfType("aws:iam/rolePolicy:RolePolicy") {
		if seen[policy.URN] {
			t.Errorf("two policies are %s", policy.URN)
		}
		seen[policy.URN] = true
	}
}
