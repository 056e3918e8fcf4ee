package repair

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// Action is what a repair does about a pending create.
type Action string

const (
	// Take puts the resource into the state.
	Take Action = "take"
	// Forget drops the pending create: there is nothing, or `pulumi up` makes it again without harm.
	Forget Action = "forget"
	// Surplus marks the resource for deletion: the state has one already.
	Surplus Action = "surplus"
	// Unsure says that nobody knows. While there is one, a repair changes nothing.
	Unsure Action = "unsure"
)

// Decision is what a repair does about one pending create.
type Decision struct {
	Pending
	Action Action
	// ID is that of the resource to take or to delete, in the form that an import needs.
	ID string
	// Why is half a sentence.
	Why string
	row Row
	// unready says that the doubt is only that the resource is not usable. note is what else there is to say of one that is taken.
	unready bool
	note    string
	// replaces says that the resource was made to take the place of the one in the state, which the engine would have deleted afterwards.
	replaces bool
}

// Account is an AWS account as the stack's provider reaches it.
type Account struct {
	ID, Region string
	// Profile, Role, ExternalID and Session are the provider's, empty where it has none.
	Profile, Role, ExternalID, Session string
}

// Query asks for the resources of a type in an account.
type Query struct {
	Account Account
	Type    string
	// Want are the values of the inputs that tell the resource from others, by their Pulumi names. "" is "not set".
	Want map[string]string
	// Install is the value of the tag of the install, "" for a type without tags.
	Install string
}

// Found is a resource that exists.
type Found struct {
	// ID is the id by which it is imported.
	ID string
	// Values are its values of the wanted inputs, Tags its tags.
	Values, Tags map[string]string
	// State is the state that AWS reports, in AWS's words. Empty where the type has none.
	State string
}

// Finder lists what exists. It changes nothing, and may list more than is asked for.
type Finder interface {
	Find(ctx context.Context, q Query) ([]Found, error)
}

// InstallTag is the tag that says which install a resource belongs to.
const InstallTag = "ambient-ecs-install"

// Plan decides about every pending create of a state. What the options do not allow is Unsure.
func Plan(ctx context.Context, s *State, f Finder, o Options) ([]Decision, error) {
	var all []Decision
	for _, p := range s.Pending() {
		if p.Operation != Creating || slices.ContainsFunc(all, func(d Decision) bool { return d.URN == p.URN }) {
			continue
		}
		d := Decision{Pending: p}
		if err := d.decide(ctx, s, f, o); err != nil {
			return nil, fmt.Errorf("look for %s %s: %w", p.Type, p.Name, err)
		}
		all = append(all, d)
	}
	// One resource cannot be two.
	for i, d := range all {
		for j, other := range all {
			if i != j && d.ID != "" && d.ID == other.ID && d.Type == other.Type {
				all[i].is(Unsure, "%s fits %s as well", d.ID, other.Name)
			}
		}
	}
	for i := range all {
		all[i].permit(o)
	}
	return all, nil
}

// Dismiss forgets the pending creates that names name, by the name in the program or by URN. Somebody has seen to it that there are no such
// resources. A create that is certain, unknown or one of several with the name is refused.
func Dismiss(all []Decision, names []string) ([]Decision, error) {
	all = slices.Clone(all)
	var p problem.List
	for _, name := range names {
		var at []int
		for i, d := range all {
			if d.Name == name || d.URN == name {
				at = append(at, i)
			}
		}
		switch {
		case len(at) == 0:
			p.Refuse("--forget", name, "nothing of this name was being made")
		case len(at) > 1:
			p.Refuse("--forget", name, "%d resources of this name were being made: give the URN of one of them", len(at))
		case all[at[0]].Action != Unsure:
			p.Refuse("--forget", name, "repair is certain of it: %s", all[at[0]].Why)
		default:
			all[at[0]].is(Forget, "you say that there is none")
		}
	}
	return all, p.Err()
}

func (d *Decision) is(a Action, why string, values ...any) {
	d.Action, d.Why = a, fmt.Sprintf(why, values...)
}

