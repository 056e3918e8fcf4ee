package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCostReadsAPreviewAndPrintsItInEveryFormat(t *testing.T) {
	file := filepath.Join("..", "..", "cost", "testdata", "unchanged.json")
	run := func(args ...string) result {
		return ambient(t, t.Context(), three(), append([]string{"cost"}, args...)...)
	}
	if r := run(file); r.code != 0 || r.stderr != "" || !strings.Contains(r.out, "Account 444455556666, eu-central-1") {
		t.Errorf("exit code %d:\n%s%s", r.code, r.out, r.stderr)
	}
	var read struct{ Monthly float64 }
	if r := run(file, "-o", "json"); r.code != 0 || json.Unmarshal([]byte(r.out), &read) != nil || read.Monthly < 100 {
		t.Errorf("exit code %d:\n%s%s", r.code, r.out, r.stderr)
	}
	own, none := filepath.Join(t.TempDir(), "prices.json"), filepath.Join(t.TempDir(), "none.json")
	for name, text := range map[string]string{own: `{"date": "2026-12-24", "regions": {"eu-central-1": {"nat": {"hourly": 0.04}}}}`, none: `{"date": "soon"}`} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r := run(file, "--prices", own); r.code != 0 || !strings.Contains(r.out, "List prices of 2026-12-24") || !strings.Contains(r.out, "29.20  NAT gateway") {
		t.Errorf("exit code %d:\n%s%s", r.code, r.out, r.stderr)
	}
	part := filepath.Join(t.TempDir(), "plan.json")
	if err := os.WriteFile(part, []byte(`{"steps": [{"op": "same", "urn": "a::b"}], "changeSummary": {"same": 184}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no unchanged resources": {[]string{part}, "--show-sames"},
		"no file":                {[]string{"nowhere.json"}, "nowhere.json"},
		"no argument":            {nil, "1 arg"},
		"no prices":              {[]string{file, "--prices", none}, `none.json: the list of prices: date "soon"`},
		"an unknown format":      {[]string{file, "-o", "xml"}, `"xml"`},
	} {
		if r := run(c.args...); r.code != exitRefused || r.out != "" || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%s: exit code %d:\n%s%s", name, r.code, r.out, r.stderr)
		}
	}
}
