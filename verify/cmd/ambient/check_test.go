package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckReadsAPreviewAndFailsForABrokenMandatoryControl(t *testing.T) {
	run := func(args ...string) result {
		return ambient(t, t.Context(), three(), append([]string{"check"}, args...)...)
	}
	write := func(inputs string) string {
		file := filepath.Join(t.TempDir(), "plan.json")
		text := `{"steps":[{"op":"create","urn":"a::web","newState":{"type":"aws:cloudwatch/logGroup:LogGroup","inputs":{}}},
			{"op":"create","urn":"b::rule","newState":{"type":"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule","inputs":` + inputs + `}}],"changeSummary":{"create":2}}`
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	open, closed := write(`{"cidrIpv4":"0.0.0.0/0"}`), write(`{"cidrIpv4":"10.0.0.0/8"}`)
	if r := run(open); r.code != 1 || r.stderr != "" || !strings.Contains(r.out, "groups-admit-nobody-unnamed is broken by rule.") {
		t.Errorf("exit code %d:\n%s%s", r.code, r.out, r.stderr)
	}
	if r := run(closed); r.code != 0 || r.stderr != "" || !strings.Contains(r.out, "logs-own-key is broken by web.") {
		t.Errorf("an advisory control: exit code %d:\n%s%s", r.code, r.out, r.stderr)
	}
	if r := run(closed, "--strict"); r.code != 1 {
		t.Errorf("strict: exit code %d:\n%s%s", r.code, r.out, r.stderr)
	}
	var read []struct{ Name string }
	if r := run(closed, "-o", "json"); r.code != 0 || json.Unmarshal([]byte(r.out), &read) != nil || len(read) < 40 {
		t.Errorf("exit code %d:\n%s%s", r.code, r.out, r.stderr)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no file":           {[]string{"nowhere.json"}, "nowhere.json"},
		"no argument":       {nil, "1 arg"},
		"an unknown format": {[]string{closed, "-o", "xml"}, `"xml"`},
	} {
		if r := run(c.args...); r.code != exitRefused || r.out != "" || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%s: exit code %d:\n%s%s", name, r.code, r.out, r.stderr)
		}
	}
}
