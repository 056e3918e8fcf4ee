package pages

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestWordsAreThoseThatAShellReads(t *testing.T) {
	for _, c := range []struct {
		text  string
		want  []string
		whole bool
	}{
		{` verify`, []string{"verify"}, false},
		{` --stack prod verify --plan -`, []string{"--stack", "prod", "verify", "--plan", "-"}, false},
		{` enrol --identity a/b < in.json > out.json`, []string{"enrol", "--identity", "a/b"}, true},
		{` verify -o junit > "reports/${stack//\//-}.xml" 2>&1 || status=1`, []string{"verify", "-o", "junit"}, true},
		{` verify 2> log; true`, []string{"verify"}, true},
		{` enrol --client "$(jq -r '.a | "b"' "$work/set")" --client 'x y'`, []string{"enrol", "--client", `$(jq -r '.a | "b"' "$work/set")`, "--client", "x y"}, false},
		{` call --header "" a`, []string{"call", "--header", "", "a"}, false},
		{` adopt --install prod \` + "\n#   --account a=1 # a comment\nnext", []string{"adopt", "--install", "prod", "--account", "a=1"}, false},
		{` call … --past-proxy`, []string{"call", "--past-proxy"}, false},
		{` cost a\ b)`, []string{"cost", "a b"}, true},
	} {
		if got, whole := words(c.text); !slices.Equal(got, c.want) || whole != c.whole {
			t.Errorf("%q is read as %q, whole %v", c.text, got, whole)
		}
	}
}

// A command that nobody runs in a test is found wherever somebody reads or runs it.
func TestCommandsAreFoundInSentencesCommentsMessagesScriptsAndWorkflows(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{
		"README.md":        "# tool\n\nRun `tool one`, `cat x | bin/tool two -`,\nand `tool\nthree`. The tool four is nothing, and `toolbox five` neither.\n\n```sh\ntool six < in\nmake bin/tool bin/other\n```\n\n```yaml\n- run: tool seven\n```\n",
		"sub/flow.yml":     "steps:\n  - run: bin/tool eight\n  - run: |\n      if ! tool nine; then exit 1; fi\n# the tool ten is nothing\n",
		"sub/owner.sh":     "#!/bin/sh\ncat in |\n  tool eleven --x \"$(y)\" > out\n",
		".ci/run":          "#!/usr/bin/env bash\nasks \"What\" bin/tool twelve\n",
		"code.go":          "package code\n\n// `tool thirteen` is run by hand.\nconst fix = \"run `tool fourteen` again\"\n",
		"code_test.go":     "package code\n\n// `tool fifteen` is nothing.\n",
		"bin/x.md":         "`tool sixteen`\n",
		"LICENCE":          "tool seventeen\n",
		"Pulumi.prod.yaml": "# From the root:\n#\n#   bin/tool --stack prod \\\n#     eighteen\nkey: value\n",
	} {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for _, m := range Mentions(t, folder, "tool") {
		line := filepath.ToSlash(m.Page) + ": " + strings.Join(m.Args, " ")
		if m.Whole {
			line += " (whole)"
		}
		got = append(got, line)
	}
	slices.Sort(got)
	want := []string{
		".ci/run: twelve (whole)", "Pulumi.prod.yaml: --stack prod eighteen (whole)", "README.md: one", "README.md: seven (whole)", "README.md: six (whole)", "README.md: three", "README.md: two -",
		"code.go: fourteen", "code.go: thirteen", "sub/flow.yml: eight (whole)", "sub/flow.yml: nine (whole)", "sub/owner.sh: eleven --x $(y) (whole)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
