// Package architecture holds the picture of which package may import which, and the tests that keep it true. It
// parses imports and compiles nothing.
package architecture

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	root = "../.."
	// module is the prefix of our own import paths, in all three modules.
	module = "ambient-ecs"
)

// libraries are the groups of heavy foreign modules, by the name that the picture gives them.
var libraries = map[string]string{
	"github.com/pulumi/": "Pulumi", "github.com/aws/aws-sdk-go-v2": "AWS",
	"k8s.io/": "Kubernetes", "sigs.k8s.io/": "Kubernetes", "helm.sh/": "Helm", "istio.io/": "Istio",
}

// row is a line of the picture.
type row struct{ imports, tests []string }

// rooms reads the picture, by room.
func rooms(t *testing.T) map[string]row {
	t.Helper()
	all := map[string]row{}
	for _, line := range strings.Split(picture, "\n") {
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		room, rest, ok := strings.Cut(line, "→")
		room = strings.TrimSpace(room)
		if _, twice := all[room]; !ok || twice {
			t.Fatalf("the picture cannot be read: a line is \"room → imports | imports of its tests\", with each room once, and not %q", line)
		}
		imports, tests, _ := strings.Cut(rest, "|")
		all[room] = row{strings.Fields(imports), strings.Fields(tests)}
	}
	return all
}

// roomOf returns the room of a folder: its own line, the line of its parent's "parent/*", or the nearest folder above
// that has a line.
func roomOf(all map[string]row, folder string) string {
	for at := folder; ; at = path.Dir(at) {
		// The root is a room for its own files only.
		if _, ok := all[at]; ok && (at != "." || folder == ".") {
			return at
		}
		if _, ok := all[path.Dir(at)+"/*"]; ok && at != "." {
			return path.Dir(at) + "/*"
		}
		if at == "." {
			return ""
		}
	}
}

// use is an import of a file.
type use struct{ file, path string }

// uses returns all imports of our packages and of the libraries, by folder. Imports of tests are separate.
func uses(t *testing.T) (code, tests map[string][]use) {
	t.Helper()
	code, tests = map[string][]use{}, map[string][]use{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "bin"):
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(file, ".go"):
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		into := code
		if strings.HasSuffix(file, "_test.go") {
			into = tests
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		folder := path.Dir(filepath.ToSlash(name))
		if into[folder] == nil {
			into[folder] = []use{} // A package without imports is one too.
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			into[folder] = append(into[folder], use{filepath.ToSlash(name), imported})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return code, tests
}

// target is the room or the library that an import leads to, "" for all others.
func target(all map[string]row, imported string) string {
	if imported == module {
		return "."
	}
	if folder, ours := strings.CutPrefix(imported, module+"/"); ours {
		return roomOf(all, folder)
	}
	for prefix, library := range libraries {
		// The YAML library is light, and is not part of Kubernetes.
		if strings.HasPrefix(imported, prefix) && imported != "sigs.k8s.io/yaml" {
			return library
		}
	}
	return ""
}

func TestImportsAreThoseOfThePicture(t *testing.T) {
	all := rooms(t)
	code, tests := uses(t)
	is := map[string]row{}
	for room := range all {
		is[room] = row{}
	}
	lived := map[string]bool{}
	for _, found := range []map[string][]use{code, tests} {
		for folder, list := range found {
			room := roomOf(all, folder)
			if room == "" {
				t.Errorf("folder %s belongs to no room: give it a line in the picture", folder)
				continue
			}
			lived[room] = true
			for _, u := range list {
				if to := target(all, u.path); to != "" && to != room {
					is[room] = is[room].with(to, strings.HasSuffix(u.file, "_test.go"))
					if !all[room].allows(to, strings.HasSuffix(u.file, "_test.go")) {
						t.Errorf("%s imports %s, and the picture does not let %s import %s", u.file, u.path, room, to)
					}
				}
			}
		}
	}
	for _, room := range slices.Sorted(maps.Keys(all)) {
		have, said := is[room].sorted(), all[room].sorted()
		switch {
		case !lived[room]:
			t.Errorf("the picture has a room %s, and no package is in it: remove its line", room)
		case have != said:
			t.Errorf("the picture is not true of %s: correct the import, or its line\n  the picture: %[1]s → %[2]s\n  the tree:    %[1]s → %[3]s", room, said, have)
		}
	}
}

// with is the row with one more import.
func (r row) with(to string, test bool) row {
	switch {
	case slices.Contains(r.imports, to):
	case !test:
		r.imports = append(r.imports, to)
		r.tests = slices.DeleteFunc(r.tests, func(other string) bool { return other == to })
	case !slices.Contains(r.tests, to):
		r.tests = append(r.tests, to)
	}
	return r
}

func (r row) allows(to string, test bool) bool {
	return slices.Contains(r.imports, to) || test && slices.Contains(r.tests, to)
}

// sorted is the row as it is written, in alphabetic order.
func (r row) sorted() string {
	text := strings.Join(slices.Sorted(slices.Values(r.imports)), " ")
	if len(r.tests) > 0 {
		text = strings.TrimLeft(text+" | "+strings.Join(slices.Sorted(slices.Values(r.tests)), " "), " ")
	}
	return text
}

// The judge does not know the fake, and the fake does not know the judge.
func TestOnlyTheSandboxedBackEndKnowsTheSandbox(t *testing.T) {
	below := func(folder string) func(string) bool {
		return func(room string) bool { return room == folder || strings.HasPrefix(room, folder+"/") }
	}
	for room, r := range rooms(t) {
		all := slices.Concat(r.imports, r.tests)
		switch {
		case below("verify")(room) && room != "verify/sandboxed" && room != "verify/mutation" && slices.ContainsFunc(all, below("sandbox")):
			t.Errorf("the picture lets %s import the sandbox", room)
		case below("sandbox")(room) && slices.ContainsFunc(all, below("verify")):
			t.Errorf("the picture lets %s import the verifier", room)
		}
	}
}

// The name of a package says which package is meant, in the verifier as in the sandbox.
func TestNoTwoPackagesOfOneName(t *testing.T) {
	code, _ := uses(t)
	first := map[string]string{}
	for _, folder := range slices.Sorted(maps.Keys(code)) {
		part, _, nested := strings.Cut(folder, "/")
		// These packages replace parts of Pulumi's CLI, so they have Pulumi's names.
		if !nested || part != "sandbox" && part != "verify" || strings.HasPrefix(folder, "sandbox/engine/without/") {
			continue
		}
		name := part + "'s " + path.Base(folder)
		if other, taken := first[name]; taken {
			t.Errorf("%s and %s are packages of one name", other, folder)
		}
		first[name] = folder
	}
}
