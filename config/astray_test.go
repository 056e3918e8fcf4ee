package config

import (
	"strings"
	"testing"
	"time"
)

// Pulumi ignores what stands beside config, and hands a key of another namespace to whoever asks for it.
func TestAKeyThatReachesNobodyIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text    string // what the stack file has beside its region
		key     string // a key that arrives
		refused string
	}{
		"at the left margin":                {"ambient-ecs:policyStage: l7\n", "", "ambient-ecs:policyStage stands beside config: Pulumi reads nothing there, so it has no effect: put what it says below config"},
		"at the left margin, by its name":   {"policyStage: l7\n", "", "policyStage stands beside config"},
		"under a misspelt config":           {"confg:\n  ambient-ecs:policyStage: l7\n", "", "confg stands beside config"},
		"a misspelt namespace":              {"", "ambient-esc:policyStage", "ambient-esc:policyStage is nobody's: the program reads the keys of ambient-ecs, so it has no effect: write ambient-ecs:policyStage"},
		"an anchor":                         {"x-common: &common {port: 8080}\n", "", ""},
		"Pulumi's own":                      {"encryptionsalt: v1:abc\nsecretsprovider: awskms://alias/a\n", "", ""},
		"a key of a provider":               {"", "aws:region", ""},
		"another file than the engine read": {"ambient-ecs:policyStage: l7\nconfig:\n  ambient-ecs:owner: other\n", "", ""},
	} {
		text := c.text
		if !strings.Contains(text, "config:\n") || strings.Contains(text, "confg:") {
			text = "config:\n  ambient-ecs:region: eu-central-1\n" + text
		}
		values := raw(plain())
		delete(values, "ambient-ecs:owner")
		if c.key != "" {
			values[c.key] = "l7"
		}
		_, err := load(time.Now(), "..", parseStackFile([]byte(text)), values, nil)
		if c.refused == "" && err != nil || c.refused != "" && (err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), c.refused)) {
			t.Errorf("%s: %v, want %q", name, err, c.refused)
		}
	}
}
