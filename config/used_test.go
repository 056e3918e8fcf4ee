package config

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// reader type-checks the program and notes what it uses of this package. Packages from elsewhere are left empty: the
// errors that follow are ignored, since no field of this package has a type of theirs.
type reader struct {
	files    *token.FileSet
	packages map[string]*types.Package
	// outside is used by other packages, inside by each function of this one.
	outside []types.Object
	inside  map[types.Object][]types.Object
}

// Import is types.Importer.
func (r *reader) Import(path string) (*types.Package, error) {
	if known := r.packages[path]; known != nil {
		return known, nil
	}
	folder, ours := strings.CutPrefix(path, Project)
	switch {
	case path == "maps" || path == "slices": // their results have the types of what they get
		return importer.Default().Import(path)
	case !ours:
		empty := types.NewPackage(path, filepath.Base(path))
		empty.MarkComplete()
		return empty, nil
	}
	names, err := filepath.Glob("." + folder + "/*.go")
	if err != nil {
		return nil, err
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(r.files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}, Defs: map[*ast.Ident]types.Object{}, Types: map[ast.Expr]types.TypeAndValue{}}
	check := types.Config{Importer: r, Error: func(error) {}}
	r.packages[path], _ = check.Check(path, r.files, files, info)
	for _, file := range files {
		for _, decl := range file.Decls {
			var used []types.Object
			ast.Inspect(decl, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.Ident:
					if o := info.Uses[n]; o != nil && o.Pkg() != nil && o.Pkg().Path() == Project+"/config" {
						used = append(used, o)
					}
				case *ast.CallExpr: // a conversion hands over all fields, and compiles only where it does
					if len(n.Args) != 1 || !info.Types[n.Fun].IsType() {
						break
					}
					if from := info.TypeOf(n.Args[0]); from != nil {
						if from, ok := from.Underlying().(*types.Struct); ok {
							for i := range from.NumFields() {
								used = append(used, from.Field(i))
							}
						}
					}
				}
				return true
			})
			if f, ok := decl.(*ast.FuncDecl); ok && folder == "/config" {
				r.inside[info.Defs[f.Name]] = used
			} else if folder != "/config" && folder != "/outputs" { // outputs only tells what was made
				r.outside = append(r.outside, used...)
			}
		}
	}
	return r.packages[path], nil
}

// permissions are keys that only say what other keys may be, so that nothing but the checks reads them.
var permissions = []string{"deployerInsideNetwork", "requireDigests", "meant", "notSecret"}

// A key that is only checked does nothing: what the program makes would be the same without it.
func TestEveryKeyIsReadByTheProgram(t *testing.T) {
	r := &reader{files: token.NewFileSet(), packages: map[string]*types.Package{}, inside: map[types.Object][]types.Object{}}
	if _, err := r.Import(Project); err != nil {
		t.Fatal(err)
	}
	read := map[types.Object]bool{}
	var follow func([]types.Object)
	follow = func(used []types.Object) {
		for _, o := range used {
			// To load, to check and to warn is not to use.
			if !read[o] && !slices.Contains([]string{"Load", "LoadAt", "Validate", "Warnings"}, o.Name()) {
				read[o] = true
				follow(r.inside[o])
			}
		}
	}
	follow(r.outside)
	for o, used := range r.inside {
		// The first takes away what the program would make, the second reads from files what it makes.
		if o.Name() == "withoutDisabled" || o.Name() == "withoutTasks" || o.Name() == "readFiles" {
			follow(used)
		}
	}
	scope := r.packages[Project+"/config"].Scope()
	for _, typ := range structs() {
		fields := scope.Lookup(typ.Name()).Type().Underlying().(*types.Struct)
		for i := range fields.NumFields() {
			if key := typ.Field(i).Tag.Get(structTag); key != "" && !read[fields.Field(i)] && !slices.Contains(permissions, key) {
				t.Errorf("no code outside config reads %s.%s, so the key %s does nothing: use it, or take it away", typ.Name(), fields.Field(i).Name(), key)
			}
		}
	}
}
