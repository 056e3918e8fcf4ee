package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"ambient-ecs/tests/golden"
	"ambient-ecs/tests/recorder"
)

// A resource's URN is its identity. If a line disappears from this golden file, the next `pulumi up` deletes live
// infrastructure in every stack.
func TestTheURNsOfEachStackFileAreAnInterface(t *testing.T) {
	for _, stack := range Stacks {
		t.Run(stack, func(t *testing.T) {
			got := inventory(succeed(t, Record(t, stack, nil)))
			file := filepath.Join("testdata", "urns."+stack+".txt")
			if *golden.Update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range missing(string(want), got) {
				t.Errorf("gone, so `pulumi up` would DELETE it: %s", line)
			}
			for _, line := range missing(got, string(want)) {
				t.Errorf("new or changed, so `pulumi up` would create or alter it: %s", line)
			}
			if t.Failed() {
				t.Log("if that is intended, run `make golden` and say why in the commit")
			}
		})
	}
}

// inventory lists type, name, parent and risky options of every resource, sorted.
func inventory(r *recorder.Recording) string {
	names := map[string]string{}
	for _, res := range r.Resources {
		names[res.URN] = res.Type + " " + res.Name
	}
	var lines []string
	for _, res := range r.Resources {
		line := fmt.Sprintf("%s %s < %s", res.Type, res.Name, names[res.Parent])
		if res.Provider != "" {
			line += " @" + res.Provider
		}
		for _, option := range []struct {
			set  bool
			word string
		}{
			{res.Protect, "protect"}, {res.DeleteBeforeReplace, "deleteBeforeReplace"}, {res.Remote, "remote"}, {res.Read, "read"},
			{len(res.IgnoreChanges) > 0, "ignoreChanges=" + strings.Join(res.IgnoreChanges, ",")},
			{len(res.ReplaceOnChanges) > 0, "replaceOnChanges=" + strings.Join(res.ReplaceOnChanges, ",")},
			{res.DeletedWith != "", "deletedWith"}, {res.Aliases > 0, "aliases"},
		} {
			if option.set {
				line += " [" + option.word + "]"
			}
		}
		lines = append(lines, line)
	}
	sort.Strings(lines)
	return strings.Join(lines, "\n") + "\n"
}

// missing returns the lines of a that b lacks.
func missing(a, b string) []string {
	have := map[string]bool{}
	for _, line := range strings.Split(b, "\n") {
		have[line] = true
	}
	var out []string
	for _, line := range strings.Split(a, "\n") {
		if !have[line] {
			out = append(out, line)
		}
	}
	return out
}

func succeed(t *testing.T, r *recorder.Recording) *recorder.Recording {
	t.Helper()
	if r.Err != nil {
		t.Fatalf("the program failed: %v\n%s", r.Err, strings.Join(r.Errors, "\n"))
	}
	return r
}
