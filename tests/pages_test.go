package tests

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"ambient-ecs/tests/pages"
)

func TestPagesNameRecipesOfTheMakefile(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(Root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range pages.Lines(t, Root, "make") {
		for i, target := range line.Args[1:] {
			// A variable, or the folder of the Makefile.
			if strings.Contains(target, "=") || target == "-C" || line.Args[i] == "-C" {
				continue
			}
			if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(target) + `:`).Match(makefile) {
				t.Errorf("%s: make has no recipe %s", line.Page, target)
			}
		}
	}
}

func TestPagesSetKeysThatExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(Root, "Pulumi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var project struct{ Config map[string]any }
	if err := yaml.Unmarshal(text, &project); err != nil {
		t.Fatal(err)
	}
	top := regexp.MustCompile(`^\w+`)
	for _, line := range pages.Lines(t, Root, "pulumi") {
		// docs/ci.md sets keys of another program, ci/.
		if len(line.Args) < 4 || line.Args[1] != "config" || line.Page == "docs/ci.md" {
			continue
		}
		path := slices.IndexFunc(line.Args[3:], func(arg string) bool { return !strings.HasPrefix(arg, "-") })
		if path < 0 {
			t.Errorf("%s: %s names no key", line.Page, strings.Join(line.Args, " "))
			continue
		}
		if _, has := project.Config[top.FindString(line.Args[3+path])]; !has {
			t.Errorf("%s: %s names no key of Pulumi.yaml", line.Page, strings.Join(line.Args, " "))
		}
	}
}
