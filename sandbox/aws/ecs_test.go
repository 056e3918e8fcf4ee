package aws

import (
	"encoding/json"
	"strings"
	"sync/atomic"
	"testing"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/sandbox/world/worldtest"
)

// app is an ECS cluster with what a service of it needs.
type app struct {
	*user
	net                      *net
	cluster, logs            *made
	execution, task, group   *made
	executionPolicy          *made
	definition, serviceProps props
}

func containers(change func(app, ztunnel props)) string {
	logs := props{"logDriver": "awslogs", "options": props{"awslogs-group": "/ecs/mesh-1", "awslogs-region": region, "awslogs-stream-prefix": "x"}}
	echo := props{
		"name": "echo", "image": "public.ecr.aws/j8r2p7b6/echo-server:latest", "essential": true, "logConfiguration": logs,
		"dependsOn": []any{props{"containerName": "ztunnel", "condition": "HEALTHY"}}, "portMappings": []any{props{"containerPort": 8080, "hostPort": 8080}},
	}
	ztunnel := props{
		"name": "ztunnel", "image": "us-docker.pkg.dev/soloio-img/istio/ztunnel:1.28.3-patch0-solo-distroless", "logConfiguration": logs,
		"healthCheck": props{"command": []any{"CMD", "ztunnel", "healthcheck"}, "interval": 5, "timeout": 5, "retries": 3, "startPeriod": 30},
	}
	if change != nil {
		change(echo, ztunnel)
	}
	text, _ := json.Marshal([]any{echo, ztunnel})
	return string(text)
}

