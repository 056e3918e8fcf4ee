package preview

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAPreviewThatIsNotWholeIsRefused(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "cost", "testdata", "unchanged.json"))
	if err != nil {
		t.Fatal(err)
	}
	var whole map[string]any
	if err := json.Unmarshal(data, &whole); err != nil {
		t.Fatal(err)
	}
	steps := whole["steps"].([]any)
	for _, c := range []struct {
		name string
		edit map[string]any
		want string
	}{
		{"without --show-sames, nothing changes", map[string]any{"steps": steps[:1]}, "33 unchanged resources are not in the file"},
		{"without --show-sames, something changes", map[string]any{
			"steps": []any{steps[0], map[string]any{"op": "create", "urn": "a::b", "newState": map[string]any{"type": "aws:kms/key:Key"}}}, "changeSummary": map[string]any{"create": 1, "same": 3},
		}, "2 unchanged resources are not in the file"},
		{"a preview that failed", map[string]any{"diagnostics": []any{map[string]any{"severity": "error", "message": "no region"}}}, "no region"},
		{"no summary", map[string]any{"changeSummary": nil}, "changeSummary"},
		{"no steps", map[string]any{"steps": []any{}}, "no steps"},
	} {
		edited := map[string]any{}
		for key, value := range whole {
			edited[key] = value
		}
		for key, value := range c.edit {
			edited[key] = value
		}
		data, err := json.Marshal(edited)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Read(data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := Read([]byte("Previewing update")); err == nil || !strings.Contains(err.Error(), "--show-sames") {
		t.Errorf("text that is no JSON: %v", err)
	}
}
