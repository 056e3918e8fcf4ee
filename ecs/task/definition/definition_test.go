package definition

import (
	"slices"
	"strings"
	"testing"
)

// orders is a definition with which nothing is wrong.
const orders = `{
  "family": "orders", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"], "cpu": "512", "memory": "1024",
  "containerDefinitions": [
    {"name": "orders", "image": "orders:1", "cpu": 256, "memory": 512,
     "portMappings": [{"containerPort": 8080}],
     "environment": [{"name": "B", "value": "2"}, {"name": "A", "value": ""}],
     "secrets": [{"name": "DB", "valueFrom": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:db-a1b2c3"}],
     "mountPoints": [{"sourceVolume": "scratch", "containerPath": "/scratch"}],
     "dependsOn": [{"containerName": "side", "condition": "HEALTHY"}],
     "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "r", "awslogs-stream-prefix": "p"}}},
    {"name": "side", "image": "side:1", "essential": false, "healthCheck": {"command": ["CMD", "true"]}}
  ],
  "volumes": [{"name": "scratch"}]
}`

func read1(t *testing.T, text string) *Definition {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return d
}

func TestASoundDefinitionPasses(t *testing.T) {
	d := read1(t, orders)
	if err := d.Check(); err != nil {
		t.Error(err)
	}
	if len(d.Unknown) > 0 || d.Described() || string(d.Bytes()) != orders {
		t.Errorf("unknown %v, described %v", d.Unknown, d.Described())
	}
	if *d.Family != "orders" || len(d.ContainerDefinitions) != 2 || Number(d.ContainerDefinitions[0].Memory) != 512 {
		t.Errorf("read %+v", d.TaskDefinition)
	}
}

// twofold are cases in which one mistake breaks two rules.
var twofold = []string{"more memory than the task", "name twice", "waits for the task's end"}

