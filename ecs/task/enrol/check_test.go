package enrol

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/document"
)

// small is a definition with which nothing is wrong.
const small = `{"family": "a", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "containerDefinitions": [
  {"name": "a", "image": "a:1", "portMappings": [{"containerPort": 8080}], "environment": [{"name": "MODE", "value": "live"}]}]}`

// addService is the ztunnel container as `istioctl ecs add-service` makes it.
const addService = `{"name": "ztunnel", "image": "us-docker.pkg.dev/soloio-img/istio/ztunnel:1.28.1-solo-distroless@sha256:` +
	`0000000000000000000000000000000000000000000000000000000000000000", "environment": [{"name": "BOOTSTRAP_TOKEN", "value": "b2xk"}],
	"healthCheck": {"command": ["CMD", "ztunnel", "healthcheck"], "interval": 5, "timeout": 5, "retries": 3, "startPeriod": 10}}`

// with is small with another container, and with a member of its first container.
func with(container, member string) string {
	text := small
	if member != "" {
		text = strings.Replace(text, `"image": "a:1"`, `"image": "a:1", `+member, 1)
	}
	if container != "" {
		text = strings.TrimSuffix(text, "]}") + ", " + container + "]}"
	}
	return text
}

func TestWhatTheMeshCannotHaveIsRefusedAllAtOnce(t *testing.T) {
	for _, c := range []struct {
		name, text string
		change     func(*Mesh)
		wants      []string
	}{
		{"a port of ztunnel", strings.ReplaceAll(small, "8080", "15008"), nil, []string{"portMappings[0].containerPort = 15008: ztunnel shares"}},
		{"another ztunnel", with(`{"name": "ztunnel", "image": "nginx"}`, ""), nil, []string{`containerDefinitions[1].name = "ztunnel": this is the name of the mesh's container`}},
		{"ztunnel without a token", with(`{"name": "ztunnel", "image": "registry/ztunnel:1"}`, ""), nil, []string{`this is the name of the mesh's container`}},
		{"a wait for no ztunnel", with("", `"dependsOn": [{"containerName": "ztunnel", "condition": "HEALTHY"}]`), nil, []string{`dependsOn[0].containerName = "ztunnel": there is no container`}},
		{"ztunnel alone", strings.Replace(small, small[strings.Index(small, `{"name": "a"`):], addService+"]}", 1), nil, []string{"runs a container besides ztunnel"}},
		{"nothing essential", with("", `"essential": false`), nil, []string{"none but ztunnel is essential"}},
		{"too little memory", with("", `"memoryReservation": 500`), func(m *Mesh) { m.Ztunnel.Memory = 64 }, []string{"the containers want 564 MiB together"}},
		{"too little CPU", with("", `"cpu": 250`), func(m *Mesh) { m.Ztunnel.CPU = 64 }, []string{"the containers want 314 CPU units together"}},
		{"too many containers", with(strings.TrimSuffix(strings.Repeat(`{"name": "x", "image": "x"},`, 9), ","), ""), nil, []string{"containerDefinitions = 11: ECS takes 10"}},
		{"what the mesh gives", small, func(m *Mesh) {
			*m = Mesh{Ztunnel: Settings{CPU: -1, Memory: 1, Environment: map[string]string{"BOOTSTRAP_TOKEN": "x", "A B": ""}}, Credentials: map[string]string{"a/b": ""}}
		}, []string{
			"mesh.Region is not set", "mesh.LogGroup is not set", "mesh.Image is not set", "mesh.Token is not set", "mesh.Health.Interval = 0", "mesh.Ztunnel.cpu = -1",
			"mesh.Ztunnel.memory = 1", `mesh.Ztunnel.environment = "BOOTSTRAP_TOKEN"`, `mesh.Ztunnel.environment = "A B"`, `mesh.Credentials = "a/b"`, "mesh.Credentials.a/b is not set",
		}},
		{"several", strings.NewReplacer("8080", "15080", "awsvpc", "host", `"image": "a:1"`, `"image": "a:1", "privileged": true`).Replace(small), nil,
			[]string{"15080", `networkMode = "host"`, "privileged is set"}},
	} {
		m := mesh()
		if c.change != nil {
			c.change(&m)
		}
		_, _, err := Enrol(parse(t, c.text), orders, m)
		for _, want := range c.wants {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %s", c.name, err, want)
			}
		}
	}
}

