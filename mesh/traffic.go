package mesh

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/mesh/traffic"
	"ambient-ecs/problem"
)

// TrafficTypeToken is the Pulumi type of Traffic.
const TrafficTypeToken = "ambient-ecs:mesh:Traffic"

// TrafficArgs configures a Traffic.
type TrafficArgs struct {
	// Object is the object that shapes the requests to one service. Required.
	Object traffic.Object
	// Provider is the cluster's provider. It comes after the cluster with its nodes. Required.
	Provider pulumi.ProviderResource
	// Behind is what must be there before the first request. Nil: nothing.
	Behind component.Dependency
	// Namespace is the object's namespace. Required.
	Namespace component.After[Namespace]
	// Istiod reads the object on admission. Required.
	Istiod component.After[Istiod]
}

// Validate reports every problem of the arguments, or returns nil.
func (a *TrafficArgs) Validate() error {
	var p problem.List
	for _, field := range []struct{ name, value string }{
		{"Kind", a.Object.Kind}, {"Name", a.Object.Name}, {"Namespace", a.Object.Namespace},
	} {
		if field.value == "" {
			p.Missing("Object."+field.name, "an object has one")
		}
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	return p.Err()
}

// needs are what the object waits for.
func (a *TrafficArgs) needs() []component.Dependency {
	all := []component.Dependency{a.Namespace, a.Istiod}
	if a.Behind != nil {
		all = append(all, a.Behind)
	}
	return all
}

// Traffic decides how a waypoint distributes the requests to one service.
type Traffic struct {
	pulumi.ResourceState

	// Ready is the object. A resource that waits for it comes after the requests are shaped.
	Ready component.After[Traffic]
}

// NewTraffic registers the object.
func NewTraffic(ctx *pulumi.Context, name string, args *TrafficArgs, opts ...pulumi.ResourceOption) (*Traffic, error) {
	out := &Traffic{}
	return component.New(ctx, TrafficTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		made, err := apiextensions.NewCustomResource(ctx, name, &apiextensions.CustomResourceArgs{
			ApiVersion: pulumi.String(args.Object.APIVersion),
			Kind:       pulumi.String(args.Object.Kind),
			Metadata: metav1.ObjectMetaArgs{
				Name:      pulumi.String(args.Object.Name),
				Namespace: pulumi.String(args.Object.Namespace),
			},
			OtherFields: kubernetes.UntypedArgs{"spec": args.Object.Spec},
		}, component.Child(out, args.Provider, component.DependsOn(args.needs()...))...)
		if err != nil {
			return nil, fmt.Errorf("register: %w", err)
		}
		out.Ready = component.Made[Traffic](made)
		return pulumi.Map{"kind": pulumi.String(args.Object.Kind)}, nil
	})
}

// shapes returns the objects that shape traffic, by namespace.
func shapes(cfg config.Config) (map[string][]traffic.Object, error) {
	all := map[string][]traffic.Object{}
	var problems []error
	for _, d := range cfg.Destinations() {
		declared := cfg.TrafficOf(d)
		if declared == nil {
			continue
		}
		s := traffic.Service{Namespace: d.Namespace, Name: d.Name(), Hostname: d.Hostname}
		if d.Shared == "" {
			s.Entry = cfg.ServiceEntry(d.Cluster, d.Service)
		}
		s.Default = backends(cfg, d, declared.Split)
		if len(declared.Split) == 0 {
			s.Default = []traffic.Backend{{Hostname: d.Hostname, Port: d.Port, Weight: 1}}
		}
		for _, r := range declared.Routes {
			route := traffic.Route{PathPrefix: r.PathPrefix, Method: r.Method, To: backends(cfg, d, r.To)}
			for _, name := range slices.Sorted(maps.Keys(r.Headers)) {
				route.Headers = append(route.Headers, traffic.Header{Name: name, Value: r.Headers[name]})
			}
			s.Routes = append(s.Routes, route)
		}
		s.Timeout = duration(declared.Timeout)
		if r := declared.Retries; r != nil && r.Attempts != nil {
			s.Retries = &traffic.Retries{Attempts: *r.Attempts, PerTry: duration(r.PerTryTimeout), On: r.On}
		}
		if f := declared.Fault; f != nil {
			s.Fault = &traffic.Fault{}
			if f.Delay != nil {
				s.Fault.DelayPercent, s.Fault.Delay = f.Delay.Percent, duration(f.Delay.Duration)
			}
			if f.Abort != nil {
				s.Fault.AbortPercent, s.Fault.AbortStatus = f.Abort.Percent, f.Abort.Status
			}
		}
		object, err := s.Object()
		if err != nil {
			problems = append(problems, err)
			continue
		}
		all[d.Namespace] = append(all[d.Namespace], object)
	}
	return all, errors.Join(problems...)
}

// backends returns the backends in the order of their names: a stable order gives a stable preview.
func backends(cfg config.Config, d config.Destination, weights map[string]int) []traffic.Backend {
	var all []traffic.Backend
	for _, name := range slices.Sorted(maps.Keys(weights)) {
		if backend, known := cfg.Backend(d, name); known {
			all = append(all, traffic.Backend{Hostname: backend.Hostname, Port: backend.Port, Weight: weights[name]})
		}
	}
	return all
}

// duration reads a duration that the configuration's checks have accepted. Empty is 0.
func duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0
	}
	return d
}
