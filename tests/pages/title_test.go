package pages

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestEveryPageBeginsWithItsTitle(t *testing.T) {
	for _, pattern := range all {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("no page is %s: %v", pattern, err)
		}
		for _, file := range files {
			if first, _, _ := strings.Cut(content(t, file), "\n"); !strings.HasPrefix(first, "# ") {
				t.Errorf("%s begins with %q", file, first)
			}
		}
	}
}
