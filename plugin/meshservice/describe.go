package meshservice

import (
	_ "embed"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
	"sync"

	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// source is the file with the types of the schema. Its comments are the schema's descriptions.
//
//go:embed args.go
var source string

// describe gives a type of the schema its token and its descriptions.
func describe(to infer.Annotator, of any) {
	v := reflect.ValueOf(of).Elem()
	name := v.Type().Name()
	to.SetToken("index", tokens.TypeName(name))
	to.Describe(of, comments()[name])
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.Tag.Get("pulumi") != "" {
			to.Describe(v.Field(i).Addr().Interface(), comments()[name+"."+field.Name])
		}
	}
}

// comments are those of the types, and by "Type.Field" those of their fields without the field's name.
var comments = sync.OnceValue(func() map[string]string {
	file, err := parser.ParseFile(token.NewFileSet(), "args.go", source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		// The file has been compiled.
		panic("meshservice: " + err.Error())
	}
	all := map[string]string{}
	for _, declaration := range file.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok || general.Tok != token.TYPE {
			continue
		}
		typ := general.Specs[0].(*ast.TypeSpec)
		all[typ.Name.Name] = without(general.Doc.Text(), typ.Name.Name)
		for _, field := range typ.Type.(*ast.StructType).Fields.List {
			for _, id := range field.Names {
				all[typ.Name.Name+"."+id.Name] = without(field.Doc.Text(), id.Name)
			}
		}
	}
	return all
})

// without is a comment without the name that begins it.
func without(comment, name string) string {
	text := strings.TrimPrefix(strings.Join(strings.Fields(comment), " "), name+" ")
	text = strings.TrimPrefix(strings.TrimPrefix(text, "is "), "are ")
	return strings.ToUpper(text[:1]) + text[1:]
}
