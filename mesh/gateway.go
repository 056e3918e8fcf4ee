package mesh

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/loadbalancer"
	"ambient-ecs/mesh/podsecurity"
	"ambient-ecs/mesh/values"
	"ambient-ecs/problem"
)

// EastWestGatewayTypeToken is the Pulumi type of EastWestGateway.
const EastWestGatewayTypeToken = "ambient-ecs:mesh:EastWestGateway"

// The ConfigMap with the root certificate. istiod writes it into every namespace, a few seconds after istiod starts.
const (
	rootConfigMap = "istio-ca-root-cert"
	rootKey       = "root-cert.pem"
)

// EastWestGatewayArgs configures an EastWestGateway.
type EastWestGatewayArgs struct {
	// Gateway is what the manifest is made from. Required.
	Gateway eastwest.Gateway
	// RootCertificate is the root certificate that workloads trust, if the configuration gives it. Empty: the program
	// reads it from istiod.
	RootCertificate string
	// Beside says that another gateway gives the root certificate, which is the whole mesh's. This one reads none.
	Beside bool
	// PodSecurity is the Pod Security Standard of the gateway's own namespace. Empty: no label.
	PodSecurity podsecurity.Level
	// Provider is the cluster's provider. It comes after the cluster with its nodes. Required.
	Provider *kubernetes.Provider
	// Istiod makes the gateway's Service and its pods, and GatewayAPI makes its class. Required.
	Istiod     component.After[Istiod]
	GatewayAPI component.After[GatewayAPI]
	// Balancer is the controller of the load balancer and the load balancer's security group, which must outlive the
	// gateway. Nil: EKS's own controller makes it.
	Balancer component.Dependency
}

// Validate reports every problem of the arguments, or returns nil.
func (a *EastWestGatewayArgs) Validate() error {
	var p problem.List
	p.Under("Gateway", a.Gateway.Validate())
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	if a.Gateway.Maker == loadbalancer.AWS && a.Balancer == nil {
		p.Missing("Balancer", "nobody would make the load balancer, and it would outlive its controller")
	}
	return p.Err()
}

// waits are what the gateway waits for.
func (a *EastWestGatewayArgs) waits() []component.Dependency {
	all := []component.Dependency{a.Istiod, a.GatewayAPI}
	if a.Balancer != nil {
		all = append(all, a.Balancer)
	}
	return all
}

// EastWestGateway is the gateway through which ECS tasks reach istiod, on an internal load balancer.
type EastWestGateway struct {
	pulumi.ResourceState

	// Address is the load balancer's name, or its IP address where it has one.
	Address pulumi.StringOutput
	// RootCertificate is the PEM certificate by which workloads verify istiod and each other.
	RootCertificate pulumi.StringOutput
	// Ready is what workloads outside the cluster wait for.
	Ready component.After[EastWestGateway]
}

// NewEastWestGateway registers the gateway and waits for its address. If the configuration gives no root certificate,
// it reads the certificate from istiod.
func NewEastWestGateway(ctx *pulumi.Context, name string, args *EastWestGatewayArgs, opts ...pulumi.ResourceOption) (*EastWestGateway, error) {
	out := &EastWestGateway{}
	return component.New(ctx, EastWestGatewayTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		labels, annotations := args.Gateway.Metadata()
		behindIt, err := out.namespace(ctx, args)
		if err != nil {
			return nil, err
		}
		gateway, err := apiextensions.NewCustomResource(ctx, name, &apiextensions.CustomResourceArgs{
			ApiVersion: pulumi.String(eastwest.APIVersion),
			Kind:       pulumi.String(eastwest.KindGateway),
			Metadata: metav1.ObjectMetaArgs{
				Name:        pulumi.String(eastwest.Name),
				Namespace:   pulumi.String(args.Gateway.Namespace()),
				Labels:      pulumi.ToStringMap(labels),
				Annotations: pulumi.ToStringMap(annotations),
			},
			OtherFields: kubernetes.UntypedArgs{"spec": args.Gateway.Spec()},
			// The gateway is complete when it is programmed, and before that AWS has to make a load balancer.
		}, component.Child(out, args.Provider, component.DependsOn(args.waits()...), behindIt, minutes("20m", "20m"))...)
		if err != nil {
			return nil, fmt.Errorf("register: %w", err)
		}
		component.Slow(ctx, gateway, waiting(args.Gateway.Namespace(), eastwest.Name), args.waits()...)
		out.Ready = component.Made[EastWestGateway](gateway)
		// The Service has the name of the first gateway's in another namespace, and one resource cannot have its name twice.
		read := eastwest.Service
		if name != eastwest.Name {
			read = name + "-" + eastwest.Class
		}
		out.Address = address(ctx, gateway, read, args.Gateway.Namespace(), eastwest.Service, nil, component.Child(out, args.Provider))
		if args.RootCertificate != "" || args.Beside {
			out.RootCertificate = pulumi.String(args.RootCertificate).ToStringOutput()
		} else {
			out.RootCertificate = rootCertificate(ctx, out.Address, component.Child(out, args.Provider))
		}
		return pulumi.Map{
			"address":         out.Address,
			"rootCertificate": out.RootCertificate,
		}, nil
	})
}