func (s *sandbox) app() *app {
	s.t.Helper()
	u := s.login(home)
	a := &app{user: u, net: u.network("1")}
	a.logs = u.create(logGroupKind, "tasks", props{"name": "/ecs/mesh-1", "retentionInDays": 7.0})
	u.create(logGroupKind, "insights", props{"name": "/aws/ecs/containerinsights/mesh-1/performance", "retentionInDays": 7.0})
	a.cluster = u.create(ecsClusterKind, "mesh-1", props{"name": "mesh-1", "settings": []any{props{"name": "containerInsights", "value": "enabled"}}})
	a.execution, a.task = u.role("execution", tasksService), u.role("task", tasksService)
	a.executionPolicy = u.create(rolePolicyKind, "execution", props{"role": a.execution.ID, "policy": allow("arn:aws:logs:eu-central-1:"+home+":log-group:/ecs/mesh-1:log-stream:*", "logs:CreateLogStream", "logs:PutLogEvents")})
	a.group = u.create(securityGroupKind, "tasks", props{"vpcId": a.net.vpc.ID})
	u.create(egressRuleKind, "https", props{"securityGroupId": a.group.ID, "cidrIpv4": "0.0.0.0/0", "ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0})
	a.definition = props{
		"family": "mesh-1-echo", "requiresCompatibilities": []any{"FARGATE"}, "networkMode": "awsvpc", "cpu": "256", "memory": "512",
		"taskRoleArn": a.task.out("arn"), "executionRoleArn": a.execution.out("arn"), "containerDefinitions": containers(nil),
	}
	a.serviceProps = props{
		"name": "echo", "cluster": a.cluster.out("arn"), "launchType": "FARGATE", "desiredCount": 2.0, "waitForSteadyState": true, "enableExecuteCommand": true,
		"networkConfiguration":     props{"subnets": subnetIDs(a.net.private), "securityGroups": []any{a.group.ID}, "assignPublicIp": false},
		"deploymentCircuitBreaker": props{"enable": true, "rollback": true}, "propagateTags": "SERVICE", "enableEcsManagedTags": true,
		"tags": props{"ecs.solo.io/namespace": "mesh-1"},
	}
	return a
}

func (a *app) define(change props) *made {
	a.t.Helper()
	return a.create(TaskDefinitionKind, "echo", with(a.definition, change))
}

func (a *app) service(definition *made, change props) props {
	return with(with(a.serviceProps, props{"taskDefinition": definition.out("arn")}), change)
}

func (a *app) running() (tasks []*world.Resource) {
	a.see(func(tx *world.Tx) {
		tasks = tx.Find(home, TaskKind, func(r *world.Resource) bool { return r.String("lastStatus") == "RUNNING" })
	})
	return tasks
}

func TestServiceRunsAndDrains(t *testing.T) {
	a := newSandbox(t).app()
	definition := a.define(nil)
	if definition.ID != "mesh-1-echo" || !strings.HasSuffix(definition.out("arn"), "task-definition/mesh-1-echo:1") {
		t.Fatalf("%s %s", definition.ID, definition.out("arn"))
	}
	service := a.create(ServiceKind, "echo", a.service(definition, nil))
	tasks := a.running()
	if len(tasks) != 2 || tasks[0].String("availabilityZone") == tasks[1].String("availabilityZone") {
		t.Fatalf("%d tasks, or not spread over zones", len(tasks))
	}
	if got := object(tasks[0].Props, "tags"); got["ecs.solo.io/namespace"] != "mesh-1" || got["aws:ecs:serviceName"] != "echo" {
		t.Errorf("tags %v", got)
	}
	refused(t, a.delete(a.cluster), "ClusterContainsServicesException", "while Services are active")
	refused(t, a.delete(a.net.private[0]), "DependencyViolation")
	refused(t, a.delete(a.group), "DependencyViolation")
	a.mustDelete(service, definition, a.group, a.cluster)
	a.see(func(tx *world.Tx) {
		if left := Live(tx, home); len(left) == 0 {
			t.Error("the network is gone")
		}
		for _, r := range Live(tx, home) {
			if strings.HasPrefix(r.Kind, "aws:ecs/") || strings.HasPrefix(r.Kind, "ecs:") || r.Owner == "ecs" {
				t.Errorf("left over: %s %s", r.Kind, r.ID)
			}
		}
	})
	// The names can be used again; revisions go on counting.
	a.create(ecsClusterKind, "mesh-1", props{"name": "mesh-1", "settings": []any{props{"name": "containerInsights", "value": "enabled"}}})
	if again := a.define(nil); number(again.State, "revision") != 2 {
		t.Errorf("revision %v", again.State["revision"])
	}
}

func TestClusterOfTheSameNameIsTheSameOrRefused(t *testing.T) {
	u := newSandbox(t).login(home)
	u.create(ecsClusterKind, "a", props{"name": "c"})
	u.refuses(ecsClusterKind, "b", props{"name": "c", "tags": props{"x": "y"}}, "InvalidParameterException", "inconsistent with arguments used in previous request")
	u.refuses(ecsClusterKind, "d", props{"name": "d", "settings": []any{props{"name": "insights", "value": "on"}}}, "InvalidParameterException", "Invalid cluster setting")
}

func TestContainerInsightsMakesItsOwnLogGroup(t *testing.T) {
	u := newSandbox(t).login(home)
	u.create(ecsClusterKind, "c", props{"name": "c", "settings": []any{props{"name": "containerInsights", "value": "enabled"}}})
	u.eventually("the log group", func(tx *world.Tx) bool {
		g := logGroup(tx, home, region, "/aws/ecs/containerinsights/c/performance")
		return g != nil && g.Owner == "ecs"
	})
	u.refuses(logGroupKind, "late", props{"name": "/aws/ecs/containerinsights/c/performance"}, "ResourceAlreadyExistsException")
}

func TestTaskDefinitionRefusals(t *testing.T) {
	s := newSandbox(t)
	a := s.app()
	foreign := s.login(away).role("task", tasksService)
	for name, c := range map[string]struct {
		change props
		words  string
	}{
		"size":         {props{"cpu": "300"}, "No Fargate configuration exists for given values: 300 CPU, 512 memory"},
		"memory":       {props{"memory": "4096"}, "No Fargate configuration exists for given values: 256 CPU, 4096 memory"},
		"network":      {props{"networkMode": "bridge"}, "Fargate only supports network mode"},
		"foreign-role": {props{"taskRoleArn": foreign.out("arn")}, "Cross-account pass role is not allowed"},
		"no-role":      {props{"taskRoleArn": a.task.out("arn") + "x"}, "Role is not valid"},
		"no-execution": {props{"executionRoleArn": nil}, "execution role ARN to support log driver awslogs"},
		"dependency": {props{"containerDefinitions": containers(func(app, _ props) {
			app["dependsOn"] = []any{props{"containerName": "proxy", "condition": "START"}}
		})}, "depends on container 'proxy', which does not exist"},
		"unhealthy": {props{"containerDefinitions": containers(func(_, z props) { delete(z, "healthCheck") })}, "has no health check"},
		"cycle": {props{"containerDefinitions": containers(func(_, z props) {
			z["dependsOn"] = []any{props{"containerName": "echo", "condition": "START"}}
		})}, "cycle"},
		"log-options": {props{"containerDefinitions": containers(func(app, _ props) {
			app["logConfiguration"] = props{"logDriver": "awslogs", "options": props{"awslogs-group": "x"}}
		})}, "Log driver awslogs requires options"},
		"ports":        {props{"containerDefinitions": containers(func(app, _ props) { app["portMappings"] = []any{props{"containerPort": 80, "hostPort": 8080}} })}, "must match"},
		"twice":        {props{"containerDefinitions": containers(func(app, _ props) { app["name"] = "ztunnel"; delete(app, "dependsOn") })}, "must be unique"},
		"start-period": {props{"containerDefinitions": containers(func(_, z props) { z["healthCheck"].(props)["startPeriod"] = 301 })}, "startPeriod"},
		"no-command":   {props{"containerDefinitions": containers(func(_, z props) { z["healthCheck"].(props)["command"] = []any{} })}, "must not be empty"},
		"large":        {props{"cpu": "32768", "memory": "65536"}, "No Fargate configuration exists for given values: 32768 CPU, 65536 memory"},
		"tmpfs":        {props{"containerDefinitions": containers(func(app, _ props) { app["linuxParameters"] = props{"tmpfs": []any{props{"containerPath": "/tmp"}}} })}, "a size of at least 1"},
		"essential":    {props{"containerDefinitions": containers(func(app, z props) { app["essential"], z["essential"] = false, false })}, "must be marked as essential"},
	} {
		a.refuses(TaskDefinitionKind, name, with(a.definition, c.change), "ClientException", c.words)
	}
}

func TestTaskDefinitionChangesAreReplacements(t *testing.T) {
	a := newSandbox(t).app()
	m := a.define(nil)
	other := with(a.definition, props{"containerDefinitions": containers(func(app, _ props) { app["image"] = "public.ecr.aws/x/y:2" })})
	if c := a.diff(m, other); len(c.Replace) != 1 || c.DeleteFirst {
		t.Fatalf("%v", c)
	}
	// Order and defaults make no difference; what ECS drops always does, even against itself.
	same := with(a.definition, props{"containerDefinitions": containers(func(app, z props) {
		app["portMappings"] = []any{props{"containerPort": 8080, "protocol": "tcp"}}
		z["essential"], z["environment"] = true, []any{}
	})})
	if c := a.diff(m, same); len(c.Changed) != 0 {
		t.Fatalf("%v", c)
	}
	for what, environment := range map[string]any{
		"a null list": nil, "an empty variable": []any{props{"name": "A", "value": ""}}, "a null variable": []any{props{"name": "A", "value": nil}},
	} {
		dropped := with(a.definition, props{"containerDefinitions": containers(func(app, _ props) { app["environment"] = environment })})
		if c := a.diff(m, dropped); len(c.Replace) != 1 {
			t.Fatalf("%s: %v", what, c)
		}
		if definitions := dropped["containerDefinitions"]; sameContainers(definitions, definitions) {
			t.Fatalf("%s is no change when it is there", what)
		}
	}
}

func TestServiceRefusals(t *testing.T) {
	s := newSandbox(t)
	a := s.app()
	definition := a.define(nil)
	n := s.login(away).network("2")
	ok := a.service(definition, props{"desiredCount": 0.0})
	network := func(change props) props {
		return with(ok, props{"networkConfiguration": with(ok["networkConfiguration"].(props), change)})
	}
	other := a.create(vpcKind, "other", props{"cidrBlock": "10.9.0.0/16"})
	apart := a.create(securityGroupKind, "apart", props{"vpcId": other.ID})
	for name, c := range map[string]struct {
		in    props
		words []string
	}{
		"cluster":         {with(ok, props{"cluster": a.cluster.out("arn") + "x"}), []string{"ClusterNotFoundException"}},
		"foreign-cluster": {with(ok, props{"cluster": strings.Replace(a.cluster.out("arn"), home, away, 1)}), []string{"InvalidParameterException", "Identifier is for " + away}},
		"subnet":          {network(props{"subnets": []any{"subnet-0"}}), []string{"InvalidParameterException", "InvalidSubnetID.NotFound"}},
		"foreign-subnet":  {network(props{"subnets": []any{n.private[0].ID}}), []string{"InvalidSubnetID.NotFound"}},
		"group":           {network(props{"securityGroups": []any{"sg-0"}}), []string{"InvalidGroup.NotFound"}},
		"apart":           {network(props{"securityGroups": []any{apart.ID}}), []string{"does not appear to belong to the same VPC"}},
		"no-network":      {with(ok, props{"networkConfiguration": nil}), []string{"Network Configuration must be provided"}},
		"no-definition":   {with(ok, props{"taskDefinition": definition.out("arn") + "9"}), []string{"ClientException", "Unable to describe task definition"}},
		"foreign-task":    {with(ok, props{"taskDefinition": strings.Replace(definition.out("arn"), home, away, 1)}), []string{"Identifier is for " + away}},
		"percent":         {with(ok, props{"deploymentMaximumPercent": 100.0}), []string{"leave no room"}},
	} {
		a.refuses(ServiceKind, name, c.in, c.words...)
	}
	noRole := a.define(props{"taskRoleArn": nil})
	a.refuses(ServiceKind, "exec", with(ok, props{"taskDefinition": noRole.out("arn")}), "valid taskRoleArn")
	inMemory := a.define(props{"family": "memory", "containerDefinitions": containers(func(app, z props) {
		app["linuxParameters"] = props{"tmpfs": []any{props{"containerPath": "/tmp", "size": 64}}}
		z["healthCheck"].(props)["command"] = []any{"/healthcheck"}
	})})
	a.refuses(ServiceKind, "old-platform", with(ok, props{"taskDefinition": inMemory.out("arn"), "platformVersion": "1.3.0"}), "PlatformTaskDefinitionIncompatibilityException")
	a.create(ServiceKind, "memory", with(ok, props{"name": "memory", "taskDefinition": inMemory.out("arn"), "platformVersion": "1.4.0"}))
	a.create(ServiceKind, "echo", ok)
	a.refuses(ServiceKind, "again", ok, "InvalidParameterException", "not idempotent")
	gone := a.define(props{"family": "gone"})
	a.mustDelete(gone)
	a.refuses(ServiceKind, "inactive", with(ok, props{"name": "x", "taskDefinition": gone.out("arn")}), "TaskDefinition is inactive")
}

func TestServiceOfAnInactiveClusterIsRefused(t *testing.T) {
	a := newSandbox(t).app()
	definition := a.define(nil)
	a.mustDelete(a.cluster)
	a.refuses(ServiceKind, "echo", a.service(definition, nil), "ClusterNotFoundException")
	a.see(func(tx *world.Tx) {
		if r := tx.Get(home, ecsClusterKind, a.cluster.ID); r == nil || r.String("_status") != "INACTIVE" {
			t.Errorf("ECS has forgotten the cluster: %v", r)
		}
	})
}

// Each of these stops the tasks of a service, and up says why.
func TestTasksThatCannotStart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before func(a *app)
		change func(app, ztunnel props)
		words  string
	}{
		"image name":      {change: func(app, _ props) { app["image"] = "Echo Server" }, words: "CannotPullContainerError: invalid reference format"},
		"registry":        {change: func(app, _ props) { app["image"] = "registry.invalid/echo:1" }, words: "no such host"},
		"private ECR":     {change: func(app, _ props) { app["image"] = away + ".dkr.ecr.eu-central-1.amazonaws.com/echo:1" }, words: "ecr:GetAuthorizationToken"},
		"no log group":    {before: func(a *app) { a.mustDelete(a.logs) }, words: "The specified log group does not exist"},
		"no right to log": {before: func(a *app) { a.mustDelete(a.executionPolicy) }, words: "logs:CreateLogStream"},
		"a log group to make": {change: func(app, _ props) {
			app["logConfiguration"] = props{"logDriver": "awslogs", "options": props{"awslogs-group": "/teams/a", "awslogs-region": region, "awslogs-stream-prefix": "x", "awslogs-create-group": "True"}}
		}, words: "logs:CreateLogGroup"},
		"a log group to make, perhaps": {change: func(app, _ props) {
			app["logConfiguration"] = props{"logDriver": "awslogs", "options": props{"awslogs-group": "/ecs/mesh-1", "awslogs-region": region, "awslogs-stream-prefix": "x", "awslogs-create-group": "yes"}}
		}, words: "must specify valid value for log opt 'awslogs-create-group'"},
		"no secret": {before: func(a *app) {
			a.create(rolePolicyKind, "secret", props{"role": a.execution.ID, "policy": allow("*", "secretsmanager:GetSecretValue")})
		}, change: func(app, _ props) {
			app["repositoryCredentials"] = props{"credentialsParameter": "arn:aws:secretsmanager:eu-central-1:" + home + ":secret:registry-AbCdEf"}
		}, words: "Secrets Manager can't find the specified secret"},
		"no right to the secret": {change: func(app, _ props) {
			app["repositoryCredentials"] = props{"credentialsParameter": "arn:aws:secretsmanager:eu-central-1:" + home + ":secret:registry-AbCdEf"}
		}, words: "secretsmanager:GetSecretValue"},
		"no way out": {before: func(a *app) { a.mustDelete(a.net.routes[len(a.net.routes)-1]) }, words: "no route to"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newSandbox(t).app()
			if c.before != nil {
				c.before(a)
			}
			definition := a.define(props{"containerDefinitions": containers(c.change)})
			_, err := a.try(ServiceKind, "echo", a.service(definition, nil))
			refused(t, err, "waiting for ECS Service", "deployment failed: tasks failed to start", c.words)
			if _, ok := err.(*provider.PartialError); !ok {
				t.Fatalf("%T", err)
			}
		})
	}
}

