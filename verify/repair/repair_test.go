package repair

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/iam/actions"
)

const (
	stackURN = "urn:pulumi:dev::mesh::pulumi:pulumi:Stack::mesh-dev"
	prefix   = "urn:pulumi:dev::mesh::"
	provider = prefix + "pulumi:providers:aws::aws-local"
	vpcURN   = prefix + "aws:ec2/vpc:Vpc::vpc"
	roleURN  = prefix + "aws:iam/role:Role::role"
)

var tags = object{InstallTag: "mesh", "Name": "mesh-a"}

// res is a resource of a state, made by the provider. Its type is in the URN.
func res(urn, id string, inputs object, more ...object) object {
	r := object{"urn": urn, "type": strings.Split(urn, "::")[2], "custom": true, "inputs": inputs, "parent": stackURN, "provider": provider + "::p"}
	if id != "" {
		r["id"], r["outputs"] = id, inputs
	}
	for _, m := range more {
		maps.Copy(r, m)
	}
	return r
}

// state has a provider, a VPC, a role and what else is given, and unfinished operations.
func state(t *testing.T, resources, pending []object) *State {
	t.Helper()
	all := []object{
		{"urn": stackURN, "type": "pulumi:pulumi:Stack", "custom": false},
		{"urn": provider, "type": "pulumi:providers:aws", "custom": true, "id": "p", "parent": stackURN, "inputs": object{
			"region": "eu-central-1", "allowedAccountIds": `["111122223333"]`, "profile": "local",
		}},
		res(vpcURN, "vpc-1", object{"cidrBlock": "10.0.0.0/16", "tags": tags}),
		res(roleURN, "role-1", object{"name": "role-1", "tags": tags}),
	}
	operations := []object{}
	for _, p := range pending {
		kind := cmp.Or(text(p, "operation"), Creating)
		delete(p, "operation")
		operations = append(operations, object{"type": kind, "resource": p})
	}
	data, err := json.Marshal(object{"version": 3, "deployment": object{"resources": append(all, resources...), "pending_operations": operations, "unknown": json.Number("12345678901234567890")}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cloud is what exists, and answers both as a Finder and as the provider in a refresh.
type cloud struct {
	found []Found
	// read are the outputs of what exists, by id.
	read map[string]object
	now  []byte
	// log are the calls that changed something. failing makes the refresh fail, meanwhile changes the state between.
	log     []string
	failing bool
}

func (c *cloud) Find(context.Context, Query) ([]Found, error) { return slices.Clone(c.found), nil }

func (c *cloud) Export(context.Context) ([]byte, error) { return c.now, nil }

// Import drops all pending operations, as `pulumi stack import` does.
func (c *cloud) Import(_ context.Context, state []byte) error {
	s, err := Parse(state)
	if err != nil {
		return err
	}
	delete(s.deployment, "pending_operations")
	c.now, err = s.Encode()
	return err
}

func (c *cloud) Refresh(_ context.Context, urns []string) error {
	if c.failing {
		return errors.New("the provider is away")
	}
	s, err := Parse(c.now)
	if err != nil {
		return err
	}
	var kept []object
	for _, r := range s.resources() {
		if slices.Contains(urns, text(r, "urn")) {
			outputs, there := c.read[text(r, "id")]
			if !there {
				continue
			}
			r["outputs"], r["inputs"] = outputs, object{"as": "the provider reads them"}
		}
		kept = append(kept, r)
	}
	s.setResources(kept)
	c.now, err = s.Encode()
	return err
}

func (c *cloud) Destroy(_ context.Context, urns []string) error {
	c.log = append(c.log, "destroy "+strings.Join(urns, " "))
	return nil
}

// mend plans and applies, and returns the decisions and the state afterwards.
func mend(t *testing.T, s *State, c *cloud, o Options) ([]Decision, *State, error) {
	t.Helper()
	var err error
	if c.now, err = s.Encode(); err != nil {
		t.Fatal(err)
	}
	before := c.now
	all, err := Plan(context.Background(), s, c, o)
	if err != nil {
		t.Fatal(err)
	}
	all, failed := Apply(context.Background(), c, before, all, o)
	after, err := Parse(c.now)
	if err != nil {
		t.Fatal(err)
	}
	if was, err := Parse(before); err != nil || failed != nil && !errors.Is(failed, ErrUnsure) && !reflect.DeepEqual(after.resources(), was.resources()) {
		t.Errorf("the resources of before are not restored after: %v, %v", failed, err)
	}
	return all, after, failed
}

func TestEachPendingCreateIsDecided(t *testing.T) {
	subnet := func() object {
		return res(prefix+"aws:ec2/subnet:Subnet::subnet", "", object{"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24", "tags": tags}, object{"propertyDependencies": object{"vpcId": []any{vpcURN}}})
	}
	one := Found{ID: "subnet-1", Values: map[string]string{"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}, Tags: map[string]string{InstallTag: "mesh", "Name": "mesh-a"}}
	but := func(change func(*Found)) Found {
		other := Found{ID: "subnet-2", Values: maps.Clone(one.Values), Tags: maps.Clone(one.Tags)}
		change(&other)
		return other
	}
	exists := map[string]object{"subnet-1": {"tagsAll": tags}, "role-2": {"tags": tags}, "foreign": {"tags": object{}}, "role-1:read": {}, "istio-system/istiod": {"status": object{"status": "pending-install"}}}
	policies := []Found{{ID: "role-1:old", Values: map[string]string{"role": "role-1", "policy": "{}"}}, {ID: "role-1:read", Values: map[string]string{"role": "role-1", "policy": `{"b": 2, "a": 1}`}}}
	log := func(name string) object {
		return res(prefix+"aws:cloudwatch/logGroup:LogGroup::"+name, "", object{"name": name, "tags": tags})
	}
	release := func() object {
		return res(prefix+"kubernetes:helm.sh/v3:Release::istiod", "", object{"namespace": "istio-system", "name": "istiod"})
	}
	for _, c := range []struct {
		name    string
		before  []object
		pending object
		found   []Found
		options Options
		action  Action
		why     string
	}{
		{"what AWS has and the state has not", nil, subnet(), []Found{one}, Options{}, Take, "it exists"},
		{"what AWS has not", nil, subnet(), nil, Options{}, Forget, "no such"},
		{"another network", nil, subnet(), []Found{but(func(f *Found) { f.Values["vpcId"] = "vpc-9" })}, Options{}, Forget, "no such"},
		{"another install", nil, subnet(), []Found{but(func(f *Found) { f.Tags[InstallTag] = "other" })}, Options{}, Forget, "no such"},
		{"another name", nil, subnet(), []Found{but(func(f *Found) { f.Tags["Name"] = "mesh-b" })}, Options{}, Forget, "no such"},
		{"one that the state has under another URN", []object{res(prefix+"aws:ec2/subnet:Subnet::other", "subnet-1", object{})}, subnet(), []Found{one}, Options{}, Forget, "no such"},
		{"two that fit", nil, subnet(), []Found{one, but(func(*Found) {})}, Options{}, Unsure, "2 resources fit: subnet-1, subnet-2"},
		{"one more than the state has", []object{res(prefix+"aws:ec2/subnet:Subnet::subnet", "subnet-0", subnet()["inputs"].(object))}, subnet(), []Found{one}, Options{}, Unsure, "--remove deletes this one"},
		{"one more, to be removed", []object{res(prefix+"aws:ec2/subnet:Subnet::subnet", "subnet-0", subnet()["inputs"].(object))}, subnet(), []Found{one}, Options{Remove: true}, Surplus, "it exists"},
		{"in the place of one that was deleted first", []object{res(prefix+"aws:ec2/subnet:Subnet::subnet", "subnet-0", object{}, object{"pendingReplacement": true})}, subnet(), []Found{one}, Options{}, Take, "it exists"},
		{"a parent that the state has lost", nil, res(prefix+"aws:ec2/subnet:Subnet::subnet", "", object{"tags": tags}, object{"dependencies": []any{prefix + "aws:ec2/vpc:Vpc::lost"}}), []Found{one}, Options{}, Unsure, "needs lost"},
		{"no tag", nil, res(prefix+"aws:ec2/subnet:Subnet::subnet", "", object{"vpcId": "vpc-1"}), []Found{one}, Options{}, Unsure, "no tag"},
		{"a secret", nil, res(prefix+"aws:iam/role:Role::r", "", object{"name": object{secretMark: "1", "ciphertext": "v1:x"}, "tags": tags}), nil, Options{}, Unsure, "secret"},
		{"a name that exists", nil, res(prefix+"aws:iam/role:Role::r", "", object{"name": "role-2", "tags": tags}), nil, Options{}, Take, "it exists"},
		{"a name that does not exist", nil, log("none"), nil, Options{}, Forget, "there is none"},
		{"somebody else's of that name", nil, log("foreign"), nil, Options{}, Unsure, "does not carry this install's tag"},
		{"a part of our own", nil, res(prefix+"aws:iam/rolePolicy:RolePolicy::read", "", object{"role": "role-1", "policy": `{"a":1,"b":2}`}), policies, Options{}, Take, "it exists"},
		{"a part of our own that replaces one", []object{res(prefix+"aws:iam/rolePolicy:RolePolicy::read", "role-1:old", object{"role": "role-1", "policy": "{}"})},
			res(prefix+"aws:iam/rolePolicy:RolePolicy::read", "", object{"role": "role-1", "policy": `{"a":1,"b":2}`}), policies, Options{}, Take, "it exists"},
		{"a part of our own that says something else", nil, res(prefix+"aws:iam/rolePolicy:RolePolicy::read", "", object{"role": "role-1", "policy": `{"a":1}`}), policies, Options{}, Forget, "no such"},
		{"a part of somebody else's", nil, res(prefix+"aws:iam/rolePolicy:RolePolicy::read", "", object{"role": "theirs", "name": "read"}), nil, Options{}, Unsure, "its role is no resource of the state"},
		{"no value for the id", nil, res(prefix+"aws:iam/rolePolicyAttachment:RolePolicyAttachment::read", "", object{"role": "role-1"}), nil, Options{}, Unsure, "its policyArn is secret or not set"},
		{"half a release", nil, release(), nil, Options{}, Unsure, `its status.status is "pending-install": --remove deletes it`},
		{"half a release, to be removed", nil, release(), nil, Options{Remove: true}, Take, "it exists"},
		{"protected, to be removed", nil, res(prefix+"aws:ec2/subnet:Subnet::subnet", "", subnet()["inputs"].(object), object{"protect": true}), []Found{one}, Options{Remove: true}, Unsure, "protected"},
		{"a component", nil, object{"urn": prefix + "mesh:index:Part::part", "type": "mesh:index:Part", "custom": false, "parent": stackURN}, nil, Options{}, Forget, "only in the engine"},
		{"an object of Kubernetes", nil, res(prefix+"kubernetes:core/v1:ConfigMap::c", "", object{}), nil, Options{}, Forget, "applies the same object"},
		{"a type of which nothing is known", nil, res(prefix+"aws:s3/bucket:Bucket::b", "", object{}), nil, Options{}, Unsure, "does not know"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, after, err := mend(t, state(t, c.before, []object{c.pending}), &cloud{found: c.found, read: exists}, c.options)
			if len(all) != 1 || all[0].Action != c.action || !strings.Contains(all[0].Why, c.why) {
				t.Fatalf("decided %v, want %s: …%s…", all, c.action, c.why)
			}
			if (c.action == Unsure) != errors.Is(err, ErrUnsure) {
				t.Errorf("err = %v", err)
			}
			if dropped := errors.Is(err, ErrDropped); c.action == Unsure && (len(after.Pending()) != map[bool]int{false: 1}[dropped] || len(after.resources()) != 4+len(c.before)) {
				t.Errorf("pending %v, resources %v", after.Pending(), after.resources())
			}
			if c.action != Unsure && len(after.Pending()) > 0 {
				t.Errorf("still pending: %v", after.Pending())
			}
		})
	}
}

// What is taken is in the state as if the engine had recorded it: with its inputs, after what it needs.
func TestWhatIsTakenIsAsTheEngineWouldHaveRecordedIt(t *testing.T) {
	urn := prefix + "aws:iam/rolePolicy:RolePolicy::read"
	updating := res(vpcURN, "vpc-1", object{}, object{"operation": "updating"})
	s := state(t, []object{res(prefix+"aws:ec2/vpc:Vpc::later", "vpc-2", object{})}, []object{updating, res(urn, "", object{"role": "role-1", "policy": "{}"}, object{"dependencies": []any{roleURN}})})
	_, after, err := mend(t, s, &cloud{found: []Found{{ID: "role-1:read", Values: map[string]string{"role": "role-1", "policy": "{}"}}}, read: map[string]object{"role-1:read": {"id": "role-1:read", "policy": "{}"}}}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, r := range after.resources() {
		order = append(order, nameOf(text(r, "urn")))
	}
	if got := strings.Join(order, " "); got != "mesh-dev aws-local vpc role read later" {
		t.Errorf("the order is %s", got)
	}
	taken := after.find(urn)
	if got := fmt.Sprintln(taken["inputs"], taken["outputs"], taken["id"], taken["dependencies"]); got != "map[policy:{} role:role-1] map[id:role-1:read policy:{}] role-1:read ["+roleURN+"]\n" {
		t.Errorf("the state has %s", got)
	}
	if fmt.Sprint(after.deployment["unknown"]) != "12345678901234567890" {
		t.Errorf("a field that is not ours has changed: %v", after.deployment["unknown"])
	}
}

func TestOneThatTheProgramDoesNotWantIsLeftToTheEngine(t *testing.T) {
	urn := prefix + "aws:kms/key:Key::key"
	s := state(t, []object{res(urn, "k-1", object{"description": "d", "tags": tags})}, []object{res(urn, "", object{"description": "d", "tags": tags})})
	found := Found{ID: "k-2", Values: map[string]string{"description": "d"}, Tags: map[string]string{InstallTag: "mesh", "Name": "mesh-a"}}
	_, after, err := mend(t, s, &cloud{found: []Found{found}, read: map[string]object{"k-1": {"tags": tags}, "k-2": {"tags": tags}}}, Options{Remove: true})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range after.resources() {
		if text(r, "urn") == urn {
			got = append(got, fmt.Sprint(text(r, "id"), r["delete"]))
		}
	}
	if slices.Sort(got); !slices.Equal(got, []string{"k-1<nil>", "k-2true"}) {
		t.Errorf("the state has %v", got)
	}
}

// worked is a stack on which somebody else works: an import finds the lock taken, or comes after the other has ended.
type worked struct {
	cloud
	locked, meanwhile []byte
	imports           int
}

func (w *worked) Export(context.Context) ([]byte, error) {
	if w.meanwhile != nil {
		w.now = w.meanwhile
	}
	return w.now, nil
}

func (w *worked) Import(ctx context.Context, state []byte) error {
	if w.imports++; w.imports == 1 && w.locked != nil {
		w.now = w.locked // the other has ended right after
		return errors.New("the stack is currently locked by 1 lock(s)")
	}
	return w.cloud.Import(ctx, state)
}

// Somebody else's update is worth more than a repair: its lock is left alone, and so is the state that it leaves.
func TestARepairLeavesTheStateOfSomebodyElseAlone(t *testing.T) {
	before, err := state(t, nil, []object{res(prefix+"aws:ec2/eip:Eip::one", "", object{"domain": "vpc", "tags": tags})}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	others, err := state(t, []object{res(prefix+"aws:ec2/eip:Eip::one", "eipalloc-1", object{"domain": "vpc", "tags": tags})}, nil).Encode()
	if err != nil {
		t.Fatal(err)
	}
	for words, w := range map[string]*worked{
		"currently locked":      {locked: others},
		"has changed meanwhile": {meanwhile: others},
	} {
		w.now = before
		w.found = []Found{{ID: "eipalloc-1", Values: map[string]string{"domain": "vpc"}, Tags: map[string]string{InstallTag: "mesh", "Name": "mesh-a"}}}
		s, err := Parse(before)
		if err != nil {
			t.Fatal(err)
		}
		all, err := Plan(context.Background(), s, w, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err = Apply(context.Background(), w, before, all, Options{}); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", words, err)
		}
		if string(w.now) != string(others) {
			t.Errorf("%s: the state of the other is lost:\n%s", words, w.now)
		}
	}
}

// An import would drop what is in doubt from the state. So nothing is imported, and every create stays pending.
func TestNothingIsImportedWhileSomethingIsUnsure(t *testing.T) {
	c := &cloud{found: []Found{{ID: "subnet-1", Values: map[string]string{"vpcId": "vpc-1"}, Tags: map[string]string{InstallTag: "mesh", "Name": "mesh-a"}}},
		read: map[string]object{"subnet-1": {"tags": tags}}}
	all, after, err := mend(t, state(t, nil, []object{
		res(prefix+"aws:ec2/subnet:Subnet::in-lost", "", object{"tags": tags}, object{"dependencies": []any{prefix + "aws:ec2/vpc:Vpc::lost"}}),
		res(prefix+"aws:ec2/subnet:Subnet::subnet", "", object{"vpcId": "vpc-1", "tags": tags}),
		{"urn": prefix + "ambient-ecs:iam:TaskRole::task", "type": "ambient-ecs:iam:TaskRole", "custom": false},
	}), c, Options{})
	var got []string
	for _, d := range all {
		got = append(got, string(d.Action)+" "+d.Name)
	}
	if !errors.Is(err, ErrUnsure) || errors.Is(err, ErrDropped) || !slices.Equal(got, []string{"unsure in-lost", "take subnet", "forget task"}) {
		t.Errorf("decided %v: %v", got, err)
	}
	if len(after.Pending()) != 3 || after.find(prefix+"aws:ec2/subnet:Subnet::subnet") != nil {
		t.Errorf("pending %v, resources %v", after.Pending(), after.resources())
	}
}

// That a resource is somebody else's is known only after a refresh. It leaves the state, what had made way for it returns, and the rest is mended.
func TestADoubtAfterTheRefreshIsTakenOutAndTheRestIsMended(t *testing.T) {
	subnet := prefix + "aws:ec2/subnet:Subnet::subnet"
	foreign := prefix + "aws:cloudwatch/logGroup:LogGroup::foreign"
	s := state(t, []object{res(foreign, "foreign-0", object{}, object{"pendingReplacement": true})}, []object{
		res(foreign, "", object{"name": "foreign", "tags": tags}), res(subnet, "", object{"vpcId": "vpc-1", "tags": tags}),
	})
	before, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	c := &cloud{found: []Found{{ID: "subnet-1", Values: map[string]string{"vpcId": "vpc-1"}, Tags: map[string]string{InstallTag: "mesh", "Name": "mesh-a"}}},
		read: map[string]object{"subnet-1": {"tags": tags}, "foreign": {"tags": object{}}}}
	all, after, err := mend(t, s, c, Options{})
	if !errors.Is(err, ErrUnsure) || !errors.Is(err, ErrDropped) || all[0].Action != Unsure || all[1].Action != Take || after.find(subnet) == nil {
		t.Errorf("decided %v: %v\n%v", all, err, after.resources())
	}
	if kept := after.find(foreign); kept == nil || kept["pendingReplacement"] != true || text(kept, "id") != "foreign-0" {
		t.Errorf("what made way for it is not as it was: %v", kept)
	}
	// The state of before still has both. What is taken is taken once.
	if err := after.Resume(before); err != nil {
		t.Fatal(err)
	}
	c.read["foreign"] = object{"tags": tags}
	all, after, err = mend(t, after, c, Options{})
	if err != nil || all[0].Action != Take || all[1].Action != Forget || text(after.find(foreign), "id") != "foreign" || len(after.resources()) != 6 {
		t.Errorf("decided %v: %v\n%v", all, err, after.resources())
	}
}

// A surplus needs a word: --remove, or --forget for one that somebody has deleted by hand.
func TestASurplusIsUnsureWithoutRemove(t *testing.T) {
	urn := prefix + "aws:iam/role:Role::r"
	s := state(t, []object{res(urn, "role-2", object{"name": "role-2", "tags": tags})}, []object{res(urn, "", object{"name": "role-3", "tags": tags})})
	all, err := Plan(context.Background(), s, &cloud{}, Options{})
	if err != nil || all[0].Action != Unsure || !strings.Contains(all[0].Why, "--forget r") {
		t.Errorf("decided %v: %v", all, err)
	}
	if all, err = Dismiss(all, []string{"r"}); err != nil || all[0].Action != Forget {
		t.Errorf("decided %v: %v", all, err)
	}
}

// One resource fits two pending creates: repair cannot know whose it is.
func TestOneResourceIsNotTakenTwice(t *testing.T) {
	var pending []object
	for _, name := range []string{"one", "two"} {
		pending = append(pending, res(prefix+"aws:ec2/eip:Eip::"+name, "", object{"domain": "vpc", "tags": tags}))
	}
	found := Found{ID: "eipalloc-1", Values: map[string]string{"domain": "vpc"}, Tags: map[string]string{InstallTag: "mesh", "Name": "mesh-a"}}
	all, _, err := mend(t, state(t, nil, pending), &cloud{found: []Found{found}}, Options{})
	if !errors.Is(err, ErrUnsure) || all[0].Action != Unsure || all[1].Action != Unsure || !strings.Contains(all[0].Why, "eipalloc-1 fits two as well") {
		t.Errorf("decided %v, %v", all, err)
	}
}

// A resource that is replaced is made before the old one is deleted. What was made takes its place, and the engine deletes the old one in its next
// update. With --remove, or if what was made is not ours, the old one keeps its place.
func TestWhatReplacesAnotherTakesItsPlace(t *testing.T) {
	urn := prefix + "aws:ecs/taskDefinition:TaskDefinition::echo"
	sealed := func(text string) object { return object{secretMark: "1b47", "ciphertext": text} }
	revision := Found{ID: "arn:echo:2", Values: map[string]string{"family": "echo"}, Tags: map[string]string{InstallTag: "mesh", "Name": "mesh-a"}}
	for _, c := range []struct {
		name     string
		old, now any
		read     object
		remove   bool
		action   Action
		left     string
	}{
		{"another image", "image:1", "image:2", object{"tags": tags}, false, Take, "arn:echo:1 is deleted, arn:echo:2"},
		{"another image, to be removed", "image:1", "image:2", object{"tags": tags}, true, Surplus, "arn:echo:1, arn:echo:2 is deleted"},
		{"another image, and not ours", "image:1", "image:2", object{"tags": object{}}, false, Unsure, "arn:echo:1"},
		{"now a secret", "image:1", sealed("v1:a"), object{"tags": tags}, false, Take, "arn:echo:1 is deleted, arn:echo:2"},
		{"perhaps another secret", sealed("v1:a"), sealed("v1:b"), object{"tags": tags}, false, Unsure, "arn:echo:1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inputs := func(containers any) object {
				return object{"family": "echo", "containerDefinitions": containers, "tags": tags}
			}
			all, after, _ := mend(t, state(t, []object{res(urn, "arn:echo:1", inputs(c.old))}, []object{res(urn, "", inputs(c.now))}),
				&cloud{found: []Found{revision}, read: map[string]object{"arn:echo:1": {"tags": tags}, "arn:echo:2": c.read}}, Options{Remove: c.remove})
			var left []string
			for _, r := range after.resources() {
				if text(r, "urn") == urn {
					left = append(left, text(r, "id")+map[bool]string{true: " is deleted"}[r["delete"] == true])
				}
			}
			slices.Sort(left)
			if len(all) != 1 || all[0].Action != c.action || strings.Join(left, ", ") != c.left {
				t.Errorf("decided %v, and the state has %v, want %s: %s", all, left, c.action, c.left)
			}
		})
	}
}

// What AWS still makes is waited for. What it deletes is gone.
func TestWhatIsNotUsableYetIsNotTaken(t *testing.T) {
	nat := res(prefix+"aws:ec2/natGateway:NatGateway::nat", "", object{"subnetId": "subnet-1", "tags": tags})
	addon := res(prefix+"aws:eks/addon:Addon::coredns", "", object{"clusterName": "mesh", "addonName": "coredns", "tags": tags})
	service := res(prefix+"aws:ecs/service:Service::echo", "", object{"cluster": "arn:c/mesh", "name": "echo", "tags": tags})
	for _, c := range []struct {
		pending object
		state   string
		remove  bool
		action  Action
		why     string
	}{
		{nat, "available", false, Take, "it exists"},
		{nat, "pending", false, Unsure, `its state is "pending": try again when it is "available", or --remove deletes it`},
		{nat, "pending", true, Take, "it exists"},
		{nat, "failed", false, Unsure, `its state is "failed": --remove deletes it`},
		{nat, "deleting", false, Forget, "no such resource"},
		{addon, "ACTIVE", false, Take, "it exists"},
		{addon, "CREATING", false, Unsure, `try again when it is "ACTIVE"`},
		{addon, "CREATE_FAILED", false, Unsure, "--remove deletes it"},
		{service, "COMPLETED", false, Take, "it exists"},
		{service, "IN_PROGRESS", false, Take, "it exists, and its tasks are not all steady: run `ambient doctor`"},
	} {
		pending := maps.Clone(c.pending)
		inputs := pending["inputs"].(object)
		found := Found{ID: "found", State: c.state, Values: map[string]string{}, Tags: map[string]string{InstallTag: "mesh", "Name": "mesh-a"}}
		for key, value := range inputs {
			found.Values[key] = plain(value)
		}
		exists := map[string]object{"found": {"tags": tags}, "mesh:coredns": {"tags": tags}, "mesh/echo": {"tags": tags}}
		all, _, _ := mend(t, state(t, nil, []object{pending}), &cloud{found: []Found{found}, read: exists}, Options{Remove: c.remove})
		if len(all) != 1 || all[0].Action != c.action || !strings.Contains(all[0].Why, c.why) {
			t.Errorf("%s that is %s (--remove %t): decided %v, want %s: %s", nameOf(text(pending, "urn")), c.state, c.remove, all, c.action, c.why)
		}
	}
}

// A secret among the inputs stays encrypted: in the inputs and in the outputs of the same name.
func TestASecretStaysASecret(t *testing.T) {
	sealed := object{secretMark: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:sealed"}
	definition := func(more ...object) object {
		return res(prefix+"aws:ecs/taskDefinition:TaskDefinition::echo", "", object{"family": "echo", "containerDefinitions": sealed, "tags": tags}, more...)
	}
	release := func() object {
		return res(prefix+"kubernetes:helm.sh/v3:Release::istiod", "", object{"namespace": "istio-system", "name": "istiod", "repositoryOpts": object{"repo": "https://c", "password": sealed}})
	}
	revision := Found{ID: "arn:echo:1", Values: map[string]string{"family": "echo"}, Tags: map[string]string{InstallTag: "mesh", "Name": "mesh-a"}}
	half := object{"status": object{"status": "pending-install"}}
	for _, c := range []struct {
		name    string
		pending object
		read    object
		remove  bool
		action  Action
		why     string
	}{
		{"read back encrypted", definition(), object{"tags": tags, "containerDefinitions": sealed}, false, Take, "it exists"},
		{"read back in plain text", definition(), object{"tags": tags, "containerDefinitions": "shown"}, false, Unsure, "read back in plain text"},
		{"not read back", release(), object{"status": object{"status": "deployed"}}, false, Take, "it exists"},
		{"half a release", release(), half, false, Unsure, "--remove deletes it"},
		{"half a release, to be removed", release(), half, true, Take, "it exists"},
		{"in an input that is shown", res(prefix+"aws:iam/role:Role::r", "", object{"name": "r", "description": sealed, "tags": tags}), object{"tags": tags}, false, Unsure, "then use --forget r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, after, _ := mend(t, state(t, nil, []object{c.pending}), &cloud{found: []Found{revision}, read: map[string]object{"arn:echo:1": c.read, "istio-system/istiod": c.read, "r": c.read}}, Options{Remove: c.remove})
			if len(all) != 1 || all[0].Action != c.action || !strings.Contains(all[0].Why, c.why) {
				t.Fatalf("decided %v, want %s: %s", all, c.action, c.why)
			}
			encoded, err := after.Encode()
			if err != nil || strings.Contains(string(encoded), "shown") || c.action == Take && !strings.Contains(string(encoded), "v1:sealed") {
				t.Errorf("the state has the secret: %v\n%s", err, encoded)
			}
			if taken := after.find(text(c.pending, "urn")); c.action == Take && len(texts(taken["additionalSecretOutputs"])) != 1 {
				t.Errorf("the engine is not told to encrypt the output: %v", taken)
			}
		})
	}
}

func TestOnlyWhatIsUnsureCanBeForgotten(t *testing.T) {
	all := []Decision{
		{Pending: Pending{Name: "istiod", URN: "urn:release"}, Action: Unsure}, {Pending: Pending{Name: "istiod", URN: "urn:role"}, Action: Unsure},
		{Pending: Pending{Name: "vpc"}, Action: Take, Why: "it exists"}, {Pending: Pending{Name: "key"}, Action: Unsure},
	}
	got, err := Dismiss(all, []string{"urn:release", "key"})
	if err != nil || got[0].Action != Forget || got[1].Action != Unsure || got[3].Action != Forget || all[0].Action != Unsure {
		t.Errorf("decided %v, %v", got, err)
	}
	_, err = Dismiss(all, []string{"istiod", "vpc", "none"})
	for _, words := range []string{"2 resources of this name", "repair is certain of it: it exists", "nothing of this name"} {
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("err = %v, want …%s…", err, words)
		}
	}
}

func TestRemoveDestroysWhatWasFound(t *testing.T) {
	urn := prefix + "aws:iam/role:Role::r"
	c := &cloud{read: map[string]object{"role-2": {"tags": tags}}}
	if _, _, err := mend(t, state(t, nil, []object{res(urn, "", object{"name": "role-2", "tags": tags})}), c, Options{Remove: true}); err != nil {
		t.Fatal(err)
	}
	if want := "destroy " + urn; strings.Join(c.log, ",") != want {
		t.Errorf("done: %v, want %s", c.log, want)
	}
}

func TestAFailureRestoresTheState(t *testing.T) {
	s := state(t, nil, []object{res(prefix+"aws:iam/role:Role::r", "", object{"name": "role-2", "tags": tags})})
	if _, _, err := mend(t, s, &cloud{failing: true}, Options{}); err == nil || !strings.Contains(err.Error(), "the provider is away") {
		t.Errorf("err = %v", err)
	}
}

func TestTheTableHasEveryTypeThatTheProgramMakes(t *testing.T) {
	files, err := filepath.Glob("../../tests/testdata/urns.*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recorded resources: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			kind, _, _ := strings.Cut(line, " ")
			component := strings.HasPrefix(kind, "ambient-ecs:") || strings.HasPrefix(kind, "eks:index:") || kind == "pulumi:pulumi:Stack"
			if _, known := rowOf(Pending{Type: kind, resource: object{"custom": !component}}); !known {
				t.Errorf("%s: the table has no row for %s", filepath.Base(file), kind)
			}
		}
	}
}

// A type that no example has is still one that the deployer makes.
func TestTheTableHasEveryTypeThatTheDeployerMakes(t *testing.T) {
	for _, need := range actions.All {
		if _, known := Table[need.Type]; len(need.Create) > 0 && !known {
			t.Errorf("the table has no row for %s", need.Type)
		}
	}
}

func TestEachRowSaysOneThing(t *testing.T) {
	for kind, row := range Table {
		said := 0
		for _, one := range []bool{row.ID != "", row.Unique != nil, row.Again != "", row.Nothing != ""} {
			if one {
				said++
			}
		}
		if said != 1 {
			t.Errorf("%s says %d things, want one of ID, Unique, Again and Nothing", kind, said)
		}
	}
}
