package enrol

import (
	"slices"
	"strings"
	"testing"
)

// containersOf is a definition of these containers.
func containersOf(containers string) string {
	return `{"family": "orders", "networkMode": "awsvpc", "cpu": "256", "memory": "512", "containerDefinitions": [` + containers + `]}`
}

func TestTheMainPortIsTheApplications(t *testing.T) {
	const agent = `{"name": "agent", "image": "a", "portMappings": [{"containerPort": 8126}, {"containerPort": 8125, "protocol": "udp"}]}, `
	for _, c := range []struct {
		name, containers string
		main             string
		numbers          []int
	}{
		{"alone", `{"name": "x", "image": "a", "portMappings": [{"containerPort": 80}, {"containerPort": 81}]}`, "x", []int{80, 81}},
		{"none", `{"name": "x", "image": "a"}`, "", nil},
		{"with the service's name", agent + `{"name": "orders", "image": "a", "portMappings": [{"containerPort": 8080}]}`, "orders", []int{8080, 8126}},
		{"with the service's name and no ports", agent + `{"name": "orders", "image": "a"}`, "agent", []int{8126}},
		{"the only essential one", strings.Replace(agent, `"image"`, `"essential": false, "image"`, 1) + `{"name": "app", "image": "a", "portMappings": [{"containerPort": 8080}]}`, "app", []int{8080, 8126}},
		{"the only one with a protocol", agent + `{"name": "app", "image": "a", "portMappings": [{"containerPort": 8080, "appProtocol": "http"}]}`, "app", []int{8080, 8126}},
		{"beside a log router", `{"name": "r", "image": "a", "firelensConfiguration": {"type": "fluentbit"}, "portMappings": [{"containerPort": 24224}]}, {"name": "app", "image": "a", "portMappings": [{"containerPort": 8080}]}`, "app", []int{8080, 24224}},
		{"not known", agent + `{"name": "app", "image": "a", "portMappings": [{"containerPort": 8080}]}`, "", []int{8126, 8080}},
		{"not known by protocols", `{"name": "a", "image": "a", "portMappings": [{"containerPort": 1, "appProtocol": "grpc"}]}, {"name": "b", "image": "a", "portMappings": [{"containerPort": 2, "appProtocol": "http"}]}`, "", []int{1, 2}},
		{"beside ztunnel", `{"name": "ztunnel", "image": "a", "portMappings": [{"containerPort": 15008}]}, {"name": "app", "image": "a", "portMappings": [{"containerPort": 8080}]}`, "app", []int{8080}},
	} {
		ports := Ports(parse(t, containersOf(c.containers)))
		main := Main(ports, "orders")
		var numbers []int
		for _, p := range First(ports, main) {
			numbers = append(numbers, p.Number)
		}
		if main != c.main || !slices.Equal(numbers, c.numbers) {
			t.Errorf("%s: %q is meant, want %q, with the ports %v, want %v", c.name, main, c.main, numbers, c.numbers)
		}
	}
}

func TestUDPIsKeptBesideTheApplicationAndRefusedOnIt(t *testing.T) {
	const app = `{"name": "orders", "image": "a", "portMappings": [{"containerPort": 8080}]}, `
	const udp = `"portMappings": [{"containerPort": 2000, "protocol": "udp"}]}`
	for name, containers := range map[string]string{
		"of a daemon":             app + `{"name": "daemon", "image": "a", ` + udp,
		"of a daemon before":      `{"name": "daemon", "image": "a", ` + udp + ", " + strings.TrimSuffix(app, ", "),
		"of a client's daemon":    `{"name": "orders", "image": "a"}, {"name": "daemon", "image": "a", ` + udp,
		"beside an only client":   `{"name": "app", "image": "a"}, {"name": "daemon", "image": "a", "essential": false, ` + udp,
		"of an agent of both":     app + `{"name": "agent", "image": "a", "portMappings": [{"containerPort": 8126}, {"containerPort": 8125, "protocol": "udp"}]}`,
		"of one of two unknown":   `{"name": "app", "image": "a"}, {"name": "daemon", "image": "a", ` + udp,
		"of the same number, too": app + `{"name": "daemon", "image": "a", "portMappings": [{"containerPort": 8080, "protocol": "udp"}]}`,
	} {
		text := containersOf(containers)
		d, notes, err := Enrol(parse(t, text), orders, mesh())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.Contains(strings.Join(notes, "\n"), "which the mesh does not carry") || strings.Count(string(d.Bytes()), "udp") != 1 {
			t.Errorf("%s: the notes are %q of\n%s", name, notes, d.Bytes())
		}
	}
	for name, containers := range map[string]string{
		"of the only container":     `{"name": "app", "image": "a", ` + udp,
		"of the service's":          `{"name": "agent", "image": "a", "portMappings": [{"containerPort": 8126}]}, {"name": "orders", "image": "a", ` + udp,
		"of the only essential one": `{"name": "app", "image": "a", ` + udp + `, {"name": "agent", "image": "a", "essential": false}`,
		"beside its tcp":            `{"name": "app", "image": "a", "portMappings": [{"containerPort": 80}, {"containerPort": 2000, "protocol": "udp"}]}`,
	} {
		_, _, err := Enrol(parse(t, containersOf(containers)), orders, mesh())
		if err == nil || !strings.Contains(err.Error(), `portMappings = "udp 2000": the mesh carries TCP`) || !strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestABareHealthCheckIsNoted(t *testing.T) {
	text := with("", `"healthCheck": {"command": ["/healthcheck"], "interval": 5}`)
	d, notes, err := Enrol(parse(t, text), orders, mesh())
	if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "the health check of the container a begins with neither CMD nor CMD-SHELL") {
		t.Errorf("%v: the notes are %q", err, notes)
	}
	if d != nil && !strings.Contains(d.Registered(), `"command":["/healthcheck"]`) {
		t.Errorf("it is registered as %s", d.Registered())
	}
	for _, command := range []string{`["CMD", "true"]`, `["CMD-SHELL", "true"]`, `["NONE"]`} {
		if _, notes, err := Enrol(parse(t, strings.Replace(text, `["/healthcheck"]`, command, 1)), orders, mesh()); err != nil || len(notes) > 0 {
			t.Errorf("%s: %v, %q", command, err, notes)
		}
	}
}

func TestNullsAreNotedOnce(t *testing.T) {
	_, notes, err := Enrol(parse(t, with("", `"privileged": null, "memory": null`)), orders, mesh())
	if err != nil || !slices.Equal(notes, []string{"members that are null: 2. They count as not set"}) {
		t.Errorf("%v: the notes are %q", err, notes)
	}
}
