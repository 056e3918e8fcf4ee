package doctor

import (
	"strings"
	"testing"

	"ambient-ecs/iam/evaluation"
)

// A policy that allows an action does not help where the boundary takes it away, so the fix names the boundary.
func TestAFixNamesWhatRefuses(t *testing.T) {
	for place, take := range map[string]func(*facts, string){
		"the permissions boundary": func(f *facts, text string) { external(f).Boundary = text },
		"a policy":                 func(f *facts, text string) { external(f).Policies = map[string]string{"p": text} },
	} {
		f := healthy()
		take(f, allowed(`"ecs:List*"`, "*"))
		found := examine(t, f)
		if len(found) != 1 || !strings.Contains(found[0].Fix, "in "+place+" of the role") {
			t.Errorf("%s: %+v", place, found)
		}
	}
	if got := where(evaluation.Verdict{Cause: evaluation.Denied}); got != "a policy" {
		t.Error(got)
	}
}
