package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/ecs/task/definition"
)

const ordersField = "clusters.ecs-1.services.orders"

// orders adds a service with the team's own task definition.
func orders(more object) edit {
	service := object{"taskDefinition": "config/testdata/orders.json", "egress": list(object{"cidr": "10.9.0.0/16", "port": 2049})}
	for key, value := range more {
		service[key] = value
	}
	return edit{"clusters/ecs-1/services/orders", service}
}

func TestATaskDefinitionIsReadFromItsFile(t *testing.T) {
	c := mustLoad(t, with(orders(object{"environment": object{"MODE": "test"}, "ports": list(object{"port": 8080, "protocol": "grpc"})})))
	if got, want := c.PortsOf("ecs-1", "orders"), []Port{{Port: 8080, Protocol: "grpc"}, {Port: 5432, Protocol: "tcp"}}; !slices.Equal(got, want) {
		t.Errorf("the ports are %v, want %v", got, want)
	}
	if got := c.PortOf("ecs-1", "orders"); got != 8080 {
		t.Errorf("the port is %d", got)
	}
	task := c.TaskOf("ecs-1", "orders")
	if task.Definition == nil || task.App != nil || task.Container != "orders" || task.Environment["MODE"] != "test" || task.Family != "ambient-ecs-1-orders" {
		t.Errorf("the task is %+v", task)
	}
	needs, ok := c.NeedsOf("ecs-1", "orders")
	if !ok || !c.OwnExecutionRole("ecs-1", "orders") || c.OwnExecutionRole("ecs-1", "echo-service") {
		t.Errorf("%v, the service shares the account's execution role, or echo-service does not", ok)
	}
	if want := []string{"arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-a1b2c3"}; !slices.Equal(needs.Secrets, want) || !slices.Equal(needs.Parameters, []string{"/orders/key"}) {
		t.Errorf("ECS reads %+v", needs)
	}
	if !slices.Equal(needs.LogGroups, []definition.LogGroup{{Region: "eu-central-1", Name: "/ecs/ambient-ecs-1"}, {Region: "eu-central-1", Name: "/teams/orders"}}) || !slices.Equal(needs.CreatedGroups, []definition.LogGroup{{Region: "eu-central-1", Name: "/teams/orders"}}) || len(needs.Images) != 3 {
		t.Errorf("ECS writes %+v", needs)
	}
	warned := strings.Join(c.Warnings(), "\n")
	for _, want := range []string{"family (ambient-ecs-1-orders, not orders)", "taskRoleArn (arn:aws:iam::111122223333:role/ambient-ecs-1-ecs, not arn:aws:iam::111122223333:role/theirs)"} {
		if !strings.Contains(warned, ordersField+".taskDefinition."+want) {
			t.Errorf("no warning says %s:\n%s", want, warned)
		}
	}
}

