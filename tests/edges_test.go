package tests

import (
	"go/ast"
	"testing"

	"ambient-ecs/tests/source"
)

// A component offers what others wait for as a component.After. An After names the thing, and cannot be forgotten. A
// list of resources can be forgotten: then it is empty, and nothing waits.
func TestNoListOfResourcesLeavesAComponent(t *testing.T) {
	list := func(expression ast.Expr) bool {
		array, ok := expression.(*ast.ArrayType)
		return ok && source.Selects(array.Elt, "pulumi", "Resource")
	}
	source.Walk(t, Root, func(file source.File) {
		ast.Inspect(file.File, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.StructType:
				for _, field := range node.Fields.List {
					for _, name := range field.Names {
						if name.IsExported() && list(field.Type) {
							t.Errorf("%s: the field %s is a list of resources: make it a component.After", file.At(field), name)
						}
					}
				}
			case *ast.FuncDecl:
				if node.Name.IsExported() && node.Type.Results != nil {
					for _, result := range node.Type.Results.List {
						if list(result.Type) {
							t.Errorf("%s: %s returns a list of resources: make it a component.After", file.At(result), node.Name)
						}
					}
				}
			}
			return true
		})
	})
}

// component.New refuses a missing After.
func TestEveryComponentIsMadeByTheOneThatChecksItsArguments(t *testing.T) {
	made := 0
	source.Walk(t, Root, func(file source.File) {
		ast.Inspect(file.File, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			if selector, ok := call.Fun.(*ast.SelectorExpr); ok && selector.Sel.Name == "RegisterComponentResource" && file.Folder != "component" {
				t.Errorf("%s: register the component with component.New", file.At(call))
			}
			if source.Selects(call.Fun, "component", "New") {
				made++
			}
			return true
		})
	})
	if made == 0 {
		t.Error("no component is made")
	}
}

// What the program's components need is the program's own, in an account of its own.
func TestNothingOfTheProgramIsElsewhereOrInherited(t *testing.T) {
	source.Walk(t, Root, func(file source.File) {
		if file.Folder == "component" {
			return
		}
		ast.Inspect(file.File, func(node ast.Node) bool {
			if expression, ok := node.(ast.Expr); ok && (source.Selects(expression, "component", "Elsewhere") || source.Selects(expression, "component", "Inherited")) {
				t.Errorf("%s: only components for other teams' stacks may leave it to somebody else", file.At(expression))
			}
			return true
		})
	})
}

// Only the package of T may make an After. Otherwise an After would guarantee nothing.
func TestOnlyThePackageOfAThingSaysWhenItIsReady(t *testing.T) {
	made := 0
	source.Walk(t, Root, func(file source.File) {
		if file.Folder == "component" {
			return
		}
		ast.Inspect(file.File, func(node ast.Node) bool {
			index, ok := node.(*ast.IndexExpr)
			if !ok || !source.Selects(index.X, "component", "Made") && !source.Selects(index.X, "component", "All") {
				return true
			}
			made++
			if _, own := index.Index.(*ast.Ident); own {
				return true
			}
			t.Errorf("%s: only the package of the type may say when it is ready", file.At(index))
			return true
		})
	})
	if made == 0 {
		t.Error("nothing is ever ready")
	}
}
