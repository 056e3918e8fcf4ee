package mesh

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/iam"
	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/helm"
	"ambient-ecs/mesh/podsecurity"
	"ambient-ecs/mesh/values"
	"ambient-ecs/problem"
)

// ControlPlaneTypeToken is the Pulumi type of ControlPlane.
const ControlPlaneTypeToken = "ambient-ecs:mesh:ControlPlane"

// The Secret with the licence.
const (
	LicenseSecret = "istio-license"
	LicenseKey    = "license-key"
)

// The annotations of istiod's pods that restart the pods when the value behind them changes. istiod reads both values
// only when a pod starts.
const (
	// AnnotationIdentity is istiod's AWS identity.
	AnnotationIdentity = "ambient-ecs/pod-identity"
	// AnnotationLicense is a digest of the licence.
	AnnotationLicense = "ambient-ecs/license"
)

// releaseTimeout is how long one release may take until it is ready, or removed. Images come over a NAT gateway, and
// nodes may have to join first.
const releaseTimeout = 15 * time.Minute

// ControlPlaneArgs configures a ControlPlane.
type ControlPlaneArgs struct {
	// Charts are the values of the charts. Required. The component sets License itself.
	Charts values.Args
	// GatewayReplicas is the number of pods of the east-west gateway, one at least. Required.
	GatewayReplicas int
	// PodSecurity is the Pod Security Standard of the mesh's namespaces. istio-system is privileged where it is set. Empty: no
	// labels.
	PodSecurity podsecurity.Level
	// SecretEnv keeps istiod's environment encrypted in the state and out of previews. In the cluster the environment
	// stays readable, because the chart copies every value into a ConfigMap.
	SecretEnv bool
	// LicenseDelivery says how istiod gets the licence. Required.
	LicenseDelivery values.LicenseDelivery
	// License is the licence itself. Required.
	License string
	// Identities hold a text for each istiod, by the name of its release. The text changes when the istiod must
	// restart to get its AWS role. Required for each.
	Identities map[string]pulumi.StringOutput

	// CA is the mesh's certificate authority. Nil: istiod makes one and keeps the key in a Secret of its own.
	CA *CA

	// Repository holds the charts: "oci://…" or "https://…". Required. Their version is the images' tag.
	Repository string
	// Username and Password are the repository's credentials: both or neither.
	Username, Password string

	// Provider is the cluster's provider. It comes after the cluster with its nodes and istiod's Pod Identity
	// association. Required.
	Provider *kubernetes.Provider
	// GatewayAPI is what istiod must find when it starts. Required.
	GatewayAPI component.After[GatewayAPI]
	// Discovery is for the roles that istiod assumes. They are made long before the cluster is, and must outlive
	// istiod. Required.
	Discovery component.After[iam.DiscoveryRole]
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ControlPlaneArgs) Validate() error {
	var p problem.List
	p.Under("Charts", a.charts().Validate())
	p.Under("CA", a.CA.validate())
	if a.GatewayReplicas < 1 {
		p.Refuse("GatewayReplicas", a.GatewayReplicas, "tasks could not reach istiod")
	}
	if a.License == "" {
		p.Missing("License", "istiod refuses to start without one")
	}
	for _, istiod := range a.Charts.Istiods() {
		if _, set := a.Identities[istiod.Release()]; !set {
			p.Missing(fmt.Sprintf("Identities[%q]", istiod.Release()), "it could not read any ECS cluster")
		}
	}
	if a.Repository == "" {
		p.Missing("Repository", "the charts come from it")
	}
	helm.CheckCredentials(&p, a.Username, a.Password)
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	return p.Err()
}

// charts completes the values with those that the component itself decides.
func (a *ControlPlaneArgs) charts() values.Args {
	charts := a.Charts
	charts.License = values.License{Secret: LicenseSecret, Key: LicenseKey, Delivery: a.LicenseDelivery}
	// The licence cannot be guessed, and the digest is much too short to reveal it.
	digest := sha256.Sum256([]byte(a.License))
	charts.PodAnnotations = with(charts.PodAnnotations, AnnotationLicense, hex.EncodeToString(digest[:6]))
	if a.CA != nil {
		charts.PodAnnotations = with(charts.PodAnnotations, values.AnnotationCA, a.CA.Digest())
		charts.ProxyAnnotations = with(charts.ProxyAnnotations, values.AnnotationCA, a.CA.Digest())
	}
	return charts
}

// with returns a copy of a map with one more entry.
func with(all map[string]string, key, value string) map[string]string {
	more := map[string]string{key: value}
	for k, v := range all {
		if k != key {
			more[k] = v
		}
	}
	return more
}

// ControlPlane is Istio: the node agent, the custom resource definitions, istiod and the node proxy.
type ControlPlane struct {
	pulumi.ResourceState

	// Namespace is istio-system.
	Namespace *corev1.Namespace
	// Istiod stands for all istiods. A resource that needs istiod waits for all of them.
	Istiod component.After[Istiod]
	// Ready stands for all releases. A workload of the mesh waits for it.
	Ready component.After[ControlPlane]
}

// Istiod stands for the istiods of a control plane.
type Istiod struct{}

