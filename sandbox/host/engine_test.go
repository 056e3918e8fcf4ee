//go:build engine

package host_test

import (
	"bytes"
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
	"sync"
	"testing"

	"ambient-ecs/sandbox/host"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/shim"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// The test binary plays all parts: the tests, the plugin shim that the engine starts, and the Pulumi program.
func TestMain(m *testing.M) {
	switch {
	case strings.HasPrefix(filepath.Base(os.Args[0]), shim.Prefix):
		if err := shim.Run(os.Args, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	case os.Getenv(pulumi.EnvMonitor) != "":
		pulumi.Run(program)
	default:
		os.Exit(m.Run())
	}
}

// program makes two providers and a resource with each, the second from the first's output.
func program(ctx *pulumi.Context) error {
	settings := config.New(ctx, "")
	register := func(name string, account string, inputs pulumi.Map) (*thing, error) {
		var p pulumi.ProviderResourceState
		if err := ctx.RegisterResource("pulumi:providers:fake", account, pulumi.Map{
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
	second, err := register("second", "two", pulumi.Map{"of": first.Computed, "ready": pulumi.Bool(settings.GetBool("ready"))})
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

// fake is a package that accepts anything. A resource with ready=false exists but never becomes ready.
type fake struct {
	mu     sync.Mutex
	things map[string]map[string]any
	opened []map[string]any
}

func (*fake) Name() string        { return "fake" }
func (*fake) Version() string     { return fakeVersion }
func (*fake) ReplaceOn() []string { return []string{"account"} }

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
	state["computed"] = r.Name + "-computed"
	s.mu.Lock()
	defer s.mu.Unlock()
	s.things[r.Name] = state
	if r.Inputs["ready"] == false {
		return "", nil, &provider.PartialError{ID: r.Name, State: state, Reason: errors.New("it did not become ready")}
	}
	return r.Name, state, nil
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

// bench is a project folder with the test binary as its program.
type bench struct {
	*testing.T
	fake    *fake
	options host.Options
	code    int
}

func newBench(t *testing.T) *bench {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cli, err := host.FindCLI(filepath.Join("..", "..", "bin"))
	if err != nil {
		t.Fatal(err)
	}
	if cli, err = filepath.Abs(cli); err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	b := &bench{T: t, fake: &fake{things: map[string]map[string]any{}}}
	b.options = host.Options{
		Project: folder, State: filepath.Join(folder, ".sandbox"), DefaultStack: "dev", CLI: cli, Shim: self,
		Open:     func(string) ([]provider.Package, host.Saver, error) { return []provider.Package{b.fake}, nil, nil },
		Secrets:  map[string]string{"license": "a made-up licence"},
	}
	b.write("Pulumi.yaml", fmt.Sprintf(`name: bench
runtime: {name: go, options: {binary: %q}}
config:
  pulumi:disable-default-providers: {value: ["*"]}
  license: {type: string, secret: true}
`, self))
	b.stack("size: 1, ready: true")
	return b
}

func (b *bench) write(name, text string) {
	b.Helper()
	if err := os.WriteFile(filepath.Join(b.options.Project, name), []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}

// stack writes the stack file from settings such as "size: 1, ready: true".
func (b *bench) stack(settings string) {
	var config strings.Builder
	for setting := range strings.SplitSeq(settings, ", ") {
		config.WriteString("  bench:" + setting + "\n")
	}
	b.write("Pulumi.dev.yaml", "config:\n"+config.String())
}

func (b *bench) run(args ...string) (stdout, stderr string) {
	b.Helper()
	var out, problems bytes.Buffer
	b.options.Stdout, b.options.Stderr = &out, &problems
	code, err := host.Run(b.Context(), b.options, args)
	if err != nil {
		b.Fatalf("%v: %v", args, err)
	}
	b.code = code
	b.Logf("pulumi %v: exit %d\n%s%s", args, code, &out, &problems)
	return out.String(), problems.String()
}

// changes previews as JSON and returns what would happen, by operation.
func (b *bench) changes() map[string]int {
	b.Helper()
	out, _ := b.run("preview", "--json")
	var preview struct{ ChangeSummary map[string]int }
	if err := json.Unmarshal([]byte(out), &preview); err != nil {
		b.Fatalf("not only JSON on stdout: %v\n%s", err, out)
	}
	return preview.ChangeSummary
}

func (b *bench) expect(what string, got, want any) {
	b.Helper()
	if !reflect.DeepEqual(got, want) {
		b.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func TestAStackLivesFromPreviewToDestroyOnTheRealEngine(t *testing.T) {
	b := newBench(t)
	b.expect("first preview", b.changes(), map[string]int{"create": 5})
	b.expect("a preview makes nothing", len(b.fake.things), 0)

	out, _ := b.run("up")
	b.expect("up", b.code, 0)
	if !strings.Contains(out, "a line from the program") {
		t.Error("the program's own output is not shown")
	}
	b.expect("what exists", slices.Sorted(maps.Keys(b.fake.things)), []string{"first", "second"})
	b.expect("the secret reached the provider", b.fake.things["first"]["secret"], "a made-up licence")
	b.expect("configuration", b.fake.opened[0]["nested"], map[string]any{"on": true})

	b.expect("second preview", b.changes(), map[string]int{"same": 5})
	b.run("refresh", "--expect-no-changes")
	b.expect("refresh finds no change", b.code, 0)
	b.run("up", "--expect-no-changes")
	b.expect("a second up changes nothing", b.code, 0)

	out, _ = b.run("stack", "output", "--json")
	b.expect("outputs", out, "{\n  \"account\": \"two\",\n  \"computed\": \"first-computed\",\n  \"secret\": \"[secret]\"\n}\n")

	b.stack("size: 2, ready: true")
	b.expect("an edit", b.changes(), map[string]int{"same": 4, "update": 1})
	out, _ = b.run("preview", "--diff")
	if !strings.Contains(out, "~ size: 1 => 2") {
		t.Error("the display does not show what changes")
	}
	b.run("up")
	b.expect("the edit arrived", b.fake.things["first"]["size"], float64(2))

	b.run("destroy")
	b.expect("destroy", b.code, 0)
	b.expect("what is left", len(b.fake.things), 0)

	text, err := os.ReadFile(filepath.Join(b.options.Project, "Pulumi.dev.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	b.expect("the project's stack file stays as it was", string(text), "config:\n  bench:size: 2\n  bench:ready: true\n")
}

func TestAResourceThatDoesNotBecomeReadyStaysInTheState(t *testing.T) {
	b := newBench(t)
	b.stack("size: 1, ready: false")
	out, problems := b.run("up")
	if b.code == 0 || !strings.Contains(out+problems, "it did not become ready") {
		t.Errorf("up says nothing: exit %d", b.code)
	}
	b.stack("size: 1, ready: true")
	b.expect("the next preview repairs it", b.changes(), map[string]int{"same": 4, "update": 1})
	b.run("destroy")
	b.expect("what is left", len(b.fake.things), 0)
}

func TestARefusedInputFailsThePreview(t *testing.T) {
	b := newBench(t)
	b.stack("size: 13, ready: true")
	out, problems := b.run("preview")
	if b.code == 0 || !strings.Contains(out+problems, "13 is not a size") {
		t.Errorf("preview says nothing: exit %d", b.code)
	}
}
