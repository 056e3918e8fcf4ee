package observability

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/mesh"
	"ambient-ecs/problem"
)

// TracingTypeToken is the Pulumi type of Tracing.
const TracingTypeToken = "ambient-ecs:observability:Tracing"

// meshNamespace is Istio's root namespace. A Telemetry object there applies to the whole mesh.
const meshNamespace = "istio-system"

// TracingArgs configures Tracing.
type TracingArgs struct {
	// TracingProvider is the collector's name in the mesh's configuration. Required.
	TracingProvider string
	// Sampling is the percentage of requests that is traced: 1 to 100.
	Sampling int
	// Provider is the cluster's provider. It comes after the cluster with its nodes. Required.
	Provider *kubernetes.Provider
	// Mesh includes the istiod that checks the object. Required.
	Mesh component.After[mesh.Mesh]
}

// Validate reports every problem of the arguments, or returns nil.
func (a *TracingArgs) Validate() error {
	var p problem.List
	if a.TracingProvider == "" {
		p.Missing("TracingProvider", "the traces would go nowhere")
	}
	p.Between("Sampling", a.Sampling, 1, 100, "it is a share in percent")
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	return p.Err()
}

// Tracing makes the waypoints send traces. ztunnel sends none, because it sees connections and not requests.
type Tracing struct{ pulumi.ResourceState }

// NewTracing registers the Telemetry object.
func NewTracing(ctx *pulumi.Context, name string, args *TracingArgs, opts ...pulumi.ResourceOption) (*Tracing, error) {
	out := &Tracing{}
	return component.New(ctx, TracingTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		if _, err := apiextensions.NewCustomResource(ctx, name, &apiextensions.CustomResourceArgs{
			ApiVersion: pulumi.String("telemetry.istio.io/v1"),
			Kind:       pulumi.String("Telemetry"),
			Metadata:   metav1.ObjectMetaArgs{Name: pulumi.String("mesh-tracing"), Namespace: pulumi.String(meshNamespace)},
			OtherFields: kubernetes.UntypedArgs{"spec": map[string]any{"tracing": []any{map[string]any{
				"providers":                []any{map[string]any{"name": args.TracingProvider}},
				"randomSamplingPercentage": args.Sampling,
			}}}},
		}, component.Child(out, args.Provider, component.DependsOn(args.Mesh))...); err != nil {
			return nil, fmt.Errorf("register the Telemetry: %w", err)
		}
		return pulumi.Map{"sampling": pulumi.Int(args.Sampling)}, nil
	})
}