func (d *Decision) decide(ctx context.Context, s *State, f Finder, o Options) error {
	row, known := rowOf(d.Pending)
	d.row = row
	switch {
	case !known:
		d.is(Unsure, "ambient does not know how to find this type")
		return nil
	case row.Nothing+row.Again != "":
		d.is(Forget, "%s", row.Nothing+row.Again)
		return nil
	}
	if why := s.claim(d.Pending, row); why != "" {
		d.is(Unsure, "%s", why)
		return nil
	}
	if row.ID != "" {
		return d.byID(ctx, s, f, o)
	}
	return d.byValues(ctx, s, f, o)
}

// claim says why a create cannot be known as this stack's.
func (s *State) claim(p Pending, row Row) string {
	for _, urn := range p.needs() {
		if s.find(urn) == nil {
			return "it needs " + nameOf(urn) + ", which the state does not have"
		}
	}
	for _, key := range p.secrets() {
		if !slices.Contains(row.Secret, key) {
			return fmt.Sprintf("its %s holds a secret, which a refresh would write into the state in plain text: remove it, then use --forget %s", key, p.Name)
		}
	}
	switch {
	case row.tagged():
		if s.install(p) == "" {
			return "its inputs have no tag " + InstallTag
		}
	case row.Parent != "provider":
		properties, _ := p.resource["propertyDependencies"].(object)
		if len(texts(properties[row.Parent])) == 0 && !s.names(plain(p.inputs()[row.Parent])) {
			return "its " + row.Parent + " is no resource of the state"
		}
	}
	return ""
}

// names reports whether a resource of the state has this id or name.
func (s *State) names(value string) bool {
	return value != "" && slices.ContainsFunc(s.resources(), func(r object) bool {
		outputs, _ := r["outputs"].(object)
		return slices.Contains([]string{text(r, "id"), text(outputs, "name"), text(outputs, "arn")}, value)
	})
}

// install is the install that a create's tags name. pulumi-eks and the provider's default tags count as well.
func (s *State) install(p Pending) string {
	for _, o := range []any{p.inputs()["tags"], p.inputs()["tagsAll"]} {
		if tags, _ := o.(object); text(tags, InstallTag) != "" {
			return text(tags, InstallTag)
		}
	}
	return ""
}

// byID decides where the id follows from the inputs. Whether the resource exists is the provider's to say, in a refresh.
func (d *Decision) byID(ctx context.Context, s *State, f Finder, o Options) error {
	account, sealed := s.account(d.resource, o)
	id, missing := expand(d.row.ID, d.inputs(), account)
	if missing != "" {
		d.is(Unsure, "its %s is secret or not set", missing)
		return nil
	}
	d.ID = id
	old := s.find(d.URN)
	if old == nil || old["pendingReplacement"] == true {
		d.is(Take, "if it exists")
		if sealed != "" && len(d.row.States) > 0 {
			d.is(Unsure, "%s", sealed)
			return nil
		}
		return d.ask(ctx, account, f)
	}
	inputs, _ := old["inputs"].(object)
	if same, _ := expand(d.row.ID, inputs, account); same == id {
		d.is(Forget, "it is the one that the state has")
		return nil
	}
	d.is(Surplus, "if it exists: the state has another one")
	return nil
}

// ask asks for the state of a resource whose id is known, where the provider does not read it.
func (d *Decision) ask(ctx context.Context, a Account, f Finder) error {
	if len(d.row.States) == 0 {
		return nil
	}
	q := Query{Account: a, Type: d.Type, Want: map[string]string{}}
	expand(d.row.ID, d.inputs(), a, func(key, value string) { q.Want[key] = value })
	found, err := f.Find(ctx, q)
	if err != nil {
		return err
	}
	for _, one := range found {
		if one.has(q.Want) {
			d.usable(one.State)
		}
	}
	return nil
}

// gone reports whether a state is that of a resource which AWS deletes, or has deleted and still lists.
func gone(state string) bool {
	state = strings.ToLower(state)
	return strings.HasPrefix(state, "delet") || state == "inactive"
}

