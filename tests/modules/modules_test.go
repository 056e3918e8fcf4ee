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
// program, the sandbox, the Pulumi CLI and the verifier share what they compile.
func TestTheModulesRequireOneVersionOfEachDependency(t *testing.T) {
	versions := map[string]map[string][]string{}
	for _, folder := range []string{".", "sandbox", "sandbox/engine", "verify", "examples/team-go"} {
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
