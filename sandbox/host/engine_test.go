//go:build engine

package host_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"ambient-ecs/sandbox/host/hosttest"
	"ambient-ecs/sandbox/provider"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

func TestMain(m *testing.M) { hosttest.Main(m, program) }

// program makes two providers and a resource with each, the second from the first's output.
func program(ctx *pulumi.Context) error {
	settings := config.New(ctx, "")
	register := func(name string, account string, inputs pulumi.Map) (*thing, error) {
		var p pulumi.ProviderResourceState
		if err := ctx.RegisterResource("pulumi:providers:fake", name, pulumi.Map{
			"account": pulumi.String(account),
			"nested":  pulumi.Map{"on": pulumi.Bool(true)},
		}, &p, pulumi.Version(fakeVersion)); err != nil {
			return nil, err
		}
		var t thing
		return &t, ctx.RegisterResource("fake:index:Thing", name, inputs, &t, pulumi.Provider(&p), pulumi.Version(fakeVersion))
	}
	first, err := register("first", "one", pulumi.Map{"size": pulumi.Float64(settings.RequireFloat64("size")), "secret": settings.RequireSecret("license")})
	if err != nil {
		return err
	}
	second, err := register("second", cmp.Or(settings.Get("account"), "two"), pulumi.Map{"of": first.Computed, "ready": pulumi.Bool(settings.GetBool("ready"))})
	if err != nil {
		return err
	}
	fmt.Println("a line from the program")
	ctx.Export("computed", first.Computed)
	ctx.Export("secret", first.Secret)
	ctx.Export("account", second.Account)
	return nil
}

type thing struct {
	pulumi.CustomResourceState
	Computed pulumi.StringOutput `pulumi:"computed"`
	Secret   pulumi.StringOutput `pulumi:"secret"`
	Account  pulumi.StringOutput `pulumi:"account"`
}

const fakeVersion = "1.2.3"

// fake is a package that accepts nearly anything. A resource with ready=false exists but never becomes ready.
type fake struct {
	mu     sync.Mutex
	things map[string]map[string]any
	opened []map[string]any
	// creating is called before each resource is made.
	creating func(name string)
}

func (*fake) Name() string                           { return "fake" }
func (*fake) Version() string                        { return fakeVersion }
func (*fake) ReplaceOn() (changed, unknown []string) { return []string{"account"}, nil }

func (f *fake) Open(_ context.Context, args map[string]any) (provider.Session, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.opened = append(f.opened, args)
	return &fakeSession{fake: f, account: args["account"].(string)}, nil
}

type fakeSession struct {
	*fake
	account string
}

func (s *fakeSession) Check(_ context.Context, r provider.Resource) (map[string]any, []provider.Failure, error) {
	if r.Inputs["size"] == float64(13) {
		return nil, []provider.Failure{{Property: "size", Reason: "13 is not a size"}}, nil
	}
	return r.Inputs, nil, nil
}

func (s *fakeSession) Diff(_ context.Context, r provider.Resource) (provider.Changes, error) {
	var c provider.Changes
	for key := range r.Inputs {
		if !reflect.DeepEqual(r.Inputs[key], r.OldInputs[key]) {
			c.Changed = append(c.Changed, key)
		}
	}
	return c, nil
}

func (s *fakeSession) Create(_ context.Context, r provider.Resource) (string, map[string]any, error) {
	state := maps.Clone(r.Inputs)
	state["account"] = s.account
	if r.Preview {
		state["computed"] = provider.Unknown
		return "", state, nil
	}
	if s.creating != nil {
		s.creating(r.Name)
	}
	state["computed"] = r.Name + "-computed"
	id := s.account + "/" + r.Name
	s.mu.Lock()
	defer s.mu.Unlock()
	s.things[id] = state
	if r.Inputs["ready"] == false {
		return "", nil, &provider.PartialError{ID: id, State: state, Reason: errors.New("it did not become ready")}
	}
	return id, state, nil
}

func (s *fakeSession) Update(_ context.Context, r provider.Resource) (map[string]any, error) {
	state := maps.Clone(r.State)
	maps.Copy(state, r.Inputs)
	if !r.Preview {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.things[r.ID] = state
	}
	return state, nil
}

func (s *fakeSession) Read(_ context.Context, r provider.Resource) (string, map[string]any, map[string]any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return r.ID, r.Inputs, s.things[r.ID], nil
}

func (s *fakeSession) Delete(_ context.Context, r provider.Resource) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.things, r.ID)
	return nil
}

func (s *fakeSession) Invoke(context.Context, string, map[string]any) (map[string]any, error) {
	return nil, errors.New("no functions")
}

func newProject(t *testing.T) (*hosttest.Project, *fake) {
	f := &fake{things: map[string]map[string]any{}}
	p := hosttest.New(t, "  license: {type: string, secret: true}\n", f)
	p.Options.Secrets = map[string]string{"license": "a made-up licence"}
	p.Stack("license: a made-up licence", "size: 1", "ready: true")
	return p, f
}

