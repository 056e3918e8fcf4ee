package aws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// session is one configured provider instance: one account in one region.
type session struct {
	*awsPackage
	account, region, partition string
	// principal is the ARN of the caller. profile is the profile that belongs to account from the first create on.
	principal, profile string
	// sessionName is that of an assumed role.
	sessionName string
	defaultTags map[string]any
}

var _ provider.Session = (*session)(nil)

func (s *session) typeOf(token string) (*resourceType, error) {
	t := s.types[token]
	if t == nil {
		return nil, fmt.Errorf("the sandbox does not model the AWS resource type %s", token)
	}
	return t, nil
}

func (s *session) call(tx *world.Tx, t *resourceType, in map[string]any) *call {
	return &call{Tx: tx, session: s, kind: t, in: withoutMarks(in)}
}

// withoutMarks copies inputs without the provider's own notes.
func withoutMarks(in map[string]any) map[string]any {
	out := cloneMap(in)
	maps.DeleteFunc(out, func(k string, _ any) bool { return strings.HasPrefix(k, "__") })
	return out
}

// Create makes the resource and waits until it is usable.
func (s *session) Create(ctx context.Context, r provider.Resource) (string, map[string]any, error) {
	t, err := s.typeOf(r.Token)
	if err != nil {
		return "", nil, err
	}
	if r.Preview {
		return "", s.expect(t, r.Inputs, nil), nil
	}
	if at := unknownInput(r.Inputs); at != "" {
		return "", nil, fmt.Errorf("%s: the value of %s is not known", r.Token, at)
	}
	var res *world.Resource
	var id string
	err = s.world.Request(func(tx *world.Tx) error {
		if s.profile != "" {
			BindProfile(tx, s.profile, s.account)
		}
		c := s.call(tx, t, r.Inputs)
		res = &world.Resource{Account: s.account, Region: s.region, Kind: t.token, Props: cloneMap(c.in), Created: tx.Now}
		if t.global {
			res.Region = ""
		}
		if err := c.permitted(stepCreate, res); err != nil {
			return err
		}
		if err := c.create(res); err != nil {
			return err
		}
		setTagsAll(t, res)
		tx.Put(res)
		id = idOf(t, res)
		return nil
	})
	if err != nil {
		return "", nil, fmt.Errorf("creating %s: %w", t.noun, err)
	}
	if err = s.await(ctx, t, r.Inputs, res); err != nil {
		err = fmt.Errorf("waiting for %s (%s) create: %w", t.noun, id, err)
	}
	state := s.look(t, r.Inputs, res)
	if err != nil {
		return "", nil, &provider.PartialError{ID: id, State: state, Inputs: r.Inputs, Reason: err}
	}
	return id, state, nil
}

