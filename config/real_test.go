package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/tests/golden"
)

// TestRealDefinitionsHaveTheseOutcomes loads definitions as teams have them, one service each, and writes down what becomes of
// them: what is refused, and for what passes the warnings, the ports with the one that is meant first, the variables of presets,
// and what ECS needs to start the task.
func TestRealDefinitionsHaveTheseOutcomes(t *testing.T) {
	for name, more := range map[string]object{
		"adot": {"client": "go", "clients": object{"aws-otel-collector": "none"}, "ports": list(object{"port": 4317, "private": true}, object{"port": 4318, "private": true})},
		"xray": {}, "datadog": {"client": "dotnet"}, "firelens-init": {}, "console": {}, "app-mesh": {}, "init": {},
		"laravel": {}, "rails": {}, "dotnet": {"client": "dotnet"}, "two-doors": {},
		"java-datadog": {"client": "java", "clients": object{"datadog-agent": "none", "tracer-init": "none"}, "egress": list(object{"port": 5432, "cidr": "192.168.0.0/16"})},
		"worker":       {"client": "python", "clientOnly": true}, "grpc": {"client": "java"}, "windows": {}, "nextjs": {"client": "node"},
		"efs": {"egress": list(object{"port": 2049, "cidr": "192.168.0.0/16"})},
		// What was refused, with the keys that the refusals name.
		"laravel meant": {"notSecret": list("APP_KEY", "REDIS_PASS"), "port": 80}, "rails meant": {"notSecret": list("SECRET_KEY_BASE")},
		"two-doors named": {"port": 8082, "ports": list(object{"port": 8081, "private": true})},
	} {
		t.Run(name, func(t *testing.T) {
			file, _, _ := strings.Cut(name, " ")
			service := object{"taskDefinition": "config/testdata/real/" + file + ".json"}
			for key, value := range more {
				service[key] = value
			}
			golden.Check(t, filepath.Join("config/testdata/real", strings.ReplaceAll(name, " ", "-")+".outcome"), outcome(t, family(t, file), service), "Teams with such definitions see this difference.")
		})
	}
}

// family is the family of a definition, which is the service's name.
func family(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile("config/testdata/real/" + file + ".json")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), `"family": "`)
	name, _, _ := strings.Cut(rest, `"`)
	return name
}

func outcome(t *testing.T, name string, service object) string {
	t.Helper()
	var b strings.Builder
	say := func(title string, lines []string) {
		if len(lines) > 0 {
			fmt.Fprintf(&b, "%s:\n  %s\n", title, strings.Join(lines, "\n  "))
		}
	}
	field := "clusters.ecs-1.services." + name
	c, err := Load(raw(with(edit{"clusters/ecs-1/services/" + name, service})))
	if err != nil {
		say("refused", strings.Split(strings.ReplaceAll(err.Error(), field, "SERVICE"), "\n"))
		return b.String()
	}
	var warnings, presets []string
	for _, warning := range append(c.Warnings(), c.Notices(Lives{})...) {
		if rest, own := strings.CutPrefix(warning, field); own {
			warnings = append(warnings, "SERVICE"+rest)
		}
	}
	for _, warning := range c.uncounted() {
		warnings = append(warnings, strings.ReplaceAll(warning, field, "SERVICE"))
	}
	say("warnings", warnings)
	var ports []string
	for _, p := range c.PortsOf("ecs-1", name) {
		ports = append(ports, fmt.Sprintf("%d %s", p.Port, p.Protocol))
	}
	say("ports", ports)
	task := c.TaskOf("ecs-1", name)
	task.Mesh.Region, task.Mesh.LogGroup, task.Mesh.Token = "eu-central-1", "g", "t"
	enrolled, err := task.Enrolled()
	if err != nil {
		t.Fatal(err)
	}
	for _, container := range enrolled.ContainerDefinitions {
		var set []string
		for _, v := range container.Environment {
			if strings.Contains(*v.Name, "_PROXY") {
				set = append(set, *v.Name)
			}
		}
		presets = append(presets, strings.TrimSuffix(*container.Name+": "+strings.Join(set, ", "), ": "))
	}
	say("containers", presets)
	needs, own := c.NeedsOf("ecs-1", name)
	if own {
		say("secrets", needs.Secrets)
		say("parameters", needs.Parameters)
		say("files", needs.Files)
		say("log groups", groupNames(needs.LogGroups))
		say("created log groups", groupNames(needs.CreatedGroups))
	}
	return b.String()
}

// groupNames are the log groups' names, with the region where the file names one.
func groupNames(groups []definition.LogGroup) (out []string) {
	for _, g := range groups {
		out = append(out, strings.TrimSuffix(g.Name+" in "+g.Region, " in "))
	}
	return out
}

// With another runtime's variables the calls of a service go past the mesh.
func TestEachServiceOfTheShopHasThePresetOfItsRuntime(t *testing.T) {
	data, err := os.ReadFile("examples/shop/Pulumi.shop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Config struct {
			Clusters map[string]struct {
				Services map[string]struct{ Client string }
			} `yaml:"ambient-ecs:clusters"`
		}
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	for service, client := range map[string]string{"front/web": "node", "front/catalog": "go", "back/orders": "java", "vault/payments": "python"} {
		cluster, name, _ := strings.Cut(service, "/")
		if got := file.Config.Clusters[cluster].Services[name].Client; got != client {
			t.Errorf("%s has the preset %q, and its runtime reads that of %s", service, got, client)
		}
	}
}
