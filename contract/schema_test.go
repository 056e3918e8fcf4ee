package contract

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/tests/golden"
)

const schemaFile = "../docs/outputs.schema.json"

// schema is the part of JSON Schema that a contract needs.
type schema struct {
	Schema      string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        string             `json:"type"`
	Const       int                `json:"const,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	// Values are the values of a map.
	Values *schema `json:"additionalProperties,omitempty"`
}

// schemaOf is the schema of a type. What is always written is required of it: readers may rely on it.
func schemaOf(t reflect.Type, comments map[string]string) *schema {
	switch t.Kind() {
	case reflect.String:
		return &schema{Type: "string"}
	case reflect.Int:
		return &schema{Type: "integer"}
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.Slice:
		return &schema{Type: "array", Items: schemaOf(t.Elem(), comments)}
	case reflect.Map:
		return &schema{Type: "object", Values: schemaOf(t.Elem(), comments)}
	case reflect.Struct:
		s := &schema{Type: "object", Properties: map[string]*schema{}}
		for _, field := range reflect.VisibleFields(t) {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			s.Properties[name] = schemaOf(field.Type, comments)
			s.Properties[name].Description = comments[t.Name()+"."+field.Name]
			if options != "omitempty" {
				s.Required = append(s.Required, name)
			}
		}
		slices.Sort(s.Required)
		return s
	}
	panic("a contract has no " + t.String())
}

// comments are those of the fields of contract.go, by "Type.Field", without the field's name.
func comments(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "contract.go", nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		typ, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		body, ok := typ.Type.(*ast.StructType)
		if !ok {
			return true
		}
		for _, field := range body.Fields.List {
			for _, id := range field.Names {
				said, found := strings.CutPrefix(strings.Join(strings.Fields(field.Doc.Text()), " "), id.Name+" ")
				if !found {
					t.Errorf("the field %s.%s has no comment that begins with its name", typ.Name.Name, id.Name)
				}
				said = strings.TrimPrefix(strings.TrimPrefix(said, "is "), "are ")
				all[typ.Name.Name+"."+id.Name] = strings.ToUpper(said[:1]) + said[1:]
			}
		}
		return true
	})
	return all
}

func ours(t *testing.T) *schema {
	t.Helper()
	s := schemaOf(reflect.TypeFor[Contract](), comments(t))
	s.Schema, s.Title = "https://json-schema.org/draft/2020-12/schema", "Contract of an ECS cluster of ambient-ecs"
	s.Description = "What a team needs to run services in one ECS cluster of the mesh. New versions of ambient-ecs add properties and never remove or retype one."
	s.Properties["version"].Const = Version
	return s
}

func TestTheSchemaIsThatOfTheCode(t *testing.T) {
	now := ours(t)
	text, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	published, err := os.ReadFile(schemaFile)
	if err != nil && !(os.IsNotExist(err) && *golden.Update) {
		t.Fatal(err)
	}
	if err == nil {
		var before schema
		if err := json.Unmarshal(published, &before); err != nil {
			t.Fatal(err)
		}
		// This comes before the file is rewritten, so `make golden` does not hide it.
		if hurt := harm("", &before, now); len(hurt) > 0 {
			t.Fatalf("the published contract would break:\n%s\nKeep what teams read. Publish what they cannot bear as version %d, under a path of its own, beside version %d.",
				strings.Join(hurt, "\n"), Version+1, Version)
		}
	}
	golden.Check(t, schemaFile, string(text)+"\n", "Teams read the contract by it.")
}

// harm says who is hurt when a contract is written by the schema now and read by the schema before.
func harm(path string, before, now *schema) (hurt []string) {
	name := strings.TrimPrefix(path, ".")
	if now == nil {
		return []string{fmt.Sprintf("%s is removed: every team's program that reads it finds nothing. One in Go gets an empty value and deploys with it; others stop in the preview.", name)}
	}
	if before.Type != now.Type {
		return []string{fmt.Sprintf("%s was a JSON %s and would be a JSON %s: every team's program stops in the preview, because the contract cannot be read at all.", name, before.Type, now.Type)}
	}
	if before.Const != now.Const {
		return []string{fmt.Sprintf("%s was always %d and would be %d: every team's program refuses the contract until the team builds it anew.", name, before.Const, now.Const)}
	}
	for _, property := range slices.Sorted(maps.Keys(before.Properties)) {
		at := path + "." + property
		found := harm(at, before.Properties[property], now.Properties[property])
		if len(found) == 0 && slices.Contains(before.Required, property) && !slices.Contains(now.Required, property) {
			found = []string{fmt.Sprintf("%s may be missing: a team's program that relies on it works with one cluster and fails with the next.", strings.TrimPrefix(at, "."))}
		}
		hurt = append(hurt, found...)
	}
	if before.Items != nil {
		hurt = append(hurt, harm(path+"[]", before.Items, now.Items)...)
	}
	if before.Values != nil {
		hurt = append(hurt, harm(path+".NAME", before.Values, now.Values)...)
	}
	return hurt
}

func TestOnlyAnAdditionHurtsNobody(t *testing.T) {
	before := ours(t)
	for name, c := range map[string]struct {
		change func(s *schema)
		want   string
	}{
		"nothing": {func(*schema) {}, ""},
		"a new field": {func(s *schema) {
			s.Properties["network"].Properties["ipv6"] = &schema{Type: "boolean"}
			s.Required = append(s.Required, "new")
		}, ""},
		"another description": {func(s *schema) { s.Properties["region"].Description = "" }, ""},
		"a removed field":     {func(s *schema) { delete(s.Properties["network"].Properties, "vpcId") }, "network.vpcId is removed"},
		"a renamed field": {func(s *schema) {
			s.Properties["location"] = s.Properties["region"]
			delete(s.Properties, "region")
		}, "region is removed"},
		"a retyped field":   {func(s *schema) { s.Properties["ztunnel"].Properties["memory"].Type = "string" }, "ztunnel.memory was a JSON integer and would be a JSON string"},
		"a retyped element": {func(s *schema) { s.Properties["network"].Properties["privateSubnetIds"].Items.Type = "object" }, "network.privateSubnetIds[] was"},
		"a field of a map":  {func(s *schema) { delete(s.Properties["identities"].Values.Properties, "namespace") }, "identities.NAME.namespace is removed"},
		"an optional field": {func(s *schema) {
			s.Required = slices.DeleteFunc(s.Required, func(r string) bool { return r == "mesh" })
		}, "mesh may be missing"},
		"a list made a thing": {func(s *schema) { s.Properties["registrySecrets"] = &schema{Type: "object"} }, "registrySecrets.NAME is removed"},
		"another version":     {func(s *schema) { s.Properties["version"].Const = 2 }, "version was always 1 and would be 2"},
	} {
		now := ours(t)
		c.change(now)
		hurt := strings.Join(harm("", before, now), "\n")
		if (c.want == "") != (hurt == "") || !strings.Contains(hurt, c.want) {
			t.Errorf("%s: %q, want %q", name, hurt, c.want)
		}
	}
}
