package pages

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Mention is a command that the repository names: on a page in a sentence or a block, in a comment, a message, a script or a workflow. A
// shell reads none of it, as it does for Lines: there a command that reads a file is not run, because the file is not there.
type Mention struct {
	Line
	// Whole says that somebody types or runs it as it is. Otherwise it may name the command and a flag alone.
	Whole bool
}

// Mentions are the mentions of a command, which is called by its name or as bin/NAME.
func Mentions(t testing.TB, root, name string) (all []Mention) {
	t.Helper()
	find := commands(name)
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", ".sandbox", "bin", "node_modules", "testdata"}, entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		page, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		var found []Mention
		switch extension := filepath.Ext(path); {
		case extension == ".md":
			found = find.page(content(t, path))
		case extension == ".go":
			found = find.spans(content(t, path), oneLine)
		case extension == ".yaml", extension == ".yml", extension == ".sh", extension == "":
			text := content(t, path)
			if extension == "" && !strings.HasPrefix(text, "#!") {
				return nil // no script
			}
			found = append(find.spans(text, oneLine), find.lines(text)...)
		}
		for _, m := range found {
			m.Page = page
			all = append(all, m)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatalf("nothing names %s", name)
	}
	return all
}

// finder finds a command in a span of code, and at the places of a script where a command begins. A bin/NAME is one before a flag or a
// subcommand, and otherwise what make makes.
type finder struct{ inSpan, inScript *regexp.Regexp }

func commands(name string) finder {
	name = regexp.QuoteMeta(name)
	return finder{
		inSpan:   regexp.MustCompile(`(?:^|[|;&(]\s*)(?:bin/)?` + name + `(\s)`),
		inScript: regexp.MustCompile(`(?m)(?:^[ \t#]*(?:- )?(?:run: )?(?:\$ )?|[|;&(][ \t]*|(?:then|do|else|if|!) )` + name + `( )|(?:^|[ \t(])bin/` + name + `( )(?:-|[a-z]+(?:\s|$))`),
	}
}

// page finds what a page names in its sentences and blocks.
func (f finder) page(text string) (all []Mention) {
	for i, part := range strings.Split(text, "```") {
		if i%2 == 0 {
			all = append(all, f.spans(part, wrapped)...)
		} else {
			all = append(all, f.lines(part)...)
		}
	}
	return all
}

// Spans of code. That of a page may go on in the next line, and in no other paragraph.
var (
	wrapped = regexp.MustCompile("`(?:[^`\n]|\n[^`\n])*`")
	oneLine = regexp.MustCompile("`[^`\n]*`")
)

// spans finds what stands between backquotes.
func (f finder) spans(text string, code *regexp.Regexp) (all []Mention) {
	for _, span := range code.FindAllString(text, -1) {
		span = strings.Join(strings.Fields(strings.Trim(span, "`")), " ")
		for _, at := range f.inSpan.FindAllStringSubmatchIndex(span, -1) {
			args, whole := words(span[at[2]:])
			all = append(all, Mention{Line{Args: args}, whole})
		}
	}
	return all
}

// lines finds what stands at the beginning of a command.
func (f finder) lines(text string) (all []Mention) {
	for _, at := range f.inScript.FindAllStringSubmatchIndex(text, -1) {
		args, _ := words(text[max(at[2], at[4]):])
		all = append(all, Mention{Line{Args: args}, true})
	}
	return all
}