// namespace registers the gateway's own namespace, if it has one. Its removal waits for the removal of the load
// balancer, which may take AWS minutes, and so the controller and the security group are removed after that.
func (g *EastWestGateway) namespace(ctx *pulumi.Context, args *EastWestGatewayArgs) (pulumi.ResourceOption, error) {
	if args.Gateway.Namespace() == values.Namespace {
		return behind(), nil
	}
	made, err := corev1.NewNamespace(ctx, args.Gateway.Namespace(), &corev1.NamespaceArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:   pulumi.String(args.Gateway.Namespace()),
			Labels: pulumi.ToStringMap(args.PodSecurity.Label(args.Gateway.Maker.Label(map[string]string{eastwest.LabelNetwork: args.Gateway.Network}))),
		},
	}, component.Child(g, args.Provider, component.DependsOn(args.Istiod, args.Balancer), minutes("5m", "20m"))...)
	if err != nil {
		return nil, fmt.Errorf("register namespace %s: %w", args.Gateway.Namespace(), err)
	}
	return behind(made), nil
}

// address reads the Service that istiod makes for a gateway, as a resource with a name of its own.
//
// The program otherwise only computes inside Apply. This read is inside Apply so that it happens only when the
// gateway has an id. The Go SDK accepts an unknown id outside of Apply, but then gives the resource an empty URN, and
// the engine refuses every resource that depends on it (pulumi/pulumi#13910).
//
// In a preview the Service is the one that lives, and living gets its annotations. Nil: nobody asks.
func address(ctx *pulumi.Context, gateway *apiextensions.CustomResource, resource, namespace, name string, living func(service string, annotations map[string]string) error, opts []pulumi.ResourceOption) pulumi.StringOutput {
	return gateway.ID().ApplyT(func(pulumi.ID) (pulumi.StringOutput, error) {
		id := namespace + "/" + name
		service, err := corev1.GetService(ctx, resource, pulumi.ID(id), nil, opts...)
		if err != nil {
			return pulumi.StringOutput{}, fmt.Errorf("read Service %s: %w", id, err)
		}
		return pulumi.All(service.Metadata.Annotations(), service.Status).ApplyT(func(all []any) (string, error) {
			if annotations, _ := all[0].(map[string]string); living != nil && ctx.DryRun() {
				if err := living(id, annotations); err != nil {
					return "", err
				}
			}
			status, _ := all[1].(*corev1.ServiceStatus)
			return firstAddress(id, status)
		}).(pulumi.StringOutput), nil
	}).(pulumi.StringOutput)
}

// firstAddress chooses as Istio's own command does: the first entry, and its IP address before its name.
func firstAddress(id string, status *corev1.ServiceStatus) (string, error) {
	if status != nil && status.LoadBalancer != nil && len(status.LoadBalancer.Ingress) > 0 {
		entry := status.LoadBalancer.Ingress[0]
		for _, found := range []*string{entry.Ip, entry.Hostname} {
			if found != nil && *found != "" {
				return *found, nil
			}
		}
	}
	return "", fmt.Errorf("Service %s has no load balancer address, though its gateway is programmed", id)
}

// rootCertificate reads istiod's root certificate, once for the whole mesh. It waits for the address. The ConfigMap
// appears a few seconds after istiod, so it exists by then.
func rootCertificate(ctx *pulumi.Context, address pulumi.StringOutput, opts []pulumi.ResourceOption) pulumi.StringOutput {
	return address.ApplyT(func(string) (pulumi.StringOutput, error) {
		id := values.Namespace + "/" + rootConfigMap
		configMap, err := corev1.GetConfigMap(ctx, rootConfigMap, pulumi.ID(id), nil, opts...)
		if err != nil {
			return pulumi.StringOutput{}, fmt.Errorf("read ConfigMap %s: %w", id, err)
		}
		return configMap.Data.ApplyT(func(data map[string]string) (string, error) {
			if data[rootKey] == "" {
				return "", fmt.Errorf("ConfigMap %s has no %s", id, rootKey)
			}
			return data[rootKey], nil
		}).(pulumi.StringOutput), nil
	}).(pulumi.StringOutput)
}