// Every preview warns of a family that a file gives and that does not count. A file without one says nothing wrong.
func TestAFileWithoutAFamilyIsNotWarnedOf(t *testing.T) {
	text, err := os.ReadFile("config/testdata/orders.json")
	if err != nil {
		t.Fatal(err)
	}
	without, folder := strings.Replace(string(text), `"family": "orders",`, "", 1), t.TempDir()
	if without == string(text) {
		t.Fatal("the file has no family to take out")
	}
	if err := os.WriteFile(filepath.Join(folder, "orders.json"), []byte(without), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load(time.Now(), folder, StackFile{}, raw(with(orders(object{"taskDefinition": "orders.json"}))), nil)
	if err != nil {
		t.Fatal(err)
	}
	if warned := strings.Join(c.Warnings(), "\n"); strings.Contains(warned, "family") || c.TaskOf("ecs-1", "orders").Family != "ambient-ecs-1-orders" {
		t.Errorf("the family is %s, and it warns:\n%s", c.TaskOf("ecs-1", "orders").Family, warned)
	}
}

func TestSingleContainersHaveTheirOwnPresets(t *testing.T) {
	c := mustLoad(t, with(orders(object{"client": "go", "clients": object{"side": "none"}})))
	if m := c.TaskOf("ecs-1", "orders").Mesh; m.Client != "go" || len(m.Clients) != 1 || m.Clients["side"] != "none" {
		t.Errorf("the task's presets are %q and %v", m.Client, m.Clients)
	}
	// Of a pipeline's service, enrol is told the same; its definitions may have other containers than the first.
	c = mustLoad(t, with(orders(object{"deployedBy": "pipeline", "clients": object{"later": "none"}})))
	if m := c.EnrolMesh("ecs-1", "orders", nil); m.Clients["later"] != "none" {
		t.Errorf("enrol is told %v", m.Clients)
	}
}

func TestAPrivatePortIsInNoTag(t *testing.T) {
	c := mustLoad(t, with(orders(object{"ports": list(object{"port": 8080, "private": true})})))
	if got := c.DiscoveryTags("ecs-1", "orders")["ecs.solo.io/ports"]; got != "tcp:5432" {
		t.Errorf("the tag is %q", got)
	}
}

func TestTheMainPortCanBeNamed(t *testing.T) {
	c := mustLoad(t, with(orders(object{"port": 5432})))
	if got, want := c.PortsOf("ecs-1", "orders"), []Port{{Port: 5432, Protocol: "tcp"}, {Port: 8080, Protocol: "http2"}}; !slices.Equal(got, want) {
		t.Errorf("the ports are %v, want %v", got, want)
	}
	c = mustLoad(t, with(orders(object{"clientOnly": true})))
	if got := c.PortsOf("ecs-1", "orders"); len(got) > 0 {
		t.Errorf("a client has the ports %v", got)
	}
}

func TestTheShortFormHasWhatItSays(t *testing.T) {
	c := mustLoad(t, with(
		edit{"clusters/ecs-1/services/echo-service", object{
			"image": "a:1", "ports": list(object{"port": 9090, "protocol": "grpc"}, object{"port": 8080}), "secrets": object{"KEY": "/key"}, "entryPoint": list("/a"),
			"user": "1000", "architecture": "ARM64", "stopTimeout": 60, "healthCheck": object{"command": list("CMD", "true"), "interval": 10},
			"ztunnel": object{"cpu": 32, "memory": 64}, "secretKeys": list("arn:aws:kms:eu-central-1:111122223333:key/1"), "platformVersion": "1.4.0",
			"client": "java",
		}}, edit{"ztunnel", object{"user": "1337", "readonlyRootFilesystem": true}}))
	if got := c.TaskOf("ecs-1", "echo-service").Mesh.Client; got != "java" {
		t.Errorf("the client is %q", got)
	}
	if got := c.TaskOf("ecs-1", "shell-task").Mesh.Client; got != DefaultClient {
		t.Errorf("a service that names no client has %q", got)
	}
	app := c.TaskOf("ecs-1", "echo-service").App
	if !slices.Equal(app.Ports, []int{9090, 8080}) || app.User != "1000" || app.Architecture != "ARM64" || *app.StopTimeout != 60 || app.HealthCheck.Interval != 10 || app.Secrets["KEY"] != "/key" {
		t.Errorf("the short form is %+v", app)
	}
	if z := c.TaskOf("ecs-1", "echo-service").Mesh.Ztunnel; z.CPU != 32 || z.User != "" {
		t.Errorf("the service's own ztunnel is %+v", z)
	}
	if z := c.TaskOf("ecs-1", "shell-task").Mesh.Ztunnel; z.CPU != 0 || z.User != "1337" || !z.ReadonlyRootFilesystem {
		t.Errorf("the stack's ztunnel is %+v", z)
	}
	if !c.OwnExecutionRole("ecs-1", "echo-service") {
		t.Error("a service with secrets shares the account's execution role")
	}
}

func TestRefusedTaskDefinitions(t *testing.T) {
	at := ordersField + ".taskDefinition"
	run(t, []refusal{
		{"everything at once", []edit{orders(object{"taskDefinition": "config/testdata/bad.json", "image": "a", "cpu": 256, "secrets": object{"A": "a"}, "port": 9999})}, [][]string{
			{at + `.networkMode = "bridge"`, "awsvpc"}, {at + ".proxyConfiguration is set"}, {at + ".containerDefinitions[0].privileged is set"},
			{at + ".containerDefinitions[0].portMappings[0].containerPort = 15008", "ztunnel"}, {at + `.containerDefinitions[0].portMappings = "udp 53"`, "TCP", "127.0.0.1"},
			{at + ".containerDefinitions[0].environment[0]", "DB_PASSWORD looks like a credential", "secrets", ordersField + ".notSecret"},
			{at + ".containerDefinitions[0].stopTimout is unknown", "did you mean stopTimeout?", "the AWS provider would drop it"},
			{ordersField + ".image is set", "config/testdata/bad.json"}, {ordersField + ".cpu is set"}, {ordersField + ".secrets is set"}, {ordersField + ".port = 9999", "no container"},
		}},
		{"of another format", []edit{orders(object{"taskDefinition": "config/testdata/wrong.json"})}, [][]string{
			{at + ".family = 7", "text"}, {at + ".cpu = 256", "text, in quotes"}, {at + ".containerDefinitions", "a list"},
		}},
		{"absolute path", []edit{orders(object{"taskDefinition": "/etc/orders.json"})}, [][]string{{at, "/etc/orders.json", "relative"}}},
		{"path that leads out", []edit{orders(object{"taskDefinition": "../orders.json"})}, [][]string{{at, "lead out"}}},
		{"path that leads out in the middle", []edit{orders(object{"taskDefinition": "config/testdata/../../x.json"})}, [][]string{{at, "lead out"}}},
		{"no file", []edit{orders(object{"taskDefinition": "config/testdata/none.json"})}, [][]string{{at, "cannot be read"}}},
		{"EFS without a way out", []edit{orders(object{"egress": list()})}, [][]string{{ordersField + ".egress is not set", "fs-0123456789abcdef0", "tcp 2049"}}},
		{"environment for nobody", []edit{{"clusters/ecs-1/services/other", object{"taskDefinition": "config/testdata/orders.json", "environment": object{"A": "b"}, "egress": list(object{"cidr": "10.9.0.0/16", "port": 2049})}}},
			[][]string{{"clusters.ecs-1.services.other.environment is set", "for which container"}}},
		{"ports of nobody", []edit{orders(object{"ports": list(object{"port": 1234, "protocol": "http"})})}, [][]string{{ordersField + ".ports[0].port = 1234", "no container"}}},
		{"every port is private", []edit{orders(object{"ports": list(object{"port": 8080, "private": true}, object{"port": 5432, "private": true})})}, [][]string{{ordersField + ".ports is set", "every port", "clientOnly"}}},
		{"private port of nobody", []edit{orders(object{"ports": list(object{"port": 1234, "private": true})})}, [][]string{{ordersField + ".ports[0].port = 1234", "private already"}}},
		{"private port with a protocol", []edit{orders(object{"ports": list(object{"port": 5432, "private": true, "protocol": "http"})})}, [][]string{{ordersField + ".ports[0].protocol is set", "private"}}},
		{"main port that is private", []edit{orders(object{"port": 5432, "ports": list(object{"port": 5432, "private": true})})}, [][]string{{ordersField + ".port = 5432", "nobody calls a private port"}}},
		{"two containers with ports", []edit{{"clusters/ecs-1/services/media", object{"taskDefinition": "config/testdata/real/two-doors.json"}}}, [][]string{{"clusters.ecs-1.services.media.port is not set", "upload, stream"}}},
		{"presets of nobody", []edit{orders(object{"clients": object{"nobody": "go", "ztunnel": "go"}})}, [][]string{{ordersField + `.clients.nobody = "go"`, "no container of this name"}, {ordersField + `.clients.ztunnel = "go"`, "no container of this name"}}},
		{"an unknown preset of a container", []edit{orders(object{"clients": object{"side": "perl"}})}, [][]string{{ordersField + `.clients.side = "perl"`, "curl, go, java, node, python, dotnet, none"}}},
		{"a mark for nothing", []edit{orders(object{"notSecret": list("MODE", "OTHER")})}, [][]string{{ordersField + `.notSecret = "MODE"`, "take it away"}, {ordersField + `.notSecret = "OTHER"`, "take it away"}}},
		{"tmpfs on an old platform", []edit{{"clusters/ecs-1/services/reports", object{"taskDefinition": "config/testdata/real/init.json", "platformVersion": "1.3.0"}}}, [][]string{{"clusters.ecs-1.services.reports.platformVersion", "1.4.0", "tmpfs"}}},
		{"too large a ztunnel", []edit{orders(object{"ztunnel": object{"cpu": 600}})}, [][]string{{at + ".cpu", "600 CPU units"}}},
		{"EFS on an old platform", []edit{orders(object{"platformVersion": "1.3.0"})}, [][]string{{ordersField + ".platformVersion", "1.4.0"}}},
		{"rule about requests on a tcp port", []edit{orders(object{"port": 5432, "access": "declared", "allow": list(object{"from": list("cluster:ecs-2"), "methods": list("GET")}), "waypoint": true})},
			[][]string{{ordersField + ".allow[0]", "port 5432", "tcp"}}},
		{"traffic on a tcp port", []edit{orders(object{"port": 5432, "waypoint": true, "traffic": object{"timeout": "5s"}})}, [][]string{{ordersField + ".traffic is set", "port 5432 is tcp"}}},
	})
}

func TestRefusedShortForms(t *testing.T) {
	const echo, field = "clusters/ecs-1/services/echo-service/", "clusters.ecs-1.services.echo-service."
	run(t, []refusal{
		one("secret of nowhere", echo+"secrets", object{"A": "my secret"}, field+"secrets.A", "Secrets Manager"),
		one("secret that is a variable", echo+"secrets", object{"PORT": "/port"}, field+"secrets.PORT is set", "environment sets"),
		one("secret with a blank", echo+"secrets", object{"A B": "/a"}, field+`secrets = "A B"`),
		one("client", echo+"client", "perl", field+`client = "perl"`, "curl, go, java, node, python, dotnet, none"),
		one("presets of containers", echo+"clients", object{"echo-service": "go"}, field+"clients is set", "set client"),
		one("marks of a short form", echo+"notSecret", list("PORT"), field+"notSecret is set", "taskDefinition"),
		one("private port", echo+"ports", list(object{"port": 8080, "private": true}), field+"ports[0].private is set", "leave the port out"),
		one("architecture", echo+"architecture", "arm64", field+"architecture", "X86_64, ARM64"),
		one("long stop", echo+"stopTimeout", 121, field+"stopTimeout = 121", "between 0 and 120"),
		one("bare health check", echo+"healthCheck", object{"command": list("curl")}, field+"healthCheck.command", "CMD"),
		one("hasty health check", echo+"healthCheck", object{"command": list("CMD", "true"), "interval": 1}, field+"healthCheck.interval = 1"),
		one("protocol", echo+"ports", list(object{"port": 80, "protocol": "udp"}), field+"ports[0].protocol", "grpc"),
		one("port of ztunnel", echo+"ports", list(object{"port": 15006}), field+"ports[0].port = 15006", "ztunnel"),
		one("port twice", echo+"ports", list(object{"port": 80}, object{"port": 80, "protocol": "tcp"}), field+"ports[1].port = 80"),
		one("client with ports", "clusters/ecs-1/services/shell-task/ports", list(object{"port": 80}), "shell-task.ports is set", "clientOnly"),
		one("old platform", echo+"platformVersion", "1.2.0", field+"platformVersion", "1.3.0", "health"),
		{"large on an old platform", []edit{{echo + "platformVersion", "1.3.0"}, {echo + "cpu", 8192}, {echo + "memory", 16384}}, [][]string{{field + "platformVersion", "1.4.0", "8 vCPU"}}},
		one("no platform", echo+"platformVersion", "2", field+"platformVersion", "LATEST"),
		one("ztunnel with the token", echo+"ztunnel", object{"environment": object{"BOOTSTRAP_TOKEN": "x"}}, field+"ztunnel.environment", "BOOTSTRAP_TOKEN"),
		one("ztunnel with little memory", "ztunnel", object{"memory": 2}, "ztunnel.memory = 2", "6 MiB"),
		one("ztunnel with all memory", echo+"ztunnel", object{"memory": 512}, field+"memory = 512", "ztunnel wants 512"),
		one("ztunnel with more CPU", echo+"ztunnel", object{"cpu": 512}, field+"cpu = 256", "ztunnel wants 512"),
		{"alias of a key", []edit{{echo + "secretKeys", list("alias/mine")}, {echo + "secrets", object{"A": "/a"}}}, [][]string{{field + "secretKeys[0]", "aliases"}}},
		{"every key", []edit{{echo + "secretKeys", list("arn:aws:kms:eu-central-1:111122223333:key/*")}, {echo + "secrets", object{"A": "/a"}}}, [][]string{{field + "secretKeys[0]", "every key"}}},
		{"key of another partition", []edit{{echo + "secretKeys", list("arn:aws-cn:kms:cn-north-1:111122223333:key/1")}, {echo + "secrets", object{"A": "/a"}}}, [][]string{{field + "secretKeys[0]", "partition"}}},
		one("key for nothing", echo+"secretKeys", list("arn:aws:kms:eu-central-1:111122223333:key/1"), field+"secretKeys is set", "no secrets"),
	})
}

func TestNoLinkLeadsOutOfTheFolder(t *testing.T) {
	outside, folder := t.TempDir(), t.TempDir()
	text, err := os.ReadFile("config/testdata/orders.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{filepath.Join(outside, "orders.json"), filepath.Join(folder, "inside.json")} {
		if err := os.WriteFile(at, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"file.json": filepath.Join(outside, "orders.json"), "folder": outside, "near.json": "inside.json"} {
		if err := os.Symlink(to, filepath.Join(folder, link)); err != nil {
			t.Fatal(err)
		}
	}
	for path, allowed := range map[string]bool{"file.json": false, "folder/orders.json": false, "near.json": true, "inside.json": true} {
		_, err := load(time.Now(), folder, StackFile{}, raw(with(orders(object{"taskDefinition": path}))), nil)
		if (err == nil) != allowed {
			t.Errorf("%s: %v", path, err)
		}
		if !allowed && !strings.Contains(err.Error(), "links must not lead out") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestATrustDomainOfOnesOwnIsAcceptedByTheTasksZtunnel(t *testing.T) {
	const variable = "SKIP_VALIDATE_TRUST_DOMAIN"
	values := stack("dev")
	if got, set := mustLoad(t, values).TaskOf("ecs-1", "echo-service").Mesh.Ztunnel.Environment[variable]; set {
		t.Errorf("with Istio's own trust domain it is %q", got)
	}
	values["trustDomain"] = "mesh.example"
	if got := mustLoad(t, values).TaskOf("ecs-1", "echo-service").Mesh.Ztunnel.Environment[variable]; got != "true" {
		t.Errorf("with another trust domain it is %q", got)
	}
	values["ztunnel"] = object{"environment": object{variable: "false"}}
	if got := mustLoad(t, values).TaskOf("ecs-1", "echo-service").Mesh.Ztunnel.Environment[variable]; got != "false" {
		t.Errorf("against the stack file it is %q", got)
	}
}

// fargate is a task definition with containers, in JSON, that lacks nothing else.
func fargate(containers string) string {
	return `{"family": "ambient-ecs-1-team", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "256", "memory": "512", "containerDefinitions": [` + containers + `]}`
}

// defined loads a stack with a service called team, whose tasks run the containers and that nobody calls.
func defined(t *testing.T, containers string, service object, edits ...edit) (Config, error) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "team.json"), []byte(fargate(containers)), 0o600); err != nil {
		t.Fatal(err)
	}
	all := object{"taskDefinition": "team.json", "clientOnly": true, "exec": false}
	for key, value := range service {
		all[key] = value
	}
	return load(time.Now(), folder, StackFile{}, raw(with(append(edits, edit{"clusters/ecs-1/services/team", all})...)), nil)
}
