package observability

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// TracingTypeToken is the Pulumi type of Tracing.
const TracingTypeToken = "ambient-ecs:observability:Tracing"

// meshNamespace is Istio's root namespace: a Telemetry there is for the whole mesh.
const meshNamespace = "istio-system"

// TracingArgs configures Tracing.
type TracingArgs struct {
	// TracingProvider is the collector's name in the mesh's configuration. Required.
	TracingProvider string
	// Sampling is the share of requests that is traced, in percent: 1 to 100.
	Sampling int
	// Provider is the cluster's. Required.
	Provider pulumi.ProviderResource
	// After is what must exist first: istiod, which checks the object.
	After []pulumi.Resource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *TracingArgs) Validate() error {
	var problems []error
	if a.TracingProvider == "" {
		problems = append(problems, errors.New("TracingProvider is empty"))
	}
	if a.Sampling < 1 || a.Sampling > 100 {
		problems = append(problems, fmt.Errorf("Sampling %d is no share in percent", a.Sampling))
	}
	if a.Provider == nil {
		problems = append(problems, errors.New("Provider is nil"))
	}
	return errors.Join(problems...)
}

// Tracing has the waypoints send traces. ztunnel sees connections and no requests, and sends none.
type Tracing struct{ pulumi.ResourceState }

// NewTracing registers the Telemetry object.
func NewTracing(ctx *pulumi.Context, name string, args *TracingArgs, opts ...pulumi.ResourceOption) (*Tracing, error) {
	if args == nil {
		return nil, fmt.Errorf("tracing %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("tracing %s: %w", name, err)
	}
	component := &Tracing{}
	if err := ctx.RegisterComponentResource(TracingTypeToken, name, component, opts...); err != nil {
		return nil, fmt.Errorf("tracing %s: %w", name, err)
	}
	if _, err := apiextensions.NewCustomResource(ctx, name, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String("telemetry.istio.io/v1"),
		Kind:       pulumi.String("Telemetry"),
		Metadata:   metav1.ObjectMetaArgs{Name: pulumi.String("mesh-tracing"), Namespace: pulumi.String(meshNamespace)},
		OtherFields: kubernetes.UntypedArgs{"spec": map[string]any{"tracing": []any{map[string]any{
			"providers":                []any{map[string]any{"name": args.TracingProvider}},
			"randomSamplingPercentage": args.Sampling,
		}}}},
	}, child(component, args.Provider, after(args.After))...); err != nil {
		return nil, fmt.Errorf("tracing %s: register the Telemetry: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(component, pulumi.Map{"sampling": pulumi.Int(args.Sampling)}); err != nil {
		return nil, fmt.Errorf("tracing %s: %w", name, err)
	}
	return component, nil
}