func TestWhatECSRefusesIsRefusedWithFieldAndReason(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"family", `"family": "orders"`, `"family": "a b"`, `family = "a b": ECS takes 1 to 255`},
		{"no family", `"family": "orders",`, ``, `family = "": ECS takes`},
		{"network mode", `"awsvpc"`, `"bridge"`, `networkMode = "bridge": Fargate tasks have`},
		{"no network mode", `"networkMode": "awsvpc",`, ``, `networkMode is not set`},
		{"EC2 only", `["FARGATE"]`, `["EC2"]`, `requiresCompatibilities = ["EC2"]: the services of the mesh run on Fargate`},
		{"Windows", `"family"`, `"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, "family"`, `ztunnel runs on LINUX`},
		{"storage", `"family"`, `"ephemeralStorage": {"sizeInGiB": 300}, "family"`, `ephemeralStorage.sizeInGiB = 300: must be between 21 and 200`},
		{"App Mesh", `"family"`, `"proxyConfiguration": {"containerName": "envoy"}, "family"`, `proxyConfiguration is set`},
		{"pidMode", `"family"`, `"pidMode": "task", "family"`, `pidMode = "task": containers that see each other's processes`},
		{"ipcMode", `"family"`, `"ipcMode": "task", "family"`, `ipcMode = "task": Fargate does not have it`},
		{"placement", `"family"`, `"placementConstraints": [{"type": "memberOf"}], "family"`, `placementConstraints is set`},
		{"accelerators", `"family"`, `"inferenceAccelerators": [{"deviceName": "a", "deviceType": "b"}], "family"`, `inferenceAccelerators is set`},
		{"size", `"memory": "1024"`, `"memory": "700"`, `it is no Fargate size`},
		{"no CPU", `"cpu": "512", "memory": "1024",`, `"memory": "1024",`, `cpu is not set`},
		{"odd CPU", `"cpu": "512"`, `"cpu": "much"`, `cpu = "much"`},
		{"CPU of another unit", `"cpu": "512"`, `"cpu": "1 GB"`, `the unit is vCPU`},
		{"more CPU than the task", `"cpu": 256`, `"cpu": 600`, `the containers want 600 CPU units together`},
		{"more memory than the task", `"memory": 512`, `"memory": 2048`, `containerDefinitions[0].memory = 2048: the task has 1024 MiB`},
		{"volume twice", `{"name": "scratch"}`, `{"name": "scratch"}, {"name": "scratch"}`, `volumes[1].name = "scratch": another volume`},
		{"volume at launch", `{"name": "scratch"}`, `{"name": "scratch", "configuredAtLaunch": true}`, `volumes[0].configuredAtLaunch = true`},
		{"volume of the host", `{"name": "scratch"}`, `{"name": "scratch", "host": {"sourcePath": "/etc"}}`, `volumes[0].host.sourcePath = "/etc"`},
		{"volume of Docker", `{"name": "scratch"}`, `{"name": "scratch", "dockerVolumeConfiguration": {"scope": "task"}}`, `dockerVolumeConfiguration is set`},
		{"volume of Windows", `{"name": "scratch"}`, `{"name": "scratch", "fsxWindowsFileServerVolumeConfiguration": {"fileSystemId": "fs-1"}}`, `fsxWindowsFileServerVolumeConfiguration is set`},
		{"no file system", `{"name": "scratch"}`, `{"name": "scratch", "efsVolumeConfiguration": {"fileSystemId": "data"}}`, `fileSystemId = "data"`},
		{"access point in clear text", `{"name": "scratch"}`, `{"name": "scratch", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "authorizationConfig": {"iam": "ENABLED"}}}`, `transitEncryption is not set`},
		{"no such volume", `"sourceVolume": "scratch"`, `"sourceVolume": "data"`, `mountPoints[0].sourceVolume = "data": volumes has no such volume`},
		{"no path", `, "containerPath": "/scratch"`, ``, `mountPoints[0].containerPath is not set`},
		{"volumes from nobody", `"essential": false`, `"essential": false, "volumesFrom": [{"sourceContainer": "x"}]`, `volumesFrom[0].sourceContainer = "x"`},
		{"no containers", orders[strings.Index(orders, `"containerDefinitions"`):strings.Index(orders, `"volumes"`)], `"containerDefinitions": [],`, `containerDefinitions is not set`},
		{"container's name", `"name": "orders", "image"`, `"name": "or.ders", "image"`, `containerDefinitions[0].name = "or.ders"`},
		{"name twice", `"name": "side"`, `"name": "orders"`, `containerDefinitions[1].name = "orders": another container`},
		{"no image", `"image": "side:1", `, ``, `containerDefinitions[1].image is not set`},
		{"nothing essential", `"image": "orders:1"`, `"image": "orders:1", "essential": false`, `at least one container must be essential`},
		{"privileged", `"image": "orders:1"`, `"image": "orders:1", "privileged": true`, `containerDefinitions[0].privileged is set`},
		{"links", `"image": "orders:1"`, `"image": "orders:1", "links": ["side"]`, `links is set`},
		{"name servers", `"image": "orders:1"`, `"image": "orders:1", "dnsServers": ["10.0.0.2"]`, `dnsServers is set`},
		{"hosts", `"image": "orders:1"`, `"image": "orders:1", "extraHosts": [{"hostname": "a", "ipAddress": "10.0.0.1"}]`, `extraHosts is set`},
		{"GPU", `"image": "orders:1"`, `"image": "orders:1", "resourceRequirements": [{"type": "GPU", "value": "1"}]`, `resourceRequirements[0].type = "GPU"`},
		{"capabilities", `"image": "orders:1"`, `"image": "orders:1", "linuxParameters": {"capabilities": {"add": ["NET_ADMIN"]}}`, `capabilities.add = "NET_ADMIN"`},
		{"tmpfs", `"image": "orders:1"`, `"image": "orders:1", "linuxParameters": {"tmpfs": [{"containerPath": "/tmp", "size": 64, "mountOptions": ["noexec", "mode=1777"]}, {"containerPath": "/run", "size": 1}]}`, ``},
		{"tmpfs nowhere", `"image": "orders:1"`, `"image": "orders:1", "linuxParameters": {"tmpfs": [{"size": 1}]}`, `linuxParameters.tmpfs[0].containerPath is not set`},
		{"tmpfs somewhere", `"image": "orders:1"`, `"image": "orders:1", "linuxParameters": {"tmpfs": [{"containerPath": "tmp", "size": 1}]}`, `tmpfs[0].containerPath = "tmp": it is an absolute path`},
		{"tmpfs for all", `"image": "orders:1"`, `"image": "orders:1", "linuxParameters": {"tmpfs": [{"containerPath": "/.", "size": 1}]}`, `tmpfs[0].containerPath = "/.": it is an absolute path below /`},
		{"tmpfs over a volume", `"image": "orders:1"`, `"image": "orders:1", "linuxParameters": {"tmpfs": [{"containerPath": "/scratch/", "size": 1}]}`, `tmpfs[0].containerPath = "/scratch/": mountPoints[0] is there too`},
		{"tmpfs twice", `"image": "orders:1"`, `"image": "orders:1", "linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1}, {"containerPath": "/t", "size": 1}]}`, `tmpfs[1].containerPath = "/t": linuxParameters.tmpfs[0] is there too`},
		{"tmpfs of nothing", `"image": "orders:1"`, `"image": "orders:1", "linuxParameters": {"tmpfs": [{"containerPath": "/t"}]}`, `tmpfs[0].size = 0: it is at least 1 MiB`},
		{"tmpfs of all memory", `"image": "orders:1"`, `"image": "orders:1", "linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 500}, {"containerPath": "/u", "size": 12}]}`, `linuxParameters.tmpfs = 512: so many MiB are memory, the container has 512`},
		{"tmpfs of all memory of the task", `"image": "side:1"`, `"image": "side:1", "linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1024}]}`, `so many MiB are memory, the task has 1024`},
		{"tmpfs by no option", `"image": "orders:1"`, `"image": "orders:1", "linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1, "mountOptions": ["huge"]}]}`, `tmpfs[0].mountOptions = "huge": ECS knows no such option`},
		{"shared memory", `"image": "orders:1"`, `"image": "orders:1", "linuxParameters": {"sharedMemorySize": 64}`, `linuxParameters.sharedMemorySize is set`},
		{"port range", `{"containerPort": 8080}`, `{"containerPortRange": "8080-8090"}`, `containerPortRange = "8080-8090": the mesh knows single ports`},
		{"no port", `{"containerPort": 8080}`, `{"name": "web"}`, `portMappings[0].containerPort is not set`},
		{"no such port", `{"containerPort": 8080}`, `{"containerPort": 70000}`, `containerPort = 70000: a port is between`},
		{"port twice", `"essential": false`, `"essential": false, "portMappings": [{"containerPort": 8080}]`, `containerDefinitions[1].portMappings[0].containerPort = 8080: containerDefinitions[0].portMappings has it too`},
		{"other host port", `{"containerPort": 8080}`, `{"containerPort": 8080, "hostPort": 80}`, `hostPort = 80: in a task with a network interface of its own`},
		{"the same port by UDP", `{"containerPort": 8080}`, `{"containerPort": 8080}, {"containerPort": 8080, "protocol": "udp"}`, ``},
		{"UDP twice", `{"containerPort": 8080}`, `{"containerPort": 8080, "protocol": "udp"}, {"containerPort": 8080, "protocol": "udp"}`, `portMappings[1].containerPort = 8080: containerDefinitions[0].portMappings has it too`},
		{"variable", `"name": "B"`, `"name": "B=C"`, `environment[0].name = "B=C": no process can have`},
		{"variable twice", `"name": "DB"`, `"name": "A"`, `secrets[0].name = "A": containerDefinitions[0].environment[1] sets it too`},
		{"secret of nowhere", `secretsmanager:eu-central-1:111122223333:secret:db-a1b2c3`, `s3:::secrets`, `valueFrom = "arn:aws:s3:::secrets": ECS takes`},
		{"environment file", `"image": "orders:1"`, `"image": "orders:1", "environmentFiles": [{"type": "s3", "value": "a.env"}]`, `environmentFiles[0].value = "a.env"`},
		{"registry credentials", `"image": "orders:1"`, `"image": "orders:1", "repositoryCredentials": {"credentialsParameter": "hub"}`, `credentialsParameter = "hub"`},
		{"health check of nothing", `["CMD", "true"]`, `[]`, `healthCheck.command is not set`},
		{"bare health check", `["CMD", "true"]`, `["/healthcheck"]`, ``},
		{"health check without a command", `["CMD", "true"]`, `["CMD-SHELL"]`, `healthCheck.command = ["CMD-SHELL"]: the command is missing`},
		{"hasty health check", `["CMD", "true"]`, `["CMD", "true"], "interval": 1`, `healthCheck.interval = 1: must be between 5 and 300`},
		{"log driver", `"awslogs", "options"`, `"json-file", "options"`, `logDriver = "json-file": Fargate has`},
		{"log options", `, "awslogs-stream-prefix": "p"`, ``, `options.awslogs-stream-prefix is not set`},
		{"log group in other words", `"awslogs-group": "g"`, `"awslogs-group": "g", "awslogs-create-group": "yes"`, `options.awslogs-create-group = "yes": the driver takes true or false`},
		{"log group as Go writes it", `"awslogs-group": "g"`, `"awslogs-group": "g", "awslogs-create-group": "True"`, ``},
		{"Splunk in other words", `"awslogs", "options": {`, `"splunk", "options": {"splunk-gzip": "on", `, `options.splunk-gzip = "on": the driver takes true or false`},
		{"log mode", `"awslogs-group": "g"`, `"awslogs-group": "g", "mode": "nonblocking"`, `options.mode = "nonblocking": the driver takes blocking or non-blocking`},
		{"log lines twice", `"awslogs-group": "g"`, `"awslogs-group": "g", "awslogs-datetime-format": "%Y", "awslogs-multiline-pattern": "^A"`, `options.awslogs-multiline-pattern = "^A": awslogs-datetime-format is set too`},
		{"router from S3", `"essential": false`, `"essential": false, "firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "s3", "config-file-value": "arn:aws:s3:::b/c.conf"}}`, `firelensConfiguration.options.config-file-type = "s3": Fargate takes file only`},
		{"router from nowhere", `"essential": false`, `"essential": false, "firelensConfiguration": {"type": "fluentbit", "options": {"config-file-type": "File"}}`, `config-file-type = "File": choose file`},
		{"router's metadata", `"essential": false`, `"essential": false, "firelensConfiguration": {"type": "fluentbit", "options": {"enable-ecs-log-metadata": "no"}}`, `enable-ecs-log-metadata = "no": choose true or false`},
		{"no router", `"awslogs", "options"`, `"awsfirelens", "options"`, `no container has a firelensConfiguration`},
		{"stop", `"image": "orders:1"`, `"image": "orders:1", "stopTimeout": 300`, `stopTimeout = 300: must be between 0 and 120`},
		{"waits for nobody", `"containerName": "side"`, `"containerName": "x"`, `dependsOn[0].containerName = "x": there is no container`},
		{"waits for health", `, "healthCheck": {"command": ["CMD", "true"]}`, ``, `dependsOn[0].condition = "HEALTHY": the container side has no healthCheck`},
		{"waits for the end", `"condition": "HEALTHY"`, `"condition": "SUCCESS"`, ``},
		{"waits for the task's end", `"essential": false`, `"dependsOn": [{"containerName": "orders", "condition": "COMPLETE"}]`, `the container orders is essential`},
		{"wait for each other", `"essential": false`, `"essential": false, "dependsOn": [{"containerName": "orders", "condition": "START"}]`, `the containers orders, side wait for each other`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(orders, c.old) {
				t.Fatalf("the definition has no %s", c.old)
			}
			err := read1(t, strings.Replace(orders, c.old, c.new, 1)).Check()
			switch {
			case c.want == "" && err != nil:
				t.Error(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %s", err, c.want)
			case c.want != "" && strings.Contains(err.Error(), "\n") && !slices.Contains(twofold, c.name):
				t.Errorf("one thing is wrong, and more is told: %v", err)
			}
		})
	}
}