func TestAStackLivesFromPreviewToDestroy(t *testing.T) {
	p, f := newProject(t)
	p.Expect("first preview", p.Changes(), map[string]int{"create": 5})
	p.Expect("a preview makes nothing", len(f.things), 0)

	if out := p.MustRun("up"); !strings.Contains(out, "a line from the program") {
		t.Error("the program's own output is not shown")
	}
	p.Expect("what exists", slices.Sorted(maps.Keys(f.things)), []string{"one/first", "two/second"})
	p.Expect("what the provider sees of a secret", f.things["one/first"]["secret"], "a made-up licence")
	p.Expect("the provider's configuration", f.opened[0]["nested"], map[string]any{"on": true})

	p.Expect("second preview", p.Changes(), map[string]int{"same": 5})
	p.MustRun("refresh", "--expect-no-changes")
	p.MustRun("up", "--expect-no-changes")
	p.Expect("outputs", p.MustRun("stack", "output", "--json"), "{\n  \"account\": \"two\",\n  \"computed\": \"first-computed\",\n  \"secret\": \"[secret]\"\n}\n")

	p.Stack("license: a made-up licence", "size: 2", "ready: true")
	p.Expect("an edit", p.Changes(), map[string]int{"same": 4, "update": 1})
	if out := p.MustRun("preview", "--diff"); !strings.Contains(out, "~ size: 1 => 2") {
		t.Error("the display does not show what changes")
	}
	p.MustRun("up")
	p.Expect("the edit arrived", f.things["one/first"]["size"], float64(2))

	p.MustRun("destroy")
	p.Expect("what is left", len(f.things), 0)
	logs, err := os.Stat(filepath.Join(p.Options.State, "home", "logs"))
	if err != nil {
		t.Fatal(err)
	}
	p.Expect("the engine keeps no log", logs.Mode().IsRegular(), true)
	text, err := os.ReadFile(filepath.Join(p.Options.Project, "Pulumi.dev.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p.Expect("the project's stack file stays as it was", string(text), "config:\n  bench:license: a made-up licence\n  bench:size: 2\n  bench:ready: true\n")
}

func TestRefreshSeesWhatChangedBehindPulumisBack(t *testing.T) {
	p, f := newProject(t)
	p.MustRun("up")
	delete(f.things, "two/second")
	p.MustFail("no changes were expected for refresh", "refresh", "--expect-no-changes")
	p.MustRun("refresh")
	p.Expect("the next preview makes it again", p.Changes(), map[string]int{"same": 4, "create": 1})
}

func TestASecretInPlainTextIsEncryptedForTheSandbox(t *testing.T) {
	p, f := newProject(t)
	p.Stack("size: 1", "ready: true", "license: a licence in plain text")
	p.MustRun("up")
	p.Expect("what the provider sees", f.things["one/first"]["secret"], "a licence in plain text")
	p.Stack("size: 1", "ready: true", "license: {secure: encrypted for somebody else}")
	p.MustRun("up")
	p.Expect("what the provider sees", f.things["one/first"]["secret"], "a made-up licence")
}

func TestAnotherAccountReplacesTheProviderAndItsResources(t *testing.T) {
	p, f := newProject(t)
	p.MustRun("up")
	p.Stack("license: a made-up licence", "size: 1", "ready: true", "account: three")
	p.Expect("the plan", p.Changes(), map[string]int{"same": 3, "replace": 2})
	p.MustRun("up")
	p.Expect("what exists", slices.Sorted(maps.Keys(f.things)), []string{"one/first", "three/second"})
}

func TestAResourceThatDoesNotBecomeReadyStaysInTheState(t *testing.T) {
	p, f := newProject(t)
	p.Stack("license: a made-up licence", "size: 1", "ready: false")
	p.MustFail("it did not become ready", "up")
	p.Stack("license: a made-up licence", "size: 1", "ready: true")
	p.Expect("the next preview repairs it", p.Changes(), map[string]int{"same": 4, "update": 1})
	p.MustRun("destroy")
	p.Expect("what is left", len(f.things), 0)
}

func TestTheEngineSavesItsStateAtEveryStepOrAtTheEnd(t *testing.T) {
	for _, atEnd := range []bool{false, true} {
		p, f := newProject(t)
		p.Options.SaveAtEnd = atEnd
		saved := func() bool {
			text, err := os.ReadFile(filepath.Join(p.Options.State, "backend", ".pulumi", "stacks", "bench", "dev.json"))
			return err == nil && strings.Contains(string(text), "first-computed")
		}
		f.creating = func(name string) {
			if name == "second" {
				p.Expect("the first resource is saved when the second is made", saved(), !atEnd)
			}
		}
		p.Stack("license: a made-up licence", "size: 1", "ready: false")
		p.MustFail("it did not become ready", "up")
		p.Expect("the first resource is saved at the end", saved(), true)
		f.creating = nil
		p.Stack("license: a made-up licence", "size: 1", "ready: true")
		p.Expect("the next preview repairs the other", p.Changes(), map[string]int{"same": 4, "update": 1})
	}
}

func TestARefusedInputFailsThePreview(t *testing.T) {
	p, _ := newProject(t)
	p.Stack("license: a made-up licence", "size: 13", "ready: true")
	p.MustFail("13 is not a size", "preview")
}
