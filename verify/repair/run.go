package repair

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Engine is the Pulumi engine on one stack. Import, Refresh and Destroy take the stack's lock and fail while another operation has it.
type Engine interface {
	Export(ctx context.Context) ([]byte, error)
	// Import makes state the stack's, without its pending operations: `pulumi stack import` drops all of them.
	Import(ctx context.Context, state []byte) error
	// Refresh reads resources from the cloud into the state. One that is gone leaves the state.
	Refresh(ctx context.Context, urns []string) error
	// Destroy deletes resources.
	Destroy(ctx context.Context, urns []string) error
}

// Options say how far a repair goes, and what the state does not say.
type Options struct {
	// Remove deletes what was found, instead of keeping it.
	Remove bool
	// Role is the role of an account, by its key in the stack file, where the state keeps it encrypted. known is false for an account without one.
	Role func(account string) (role Role, known bool, err error)
}

// ErrUnsure says that something is in doubt: the decision about it is Unsure.
var ErrUnsure = errors.New("not every resource is certain")

// ErrDropped says that the stack has lost its pending creates, though something is still to be mended: the engine drops them in every import.
// Resume takes them from the state of before.
var ErrDropped = errors.New("the stack has no pending creates any more, because a `stack import` drops them")

// Apply carries out the decisions about the state that before holds, and returns what became of each. While one of them is Unsure, it changes
// nothing: an import would drop the pending create. What is in doubt only after the refresh is taken out of the state again, and the error is
// ErrUnsure with ErrDropped. After another error the stack has the resources of before again, with ErrDropped, or the state that somebody else
// has given it: what Apply did not change, it does not restore.
func Apply(ctx context.Context, e Engine, before []byte, all []Decision, o Options) ([]Decision, error) {
	all = slices.Clone(all)
	if slices.ContainsFunc(all, unsure) {
		return all, ErrUnsure
	}
	changed, err := apply(ctx, e, before, all, o)
	switch {
	case err == nil && slices.ContainsFunc(all, unsure):
		return all, errors.Join(ErrUnsure, ErrDropped)
	case err == nil || !changed:
		return all, err
	}
	// The caller's context may have ended, and the state must not stay half done.
	if undo := e.Import(context.WithoutCancel(ctx), before); undo != nil {
		err = errors.Join(err, fmt.Errorf("the state of before could not be restored: %w", undo))
	}
	return all, errors.Join(err, ErrDropped)
}

func unsure(d Decision) bool { return d.Action == Unsure }

// permit turns what the options do not allow into doubt.
func (d *Decision) permit(o Options) {
	switch {
	case d.Action == Surplus && !o.Remove:
		d.is(Unsure, "the state has another one: --remove deletes this one, or delete it and use --forget %s", d.Name)
	case d.replaces && o.Remove && d.Action == Take:
		d.is(Surplus, "the state has the one that it replaces")
	case d.unready && o.Remove && d.resource["protect"] != true:
		d.is(Take, "it exists")
	case d.Action == Take && o.Remove && d.resource["protect"] == true:
		d.is(Unsure, "it is protected, so --remove does not delete it")
	}
}

// apply is Apply without the way back. changed says that it has given the stack another state.
func apply(ctx context.Context, e Engine, before []byte, all []Decision, o Options) (changed bool, err error) {
	s, err := Parse(before)
	if err != nil {
		return false, err
	}
	now, err := e.Export(ctx)
	if err != nil {
		return false, err
	}
	if string(now) != string(before) {
		return false, errors.New("the state has changed meanwhile: try again")
	}
	creating := func(p Pending) bool { return p.Operation == Creating }
	if !slices.ContainsFunc(s.Pending(), creating) && !slices.ContainsFunc(all, func(d Decision) bool { return d.Action != Forget }) {
		return false, nil // it is resumed, and the stack has everything
	}
	var urns []string
	replaced := map[string]object{}
	for _, d := range all {
		switch d.Action {
		case Forget:
			s.forget(d.URN)
		case Take, Surplus:
			if old := s.find(d.URN); old != nil && d.Action == Take {
				replaced[d.URN] = old
				if d.replaces {
					old["delete"] = true
				}
			}
			s.take(d.Pending, d.ID, d.Action == Surplus)
			urns = append(urns, d.URN)
		}
	}
	if err := s.importTo(ctx, e); err != nil {
		return false, err
	}
	if len(urns) == 0 {
		return true, nil
	}
	if err := e.Refresh(ctx, urns); err != nil {
		return true, err
	}
	if now, err = e.Export(ctx); err != nil {
		return true, err
	}
	if s, err = Parse(now); err != nil {
		return true, err
	}
	var remove []string
	for i, before := range all {
		all[i].judge(s, o)
		switch {
		case o.Remove && all[i].Action == Take:
			remove = append(remove, all[i].URN)
		case unsure(all[i]):
			s.takeOut(before.Pending, before.Action == Surplus, replaced[before.URN])
		}
	}
	if err := s.importTo(ctx, e); err != nil || len(remove) == 0 {
		return true, err
	}
	return true, e.Destroy(ctx, remove)
}

func (s *State) importTo(ctx context.Context, e Engine) error {
	data, err := s.Encode()
	if err != nil {
		return err
	}
	return e.Import(ctx, data)
}

// judge looks at what the provider has read, and gives the resource the inputs that it was made with.
func (d *Decision) judge(s *State, o Options) {
	if d.Action != Take && d.Action != Surplus {
		return
	}
	var read object
	for _, r := range s.resources() {
		if text(r, "urn") == d.URN && (r["delete"] == true) == (d.Action == Surplus) {
			read = r
		}
	}
	if read == nil {
		d.is(Forget, "there is none")
		return
	}
	outputs, _ := read["outputs"].(object)
	tags, _ := outputs["tagsAll"].(object)
	if tags == nil {
		tags, _ = outputs["tags"].(object)
	}
	if d.row.tagged() && text(tags, InstallTag) != s.install(d.Pending) {
		d.is(Unsure, "%s exists and does not carry this install's tag %s", d.ID, InstallTag)
		return
	}
	if path, want, ok := strings.Cut(d.row.Ready, "="); ok {
		got := at(outputs, strings.Split(path, "."))
		switch {
		case got == want || o.Remove && d.row.Half:
		case d.row.Half:
			d.is(Unsure, "its %s is %q: --remove deletes it", path, got)
			return
		default:
			d.is(Unsure, "its %s is %q: try again when it is %s", path, got, want)
			return
		}
	}
	made := d.inputs()
	inputs, _ := read["inputs"].(object)
	for _, key := range d.secrets() {
		if leaks(made[key], inputs[key]) || leaks(made[key], outputs[key]) {
			d.is(Unsure, "its %s was read back in plain text, and is out of the state again: remove it", key)
			return
		}
	}
	read["inputs"] = made
	d.Why = "it exists" + d.note
}

func at(o object, path []string) string {
	for _, key := range path[:len(path)-1] {
		o, _ = o[key].(object)
	}
	return plain(o[path[len(path)-1]])
}
