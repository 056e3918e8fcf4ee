package pages

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryPageBeginsWithItsTitle(t *testing.T) {
	for _, page := range files(t, root) {
		if first, _, _ := strings.Cut(content(t, filepath.Join(root, page)), "\n"); !strings.HasPrefix(first, "# ") {
			t.Errorf("%s begins with %q", page, first)
		}
	}
}
