package recorder

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sort"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// monitor answers a program's calls to the engine.
type monitor struct {
	pulumirpc.UnimplementedResourceMonitorServer
	options   Options
	mu        sync.Mutex
	recording *Recording
	states    map[string]resource.PropertyMap
}

func (m *monitor) SupportsFeature(_ context.Context, req *pulumirpc.SupportsFeatureRequest) (*pulumirpc.SupportsFeatureResponse, error) {
	switch req.GetId() {
	case "secrets", "resourceReferences", "deletedWith", "aliasSpecs", "replaceWith", "transforms", "errorHooks", "resourceHooks":
		return &pulumirpc.SupportsFeatureResponse{HasSupport: true}, nil
	}
	return &pulumirpc.SupportsFeatureResponse{}, nil
}

func (m *monitor) RegisterResource(ctx context.Context, req *pulumirpc.RegisterResourceRequest) (*pulumirpc.RegisterResourceResponse, error) {
	inputs, err := plugin.UnmarshalProperties(req.GetObject(), marshal)
	if err != nil {
		return nil, err
	}
	u := urn(req.GetParent(), req.GetType(), req.GetName())
	plain, secrets := plain(inputs)
	res := &Resource{
		Type: req.GetType(), Name: req.GetName(), URN: u, Parent: req.GetParent(),
		Provider: providerName(req.GetProvider()), Providers: map[string]string{},
		Custom: req.GetCustom(), Remote: req.GetRemote(), Inputs: plain, Secrets: secrets,
		Dependencies: dependencies(req), From: flows(req), Protect: req.GetProtect(),
		DeleteBeforeReplace: req.GetDeleteBeforeReplace(), IgnoreChanges: req.GetIgnoreChanges(),
		ReplaceOnChanges: req.GetReplaceOnChanges(), DeletedWith: req.GetDeletedWith(),
		Import: req.GetImportId(), RetainOnDelete: req.GetRetainOnDelete(), OnError: req.GetHooks().GetOnError(), AfterCreate: req.GetHooks().GetAfterCreate(), AfterUpdate: req.GetHooks().GetAfterUpdate(),
		Aliases: len(req.GetAliases()) + len(req.GetAliasURNs()), CreateTimeout: req.GetCustomTimeouts().GetCreate(),
	}
	for pkg, ref := range req.GetProviders() {
		res.Providers[pkg] = providerName(ref)
	}

	state := inputs.Copy()
	id := ""
	if !m.options.Preview && req.GetCustom() {
		id = req.GetName() + "-id"
	} else if strings.HasPrefix(req.GetType(), "pulumi:providers:") {
		// The engine's first preview gives a provider this id, and not an empty one.
		id = plugin.UnknownStringValue
	}
	m.mu.Lock()
	var parts []*Resource
	if !m.options.Preview {
		parts = m.compute(res, state)
	}
	m.recording.Resources = append(m.recording.Resources, res)
	m.remember(u, state)
	m.mu.Unlock()
	if err := m.transform(ctx, req, parts); err != nil {
		return nil, err
	}

	object, err := plugin.MarshalProperties(state, marshal)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.RegisterResourceResponse{Urn: u, Id: id, Object: object}, nil
}

func (m *monitor) ReadResource(_ context.Context, req *pulumirpc.ReadResourceRequest) (*pulumirpc.ReadResourceResponse, error) {
	inputs, err := plugin.UnmarshalProperties(req.GetProperties(), marshal)
	if err != nil {
		return nil, err
	}
	u := urn(req.GetParent(), req.GetType(), req.GetName())
	res := &Resource{
		Type: req.GetType(), Name: req.GetName(), URN: u, Parent: req.GetParent(), Provider: providerName(req.GetProvider()),
		Custom: true, Read: true, Dependencies: req.GetDependencies(), Inputs: map[string]any{"id": req.GetId()},
	}
	state := inputs.Copy()
	m.mu.Lock()
	m.compute(res, state)
	m.recording.Resources = append(m.recording.Resources, res)
	m.remember(u, state)
	m.mu.Unlock()
	object, err := plugin.MarshalProperties(state, marshal)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.ReadResourceResponse{Urn: u, Properties: object}, nil
}

// compute adds the outputs that the test gives to a resource, and returns the parts among them. The lock is held.
func (m *monitor) compute(res *Resource, state resource.PropertyMap) (parts []*Resource) {
	if m.options.Outputs == nil {
		return nil
	}
	outputs := m.options.Outputs(res.Type, res.Name, res.Inputs)
	// In one order, so that the parts of two recordings can be compared.
	for _, k := range slices.Sorted(maps.Keys(outputs)) {
		v := outputs[k]
		key := resource.PropertyKey(k)
		ref, ok := v.(Reference)
		if !ok {
			state[key] = resource.NewPropertyValue(v)
			continue
		}
		u := urn(res.URN, ref.Type, ref.Name)
		m.remember(u, resource.NewPropertyMapFromMap(ref.State))
		state[key] = resource.NewProperty(resource.ResourceReference{URN: resource.URN(u), ID: resource.NewProperty(ref.Name + "-id")})
		parts = append(parts, &Resource{Type: ref.Type, Name: ref.Name, URN: u, Parent: res.URN, Custom: true, Inputs: ref.State})
	}
	return parts
}

func (m *monitor) remember(u string, state resource.PropertyMap) {
	if m.states == nil {
		m.states = map[string]resource.PropertyMap{}
	}
	m.states[u] = state
}

