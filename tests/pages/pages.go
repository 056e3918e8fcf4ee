// Package pages reads the documentation, for tests of what it tells people to type.
package pages

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Block is a block of code of a page, in a language such as sh or yaml.
type Block struct{ Language, Text string }

// Blocks are the blocks of code of a page, in their order.
func Blocks(t testing.TB, page string) (all []Block) {
	t.Helper()
	return blocks(content(t, page))
}

// Section are the blocks of code below a heading of a page, up to the next heading of the same level.
func Section(t testing.TB, page, heading string) []Block {
	t.Helper()
	_, section, found := strings.Cut(content(t, page), "\n## "+heading+"\n")
	if !found {
		t.Fatalf("%s has no heading %q", page, heading)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return blocks(section)
}

func content(t testing.TB, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func blocks(text string) (all []Block) {
	for i, part := range strings.Split(text, "```") {
		if language, text, _ := strings.Cut(part, "\n"); i%2 == 1 {
			all = append(all, Block{language, text})
		}
	}
	return all
}

// Line is a command with its arguments, as a shell reads it on a page.
type Line struct {
	Page string
	Args []string
}

// all is the pages that tell people what to type, below the root of the repository.
var all = []string{"*.md", "docs/*.md", "docs/*/*.md", "examples/*/*.md"}

// files are the pages, as paths from the root of the repository.
func files(t testing.TB, root string) (pages []string) {
	t.Helper()
	for _, pattern := range all {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil || len(found) == 0 {
			t.Fatalf("no page is %s: %v", pattern, err)
		}
		for _, file := range found {
			page, err := filepath.Rel(root, file)
			if err != nil {
				t.Fatal(err)
			}
			pages = append(pages, page)
		}
	}
	return pages
}

// Lines are the command lines of all pages that begin with one of the given names. A shell reads the pages, and no command runs:
// what pages pipe, compute and quote is what a shell makes of it.
func Lines(t testing.TB, root string, names ...string) (lines []Line) {
	t.Helper()
	// A command that is not there says nothing and succeeds. Bash lets functions have the names of paths.
	script := "PATH=\ncommand_not_found_handle() { :; }\ncommand() { :; }\n"
	for _, name := range names {
		script += name + "() { printf '%s\\0' '" + name + "' \"$@\" >&3; printf '\\n\\0' >&3; }\n"
	}
	for _, page := range files(t, root) {
		for _, block := range Blocks(t, filepath.Join(root, page)) {
			if block.Language == "sh" {
				lines = append(lines, read(t, page, script, block.Text)...)
			}
		}
	}
	if len(lines) == 0 {
		t.Fatalf("no page says %s", strings.Join(names, " or "))
	}
	return lines
}

// read lets a shell read a block, in a folder with nothing but the sandbox's.
func read(t testing.TB, page, script, block string) (lines []Line) {
	t.Helper()
	cmd := exec.Command("bash", "-c", script+block)
	cmd.Dir = t.TempDir()
	if err := os.Mkdir(filepath.Join(cmd.Dir, ".sandbox"), 0o755); err != nil {
		t.Fatal(err)
	}
	recorded := filepath.Join(t.TempDir(), "lines")
	file, err := os.Create(recorded)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	cmd.ExtraFiles = []*os.File{file}
	// The exit code is that of whatever command is last on the page.
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	text, err := os.ReadFile(recorded)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\n\x00") {
		if line != "" {
			lines = append(lines, Line{page, strings.Split(strings.TrimSuffix(line, "\x00"), "\x00")})
		}
	}
	return lines
}
