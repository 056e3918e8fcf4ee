package podsecurity

import (
	"maps"
	"testing"
)

func TestALevelIsEnforcedByItsLabels(t *testing.T) {
	own := map[string]string{"a": "b"}
	for level, want := range map[Level]map[string]string{
		"":         {"a": "b"},
		Privileged: {"a": "b", labelEnforce: "privileged"},
		Baseline:   {"a": "b", labelEnforce: "baseline", labelAudit: "restricted"},
		Restricted: {"a": "b", labelEnforce: "restricted"},
	} {
		if got := level.Label(own); !maps.Equal(got, want) {
			t.Errorf("%q: %v", level, got)
		}
	}
	if len(own) != 1 {
		t.Errorf("the labels of the caller became %v", own)
	}
	for level, want := range map[Level][2]Level{"": {"", ""}, Baseline: {Privileged, Baseline}, Restricted: {Privileged, Baseline}} {
		if got := [2]Level{level.System(), level.Charts()}; got != want {
			t.Errorf("%q: %v", level, got)
		}
	}
}