func TestTaskRoleThatECSMayNotTakeStopsTheTask(t *testing.T) {
	a := newSandbox(t).app()
	wrong := a.role("wrong", "lambda.amazonaws.com")
	definition := a.define(props{"taskRoleArn": wrong.out("arn")})
	a.refuses(ServiceKind, "echo", a.service(definition, nil), "ECS was unable to assume the role", wrong.out("arn"))
}

func TestSecretThatExistsCanBeUsed(t *testing.T) {
	a := newSandbox(t).app()
	arn := "arn:aws:secretsmanager:eu-central-1:" + home + ":secret:registry-AbCdEf"
	a.see(func(tx *world.Tx) { AddSecret(tx, arn) })
	a.create(rolePolicyKind, "secret", props{"role": a.execution.ID, "policy": allow(arn, "secretsmanager:GetSecretValue")})
	definition := a.define(props{"containerDefinitions": containers(func(app, _ props) { app["repositoryCredentials"] = props{"credentialsParameter": arn} })})
	a.create(ServiceKind, "echo", a.service(definition, nil))
}

// A source may name a JSON key of a secret, and a parameter may be named without its ARN: the right to the secret and to the
// parameter itself is what counts.
func TestSecretsParametersAndFilesNeedTheRightToReadThem(t *testing.T) {
	t.Parallel()
	const place = "eu-central-1:" + home
	secret, parameter, file := "arn:aws:secretsmanager:"+place+":secret:db-AbCdEf", "arn:aws:ssm:"+place+":parameter/echo/key", "arn:aws:s3:::settings/echo.env"
	for _, c := range []struct {
		arn, action string
		change      func(app, z props)
		words       string
	}{
		{secret, "secretsmanager:GetSecretValue", func(app, _ props) {
			app["secrets"] = []any{props{"name": "DB", "valueFrom": secret + ":password::"}}
		}, "unable to retrieve secret from asm"},
		{parameter, "ssm:GetParameters", func(app, _ props) {
			app["secrets"] = []any{props{"name": "KEY", "valueFrom": "/echo/key"}}
		}, "unable to retrieve secrets from ssm"},
		{file, "s3:GetObject", func(app, _ props) {
			app["environmentFiles"] = []any{props{"type": "s3", "value": file}}
		}, "failed to download env files"},
	} {
		t.Run(c.action, func(t *testing.T) {
			a := newSandbox(t).app()
			a.see(func(tx *world.Tx) { AddSecret(tx, secret) })
			definition := a.define(props{"containerDefinitions": containers(c.change)})
			a.refuses(ServiceKind, "echo", a.service(definition, nil), c.words)
			a.create(rolePolicyKind, "read", props{"role": a.execution.ID, "policy": allow(c.arn, c.action)})
			a.create(ServiceKind, "second", a.service(definition, props{"name": "second"}))
		})
	}
}