// NewControlPlane registers the namespace, the licence and the releases, each after the one before.
func NewControlPlane(ctx *pulumi.Context, name string, args *ControlPlaneArgs, opts ...pulumi.ResourceOption) (*ControlPlane, error) {
	plane := &ControlPlane{}
	return component.New(ctx, ControlPlaneTypeToken, name, plane, args, opts, func() (pulumi.Map, error) {
		b := &planeBuilder{ctx: ctx, args: args, out: plane}
		for _, build := range []func() error{b.namespace, b.license, b.authority, b.gateways, b.releases} {
			if err := build(); err != nil {
				return nil, err
			}
		}
		plane.Istiod, plane.Ready = component.Made[Istiod](b.istiods...), component.Made[ControlPlane](b.all...)
		return pulumi.Map{
			"namespace": pulumi.String(values.Namespace),
			"version":   pulumi.String(args.Charts.Tag),
		}, nil
	})
}

// planeBuilder registers the children of a ControlPlane, in the order of its methods.
type planeBuilder struct {
	ctx  *pulumi.Context
	args *ControlPlaneArgs
	out  *ControlPlane

	// secrets are what istiod reads when it starts.
	secrets []pulumi.Resource
	// all are the releases, istiods those of istiod.
	all, istiods []pulumi.Resource
}

func (b *planeBuilder) child(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return component.Child(b.out, b.args.Provider, more...)
}

// namespace registers istio-system with its network: the gateway takes the label over when it is made.
func (b *planeBuilder) namespace() (err error) {
	b.out.Namespace, err = corev1.NewNamespace(b.ctx, values.Namespace, &corev1.NamespaceArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:   pulumi.String(values.Namespace),
			Labels: pulumi.ToStringMap(b.args.PodSecurity.System().Label(map[string]string{eastwest.LabelNetwork: b.args.Charts.Network})),
		},
		// Its removal waits for the removal of the gateway's load balancer, which may take AWS minutes.
	}, b.child(minutes("5m", "20m"))...)
	if err != nil {
		return fmt.Errorf("register namespace %s: %w", values.Namespace, err)
	}
	return nil
}

func (b *planeBuilder) license() error {
	encoded := base64.StdEncoding.EncodeToString([]byte(b.args.License))
	secret, err := corev1.NewSecret(b.ctx, LicenseSecret, &corev1.SecretArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:      pulumi.String(LicenseSecret),
			Namespace: pulumi.String(values.Namespace),
		},
		Data: pulumi.ToSecret(pulumi.StringMap{LicenseKey: pulumi.String(encoded)}).(pulumi.StringMapOutput),
	}, b.child(behind(b.out.Namespace))...)
	if err != nil {
		return fmt.Errorf("register licence: %w", err)
	}
	b.secrets = append(b.secrets, secret)
	return nil
}

// gateways registers what the pods of the east-west gateway have in common. istiod reads it when it makes them.
func (b *planeBuilder) gateways() error {
	defaults, err := classDefaults(b.ctx, eastwest.DefaultsName, eastwest.Class, values.Overlay(eastwest.Class, b.args.GatewayReplicas, b.args.PodSecurity), b.child(behind(b.out.Namespace)))
	if err != nil {
		return err
	}
	b.secrets = append(b.secrets, defaults)
	return nil
}

// stages are the charts in the order of their releases. The definitions need no node agent, and the node agent no definitions.
var stages = map[string]int{values.ChartCNI: 0, values.ChartBase: 0, values.ChartIstiod: 1, values.ChartZtunnel: 2}

// releases registers the releases, each after those of the stage before. So istio-cni outlives every pod of the mesh. Istiods do not wait
// for each other.
func (b *planeBuilder) releases() error {
	before, made := []pulumi.Resource{b.out.Namespace}, []pulumi.Resource(nil)
	stage := 0
	for _, release := range b.args.charts().Releases() {
		if next := stages[release.Chart]; next != stage {
			before, made, stage = made, nil, next
		}
		one, err := b.release(release, before)
		if err != nil {
			return err
		}
		made, b.all = append(made, one), append(b.all, one)
	}
	return nil
}

func (b *planeBuilder) release(release values.Release, needs []pulumi.Resource) (*helm.Release, error) {
	inputs := helm.Values(release.Values)
	after := []component.Dependency{component.Behind(needs...)}
	istiod := release.Chart == values.ChartIstiod
	if istiod {
		after = append(after, component.Behind(b.secrets...), b.args.GatewayAPI, b.args.Discovery)
		inputs["podAnnotations"] = b.podAnnotations(release.Name)
		if b.args.SecretEnv {
			inputs["env"] = pulumi.ToSecret(inputs["env"])
		}
	}
	chart, repository := values.Reference(b.args.Repository, release.Chart)
	made, err := helm.NewRelease(b.ctx, release.Name, &helm.ReleaseArgs{
		Name:       release.Name,
		Namespace:  values.Namespace,
		Chart:      chart,
		Version:    release.Version,
		Repository: repository,
		Username:   b.args.Username,
		Password:   b.args.Password,
		Values:     inputs,
		Timeout:    releaseTimeout,
		After:      after,
	}, b.child()...)
	if err != nil {
		return nil, err
	}
	if istiod {
		b.istiods = append(b.istiods, made)
	}
	return made, nil
}

// podAnnotations adds the one annotation whose value is an output.
func (b *planeBuilder) podAnnotations(istiod string) pulumi.StringMap {
	annotations := pulumi.ToStringMap(b.args.charts().PodAnnotations)
	annotations[AnnotationIdentity] = b.args.Identities[istiod]
	return annotations
}
