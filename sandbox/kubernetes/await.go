package kubernetes

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"k8s.io/client-go/util/jsonpath"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// Hurry is the speed of the cluster's clock for waits: Hurry seconds of the cluster pass in one real second.
const Hurry = 30

// patience is how long the provider waits for an object, in the cluster's time.
const patience = 10 * time.Minute

// pending is the reason why something is not ready yet.
type pending struct{ reason string }

// await waits until an object is as its inputs want it: its own readiness, or what pulumi.com/waitFor says.
func (s *session) await(ctx context.Context, o, inputs api.Object) error {
	notes := api.Annotations(inputs)
	if notes[skipAwait] == "true" {
		return nil
	}
	ready := readiness(o)
	if expression := notes[waitFor]; expression != "" {
		conditions, err := parseWaitFor(expression)
		if err != nil {
			return err
		}
		ready = func(_ *api.Cluster, live api.Object) *pending { return conditions.unmet(live) }
	}
	if ready == nil {
		return nil
	}
	limit := patience
	if seconds, err := strconv.Atoi(notes[timeoutNote]); err == nil && seconds > 0 {
		limit = time.Duration(seconds) * time.Second
	}
	return s.poll(ctx, limit, func(c *api.Cluster) (*pending, error) {
		live, err := c.Read(api.KindOf(o), api.Namespace(o), api.Name(o))
		if err != nil {
			return nil, err
		}
		return ready(c, live), nil
	})
}

// poll waits until check returns no error, for at most limit of the cluster's time. Its error is the last one
// that check returned.
func (s *session) poll(ctx context.Context, limit time.Duration, check func(c *api.Cluster) (*pending, error)) error {
	var last *pending
	var since world.Moment
	return s.world.Wait(ctx, func(tx *world.Tx) (bool, error) {
		if since.IsZero() {
			since = tx.Moment()
		}
		c, err := s.reach(tx)
		if err != nil {
			return false, err
		}
		if last, err = check(c); err == nil && last != nil && tx.Past(since, limit/Hurry) {
			err = fmt.Errorf("timed out after %s: %s", limit, last.reason)
		}
		return last == nil, err
	})
}

// readiness returns what an object's kind waits for, nil for nothing.
func readiness(o api.Object) func(*api.Cluster, api.Object) *pending {
	switch api.KindOf(o) {
	case api.DeploymentKind, api.DaemonSetKind:
		return unready
	case api.ServiceKind:
		return unservedService
	}
	return nil
}

// unready says why a Deployment or a DaemonSet has not rolled out, nil when it has.
func unready(c *api.Cluster, o api.Object) *pending {
	wanted, ready := api.Int(o, "spec", "replicas"), api.Int(o, "status", "readyReplicas")
	current := api.Int(o, "status", "updatedReplicas")
	if api.KindOf(o) == api.DaemonSetKind {
		wanted, ready = api.Int(o, "status", "desiredNumberScheduled"), api.Int(o, "status", "numberReady")
		current = api.Int(o, "status", "updatedNumberScheduled")
	}
	if api.Int(o, "status", "observedGeneration") >= api.Int(o, "metadata", "generation") && current >= wanted && ready >= wanted {
		return nil
	}
	reason := fmt.Sprintf("%s %s: %d of %d pods are ready", api.KindOf(o).Kind, api.ID(o), ready, wanted)
	if status, why, message := api.Condition(o, "ReplicaFailure"); status == "True" {
		reason += fmt.Sprintf("; %s: %s", why, message)
	}
	for _, pod := range podsOf(c, o) {
		if status, why, message := api.Condition(pod, "Ready"); status != "True" && why != "" {
			reason += fmt.Sprintf("; [Pod %s]: %s", api.ID(pod), why)
			if message != "" {
				reason += ": " + message
			}
		}
	}
	return &pending{reason}
}

