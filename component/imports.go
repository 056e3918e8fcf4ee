package component

import (
	"reflect"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Imports are the ids of resources that exist and become children of a component, by the end of the child's URN: TYPE::NAME. The
// arguments of a component that takes them have a field Imports of this type. Names of other children are left alone, so that one
// list serves all components.
type Imports map[string]string

// takes is the option of a component whose children are imported. The engine imports a child only if the state does not have it.
func (i Imports) takes() pulumi.ResourceOption {
	return pulumi.Transformations([]pulumi.ResourceTransformation{func(child *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		id := i[child.Type+"::"+child.Name]
		if id == "" {
			return nil
		}
		return &pulumi.ResourceTransformationResult{Props: child.Props, Opts: append(slices.Clone(child.Opts), pulumi.Import(pulumi.ID(id)))}
	}})
}

// importing adds the imports of the arguments, if they have any, to the options of their component.
func importing(args any, opts []pulumi.ResourceOption) []pulumi.ResourceOption {
	field := reflect.ValueOf(args).Elem().FieldByName("Imports")
	if !field.IsValid() {
		return opts
	}
	if imports, ok := field.Interface().(Imports); ok && len(imports) > 0 {
		return append(slices.Clone(opts), imports.takes())
	}
	return opts
}