// usable looks at the state in which AWS has the resource.
func (d *Decision) usable(state string) {
	ready := slices.ContainsFunc(d.row.States, func(one string) bool { return strings.EqualFold(one, state) })
	switch {
	case ready || state == "" || len(d.row.States) == 0:
	case d.row.Note != "":
		d.note = fmt.Sprintf(", %s (%s)", d.row.Note, state)
		d.Why += d.note
	case strings.Contains(strings.ToLower(state), "fail"):
		d.is(Unsure, "its state is %q: --remove deletes it", state)
		d.unready = true
	default:
		d.is(Unsure, "its state is %q: try again when it is %q, or --remove deletes it", state, d.row.States[0])
		d.unready = true
	}
}

// byValues decides where only AWS knows the id.
func (d *Decision) byValues(ctx context.Context, s *State, f Finder, o Options) error {
	account, sealed := s.account(d.resource, o)
	if sealed != "" {
		d.is(Unsure, "%s", sealed)
		return nil
	}
	q := Query{Account: account, Type: d.Type, Want: map[string]string{}}
	if d.row.tagged() {
		q.Install = s.install(d.Pending)
	}
	for _, key := range d.row.Unique {
		value, set := d.inputs()[key]
		if q.Want[key] = plain(value); set && q.Want[key] == "" && value != "" {
			d.is(Unsure, "its %s is secret", key)
			return nil
		}
	}
	found, err := f.Find(ctx, q)
	if err != nil {
		return err
	}
	known := s.ids()
	found = slices.DeleteFunc(found, func(one Found) bool { return known[one.ID] || gone(one.State) || !d.fits(q, one) })
	switch {
	case len(found) == 0 && s.find(d.URN) != nil:
		d.is(Forget, "AWS has none but the one that the state has")
	case len(found) == 0:
		d.is(Forget, "AWS has no such resource")
	case len(found) > 1:
		ids := make([]string, len(found))
		for i, one := range found {
			ids[i] = one.ID
		}
		d.is(Unsure, "%d resources fit: %s", len(found), strings.Join(ids, ", "))
	default:
		d.ID = found[0].ID
		old := s.find(d.URN)
		d.replaces = old != nil && old["pendingReplacement"] != true
		if d.replaces && alike(old["inputs"], d.resource["inputs"]) {
			d.replaces = false
			d.is(Surplus, "the state has another one")
			return nil
		}
		d.is(Take, "found by %s", strings.Join(append(slices.Clone(d.row.Unique), "its tags"), ", "))
		d.usable(found[0].State)
	}
	return nil
}

// fits reports whether a resource has the values and every tag of the pending create.
func (d *Decision) fits(q Query, one Found) bool {
	if !one.has(q.Want) {
		return false
	}
	tags, _ := d.inputs()["tags"].(object)
	for key, value := range tags {
		if d.row.tagged() && one.Tags[key] != plain(value) {
			return false
		}
	}
	return !d.row.tagged() || one.Tags[InstallTag] == q.Install
}

func (f Found) has(want map[string]string) bool {
	for key, value := range want {
		if !same(f.Values[key], value) {
			return false
		}
	}
	return true
}

// same compares two values, and two JSON documents by what they say.
func same(a, b string) bool {
	var x, y any
	return a == b || json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// expand fills in an id. Missing is the first value that there is not. Each of used gets the inputs that the id has.
func expand(template string, inputs object, a Account, used ...func(key, value string)) (id, missing string) {
	id = os.Expand(template, func(key string) string {
		key, part, _ := strings.Cut(key, "|")
		value := map[string]string{"account": a.ID, "region": a.Region, "partition": quota.Partition(a.Region)}[key]
		if value == "" {
			value = plain(inputs[key])
			for _, use := range used {
				use(key, value)
			}
		}
		if value == "" && missing == "" {
			missing = key
		}
		switch part {
		case "name":
			value = value[strings.LastIndex(value, "/")+1:]
		case "host":
			value = strings.TrimPrefix(value, "https://")
		}
		return value
	})
	return id, missing
}

func nameOf(urn string) string { return urn[strings.LastIndex(urn, "::")+2:] }