func TestAContainerOfAddServiceIsAdopted(t *testing.T) {
	text := strings.Replace(with(addService, `"dependsOn": [{"containerName": "ztunnel", "condition": "START"}]`),
		`{"name": "MODE", "value": "live"}`, `{"name": "MODE", "value": "live"}, {"name": "ALL_PROXY", "value": "socks5h://127.0.0.1:15080"}`, 1)
	d, notes, err := Enrol(parse(t, text), orders, mesh())
	if err != nil {
		t.Fatal(err)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "was adopted") {
		t.Errorf("the notes are %v", notes)
	}
	if got := string(d.Bytes()); strings.Count(got, `"ztunnel",`) != 3 || strings.Contains(got, "1.28.1") || strings.Contains(got, "START") {
		t.Errorf("adopted as\n%s", got)
	}
	back, err := Unenrol(d)
	if err != nil || string(back.Bytes()) != small {
		t.Errorf("%v: without ztunnel it is\n%s", err, back.Bytes())
	}
}

func TestWhatTheDefinitionSaysStays(t *testing.T) {
	text := with("", `"secrets": [{"name": "ALL_PROXY", "valueFrom": "/proxy"}], "environmentFiles": [{"type": "s3", "value": "arn:aws:s3:::b/a.env"}]`)
	text = strings.Replace(text, `"name": "MODE", "value": "live"`, `"name": "NO_PROXY", "value": ""`, 1)
	d, notes, err := Enrol(parse(t, text), orders, mesh())
	if err != nil {
		t.Fatal(err)
	}
	if environment := d.ContainerDefinitions[0].Environment; len(environment) != 1 || definition.Text(environment[0].Value) != "" {
		t.Errorf("the environment is %s", d.Bytes())
	}
	if said := strings.Join(notes, "\n"); !strings.Contains(said, "without 169.254.170.2") || !strings.Contains(said, "environmentFiles: what they say of ALL_PROXY, NO_PROXY loses") {
		t.Errorf("the notes are %v", notes)
	}
}

func TestNotesTellWhatNeedsAnEye(t *testing.T) {
	text := strings.Replace(with("", `"memory": 512, "novel": 1`), `"name": "MODE", "value": "live"`, `"name": "ALL_PROXY", "value": "http://proxy:3128"`, 1)
	_, notes, err := Enrol(parse(t, text), orders, mesh())
	for _, want := range []string{"ALL_PROXY itself", "take all of the task's 512 MiB", "containerDefinitions[0].novel is unknown"} {
		if err != nil || !strings.Contains(strings.Join(notes, "\n"), want) {
			t.Errorf("%v: the notes are %q, want %s", err, notes, want)
		}
	}
}

