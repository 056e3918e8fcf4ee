package aws

import (
	"fmt"

	"ambient-ecs/sandbox/world"
)

// UnseenKind is the fault that an account does not see at once what another one made. A test puts it into the world, in the account and
// region that does not see. Its id is a type: the first creation of that type is refused, with the property code as AWS's error code.
const UnseenKind = "sandbox:unseen"

// create completes res, whose Props are the inputs, or refuses it.
func (c *call) create(res *world.Resource) error {
	t := c.kind
	c.operation = t.creates
	if fault := c.get(UnseenKind, t.token); fault != nil {
		c.Drop(fault)
		return c.refuse(fault.String("code"), "What another account made does not exist (the first time that this account looks)")
	}
	if err := c.checkTags(); err != nil {
		return err
	}
	c.choose(res)
	if err := c.checkInputs(res); err != nil {
		return err
	}
	if t.quota > 0 && len(c.each(t.token, nil)) >= t.quota {
		return c.refuses(t.full, res)
	}
	if t.newID != nil {
		res.ID = t.newID(c.Tx)
	}
	if t.key != "" {
		res.ID = c.expand(t.key, res)
		if t.taken.code != "" && c.get(t.token, res.ID) != nil {
			return c.refuses(t.taken, res)
		}
	}
	if t.create != nil {
		if err := t.create(c, res); err != nil {
			return err
		}
	}
	for _, k := range sortedKeys(t.outputs) {
		c.fill(res.Props, k, t.outputs[k], res)
	}
	if l := t.life; l != nil && res.Props[l.property] == nil {
		res.Props[l.property] = l.making
		if l.makes > 0 {
			c.after(res, l.makes, map[string]any{l.property: l.ready})
		}
	}
	return nil
}

// choose sets the values that the provider and AWS choose where the program does not: the end of a name with a
// prefix, and the table's values.
func (c *call) choose(res *world.Resource) {
	for _, k := range sortedKeys(c.kind.inputs) {
		def := c.kind.inputs[k]
		if def.auto > 0 && res.String(k) == "" {
			res.Props[k] = res.String(k+"Prefix") + digest(c.Tx, c.kind.token)[:26]
		}
		c.fill(res.Props, k, def.chosen, res)
		if block, ok := res.Props[k].(map[string]any); ok {
			for _, field := range sortedKeys(def.inner) {
				c.fill(block, field, def.inner[field], res)
			}
		}
	}
}

// fill sets a property that is not set to a value of the table.
func (c *call) fill(props map[string]any, key string, value any, res *world.Resource) {
	if _, said := props[key]; said || value == nil {
		return
	}
	if template, ok := value.(string); ok {
		value = c.expand(template, res)
	}
	props[key] = clone(value)
}

// checkInputs refuses references to nothing, and what the type's check refuses.
func (c *call) checkInputs(res *world.Resource) error {
	for _, k := range sortedKeys(c.kind.inputs) {
		kind := c.kind.inputs[k].refers
		if kind == "" {
			continue
		}
		ids := texts(c.in, k)
		if id := text(c.in, k); id != "" {
			ids = []string{id}
		}
		for _, id := range ids {
			if _, err := c.named(kind, id); err != nil {
				return err
			}
		}
	}
	if c.kind.check == nil {
		return nil
	}
	return c.kind.check(c, res)
}

// named returns the resource that an operation names, or refuses.
func (c *call) named(kind, id string) (*world.Resource, error) {
	t := c.types[kind]
	if res := c.find(t, id, nil); res != nil {
		return res, nil
	}
	return nil, c.refuses(t.missing, &world.Resource{ID: id})
}

// update brings res to the new inputs, or refuses them.
func (c *call) update(res *world.Resource) error {
	t := c.kind
	c.operation = t.updates
	if err := c.checkTags(); err != nil {
		return err
	}
	if t.updates != "" {
		if err := c.checkInputs(res); err != nil {
			return err
		}
	}
	if t.update != nil {
		if err := t.update(c, res); err != nil {
			return err
		}
	}
	for _, k := range t.fresh {
		if t.outputs[k] != nil {
			delete(res.Props, k)
			c.fill(res.Props, k, t.outputs[k], res)
		}
	}
	return nil
}

// remove refuses the deletion of res or does what goes with it. It fails with errStillGoing while AWS takes its time.
func (c *call) remove(res *world.Resource) error {
	t, l := c.kind, c.kind.life
	c.operation = t.deletes
	if l != nil && res.String(l.property) == l.deleting {
		return errStillGoing
	}
	for _, h := range t.holders {
		if len(c.linked(h, res)) > 0 {
			return c.refuses(t.held, res)
		}
	}
	if t.remove != nil {
		if err := t.remove(c, res); err != nil {
			return err
		}
	}
	for _, part := range t.parts {
		for _, r := range c.linked(part, res) {
			c.Drop(r)
		}
	}
	// A resource that AWS never made, and that no controller has to end, is gone at once.
	if l == nil || l.gone == nil && l.failed != "" && res.String(l.property) == l.failed {
		return nil
	}
	res.Props[l.property] = l.deleting
	c.after(res, l.deletes, l.gone)
	return errStillGoing
}

// linked returns the resources that a link leads to.
func (c *call) linked(l link, res *world.Resource) []*world.Resource {
	id := res.ID
	if l.of != "" {
		id = res.String(l.of)
	}
	return c.each(l.kind, Has(l.property, id))
}

// isReady reports whether res is usable, and fails when it never will be.
func (c *call) isReady(res *world.Resource) (bool, error) {
	if l := c.kind.life; l != nil {
		switch state := res.String(l.property); state {
		case l.ready:
		case l.failed:
			return false, fmt.Errorf("unexpected state '%s', wanted target '%s'. last error: %s", state, l.ready, res.String("_failure"))
		default:
			return false, nil
		}
	}
	if c.kind.ready == nil {
		return true, nil
	}
	return c.kind.ready(c, res)
}