// mesh is a Readiness under the test's control.
func mesh(t *testing.T, ready *atomic.Bool) *sandbox {
	s := newSandbox(t)
	w := worldtest.Open(t, t.TempDir())
	w.Control(Controllers(func(_ *world.Tx, task *world.Resource) (bool, string) {
		return ready.Load() || task.Props["revision"] == 1.0, "ztunnel cannot reach istiod"
	})...)
	pkg := New(w).(*awsPackage)
	pkg.retries = s.pkg.retries
	return &sandbox{t: t, w: w, pkg: pkg}
}

func TestDeploymentThatNeverGetsHealthyRollsBack(t *testing.T) {
	var ready atomic.Bool
	a := mesh(t, &ready).app()
	first := a.define(nil)
	service := a.create(ServiceKind, "echo", a.service(first, nil))
	before := a.running()
	second := a.define(props{"cpu": "512", "memory": "1024"})
	err := a.change(service, a.service(second, nil))
	refused(t, err, "rolled back to mesh-1-echo:1", "rolling back to deployment", "failed container health checks: ztunnel cannot reach istiod")
	after := a.running()
	if len(after) != 2 || after[0].ID != before[0].ID || after[1].ID != before[1].ID {
		t.Error("the old tasks did not stay")
	}
	_, inputs, _, _ := a.session.Read(t.Context(), service.Resource)
	if text(inputs, "taskDefinition") != first.out("arn") {
		t.Errorf("after the roll-back the service has %s", text(inputs, "taskDefinition"))
	}
	// With the cause gone, the same update works.
	ready.Store(true)
	if err := a.change(service, a.service(second, nil)); err != nil {
		t.Fatal(err)
	}
	for _, task := range a.running() {
		if task.Props["revision"] != 2.0 {
			t.Errorf("a task of revision %v runs", task.Props["revision"])
		}
	}
}

func TestTaskWaitsForTheMesh(t *testing.T) {
	var ready atomic.Bool
	a := mesh(t, &ready).app()
	a.define(nil)
	patient := a.define(props{"containerDefinitions": containers(func(_, z props) { z["healthCheck"].(props)["startPeriod"] = 300 })})
	in := a.service(patient, props{"waitForSteadyState": false})
	a.create(ServiceKind, "echo", in)
	a.eventually("a failed check", func(tx *world.Tx) bool {
		return len(tx.Find(home, TaskKind, func(r *world.Resource) bool { return number(r.Props, "_failedChecks") > 1 })) > 0
	})
	ready.Store(true)
	a.eventually("healthy tasks", func(tx *world.Tx) bool {
		return len(tx.Find(home, TaskKind, func(r *world.Resource) bool { return r.String("healthStatus") == "HEALTHY" })) == 2
	})
}

func TestServiceWithoutWaitingReturnsAtOnce(t *testing.T) {
	var ready atomic.Bool
	a := mesh(t, &ready).app()
	a.define(nil)
	second := a.define(props{"cpu": "512", "memory": "1024"})
	a.create(ServiceKind, "echo", a.service(second, props{"waitForSteadyState": false}))
}
