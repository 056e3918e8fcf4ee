// Package source reads the program's own source, for tests of rules that every package must follow.
package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// apart are the folders of the repository that are not part of the program.
var apart = map[string]bool{"sandbox": true, "verify": true, "tests": true, "docs": true, "bin": true, "ci": true, "plugin": true}

// File is a file of the program.
type File struct {
	*ast.File
	// Folder is the path of its folder, below the root of the repository.
	Folder string

	set *token.FileSet
}

// At is where in the file something stands, as "path:line:column".
func (f File) At(node ast.Node) token.Position { return f.set.Position(node.Pos()) }

// Walk visits each file of the program that is not a test. root is the path of the repository.
func Walk(t testing.TB, root string, visit func(File)) {
	t.Helper()
	files := token.NewFileSet()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if apart[below] || strings.HasPrefix(entry.Name(), ".") && below != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		visit(File{File: file, Folder: filepath.ToSlash(filepath.Dir(below)), set: files})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Selects reports whether an expression selects name from the package that a file calls pkg.
func Selects(expression ast.Expr, pkg, name string) bool {
	selector, ok := expression.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != name {
		return false
	}
	of, ok := selector.X.(*ast.Ident)
	return ok && of.Name == pkg
}
