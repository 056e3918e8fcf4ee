package kubernetes

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/kubernetes/chart"
	"ambient-ecs/sandbox/provider"
)

// releaseTimeout is how long Helm waits by default, in the cluster's time.
const releaseTimeout = 5 * time.Minute

// releaseInputs are the inputs of a Release that the sandbox looks at; any other is refused.
var releaseInputs = []string{
	"atomic", "chart", "cleanupOnFail", "compat", "createNamespace", "dependencyUpdate", "description", "maxHistory", "name", "namespace",
	"repositoryOpts", "resourceNames", "skipAwait", "skipCrds", "timeout", "values", "version", "waitForJobs",
}

// checkRelease names the release and renders its chart, as the real provider does: a chart that cannot be
// found or rendered fails the preview.
func (s *session) checkRelease(r provider.Resource) (map[string]any, []provider.Failure, error) {
	inputs := copyMap(r.Inputs)
	var failures []provider.Failure
	for _, key := range slices.Sorted(maps.Keys(inputs)) {
		if !slices.Contains(releaseInputs, key) {
			failures = append(failures, provider.Failure{Property: key, Reason: "the sandbox does not model this input of a Release"})
		}
	}
	if inputs["chart"] == nil {
		failures = append(failures, provider.Failure{Property: "chart", Reason: "missing required property 'chart'"})
	}
	if len(failures) > 0 {
		return inputs, failures, nil
	}
	if name := inputs["name"]; name == nil || name == "" {
		inputs["name"] = r.Name + "-" + unique(r)
		if old := api.String(r.OldInputs, "name"); strings.HasPrefix(old, r.Name+"-") {
			inputs["name"] = old
		}
	}
	if inputs["namespace"] == nil {
		inputs["namespace"] = s.namespace
	}
	if provider.HasUnknown(inputs) {
		return inputs, nil, nil
	}
	if _, err := s.plan(inputs, 1); err != nil {
		return nil, nil, err
	}
	return inputs, nil, nil
}

// diffRelease compares inputs. Another name or namespace is another release.
func (s *session) diffRelease(r provider.Resource) (provider.Changes, error) {
	c := provider.Changes{Changed: differences(r.OldInputs, r.Inputs, "")}
	for _, path := range c.Changed {
		if path == "name" || path == "namespace" {
			c.Replace = append(c.Replace, path)
		}
	}
	return c, nil
}

// planned is a release that has been rendered and not been installed.
type planned struct {
	name, namespace string
	chart           string
	version         string
	values          map[string]any
	objects         []api.Object
	inputs          map[string]any
}

// plan finds and renders the chart that inputs ask for.
func (s *session) plan(inputs map[string]any, revision int) (*planned, error) {
	c, err := chart.Locate(api.String(inputs, "chart"), api.String(inputs, "repositoryOpts", "repo"), api.String(inputs, "version"))
	if err != nil {
		return nil, err
	}
	p := &planned{
		name: api.String(inputs, "name"), namespace: api.String(inputs, "namespace"),
		chart: c.Metadata.Name, version: c.Metadata.Version, inputs: inputs,
	}
	p.values, _ = inputs["values"].(map[string]any)
	if len(p.name) > 53 {
		return nil, fmt.Errorf("release name %q exceeds the maximum length of 53 characters", p.name)
	}
	p.objects, err = chart.Objects(c, p.values, p.namespace, p.name, s.kubernetesVersion(), revision)
	return p, err
}

// kubernetesVersion is the cluster's version, or a recent one while there is no cluster.
func (s *session) kubernetesVersion() string {
	version := "1.34"
	_ = s.look(func(c *api.Cluster) error {
		if cluster := clusterOf(c); cluster != nil {
			version = cmp.Or(cluster.String("version"), version)
		}
		return nil
	})
	return "v" + version + ".0-eks-sandbox"
}

func (s *session) createRelease(ctx context.Context, r provider.Resource) (string, map[string]any, error) {
	if r.Preview {
		return "", r.Inputs, nil
	}
	p, err := s.plan(r.Inputs, 1)
	if err != nil {
		return "", nil, err
	}
	rel, err := s.install(ctx, p)
	if rel == nil {
		return "", nil, releaseError("create", err)
	}
	id := p.namespace + "/" + p.name
	if err != nil {
		return "", nil, &provider.PartialError{ID: id, State: p.state(rel), Inputs: r.Inputs, Reason: fmt.Errorf(
			"Helm release %q was created, but failed to initialize completely. Use Helm CLI to investigate.: "+
				"failed to become available within allocated timeout. Error: Helm Release %s: %w", id, id, err)}
	}
	return id, p.state(rel), nil
}