func TestWhatIsNotAWSsFormatIsRefusedAllAtOnce(t *testing.T) {
	for _, c := range []struct {
		text  string
		wants []string
	}{
		{`{"family": "a",}`, []string{"no commas at the end"}},
		{`// a comment
		{}`, []string{"no comments"}},
		{`{"family"`, []string{"this is not JSON"}},
		{`[]`, []string{"a task definition is a JSON object"}},
		{`{"family": "a", "family": "b", "volumes": [{"name": "a", "name": "a"}]}`, []string{"family is there twice", "volumes[0].name is there twice"}},
		{strings.Repeat("[", 100) + strings.Repeat("]", 100), []string{"nested more than"}},
		{`{"family": 1, "cpu": 256, "networkMode": "vpc", "Memory": "1", "volumes": {}, "containerDefinitions": [null,
			{"links": [null], "cpu": "1", "memory": 1.5, "essential": "true", "environment": {"A": "B"}, "dockerLabels": {"a": 1}, "Image": "x", "portMappings": [80],
			 "dependsOn": [{"containerName": "a", "condition": "HEALTY"}]}, 7]}`, []string{
			"family = 1: AWS wants text, in quotes", "cpu = 256: AWS wants text", `networkMode = "vpc": choose one of`, "Memory is unknown: AWS writes it memory",
			"volumes = {…}: AWS wants a list", "containerDefinitions[0] = null: AWS has no such value", "links[0] = null: AWS has no such value", "containerDefinitions[1].cpu = text: AWS wants a whole number",
			"containerDefinitions[1].memory = 1.5: AWS wants a whole number", "essential = text: AWS wants true or false", "environment = {…}: AWS wants a list",
			"dockerLabels.a = 1: AWS wants text", "containerDefinitions[1].Image is unknown: AWS writes it image", "portMappings[0] = 80: AWS wants an object",
			`condition = "HEALTY": choose one of START, COMPLETE, SUCCESS, HEALTHY (did you mean HEALTHY?)`, "containerDefinitions[2] = 7: AWS wants an object",
		}},
		{`{"containerDefinitions": null}`, []string{"containerDefinitions is not set"}},
		{`{}`, []string{"containerDefinitions is not set"}},
	} {
		_, err := Parse([]byte(c.text))
		for _, want := range c.wants {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %s", c.text, err, want)
			}
		}
	}
}

