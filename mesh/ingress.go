package mesh

import (
	"encoding/base64"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/ingress"
	"ambient-ecs/mesh/loadbalancer"
	"ambient-ecs/mesh/podsecurity"
	"ambient-ecs/problem"
)

// IngressTypeToken is the Pulumi type of Ingress.
const IngressTypeToken = "ambient-ecs:mesh:Ingress"

// IngressArgs configures an Ingress.
type IngressArgs struct {
	// Gateway is what the manifests are made from. Required.
	Gateway ingress.Gateway
	// Certificate and Key are PEM. Required where TLS ends at the gateway, and not allowed elsewhere.
	Certificate, Key string
	// PodSecurity is the Pod Security Standard of the namespace. Empty: no label.
	PodSecurity podsecurity.Level
	// Provider is the cluster's provider. It comes after the cluster with its nodes. Required.
	Provider *kubernetes.Provider
	// Istiod makes the gateway's Service and its pods, and GatewayAPI makes its kinds. Required.
	Istiod     component.After[Istiod]
	GatewayAPI component.After[GatewayAPI]
	// Balancer is the controller of the load balancer and the load balancer's security group, which must outlive the
	// gateway. Nil: EKS's own controller makes it.
	Balancer component.Dependency
	// Guests keep the routes of Gateway.Guests to their own hosts. The gateway admits those routes after it. Nil: there are no guests.
	Guests component.Dependency
	// Services are the namespaces of the services behind the gateway, with their policies and waypoints. Those must decide
	// about the first request. Required.
	Services component.After[Namespace]
}

// Validate reports every problem of the arguments, or returns nil.
func (a *IngressArgs) Validate() error {
	var p problem.List
	p.Under("Gateway", a.Gateway.Validate())
	if atGateway := a.Gateway.CertificateARN == ""; atGateway != (a.Certificate != "") || atGateway != (a.Key != "") {
		p.Missing("Certificate", "TLS ends at the load balancer with Gateway.CertificateARN, or at the gateway with Certificate and Key")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	if a.Gateway.LoadBalancer.Controller == loadbalancer.AWS && a.Balancer == nil {
		p.Missing("Balancer", "nobody would make the load balancer, and it would outlive its controller")
	}
	if len(a.Gateway.Guests) > 0 && a.Guests == nil {
		p.Missing("Guests", "a team could take the host of somebody else before it is kept to its own")
	}
	return p.Err()
}

// guests is the option by which the gateway waits for what keeps its guests apart.
func (a *IngressArgs) guests() pulumi.ResourceOption {
	if a.Guests == nil {
		return behind()
	}
	return component.DependsOn(a.Guests)
}

// balancer is the option by which a resource waits for the load balancer's maker, if that is a part of the stack.
func (a *IngressArgs) balancer() pulumi.ResourceOption {
	if a.Balancer == nil {
		return behind()
	}
	return component.DependsOn(a.Balancer)
}

// Ingress is the gateway through which users outside the mesh reach its services.
type Ingress struct {
	pulumi.ResourceState

	// Address is the load balancer's name, or its IP address where it has one.
	Address pulumi.StringOutput
	// Namespace is what makes the gateway's namespace.
	Namespace component.After[Ingress]
}

// NewIngress registers the gateway in a namespace of its own, waits for its address, and registers the routes.
func NewIngress(ctx *pulumi.Context, name string, args *IngressArgs, opts ...pulumi.ResourceOption) (*Ingress, error) {
	out := &Ingress{}
	return component.New(ctx, IngressTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		b := &ingressBuilder{ctx: ctx, name: name, args: args, out: out}
		for _, build := range []func() error{b.namespace, b.parameters, b.certificate, b.gateway, b.routes} {
			if err := build(); err != nil {
				return nil, err
			}
		}
		return pulumi.Map{"address": out.Address}, nil
	})
}

// ingressBuilder registers the children of an Ingress, in the order of its methods.
type ingressBuilder struct {
	ctx  *pulumi.Context
	name string
	args *IngressArgs
	out  *Ingress

	// needs are what the gateway needs of its namespace.
	needs []pulumi.Resource
	made  *apiextensions.CustomResource
}

func (b *ingressBuilder) child(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return component.Child(b.out, b.args.Provider, more...)
}

