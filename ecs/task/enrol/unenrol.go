package enrol

import (
	"fmt"

	"github.com/tailscale/hujson"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/ecs/task/document"
)

// Unenrol returns the definition without what Enrol added: ztunnel, the containers' wait for it, and the variables that
// still have the value that Enrol gave them. A definition without ztunnel is returned as it is. A ztunnel that has no stamp
// was not added by Enrol, and is refused.
func Unenrol(d *definition.Definition) (*definition.Definition, error) {
	if ztunnelOf(d) == nil {
		return d, nil
	}
	stamp, stamped, err := StampOf(d)
	if err != nil {
		return nil, err
	}
	if !stamped {
		return nil, fmt.Errorf("the container %s has no label %s, so enrol did not add it: nobody knows what belongs to it", ZtunnelName, LabelIdentity)
	}
	return d.Edit(func(body *hujson.Value) {
		document.Remove(document.Member(body, "containerDefinitions"), func(c *hujson.Value) bool { return nameOf(c) == ZtunnelName })
		for _, c := range definition.Containers(body) {
			remove(c, stamp.added)
		}
	})
}

// remove takes what was added out of one container.
func remove(c *hujson.Value, added marks) {
	name := nameOf(c)
	if list := document.Given(c, "dependsOn"); list != nil {
		document.Remove(list, func(d *hujson.Value) bool { return document.Text(document.Member(d, "containerName")) == ZtunnelName })
		drop(c, "dependsOn", added)
	}
	if list := document.Given(c, "environment"); list != nil {
		document.Remove(list, func(v *hujson.Value) bool {
			said := document.Text(document.Member(v, "name"))
			return Sets(said) && added.has(name, said+"="+document.Text(document.Member(v, "value")))
		})
		drop(c, "environment", added)
	}
	if said := document.Member(c, "repositoryCredentials"); said != nil && added.has(name, markCredentials+document.Text(document.Member(said, "credentialsParameter"))) {
		takeAway(c, "repositoryCredentials", added)
	}
}

// drop takes an empty list away that was not there before.
func drop(c *hujson.Value, member string, added marks) {
	name := nameOf(c)
	if len(document.Elements(document.Member(c, member))) == 0 && (added.has(name, member) || added.has(name, member+markNull)) {
		takeAway(c, member, added)
	}
}

// takeAway takes a member away that was not there before, or was null.
func takeAway(c *hujson.Value, member string, added marks) {
	if added.has(nameOf(c), member+markNull) {
		document.SetNull(document.Member(c, member))
		return
	}
	document.RemoveMember(c, member)
}
