package main

import (
	"encoding/json"
	"strings"
	"testing"

	"ambient-ecs/tests/pages"
)

// Whoever follows the page has a configuration that the program takes.
func TestThePageSetsWhatTheProgramTakes(t *testing.T) {
	raw, objects := map[string]string{}, map[string]map[string]any{}
	for _, line := range pages.Lines(t, "..", "pulumi") {
		if line.Page != "docs/ci.md" || len(line.Args) < 5 || strings.Join(line.Args[1:3], " ") != "config set" {
			continue
		}
		if line.Args[3] != "--path" {
			raw["ambient-ecs-ci:"+line.Args[3]] = line.Args[4]
			continue
		}
		path := strings.Split(line.Args[4], ".")
		if objects[path[0]] == nil {
			objects[path[0]] = map[string]any{}
		}
		if len(path) == 2 {
			objects[path[0]][path[1]] = line.Args[5]
		} else {
			objects[path[0]][path[1]] = map[string]any{path[2]: line.Args[5]}
		}
	}
	for key, object := range objects {
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		raw["ambient-ecs-ci:"+key] = string(text)
	}
	s, err := read(raw)
	if err != nil || len(s.Accounts) != 2 || len(s.Environments) != 4 {
		t.Errorf("%+v: %v", s, err)
	}
}