func TestWhatAWSsSDKDoesNotKnowIsKeptAndTold(t *testing.T) {
	d := read1(t, strings.Replace(orders, `"image": "side:1"`, `"image": "side:1", "stopTimout": 5, "future": {"x": [1.0, null]}`, 1))
	var told []string
	for _, p := range d.Unknown {
		told = append(told, p.Error())
	}
	want := "containerDefinitions[1].stopTimout is unknown: AWS's format has no such member (did you mean stopTimeout?)|containerDefinitions[1].future is unknown: AWS's format has no such member"
	if got := strings.Join(told, "|"); got != want {
		t.Errorf("got %s", got)
	}
	if !strings.Contains(string(d.Bytes()), `"future": {"x": [1.0, null]}`) {
		t.Error("it is gone from the text")
	}
}

func TestWhatOnlyTheNewerPlatformHasIsNamed(t *testing.T) {
	for want, change := range map[string][2]string{
		"":                       {"", ""},
		"EFS":                    {`{"name": "scratch"}`, `{"name": "scratch", "efsVolumeConfiguration": {"fileSystemId": "fs-1"}}`},
		"ephemeralStorage":       {`"family"`, `"ephemeralStorage": {"sizeInGiB": 30}, "family"`},
		"tmpfs":                  {`"image": "side:1"`, `"image": "side:1", "linuxParameters": {"tmpfs": [{"containerPath": "/t", "size": 1}]}`},
		"capabilities.add":       {`"image": "side:1"`, `"image": "side:1", "linuxParameters": {"capabilities": {"add": ["SYS_PTRACE"]}}`},
		"udp":                    {`{"containerPort": 8080}`, `{"containerPort": 8080, "protocol": "udp"}`},
		"CPU of 8 vCPU and more": {`"cpu": "512", "memory": "1024"`, `"cpu": "8 vCPU", "memory": "16 GB"`},
	} {
		if got := read1(t, strings.Replace(orders, change[0], change[1], 1)).NeedsPlatform(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAMemberThatIsNullIsNotSet(t *testing.T) {
	with := strings.NewReplacer(
		`"family": "orders"`, `"ipcMode": null, "proxyConfiguration": null, "later": null, "family": "orders"`,
		`"image": "side:1"`, `"image": "side:1", "memory": null, "privileged": null, "logConfiguration": null, "dockerLabels": {"team": null}, "environment": null`,
	).Replace(orders)
	d := read1(t, with)
	if err := d.Check(); err != nil {
		t.Error(err)
	}
	if d.Nulls != 8 || len(d.Unknown) > 0 || string(d.Bytes()) != with {
		t.Errorf("%d members are null, unknown are %v", d.Nulls, d.Unknown)
	}
	if got, want := d.Registered(), read1(t, orders).Registered(); got != want {
		t.Errorf("registered is\n%s\nnot\n%s", got, want)
	}
	if d := read1(t, strings.Replace(orders, `"name": "side"`, `"name": null`, 1)); d.Check() == nil {
		t.Error("a container whose name is null passes")
	}
}

func TestSizesAreReadAsAWSWritesThem(t *testing.T) {
	for text, want := range map[string]int{"256": 256, ".25 vCPU": 256, "0.25vcpu": 256, "1 vCPU": 1024, " 4 VCPU ": 4096} {
		if got, err := CPU(text); got != want || err != nil {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
	for text, want := range map[string]int{"512": 512, "0.5GB": 512, "1 GB": 1024, "30gb": 30720} {
		if got, err := Memory(text); got != want || err != nil {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "-1", "1 GB GB", "0.3 GB", "1e9", "99999999999"} {
		if got, err := Memory(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func TestFargateSizes(t *testing.T) {
	for _, size := range []struct {
		cpu, memory int
		exists      bool
	}{
		{256, 512, true}, {256, 1024, true}, {256, 2048, true}, {256, 1536, false}, {256, 4096, false},
		{512, 1024, true}, {512, 4096, true}, {512, 512, false}, {512, 5120, false},
		{1024, 2048, true}, {1024, 8192, true}, {1024, 1024, false},
		{2048, 4096, true}, {2048, 16384, true}, {2048, 4608, false},
		{4096, 8192, true}, {4096, 30720, true}, {4096, 31744, false},
		{8192, 16384, true}, {8192, 20480, true}, {8192, 61440, true}, {8192, 17408, false},
		{16384, 32768, true}, {16384, 40960, true}, {16384, 122880, true}, {16384, 36864, false}, {16384, 131072, false},
		{32768, 61440, true}, {32768, 122880, true}, {32768, 249856, true}, {32768, 65536, false},
		{0, 512, false}, {128, 512, false}, {65536, 249856, false},
	} {
		if reason := CheckSize(size.cpu, size.memory); (reason == "") != size.exists {
			t.Errorf("%d CPU units with %d MiB: %q", size.cpu, size.memory, reason)
		}
	}
}
