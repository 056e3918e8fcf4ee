// Package recorder plays the Pulumi engine for a test. It answers a program over the engine's own gRPC protocol, and
// keeps every registration as the engine would have received it.
//
// It talks to the compiled program, so a test sees exactly what a user's engine sees (parents, providers,
// dependencies, options), and the test itself need not compile the AWS and Kubernetes SDKs.
package recorder

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os/exec"
	"sort"
	"strings"
	"sync"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
)

// Stack and Project are the names that a recorded program sees.
const (
	Stack   = "test"
	Project = "ambient-ecs"
)

// Resource is one registration.
type Resource struct {
	Type, Name, URN string
	// Parent is the URN of the parent. Provider is the name of the resource's provider resource. It is empty for
	// components and for default providers.
	Parent, Provider string
	// Providers are the names of the providers handed to a component, by package.
	Providers map[string]string
	// Custom is false for components. Remote marks a component that a plugin makes. Read marks a look-up.
	Custom, Remote, Read bool
	// Inputs are plain values: secrets are unwrapped (and named in Secrets), unknown values are Unknown.
	Inputs map[string]any
	// Secrets are the top-level inputs that hold a secret.
	Secrets []string
	// Dependencies are the URNs that the resource waits for; it is deleted before them.
	Dependencies []string
	// From are the URNs whose outputs flow into an input, by the input.
	From                map[string][]string
	Protect             bool
	DeleteBeforeReplace bool
	IgnoreChanges       []string
	ReplaceOnChanges    []string
	DeletedWith         string
	// Import is the id of what lives and is taken over. RetainOnDelete leaves it when the resource goes.
	Import         string
	RetainOnDelete bool
	// OnError are the hooks that decide whether a failure is tried again.
	OnError []string
	// AfterCreate and AfterUpdate are the hooks that run before anything goes on that waits for the resource.
	AfterCreate, AfterUpdate []string
	Aliases                  int
	// AliasNames are the names that transforms add to a part of a remote component.
	AliasNames    []string
	CreateTimeout string
}

// Unknown stands for a value that is not known while previewing.
const Unknown = "<unknown>"

// Recording is everything that a program did.
type Recording struct {
	Resources []*Resource
	// Made are the parts of remote components that the test answers with a Reference, as the program's
	// transforms leave them. The program does not register them: a plugin does.
	Made []*Resource
	// Outputs are the stack's outputs; SecretOutputs names the secret ones.
	Outputs       map[string]any
	SecretOutputs []string
	// Errors and Warnings are the program's own messages.
	Errors, Warnings []string
	// Err is set when the program failed.
	Err error
}

// Get returns the resource of that type and name, or fails the test.
func (r *Recording) Get(t testing.TB, typ, name string) *Resource {
	t.Helper()
	for _, res := range r.Resources {
		if res.Type == typ && res.Name == name {
			return res
		}
	}
	t.Fatalf("%s %q was not registered; of that type there are: %v", typ, name, names(r.OfType(typ)))
	return nil
}

// OfType returns the resources of a type, ordered by name.
func (r *Recording) OfType(typ string) []*Resource {
	var found []*Resource
	for _, res := range r.Resources {
		if res.Type == typ {
			found = append(found, res)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].URN < found[j].URN })
	return found
}

// Waits tells whether a waits for b, directly or through others: a is created after b and deleted before it.
func (r *Recording) Waits(a, b *Resource) bool {
	byURN := map[string]*Resource{}
	for _, res := range r.Resources {
		byURN[res.URN] = res
	}
	seen := map[string]bool{}
	var walk func(res *Resource) bool
	walk = func(res *Resource) bool {
		if res == nil || seen[res.URN] {
			return false
		}
		seen[res.URN] = true
		for _, d := range res.Dependencies {
			if d == b.URN || walk(byURN[d]) {
				return true
			}
		}
		return false
	}
	return walk(a)
}

