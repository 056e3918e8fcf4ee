package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheReadmeLeadsToEveryPageAndNamesEveryFolder(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(Root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(filepath.Join(Root, "docs", "*.md"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	first, err := filepath.Glob(filepath.Join(Root, "docs", "start", "*.md"))
	if err != nil || len(first) == 0 {
		t.Fatalf("no first steps: %v", err)
	}
	for _, page := range append(pages, first...) {
		name, err := filepath.Rel(Root, page)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), "("+name+")") {
			t.Errorf("README does not link to %s", name)
		}
	}
	entries, err := os.ReadDir(Root)
	if err != nil {
		t.Fatal(err)
	}
	_, folders, _ := strings.Cut(string(text), "## Development")
	for _, entry := range entries {
		if name := entry.Name(); entry.IsDir() && name != "bin" && !strings.HasPrefix(name, ".") && !strings.Contains(folders, "`"+name+"/`") {
			t.Errorf("README's table of folders does not name %s/", name)
		}
	}
}
