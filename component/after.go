package component

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/problem"
)

// After is what waits for a T holds: it is created after the T and deleted before it. Only the package of T makes one, with
// Made or All. The zero value waits for nothing, and New refuses arguments that hold it.
type After[T any] struct{ resources []pulumi.Resource }

// Made is an After for a T that is of use as soon as all of the resources exist.
func Made[T any](resources ...pulumi.Resource) After[T] { return After[T]{resources: resources} }

// All is an After for a T that is of use as soon as everything is for which the parts wait. It is zero when there is no
// part, and when a part is: what was forgotten inside is then missed by whoever takes the whole.
func All[T any](parts ...Dependency) After[T] {
	var all []pulumi.Resource
	for _, part := range parts {
		if len(part.waits()) == 0 {
			return After[T]{}
		}
		all = append(all, part.waits()...)
	}
	return After[T]{resources: all}
}

// Dependency is an After of whatever type.
type Dependency interface{ waits() []pulumi.Resource }

func (a After[T]) waits() []pulumi.Resource { return a.resources }

// DependsOn makes a resource wait for all of the dependencies.
func DependsOn(on ...Dependency) pulumi.ResourceOption {
	var all [][]pulumi.Resource
	for _, d := range on {
		all = append(all, d.waits())
	}
	return pulumi.DependsOn(slices.Concat(all...))
}

// missing records every After of the arguments that is zero, also in their lists, maps and parts.
func missing(p *problem.List, args any) {
	var look func(path string, v reflect.Value)
	look = func(path string, v reflect.Value) {
		if v.Kind() == reflect.Interface && v.IsNil() {
			return // a Dependency that not everyone has
		}
		if after, ok := v.Interface().(Dependency); ok {
			if len(after.waits()) == 0 {
				p.Missing(strings.TrimPrefix(path, "."), "the component would not wait for it")
			}
			return
		}
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				if field := v.Type().Field(i); field.IsExported() {
					look(path+"."+field.Name, v.Field(i))
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				look(fmt.Sprintf("%s[%d]", path, i), v.Index(i))
			}
		case reflect.Map:
			for _, key := range v.MapKeys() {
				look(fmt.Sprintf("%s[%v]", path, key), v.MapIndex(key))
			}
		}
	}
	look("", reflect.ValueOf(args).Elem())
}
