//go:build engine

package lifecycle

import (
	"strings"
	"testing"
)

// The new names would be made beside the old ones, up to the second route to the same network.
func TestAnAccountKeepsItsKey(t *testing.T) {
	t.Parallel()
	s := raised(t, "dev")
	s.edit(s.file(), func(content map[string]any) {
		config := content["config"].(map[string]any)
		accounts, clusters := config["ambient-ecs:accounts"].(map[string]any), config["ambient-ecs:clusters"].(map[string]any)
		accounts["partner"] = accounts["external"]
		delete(accounts, "external")
		for _, cluster := range clusters {
			if cluster := cluster.(map[string]any); cluster["account"] == "external" {
				cluster["account"] = "partner"
			}
		}
	})
	for _, command := range []string{"preview", "up"} {
		if _, all, err := s.try(command); err == nil || !strings.Contains(all, "the account lives in this install as accounts.external") {
			t.Errorf("%s: %v\n%s", command, err, all)
		}
	}
}
