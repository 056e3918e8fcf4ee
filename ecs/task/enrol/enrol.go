package enrol

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tailscale/hujson"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/document"
	"ambient-ecs/problem"
)

// Enrol returns the definition as a task of the mesh. An enrolled definition gets what has changed since. The notes are
// what works and still needs somebody's eye. The error names every problem, a problem.List.
func Enrol(d *definition.Definition, identity Identity, mesh Mesh) (enrolled *definition.Definition, notes []string, err error) {
	old, _, err := StampOf(d)
	if err != nil {
		return nil, nil, err
	}
	found := check(d, mesh)
	own := ztunnelOf(d)
	e := enroller{identity: identity, mesh: mesh, old: old.added, added: marks{}, adopting: own != nil && !made(*own)}
	enrolled, err = d.Edit(e.edit)
	if err != nil {
		return nil, nil, err
	}
	found.Under("", enrolled.Check())
	if mesh.Validate() != nil {
		// What is wrong with ztunnel's container follows from what is wrong with the mesh, and that is told.
		own := fmt.Sprintf("containerDefinitions[%d].", slices.Index(names(enrolled), ZtunnelName))
		found = slices.DeleteFunc(found, func(p problem.Problem) bool { return strings.HasPrefix(p.Field, own) })
	}
	if err := found.Err(); err != nil {
		return nil, nil, err
	}
	return enrolled, notesOn(d, enrolled, mesh), nil
}

// enroller changes the text of one definition.
type enroller struct {
	identity Identity
	mesh     Mesh
	// old is what was added when the definition was enrolled before, added what is there now.
	old, added marks
	// adopting: ztunnel was there, and not by Enrol. What only serves it goes with it.
	adopting bool
}

func (e enroller) edit(body *hujson.Value) {
	var own, like *hujson.Value
	for _, c := range definition.Containers(body) {
		if nameOf(c) == ZtunnelName {
			own = c
			continue
		}
		e.gate(c)
		client := e.mesh.ClientOf(nameOf(c), document.Member(c, "firelensConfiguration") != nil)
		e.withdraw(c, client)
		for _, v := range client.variables() {
			e.send(c, v)
		}
		e.authorize(c)
		if like == nil {
			like = c
		}
	}
	if like == nil {
		return // nothing but ztunnel: the definition is refused
	}
	var labels map[string]string
	if !e.mesh.Unstamped {
		labels = stamp(e.identity, e.mesh, e.added)
	}
	made := e.mesh.ztunnel(labels)
	if own != nil {
		document.Replace(own, made, like)
		return
	}
	document.Append(document.Member(body, "containerDefinitions"), made, like)
}

// gate has a container wait for a healthy ztunnel.
func (e enroller) gate(c *hujson.Value) {
	name := nameOf(c)
	list := document.Given(c, "dependsOn")
	if list == nil {
		e.fill(c, "dependsOn", []dependency{gate})
		return
	}
	waits := document.Elements(list)
	e.keep(name, markDependsOn+markNull)
	onZtunnel := func(d *hujson.Value) bool { return document.Text(document.Member(d, "containerName")) == ZtunnelName }
	if e.old.has(name, markDependsOn) || e.adopting && len(waits) == 1 && onZtunnel(waits[0]) {
		e.mark(name, markDependsOn)
	}
	for _, d := range waits {
		if onZtunnel(d) {
			if condition := document.Member(d, "condition"); condition != nil {
				document.SetText(condition, gate.Condition)
			}
			return
		}
	}
	document.Append(list, gate, nil)
}

// withdraw removes the variables of another preset that the container was enrolled with, where they are as they were set.
func (e enroller) withdraw(c *hujson.Value, client Client) {
	name, list := nameOf(c), document.Given(c, "environment")
	if list == nil {
		return
	}
	now := client.Environment()
	document.Remove(list, func(v *hujson.Value) bool {
		said := document.Text(document.Member(v, "name"))
		_, kept := now[said]
		return !kept && Sets(said) && e.old.has(name, said+"="+document.Text(document.Member(v, "value")))
	})
	if len(now) == 0 {
		drop(c, "environment", e.old)
	}
}

// send sets a variable that a container says nothing about, and renews one that was added before.
func (e enroller) send(c *hujson.Value, v variable) {
	name, list := nameOf(c), document.Given(c, "environment")
	if list != nil {
		e.keep(name, markEnvironment)
		e.keep(name, markEnvironment+markNull)
	}
	for _, said := range document.Elements(list) {
		if document.Text(document.Member(said, "name")) != v.Name {
			continue
		}
		if value := document.Member(said, "value"); value != nil && (e.old.has(name, v.Name+"="+document.Text(value)) || e.adopting && document.Text(value) == v.Value) {
			document.SetText(value, v.Value)
			e.mark(name, v.Name+"="+v.Value)
		}
		return
	}
	for _, secret := range document.Elements(document.Member(c, "secrets")) {
		if document.Text(document.Member(secret, "name")) == v.Name {
			return
		}
	}
	if list == nil {
		e.fill(c, "environment", []variable{v})
	} else {
		document.Append(list, v, nil)
	}
	e.mark(name, v.Name+"="+v.Value)
}

// authorize gives a container its registry's credentials where it has none.
func (e enroller) authorize(c *hujson.Value) {
	name, secret := nameOf(c), e.mesh.Credentials[Registry(document.Text(document.Member(c, "image")))]
	said := document.Given(c, "repositoryCredentials")
	before := markCredentials + document.Text(document.Member(said, "credentialsParameter"))
	switch {
	case said != nil && !e.old.has(name, before):
		return
	case said != nil && secret == "":
		takeAway(c, "repositoryCredentials", e.old)
		return
	case secret == "":
		return
	case said != nil:
		e.keep(name, "repositoryCredentials"+markNull)
		document.SetText(document.Member(said, "credentialsParameter"), secret)
	default:
		if document.Member(c, "repositoryCredentials") != nil {
			e.mark(name, "repositoryCredentials"+markNull)
		}
		document.Fill(c, "repositoryCredentials", repositoryCredentials{secret})
	}
	e.mark(name, markCredentials+secret)
}

// fill gives a container a list that it does not have.
func (e enroller) fill(c *hujson.Value, member string, list any) {
	mark := member
	if document.Member(c, member) != nil {
		mark += markNull
	}
	document.Fill(c, member, list)
	e.mark(nameOf(c), mark)
}

// keep carries a mark of the earlier enrolment over.
func (e enroller) keep(container, mark string) {
	if e.old.has(container, mark) {
		e.mark(container, mark)
	}
}

func (e enroller) mark(container, mark string) {
	if !e.added.has(container, mark) {
		e.added[container] = append(e.added[container], mark)
	}
}

// names are those of the containers, in the definition's order.
func names(d *definition.Definition) (all []string) {
	for _, c := range d.ContainerDefinitions {
		all = append(all, definition.Text(c.Name))
	}
	return all
}

func nameOf(container *hujson.Value) string {
	return document.Text(document.Member(container, "name"))
}
