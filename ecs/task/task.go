package task

import (
	"maps"
	"slices"

	"github.com/tailscale/hujson"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/document"
	"ambient-ecs/ecs/task/enrol"
	"ambient-ecs/problem"
)

// Task is what the tasks of a service run. One of App and Definition is set.
type Task struct {
	// Family is the task definition's.
	Family string
	// App is the short form.
	App *App
	// Definition is the team's own. Its family, its task role and its execution role do not count.
	Definition *definition.Definition
	// Environment, Secrets and, where it is not empty, Image are set in the container Container of Definition, and win over what
	// that says.
	Environment, Secrets map[string]string
	Image, Container     string
	// Identity is who the tasks are in the mesh.
	Identity enrol.Identity
	// Mesh is what the mesh gives to the tasks.
	Mesh enrol.Mesh
	// Stamped stamps the short form too: it is the beginning of a definition that somebody else goes on with.
	Stamped bool
}

// Validate reports every problem of the task, or returns nil. What is known only while resources are registered (the mesh's
// region, log group and token) is filled in, where it is empty.
func (t Task) Validate() error {
	for _, late := range []*string{&t.Mesh.Region, &t.Mesh.LogGroup, &t.Mesh.Token} {
		if *late == "" {
			*late = "later"
		}
	}
	_, err := t.Enrolled()
	return err
}

// Base is the definition before it is enrolled.
func (t Task) Base() (*definition.Definition, error) {
	var p problem.List
	switch {
	case (t.App == nil) == (t.Definition == nil):
		p.Add("", "", "give one of App and Definition")
	case t.App != nil:
		p.Under("App", t.App.validate())
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	if t.App != nil {
		return t.App.definition(t.Family, t.Mesh.Region, t.Mesh.LogGroup)
	}
	return t.Definition.Edit(func(body *hujson.Value) {
		document.DropNulls(body)
		if family := document.Member(body, "family"); family != nil {
			document.SetText(family, t.Family)
		} else {
			document.AddMember(body, "family", t.Family)
		}
		for _, c := range definition.Containers(body) {
			dropEmpty(c, "dependsOn", "environment")
			if document.Text(document.Member(c, "name")) == t.Container {
				if t.Image != "" {
					document.RemoveMember(c, "image")
					document.AddMember(c, "image", t.Image)
				}
				set(c, "environment", "value", t.Environment)
				set(c, "secrets", "valueFrom", t.Secrets)
			}
		}
	})
}

// dropEmpty takes out lists without an element. ECS reads back an empty list where none was registered, and the stamp tells one from the
// other: what AWS describes of a definition would be another one.
func dropEmpty(c *hujson.Value, names ...string) {
	for _, name := range names {
		if list := document.Member(c, name); list != nil && len(document.Elements(list)) == 0 {
			document.RemoveMember(c, name)
		}
	}
}

// set sets variables of a container, in its list of values or in that of secrets. A variable is in one list only.
func set(c *hujson.Value, member, value string, variables map[string]string) {
	other := "secrets"
	if member == other {
		other = "environment"
	}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		named := func(v *hujson.Value) bool { return document.Text(document.Member(v, "name")) == name }
		if others := document.Member(c, other); others != nil {
			document.Remove(others, named)
		}
		list := document.Member(c, member)
		made := map[string]string{"name": name, value: variables[name]}
		switch i := slices.IndexFunc(document.Elements(list), named); {
		case i >= 0:
			said := document.Elements(list)[i]
			document.RemoveMember(said, value)
			document.AddMember(said, value, variables[name])
		case list == nil:
			document.AddMember(c, member, []any{made})
		default:
			document.Append(list, made, nil)
		}
	}
}

// Enrolled is the definition as a task of the mesh.
func (t Task) Enrolled() (*definition.Definition, error) {
	base, err := t.Base()
	if err != nil {
		return nil, err
	}
	mesh := t.Mesh
	// What the short form becomes is made anew from the stack file each time. A stamp would say nothing that is not there,
	// and would be a new revision of every service.
	mesh.Unstamped = t.App != nil && !t.Stamped
	enrolled, _, err := enrol.Enrol(base, t.Identity, mesh)
	return enrolled, err
}
