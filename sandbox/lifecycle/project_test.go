//go:build engine

package lifecycle

import (
	"strings"
	"testing"
)

// `pulumi new --name` writes another name into Pulumi.yaml, under which no default and no stack file is found.
func TestAProjectOfAnotherNameIsRefusedWithThatReasonAlone(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	s.edit("Pulumi.yaml", func(project map[string]any) { project["name"] = "my-mesh" })
	_, said, err := s.try("preview")
	if err == nil || !strings.Contains(said, `name = "my-mesh"`) || strings.Contains(said, "is not set") {
		t.Errorf("%v:\n%s", err, said)
	}
}