// Update changes the resource in place and waits until it is usable again.
func (s *session) Update(ctx context.Context, r provider.Resource) (map[string]any, error) {
	t, err := s.typeOf(r.Token)
	if err != nil {
		return nil, err
	}
	if r.Preview {
		return s.expect(t, r.Inputs, r.State), nil
	}
	if at := unknownInput(r.Inputs); at != "" {
		return nil, fmt.Errorf("%s: the value of %s is not known", r.Token, at)
	}
	var res *world.Resource
	err = s.world.Request(func(tx *world.Tx) error {
		c := s.call(tx, t, r.Inputs)
		c.state = r.State
		if res = c.locate(r.ID, r.State); res == nil {
			return errors.New("couldn't find resource")
		}
		if err := c.permitted(stepUpdate, res); err != nil {
			return err
		}
		if err := c.update(res); err != nil {
			return err
		}
		overlay(t, res, withoutMarks(r.OldInputs), c.in)
		setTagsAll(t, res)
		tx.Put(res)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("updating %s (%s): %w", t.noun, r.ID, err)
	}
	if err = s.await(ctx, t, r.Inputs, res); err != nil {
		err = fmt.Errorf("waiting for %s (%s) update: %w", t.noun, r.ID, err)
	}
	state := s.look(t, r.Inputs, res)
	if err != nil {
		return nil, &provider.PartialError{ID: r.ID, State: state, Inputs: r.Inputs, Reason: err}
	}
	return state, nil
}

// overlay copies new inputs into a resource's properties. An input that the program no longer sets becomes empty,
// unless AWS had chosen its value.
func overlay(t *resourceType, res *world.Resource, old, in map[string]any) {
	for k := range old {
		if _, ok := in[k]; !ok && !t.inputs[k].computed {
			delete(res.Props, k)
		}
	}
	for k, v := range in {
		v = clone(v)
		t.inputs[k].complete(v, res.Props[k])
		res.Props[k] = v
	}
}

// complete adds to a block the fields that AWS had computed and that the program does not set.
func (i input) complete(block, kept any) {
	now, ok := block.(map[string]any)
	old, had := kept.(map[string]any)
	if !ok || !had {
		return
	}
	for field, v := range old {
		if _, said := now[field]; !said && (i.computed || i.fillsIn(field)) {
			now[field] = clone(v)
		}
	}
}

// fillsIn reports whether AWS fills in a field of a block that the program sets.
func (i input) fillsIn(field string) bool { _, ok := i.inner[field]; return ok }

// errOverdue ends a wait that has lasted too long.
var errOverdue = errors.New("overdue")

// overdue is err, or errOverdue when a wait that began at since has lasted too long.
func (s *session) overdue(tx *world.Tx, since *world.Moment, done bool, err error) error {
	if since.IsZero() {
		*since = tx.Moment()
	}
	if err == nil && !done && tx.Past(*since, s.patience) {
		return errOverdue
	}
	return err
}

// await waits for a resource that takes time. Its errors are the provider's waiter's.
func (s *session) await(ctx context.Context, t *resourceType, in map[string]any, res *world.Resource) error {
	if t.ready == nil && t.life == nil || t.waits != nil && !t.waits(in) {
		return nil
	}
	var since world.Moment
	err := s.world.Wait(ctx, func(tx *world.Tx) (bool, error) {
		ready, err := s.call(tx, t, in).isReady(res)
		if t.busy != nil && t.busy(tx, res) {
			since = world.Moment{}
		}
		return ready, s.overdue(tx, &since, ready, err)
	})
	if !errors.Is(err, errOverdue) {
		return err
	}
	detail := " to become ready"
	if t.overdue != nil {
		_ = s.world.Request(func(tx *world.Tx) error { detail = t.overdue(s.call(tx, t, in), res); return nil })
	}
	return fmt.Errorf("timeout while waiting for state%s", detail)
}

// look returns the state as the program sees it.
func (s *session) look(t *resourceType, in map[string]any, res *world.Resource) (state map[string]any) {
	// The only error would be that of the function itself.
	_ = s.world.Request(func(tx *world.Tx) error {
		state = s.state(s.call(tx, t, in), res)
		return nil
	})
	return state
}

// state is the state that the engine keeps: all properties but the sandbox's own notes, which start with an
// underscore.
func (s *session) state(c *call, res *world.Resource) map[string]any {
	state := cloneMap(res.Props)
	maps.DeleteFunc(state, func(k string, _ any) bool { return strings.HasPrefix(k, "_") })
	if c.kind.show != nil {
		c.kind.show(c, res, state)
	}
	state["id"] = idOf(c.kind, res)
	return state
}

// expect is the state after a create or an update, as far as it is known beforehand.
func (s *session) expect(t *resourceType, in, state map[string]any) map[string]any {
	out := map[string]any{}
	if state == nil {
		for k := range t.outputs {
			out[k] = provider.Unknown
		}
		for k, def := range t.inputs {
			if def.computed {
				out[k] = provider.Unknown
			}
		}
	} else {
		out = cloneMap(state)
		for k, def := range t.inputs {
			if _, ok := in[k]; !ok && !def.computed {
				delete(out, k)
			}
		}
		for _, k := range t.fresh {
			out[k] = provider.Unknown
		}
	}
	for k, v := range withoutMarks(in) {
		def := t.inputs[k]
		def.complete(v, out[k])
		if block, ok := v.(map[string]any); ok {
			for field := range def.inner {
				if _, known := block[field]; !known {
					block[field] = provider.Unknown
				}
			}
		}
		out[k] = v
	}
	if t.tagged() {
		out["tagsAll"] = map[string]any{}
		if v, ok := in["tags"]; ok {
			out["tagsAll"] = clone(v)
		}
	}
	return out
}

// Read returns what exists now.
func (s *session) Read(_ context.Context, r provider.Resource) (string, map[string]any, map[string]any, error) {
	t, err := s.typeOf(r.Token)
	if err != nil {
		return "", nil, nil, err
	}
	var id string
	var inputs, state map[string]any
	err = s.world.Request(func(tx *world.Tx) error {
		c := s.call(tx, t, r.Inputs)
		res := c.locate(r.ID, r.State)
		if res == nil {
			return nil
		}
		if err := c.permitted(stepRead, res); err != nil {
			return err
		}
		id, state = idOf(t, res), s.state(c, res)
		inputs = readInputs(t, r.Inputs, state)
		return nil
	})
	return id, inputs, state, err
}

// Delete removes the resource, trying again for a while when something still depends on it, as the provider does.
func (s *session) Delete(ctx context.Context, r provider.Resource) error {
	t, err := s.typeOf(r.Token)
	if err != nil {
		return err
	}
	var refusal error
	var began world.Moment
	var since time.Time
	err = s.world.Wait(ctx, func(tx *world.Tx) (bool, error) {
		c := s.call(tx, t, r.Inputs)
		res := c.locate(r.ID, r.State)
		if res == nil {
			return true, nil
		}
		if err := c.permitted(stepDelete, res); err != nil {
			return false, err
		}
		if refusal = c.remove(res); refusal != nil {
			if since.IsZero() {
				since = tx.Now
			}
			if t.busy != nil && t.busy(tx, res) {
				began = world.Moment{}
			}
			if errors.Is(refusal, errStillGoing) || again(refusal) && tx.Now.Sub(since) < s.retries {
				return false, s.overdue(tx, &began, false, nil)
			}
			return false, refusal
		}
		if t.keep != nil && t.keep(res) {
			tx.Put(res)
		} else {
			tx.Drop(res)
		}
		return true, nil
	})
	if err == nil {
		return nil
	}
	if refusal != nil && ctx.Err() == nil {
		err = refusal
	}
	return fmt.Errorf("deleting %s (%s): %w", t.noun, r.ID, err)
}

func unknownInput(in map[string]any) string {
	for _, k := range sortedKeys(in) {
		if provider.HasUnknown(in[k]) {
			return k
		}
	}
	return ""
}

// locate finds the resource that the program knows by id and state, in this account and region.
func (c *call) locate(id string, state map[string]any) *world.Resource {
	return c.find(c.kind, id, state)
}

// get returns a resource of this account that exists in this region, or nil.
func (c *call) get(kind, id string) *world.Resource {
	res := c.Get(c.account, kind, id)
	if res == nil || res.Region != "" && res.Region != c.region {
		return nil
	}
	return res
}

// each returns the resources of this account and region that match.
func (c *call) each(kind string, match func(*world.Resource) bool) []*world.Resource {
	found := c.Find(c.account, kind, match)
	return slices.DeleteFunc(found, func(res *world.Resource) bool { return res.Region != "" && res.Region != c.region })
}