func TestZtunnelHasWhatTheSettingsSay(t *testing.T) {
	m := mesh()
	m.Ztunnel = Settings{CPU: 32, Memory: 64, User: "1337", ReadonlyRootFilesystem: true, Environment: map[string]string{"RUST_LOG": "debug", "A": "1"}}
	m.Credentials = map[string]string{"us-docker.pkg.dev": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:solo"}
	m.Labels = map[string]string{"restart": "1"}
	z := ztunnelOf(enrolled(t, small, m))
	if z.Cpu != 32 || definition.Number(z.Memory) != 64 || definition.Text(z.User) != "1337" || !definition.Yes(z.ReadonlyRootFilesystem) {
		t.Errorf("ztunnel is %+v", z)
	}
	if z.DockerLabels["restart"] != "1" || definition.Text(z.RepositoryCredentials.CredentialsParameter) != m.Credentials["us-docker.pkg.dev"] {
		t.Errorf("ztunnel is %+v", z)
	}
	var names []string
	for _, v := range z.Environment {
		names = append(names, definition.Text(v.Name)+"="+definition.Text(v.Value))
	}
	if !slices.Equal(names, []string{"A=1", "BOOTSTRAP_TOKEN=ZXhhbXBsZQ==", "RUST_LOG=debug"}) {
		t.Errorf("ztunnel's environment is %v", names)
	}
	if z.LogConfiguration.LogDriver != "awslogs" || len(z.PortMappings)+len(z.DependsOn) > 0 || z.StartTimeout != nil || z.LinuxParameters != nil {
		t.Errorf("ztunnel is %+v", z)
	}
}

func TestOnlyImagesOfTheRegistryGetItsCredentials(t *testing.T) {
	m := mesh()
	m.Credentials = map[string]string{"registry.example": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:r"}
	text := strings.Replace(small, `"a:1"`, `"registry.example/a:1"`, 1)
	d := enrolled(t, text, m)
	if c := d.ContainerDefinitions[0]; definition.Text(c.RepositoryCredentials.CredentialsParameter) != m.Credentials["registry.example"] {
		t.Errorf("the container has %+v", c.RepositoryCredentials)
	}
	if z := ztunnelOf(d); z.RepositoryCredentials != nil {
		t.Errorf("ztunnel has %+v", z.RepositoryCredentials)
	}
	// Another secret comes instead of the one that was added, and no secret takes it away.
	m.Credentials["registry.example"] += "2"
	again := enrolled(t, string(d.Bytes()), m)
	if c := again.ContainerDefinitions[0]; definition.Text(c.RepositoryCredentials.CredentialsParameter) != m.Credentials["registry.example"] {
		t.Errorf("the container has %+v", c.RepositoryCredentials)
	}
	m.Credentials = nil
	if got, want := string(enrolled(t, string(again.Bytes()), m).Bytes()), string(enrolled(t, text, m).Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	back, err := Unenrol(again)
	if err != nil || string(back.Bytes()) != text {
		t.Errorf("%v: got\n%s", err, back.Bytes())
	}
}

func TestRegistryIsTheHostOfAnImage(t *testing.T) {
	for image, want := range map[string]string{
		"alpine":                             DockerHub,
		"curlimages/curl:8":                  DockerHub,
		"public.ecr.aws/demo/echo:latest":    "public.ecr.aws",
		"localhost/app":                      "localhost",
		"registry:5000/app":                  "registry:5000",
		"us-docker.pkg.dev/soloio-img/istio": "us-docker.pkg.dev",
	} {
		if got := Registry(image); got != want {
			t.Errorf("%s comes from %s, want %s", image, got, want)
		}
	}
}

// TestTheApplicationStopsBeforeZtunnel holds the order of a shut-down: ECS stops containers in the reverse of the order in
// which it may start them.
func TestTheApplicationStopsBeforeZtunnel(t *testing.T) {
	for name, text := range samples(t) {
		d := enrolled(t, text, mesh())
		waves, circle := d.Waves()
		if len(circle) > 0 || !slices.Equal(waves[0], []string{ZtunnelName}) {
			t.Errorf("%s: the containers start as %v, so ztunnel is not the last to stop", name, waves)
		}
	}
	waves, _ := enrolled(t, file(t, "orders.json"), mesh()).Waves()
	if want := [][]string{{"ztunnel"}, {"migrate", "log-router"}, {"orders"}}; !slices.EqualFunc(waves, want, slices.Equal) {
		t.Errorf("the containers start as %v", waves)
	}
}

func TestTheStampSaysWhatChanged(t *testing.T) {
	d := enrolled(t, small, mesh())
	stamp, stamped, err := StampOf(d)
	if err != nil || !stamped || stamp.Identity != "shop/orders" || len(stamp.Stale(orders, mesh())) > 0 {
		t.Fatalf("%+v, %v, %v, %v", stamp, stamped, err, stamp.Stale(orders, mesh()))
	}
	for want, change := range map[string]func(*Mesh){
		"image":    func(m *Mesh) { m.Image += "2" },
		"token":    func(m *Mesh) { m.Token += "2" },
		"health":   func(m *Mesh) { m.Health.Retries++ },
		"logs":     func(m *Mesh) { m.LogGroup += "2" },
		"settings": func(m *Mesh) { m.Ztunnel.CPU++ },
	} {
		m := mesh()
		change(&m)
		if got := stamp.Stale(orders, m); !slices.Equal(got, []string{want}) {
			t.Errorf("changed are %v, want %s", got, want)
		}
		renewed := enrolled(t, string(d.Bytes()), m)
		if now, _, _ := StampOf(renewed); len(now.Stale(orders, m)) > 0 {
			t.Errorf("%s is still stale after enrol", want)
		}
		if back, err := Unenrol(renewed); err != nil || string(back.Bytes()) != small {
			t.Errorf("%v: got\n%s", err, back.Bytes())
		}
	}
	if got := stamp.Stale(Identity{"shop", "cart"}, mesh()); !slices.Equal(got, []string{"identity"}) {
		t.Errorf("changed are %v", got)
	}
}

func TestUnenrolTakesOnlyWhatWasAdded(t *testing.T) {
	// The team edited the enrolled definition: another value of a variable, another container after ztunnel, another name.
	text := strings.NewReplacer(noProxy, "localhost", `"name": "a"`, `"name": "renamed"`, `"name":"a"`, `"name":"renamed"`).Replace(string(enrolled(t, small, mesh()).Bytes()))
	text = strings.TrimSuffix(text, "]}") + `, {"name": "later", "image": "l"}]}`
	back, err := Unenrol(parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	got := string(back.Bytes())
	if strings.Contains(got, "ztunnel") || !strings.Contains(got, `"localhost"`) || !strings.Contains(got, `"later"`) {
		t.Errorf("got\n%s", got)
	}
}

func TestUnenrolRefusesWhatItDidNotMake(t *testing.T) {
	if _, err := Unenrol(parse(t, with(addService, ""))); err == nil || !strings.Contains(err.Error(), LabelIdentity) {
		t.Errorf("got %v", err)
	}
	spoiled := strings.Replace(string(enrolled(t, small, mesh()).Bytes()), `"ambient-ecs.added": "{`, `"ambient-ecs.added": "`, 1)
	if _, err := Unenrol(parse(t, spoiled)); err == nil || !strings.Contains(err.Error(), LabelAdded) {
		t.Errorf("got %v", err)
	}
	if back, err := Unenrol(parse(t, small)); err != nil || string(back.Bytes()) != small {
		t.Errorf("%v: what is not enrolled was changed:\n%s", err, back.Bytes())
	}
}

func TestAnUnstampedDefinitionIsTheSameWithoutLabels(t *testing.T) {
	m := mesh()
	m.Unstamped = true
	d := enrolled(t, small, m)
	if z := ztunnelOf(d); len(z.DockerLabels) > 0 {
		t.Errorf("the labels are %v", z.DockerLabels)
	}
	if again := enrolled(t, string(d.Bytes()), m); string(again.Bytes()) != string(d.Bytes()) {
		t.Errorf("once\n%s\ntwice\n%s", d.Bytes(), again.Bytes())
	}
}

func TestTheLayoutIsThatOfWhatStandsBeside(t *testing.T) {
	for name, text := range samples(t) {
		got := string(enrolled(t, text, mesh()).Bytes())
		if lines := strings.Count(text, "\n") > 2; lines != (strings.Count(got, "\n") > strings.Count(text, "\n")+20) {
			t.Errorf("%s is laid out as\n%s", name, got)
		}
		if name == "tabs" && strings.Contains(got, "    ") {
			t.Errorf("%s is laid out as\n%s", name, got)
		}
	}
	if got := string(document.Encode("<&>")); got != `"<&>"` {
		t.Errorf("got %s", got)
	}
}