func (s *session) updateRelease(ctx context.Context, r provider.Resource) (map[string]any, error) {
	if r.Preview {
		return r.Inputs, nil
	}
	p, err := s.plan(r.Inputs, int(api.Int(r.State, "status", "revision"))+1)
	if err != nil {
		return nil, err
	}
	rel, err := s.upgrade(ctx, p)
	if rel == nil {
		return nil, releaseError("update", err)
	}
	if err != nil {
		return nil, &provider.PartialError{ID: r.ID, State: p.state(rel), Inputs: r.Inputs, Reason: fmt.Errorf(
			"Helm release %q failed to initialize completely. Use Helm CLI to investigate.: error running update: "+
				"failed to become available within allocated timeout. Error: Helm Release %s: %w", r.ID, r.ID, err)}
	}
	return p.state(rel), nil
}

func (s *session) readRelease(r provider.Resource) (string, map[string]any, map[string]any, error) {
	namespace, name := parseID(r.ID)
	var rel *release
	err := s.look(func(c *api.Cluster) (err error) {
		rel, err = lastRelease(c, namespace, name)
		return err
	})
	switch {
	case isUnreachable(err) && s.deleteUnreachable, errors.Is(err, errNoRelease):
		return r.ID, nil, nil, nil
	case err != nil:
		return "", nil, nil, fmt.Errorf("failed to read resource state due to unreachable cluster. %s: %w", ifClusterGone, err)
	}
	inputs := copyMap(r.Inputs)
	if len(inputs) == 0 {
		inputs = map[string]any{"chart": rel.Chart, "name": name, "namespace": namespace}
	}
	if inputs["version"] != nil {
		inputs["version"] = rel.Version
	}
	if (len(rel.Values) > 0 || inputs["values"] != nil) && !api.Equal(inputs["values"], rel.Values) {
		inputs["values"] = rel.Values
	}
	p := &planned{name: name, namespace: namespace, chart: rel.Chart, version: rel.Version, values: rel.Values, inputs: inputs}
	if p.objects, err = rel.objects(); err != nil {
		return "", nil, nil, err
	}
	return r.ID, inputs, p.state(rel), nil
}

func (s *session) deleteRelease(ctx context.Context, r provider.Resource) error {
	namespace, name := parseID(r.ID)
	return releaseError("delete", s.uninstall(ctx, namespace, name, timeoutOf(r.OldInputs, r.State)))
}

// releaseError gives an unreachable cluster the words that the provider has for releases.
func releaseError(verb string, err error) error {
	var u *unreachableError
	if errors.As(err, &u) {
		return fmt.Errorf("can't %s Helm Release with unreachable cluster: %w", verb, u.reason)
	}
	if meta.IsNoMatchError(err) {
		return fmt.Errorf("unable to build kubernetes objects from release manifest: resource mapping not found: %w\nensure CRDs are installed first", err)
	}
	return err
}

// state is the resource's state for a release.
func (p *planned) state(rel *release) map[string]any {
	state := copyMap(p.inputs)
	state["version"] = rel.Version
	state["resourceNames"] = p.resourceNames()
	state["status"] = map[string]any{
		"appVersion": rel.Version, "chart": rel.Chart, "name": p.name, "namespace": p.namespace,
		"revision": rel.Revision, "status": rel.Status, "version": rel.Version,
	}
	return state
}

// resourceNames lists the objects by "Kind.group/version".
func (p *planned) resourceNames() map[string]any {
	names := map[string]any{}
	for _, o := range p.objects {
		key := api.KindOf(o).Kind + "/" + api.KindOf(o).GroupVersion().String()
		list, _ := names[key].([]any)
		names[key] = append(list, api.ID(o))
	}
	return names
}

// timeoutOf returns how long Helm waits for a release.
func timeoutOf(inputs ...map[string]any) time.Duration {
	for _, in := range inputs {
		if seconds := api.Int(in, "timeout"); seconds > 0 {
			return time.Duration(seconds) * time.Second
		}
	}
	return releaseTimeout
}
