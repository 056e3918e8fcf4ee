package component

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/problem"
)

// After holds what the user of a T must wait for. The user is created after the T and deleted before it. Only the
// package of T makes an After, with Made or All. The zero value waits for nothing. New refuses arguments that hold
// it. Elsewhere says that a T is another stack's.
type After[T any] struct {
	resources []pulumi.Resource
	elsewhere bool
}

// Made returns an After for a T that is ready as soon as all of the resources exist.
func Made[T any](resources ...pulumi.Resource) After[T] { return After[T]{resources: resources} }

// Elsewhere returns an After for a T that another stack made. It waits for nothing: the other stack keeps its T for as long as
// somebody uses it. Only components for other teams' stacks use it.
func Elsewhere[T any]() After[T] { return After[T]{elsewhere: true} }

// All returns an After that waits for everything that the parts wait for. It is zero when there are no parts, or when
// one of the parts is zero. So New also finds an After that was forgotten inside.
func All[T any](parts ...Dependency) After[T] {
	var all []pulumi.Resource
	for _, part := range parts {
		if !part.given() {
			return After[T]{}
		}
		all = append(all, part.waits()...)
	}
	return After[T]{resources: all}
}

// Dependency is an After of any type.
type Dependency interface {
	waits() []pulumi.Resource
	given() bool
}

func (a After[T]) waits() []pulumi.Resource { return a.resources }

// given reports whether somebody has decided what to wait for.
func (a After[T]) given() bool { return a.elsewhere || len(a.resources) > 0 }

// Behind is what a resource waits for within its own component.
func Behind(resources ...pulumi.Resource) Dependency { return behind(resources) }

type behind []pulumi.Resource

func (b behind) waits() []pulumi.Resource { return b }
func (b behind) given() bool              { return len(b) > 0 }

// DependsOn makes a resource wait for all of the dependencies.
func DependsOn(on ...Dependency) pulumi.ResourceOption {
	var all [][]pulumi.Resource
	for _, d := range on {
		all = append(all, d.waits())
	}
	return pulumi.DependsOn(slices.Concat(all...))
}

// Forgotten records every zero After in the arguments, also in their lists, maps and parts. New does it for components.
func Forgotten(p *problem.List, args any) {
	var look func(path string, v reflect.Value)
	look = func(path string, v reflect.Value) {
		if v.Kind() == reflect.Interface && v.IsNil() {
			return // an optional Dependency
		}
		if after, ok := v.Interface().(Dependency); ok {
			if !after.given() {
				p.Missing(strings.TrimPrefix(path, "."), "the component would not wait for it")
			}
			return
		}
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				switch field := v.Type().Field(i); {
				case field.Anonymous && field.IsExported():
					look(path, v.Field(i))
				case field.IsExported():
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