func (b *ingressBuilder) namespace() error {
	namespace, err := corev1.NewNamespace(b.ctx, b.name, &corev1.NamespaceArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:   pulumi.String(b.args.Gateway.Namespace),
			Labels: pulumi.ToStringMap(b.args.PodSecurity.Label(b.args.Gateway.LoadBalancer.Controller.Label(map[string]string{eastwest.LabelNetwork: b.args.Gateway.Network}))),
		},
		// Its removal waits for the removal of the gateway's load balancer, which may take AWS minutes.
	}, b.child(b.args.balancer(), minutes("5m", "20m"))...)
	if err != nil {
		return fmt.Errorf("register namespace: %w", err)
	}
	b.needs, b.out.Namespace = append(b.needs, namespace), component.Made[Ingress](namespace)
	return nil
}

func (b *ingressBuilder) metadata(name string) metav1.ObjectMetaArgs {
	return metav1.ObjectMetaArgs{Name: pulumi.String(name), Namespace: pulumi.String(b.args.Gateway.Namespace)}
}

// parameters registers what istiod merges into the objects that it makes for the gateway.
func (b *ingressBuilder) parameters() error {
	made, err := corev1.NewConfigMap(b.ctx, b.name+"-parameters", &corev1.ConfigMapArgs{
		Metadata: b.metadata(ingress.Parameters),
		Data:     pulumi.ToStringMap(b.args.Gateway.ParametersData(b.args.PodSecurity)),
	}, b.child(behind(b.needs...))...)
	if err != nil {
		return fmt.Errorf("register %s: %w", ingress.Parameters, err)
	}
	b.needs = append(b.needs, made)
	return nil
}

func (b *ingressBuilder) certificate() error {
	if b.args.Certificate == "" {
		return nil
	}
	encoded := func(text string) pulumi.String { return pulumi.String(base64.StdEncoding.EncodeToString([]byte(text))) }
	made, err := corev1.NewSecret(b.ctx, b.name+"-certificate", &corev1.SecretArgs{
		Metadata: b.metadata(ingress.Certificate),
		Type:     pulumi.String("kubernetes.io/tls"),
		Data: pulumi.ToSecret(pulumi.StringMap{
			"tls.crt": encoded(b.args.Certificate), "tls.key": encoded(b.args.Key),
		}).(pulumi.StringMapOutput),
	}, b.child(behind(b.needs[0]))...)
	if err != nil {
		return fmt.Errorf("register certificate: %w", err)
	}
	b.needs = append(b.needs, made)
	return nil
}

func (b *ingressBuilder) gateway() (err error) {
	labels, annotations := b.args.Gateway.Metadata()
	metadata := b.metadata(ingress.Name)
	metadata.Labels, metadata.Annotations = pulumi.ToStringMap(labels), pulumi.ToStringMap(annotations)
	b.made, err = apiextensions.NewCustomResource(b.ctx, b.name, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String(eastwest.APIVersion), Kind: pulumi.String(eastwest.KindGateway), Metadata: metadata,
		OtherFields: kubernetes.UntypedArgs{"spec": b.args.Gateway.Spec()},
		// The gateway is complete when it is programmed, and before that AWS has to make a load balancer.
	}, b.child(behind(b.needs...), component.DependsOn(b.args.Istiod, b.args.GatewayAPI), b.args.guests(), minutes("20m", "20m"))...)
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	component.Slow(b.ctx, b.made, waiting(b.args.Gateway.Namespace, ingress.Name), b.args.Istiod, b.args.GatewayAPI)
	b.out.Address = address(b.ctx, b.made, b.name+"-"+ingress.Class, b.args.Gateway.Namespace, ingress.Service, b.scheme, b.child())
	return nil
}

// scheme warns of a load balancer that is to be public or internal and lives as the other. The preview of the Gateway shows an annotation only.
func (b *ingressBuilder) scheme(service string, annotations map[string]string) error {
	change := b.args.Gateway.LoadBalancer.SchemeChange(service, annotations)
	if change == "" {
		return nil
	}
	return b.ctx.Log.Warn("ingress.scheme: "+change+" Without a loss: make a second stack, move the records, and destroy this one (docs/ingress.md).", nil)
}

// routes registers the routes behind the gateway and behind the policies of the services: no request passes before
// there is somebody who decides about it.
func (b *ingressBuilder) routes() error {
	for _, route := range b.args.Gateway.Routes() {
		if _, err := apiextensions.NewCustomResource(b.ctx, b.name+"-"+route.Name, &apiextensions.CustomResourceArgs{
			ApiVersion: pulumi.String(route.APIVersion), Kind: pulumi.String(route.Kind), Metadata: b.metadata(route.Name),
			OtherFields: kubernetes.UntypedArgs{"spec": route.Spec},
		}, b.child(behind(slices.Concat(b.needs, []pulumi.Resource{b.made})...), component.DependsOn(b.args.Services, b.args.Istiod))...); err != nil {
			return fmt.Errorf("register route %s: %w", route.Name, err)
		}
	}
	return nil
}