func (m *monitor) RegisterResourceOutputs(_ context.Context, req *pulumirpc.RegisterResourceOutputsRequest) (*emptypb.Empty, error) {
	outputs, err := plugin.UnmarshalProperties(req.GetOutputs(), marshal)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if strings.Contains(req.GetUrn(), "::pulumi:pulumi:Stack::") {
		m.recording.Outputs, m.recording.SecretOutputs = plain(outputs)
	}
	return &emptypb.Empty{}, nil
}

func (m *monitor) Invoke(_ context.Context, req *pulumirpc.ResourceInvokeRequest) (*pulumirpc.InvokeResponse, error) {
	args, err := plugin.UnmarshalProperties(req.GetArgs(), marshal)
	if err != nil {
		return nil, err
	}
	plainArgs, _ := plain(args)
	var result resource.PropertyMap
	if req.GetTok() == "pulumi:pulumi:getResource" {
		u, _ := plainArgs["urn"].(string)
		m.mu.Lock()
		result = resource.PropertyMap{"urn": resource.NewProperty(u), "id": resource.NewProperty(""), "state": resource.NewProperty(m.states[u])}
		m.mu.Unlock()
	} else {
		if m.options.Invoke == nil {
			return nil, errors.New("the test answers no function call, but the program called " + req.GetTok())
		}
		answer, err := m.options.Invoke(req.GetTok(), plainArgs)
		if err != nil {
			return nil, err
		}
		result = resource.NewPropertyMapFromMap(answer)
	}
	object, err := plugin.MarshalProperties(result, marshal)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.InvokeResponse{Return: object}, nil
}

func (m *monitor) SignalAndWaitForShutdown(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (m *monitor) RegisterResourceHook(context.Context, *pulumirpc.RegisterResourceHookRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (m *monitor) RegisterErrorHook(context.Context, *pulumirpc.RegisterErrorHookRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// RequirePulumiVersion is met: this engine knows what the program's SDK knows.
func (e *engine) RequirePulumiVersion(context.Context, *pulumirpc.RequirePulumiVersionRequest) (*pulumirpc.RequirePulumiVersionResponse, error) {
	return &pulumirpc.RequirePulumiVersionResponse{}, nil
}

func (e *engine) Log(_ context.Context, req *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	e.monitor.mu.Lock()
	defer e.monitor.mu.Unlock()
	switch req.GetSeverity() {
	case pulumirpc.LogSeverity_ERROR:
		e.monitor.recording.Errors = append(e.monitor.recording.Errors, req.GetMessage())
	case pulumirpc.LogSeverity_WARNING:
		e.monitor.recording.Warnings = append(e.monitor.recording.Warnings, req.GetMessage())
	}
	return &emptypb.Empty{}, nil
}

func (e *engine) GetRootResource(context.Context, *pulumirpc.GetRootResourceRequest) (*pulumirpc.GetRootResourceResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return &pulumirpc.GetRootResourceResponse{Urn: e.root}, nil
}

func (e *engine) SetRootResource(_ context.Context, req *pulumirpc.SetRootResourceRequest) (*pulumirpc.SetRootResourceResponse, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.root = req.GetUrn()
	return &pulumirpc.SetRootResourceResponse{}, nil
}

// providerName takes the resource name out of a provider reference "<urn>::<id>".
func providerName(ref string) string {
	parts := strings.Split(ref, "::")
	if len(parts) < 4 {
		return ""
	}
	return parts[3]
}

// flows are the URNs whose outputs flow into the inputs of a registration.
func flows(req *pulumirpc.RegisterResourceRequest) map[string][]string {
	all := map[string][]string{}
	for input, from := range req.GetPropertyDependencies() {
		if urns := from.GetUrns(); len(urns) > 0 {
			all[input] = urns
		}
	}
	return all
}

// dependencies are all URNs that a registration waits for: explicit ones, those of its properties, and its provider.
func dependencies(req *pulumirpc.RegisterResourceRequest) []string {
	set := map[string]bool{}
	for _, d := range req.GetDependencies() {
		set[d] = true
	}
	for _, p := range req.GetPropertyDependencies() {
		for _, d := range p.GetUrns() {
			set[d] = true
		}
	}
	refs := []string{req.GetProvider()}
	for _, ref := range req.GetProviders() {
		refs = append(refs, ref)
	}
	for _, ref := range refs {
		if i := strings.LastIndex(ref, "::"); i > 0 {
			set[ref[:i]] = true
		}
	}
	all := make([]string, 0, len(set))
	for d := range set {
		all = append(all, d)
	}
	sort.Strings(all)
	return all
}

// plain unwraps secrets, names the top-level properties that hold one, and writes unknown values as Unknown.
func plain(properties resource.PropertyMap) (values map[string]any, secrets []string) {
	for _, k := range properties.StableKeys() {
		if v := properties[k]; v.ContainsSecrets() {
			secrets = append(secrets, string(k))
		}
	}
	values = properties.MapRepl(nil, func(v resource.PropertyValue) (any, bool) {
		switch {
		case v.IsSecret():
			return v.SecretValue().Element.MapRepl(nil, unknowns), true
		default:
			return unknowns(v)
		}
	})
	return values, secrets
}

func unknowns(v resource.PropertyValue) (any, bool) {
	switch {
	case v.IsComputed(), v.IsOutput() && !v.OutputValue().Known:
		return Unknown, true
	case v.IsResourceReference():
		return string(v.ResourceReferenceValue().URN), true
	}
	return nil, false
}