// unservedService waits for a load balancer's address.
func unservedService(_ *api.Cluster, o api.Object) *pending {
	if api.String(o, "spec", "type") != "LoadBalancer" || len(api.List(o, "status", "loadBalancer", "ingress")) > 0 {
		return nil
	}
	return &pending{fmt.Sprintf("Service %s was not allocated an IP address; does your cloud provider support this?", api.ID(o))}
}

// awaitGone waits until an object has gone, or another one has its name.
func (s *session) awaitGone(ctx context.Context, subject subject, namespace, name, uid string) error {
	return s.poll(ctx, patience, func(c *api.Cluster) (*pending, error) {
		o := c.Get(subject.kind, namespace, name)
		if o == nil || api.UID(o) != uid {
			return nil, nil
		}
		return &pending{fmt.Sprintf("%s %s still exists: finalizers might be preventing deletion (%s)",
			subject.kind.Kind, api.ID(o), holders(c, o))}, nil
	})
}

// holders names what blocks an object's deletion: its own finalizers, or the contents of a namespace.
func holders(c *api.Cluster, o api.Object) string {
	var names []string
	for _, f := range api.List(o, "metadata", "finalizers") {
		names = append(names, fmt.Sprint(f))
	}
	if api.KindOf(o) == api.NamespaceKind {
		for _, content := range c.Contents(api.Name(o)) {
			names = append(names, content["kind"].(string)+" "+api.Name(content))
		}
	}
	return strings.Join(names, ", ")
}

// waits are the expressions of one pulumi.com/waitFor annotation; all of them must hold.
type waits []func(api.Object) *pending

func (w waits) unmet(o api.Object) *pending {
	for _, check := range w {
		if p := check(o); p != nil {
			return p
		}
	}
	return nil
}

// parseWaitFor reads "condition=Type[=Status]", "jsonpath={…}[=value]" or a JSON list of those.
func parseWaitFor(text string) (waits, error) {
	expressions := []string{text}
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		if err := json.Unmarshal([]byte(text), &expressions); err != nil {
			return nil, fmt.Errorf("parsing %s annotation: %w", waitFor, err)
		}
	}
	var w waits
	for _, expression := range expressions {
		kind, rest, _ := strings.Cut(expression, "=")
		switch kind {
		case "condition":
			w = append(w, conditionHolds(rest))
		case "jsonpath":
			check, err := pathHolds(rest)
			if err != nil {
				return nil, fmt.Errorf("parsing %s annotation: %w", waitFor, err)
			}
			w = append(w, check)
		default:
			return nil, fmt.Errorf("parsing %s annotation: expected a \"jsonpath=\" or \"condition=\" prefix, got %q", waitFor, expression)
		}
	}
	return w, nil
}

func conditionHolds(rest string) func(api.Object) *pending {
	kind, want, ok := strings.Cut(rest, "=")
	if !ok {
		want = "True"
	}
	return func(o api.Object) *pending {
		status, why, message := api.Condition(o, kind)
		if strings.EqualFold(status, want) {
			return nil
		}
		reason := fmt.Sprintf("%s %s: waiting for condition %s=%s", api.KindOf(o).Kind, api.ID(o), kind, want)
		if why != "" {
			reason += fmt.Sprintf(" (it is %s: %s: %s)", status, why, message)
		}
		return &pending{reason}
	}
}

func pathHolds(rest string) (func(api.Object) *pending, error) {
	end := strings.LastIndex(rest, "}")
	if end < 0 {
		return nil, fmt.Errorf("%q has no closing brace", rest)
	}
	expression, want := rest[:end+1], strings.TrimPrefix(rest[end+1:], "=")
	path := jsonpath.New("waitFor").AllowMissingKeys(true)
	if err := path.Parse(expression); err != nil {
		return nil, err
	}
	return func(o api.Object) *pending {
		var out strings.Builder
		if err := path.Execute(&out, api.Copy(o)); err == nil && out.String() != "" && (want == "" || out.String() == want) {
			return nil
		}
		return &pending{fmt.Sprintf("%s %s: waiting for %s", api.KindOf(o).Kind, api.ID(o), rest)}
	}, nil
}
