// Package modules checks that the repository's Go modules agree.
package modules

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Go compiles a package once for each version of it and of what it imports. With one version of each dependency the
// program, the sandbox, the Pulumi CLI, the verifier and the plugin share what they compile. The language host of Pulumi YAML
// (sandbox/yaml) has versions of its own: no release that can be had compiles with those of the others.
func TestTheModulesRequireOneVersionOfEachDependency(t *testing.T) {
	versions := map[string]map[string][]string{}
	for _, folder := range []string{".", "sandbox", "sandbox/engine", "verify", "plugin", "examples/team-go"} {
		text, err := os.ReadFile(filepath.Join("../..", folder, "go.mod"))
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for line := range strings.Lines(string(text)) {
			words := strings.Fields(strings.TrimPrefix(line, "require "))
			if len(words) < 2 || !strings.HasPrefix(words[1], "v") {
				continue
			}
			found++
			path, version := words[0], words[1]
			if versions[path] == nil {
				versions[path] = map[string][]string{}
			}
			versions[path][version] = append(versions[path][version], folder)
		}
		if found < 10 {
			t.Errorf("%s/go.mod: only %d requirements are understood", folder, found)
		}
	}
	for path, folders := range versions {
		if len(folders) == 1 {
			continue
		}
		var list []string
		for version, where := range folders {
			list = append(list, version+" in "+strings.Join(where, " and "))
		}
		slices.Sort(list)
		t.Errorf("%s: %s: run `go get %s@<the newest of them>` in the other folders", path, strings.Join(list, ", "), path)
	}
}

// The engine finds a plugin by the version in its folder's name.
func TestTheSandboxNamesThePluginsByTheirVersions(t *testing.T) {
	text := func(file string) string {
		data, err := os.ReadFile(filepath.Join("../..", file))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	between := func(file, before, after string) string {
		_, rest, found := strings.Cut(text(file), before)
		version, _, ends := strings.Cut(rest, after)
		if !found || !ends {
			t.Fatalf("%s names no version", file)
		}
		return version
	}
	wiring := text("sandbox/cmd/sandbox/wiring.go")
	for name, version := range map[string]string{
		"ambient-ecs": between("plugin/meshservice/provider.go", `Version = "`, `"`),
		"yaml":        between("sandbox/yaml/go.mod", "github.com/pulumi/pulumi-yaml v", "\n"),
	} {
		version, _, _ = strings.Cut(version, " ")
		if !strings.Contains(wiring, `Name: "`+name+`", Version: "`+version+`"`) {
			t.Errorf("the sandbox does not look for %s %s", name, version)
		}
	}
}
