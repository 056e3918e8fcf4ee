package config

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"ambient-ecs/tests/golden"
)

const (
	referencePage   = "docs/reference.md"
	referenceBegins = "<!-- configuration: made from Pulumi.yaml and the comments in config by `make golden` -->\n"
	referenceEnds   = "<!-- end of configuration -->"
)

func TestTheReferenceDescribesEveryKey(t *testing.T) {
	page, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(page), referenceBegins)
	_, after, ends := strings.Cut(rest, referenceEnds)
	if !ok || !ends {
		t.Fatal("the page has lost the marks of the tables")
	}
	want := before + referenceBegins + keyTable(t) + nestedTables(t) + absentTable() + referenceEnds + after
	if *golden.Update {
		if err := os.WriteFile(referencePage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want != string(page) {
		t.Error("docs/reference.md is not what Pulumi.yaml and the comments in config say: run `make golden`")
	}
}

// keyTable describes the top-level keys as Pulumi.yaml does.
func keyTable(t *testing.T) string {
	t.Helper()
	// A node keeps the order of the file, which is the order in which a reader wants the keys.
	var file struct {
		Config yaml.Node `yaml:"config"`
	}
	readYAML("Pulumi.yaml", &file)
	var table strings.Builder
	table.WriteString("| key | type | default | |\n|---|---|---|---|\n")
	for i := 0; i+1 < len(file.Config.Content); i += 2 {
		key := file.Config.Content[i].Value
		if strings.Contains(key, ":") {
			continue
		}
		var declared declaration
		if err := file.Config.Content[i+1].Decode(&declared); err != nil {
			t.Fatal(err)
		}
		value, err := json.Marshal(declared.Default)
		if err != nil {
			t.Fatal(err)
		}
		shown := "`" + strings.Trim(string(value), `"`) + "`"
		if shown == "``" {
			shown = ""
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s |\n", key, declared.Type, shown, prose(declared.Description))
	}
	return table.String()
}

// nestedTables describe the keys inside objects as the comments of their fields do.
func nestedTables(t *testing.T) string {
	t.Helper()
	comments, places := fieldComments(t), places()
	var page strings.Builder
	for _, typ := range structs() {
		if len(places[typ]) == 0 || typ == reflect.TypeFor[Config]() {
			continue
		}
		fmt.Fprintf(&page, "\n### In `%s`\n\n| key | type | |\n|---|---|---|\n", strings.Join(places[typ], "`, `"))
		for _, field := range reflect.VisibleFields(typ) {
			key, set := field.Tag.Lookup(structTag)
			if !set {
				continue
			}
			owner := typ
			if len(field.Index) > 1 {
				owner = typ.Field(field.Index[0]).Type
			}
			comment := comments[owner.Name()+"."+field.Name]
			said, found := strings.CutPrefix(comment, field.Name+" ")
			if !found {
				t.Errorf("the field %s.%s has no comment that begins with its name: docs/reference.md describes the key %s by it", owner.Name(), field.Name, key)
				continue
			}
			said = strings.TrimPrefix(strings.TrimPrefix(said, "is "), "are ")
			said = strings.ToUpper(said[:1]) + said[1:]
			fmt.Fprintf(&page, "| `%s` | %s | %s |\n", key, strings.TrimPrefix(strings.TrimPrefix(typeName(field.Type), "an "), "a "), prose(said))
		}
	}
	return page.String()
}

// places are the paths at which the structs stand in the stack file, with NAME for a key of the user's choice.
func places() map[reflect.Type][]string {
	all := map[reflect.Type][]string{}
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		switch t.Kind() {
		case reflect.Pointer:
			walk(t.Elem(), path)
		case reflect.Map:
			walk(t.Elem(), path+".NAME")
		case reflect.Slice:
			walk(t.Elem(), path+"[]")
		case reflect.Struct:
			all[t] = append(all[t], path)
			for _, field := range reflect.VisibleFields(t) {
				if key, set := field.Tag.Lookup(structTag); set {
					walk(field.Type, join(path, key))
				}
			}
		}
	}
	walk(reflect.TypeFor[Config](), "")
	return all
}

// fieldComments are the comments of all struct fields of this package by "Type.Field", each in one line.
func fieldComments(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("config/*.go")
	if err != nil {
		t.Fatal(err)
	}
	comments := map[string]string{}
	for _, name := range slices.DeleteFunc(files, func(name string) bool { return strings.HasSuffix(name, "_test.go") }) {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			typ, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if body, ok := typ.Type.(*ast.StructType); ok {
				for _, field := range body.Fields.List {
					for _, id := range field.Names {
						comments[typ.Name.Name+"."+id.Name] = strings.Join(strings.Fields(field.Doc.Text()), " ")
					}
				}
			}
			return false
		})
	}
	return comments
}

var docsPage = regexp.MustCompile(`docs/([a-z-]+)\.md`)

// prose is a description as a cell of a table, with links to pages of docs.
func prose(text string) string {
	return docsPage.ReplaceAllString(strings.ReplaceAll(text, "|", "\\|"), "[$1]($1.md)")
}