// Ancestors returns the URNs of the parent, its parent and so on.
func (r *Recording) Ancestors(res *Resource) []string {
	byURN := map[string]*Resource{}
	for _, x := range r.Resources {
		byURN[x.URN] = x
	}
	var up []string
	for p := byURN[res.Parent]; p != nil; p = byURN[p.Parent] {
		up = append(up, p.URN)
	}
	return up
}

func names(rs []*Resource) []string {
	var out []string
	for _, r := range rs {
		out = append(out, r.Name)
	}
	return out
}

// Reference is an output that stands for another resource: a child that a plugin made inside a remote component.
type Reference struct {
	Type, Name string
	State      map[string]any
}

// Options shape a recording.
type Options struct {
	// Config are the stack's configuration values, complete with defaults, as the engine passes them.
	Config map[string]string
	// Secrets are the configuration keys that are secret.
	Secrets []string
	// Preview makes ids and computed outputs unknown, as in a first preview.
	Preview bool
	// Outputs returns computed outputs of a resource that is not previewed, beside its inputs.
	Outputs func(typ, name string, inputs map[string]any) map[string]any
	// Invoke answers function calls.
	Invoke func(token string, args map[string]any) (map[string]any, error)
}

// RunBinary records a compiled program.
func RunBinary(t testing.TB, binary, directory string, o Options) *Recording {
	t.Helper()
	return record(t, o, func(addr string, info pulumi.RunInfo) error {
		config, err := json.Marshal(info.Config)
		if err != nil {
			return err
		}
		secrets, err := json.Marshal(info.ConfigSecretKeys)
		if err != nil {
			return err
		}
		cmd := exec.Command(binary)
		cmd.Dir = directory
		cmd.Env = append(cmd.Environ(),
			pulumi.EnvProject+"="+info.Project, pulumi.EnvStack+"="+info.Stack,
			pulumi.EnvConfig+"="+string(config), pulumi.EnvConfigSecretKeys+"="+string(secrets),
			pulumi.EnvDryRun+"="+fmt.Sprint(info.DryRun), pulumi.EnvParallel+"=16",
			pulumi.EnvMonitor+"="+addr, pulumi.EnvEngine+"="+addr,
		)
		out, err := cmd.CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	})
}

// Run records a piece of a program in this process.
func Run(t testing.TB, o Options, body pulumi.RunFunc) *Recording {
	t.Helper()
	return record(t, o, func(_ string, info pulumi.RunInfo) error {
		ctx, err := pulumi.NewContext(context.Background(), info)
		if err != nil {
			return err
		}
		return pulumi.RunWithContext(ctx, body)
	})
}

func record(t testing.TB, o Options, run func(addr string, info pulumi.RunInfo) error) *Recording {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &monitor{options: o, recording: &Recording{Outputs: map[string]any{}}}
	server := grpc.NewServer(grpc.MaxRecvMsgSize(64 << 20))
	pulumirpc.RegisterResourceMonitorServer(server, m)
	pulumirpc.RegisterEngineServer(server, &engine{monitor: m})
	go func() { _ = server.Serve(listener) }()
	defer server.Stop()

	addr := listener.Addr().String()
	m.recording.Err = run(addr, pulumi.RunInfo{
		Project: Project, Stack: Stack, Config: o.Config, ConfigSecretKeys: o.Secrets,
		DryRun: o.Preview, Parallel: 16, MonitorAddr: addr, EngineAddr: addr,
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.recording
}

var marshal = plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true, KeepResources: true, KeepOutputValues: false}

func urn(parent, typ, name string) string {
	qualified := typ
	if parent != "" {
		parts := strings.Split(parent, "::")
		if up := parts[2]; !strings.HasSuffix(up, "pulumi:pulumi:Stack") {
			qualified = up + "$" + typ
		}
	}
	return "urn:pulumi:" + Stack + "::" + Project + "::" + qualified + "::" + name
}

type engine struct {
	pulumirpc.UnimplementedEngineServer
	monitor *monitor
	mu      sync.Mutex
	root    string
}
