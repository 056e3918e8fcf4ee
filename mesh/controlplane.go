package mesh

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/helm"
	"ambient-ecs/mesh/values"
)

// ControlPlaneTypeToken is the Pulumi type of ControlPlane.
const ControlPlaneTypeToken = "ambient-ecs:mesh:ControlPlane"

// The Secret with the licence.
const (
	LicenseSecret = "istio-license"
	LicenseKey    = "license-key"
)

// The annotations of istiod's pods that restart them when what they stand for changes. Both are read only
// when a pod starts.
const (
	// AnnotationIdentity is istiod's AWS identity.
	AnnotationIdentity = "ambient-ecs/pod-identity"
	// AnnotationLicense is a digest of the licence.
	AnnotationLicense = "ambient-ecs/license"
)

// releaseTimeout is how long one release may take to become ready, or to be gone. Images come over a NAT
// gateway, and nodes may have to join first.
const releaseTimeout = 15 * time.Minute

// ControlPlaneArgs configures a ControlPlane.
type ControlPlaneArgs struct {
	// Charts are the values of the charts. Required. Its License is left to the component.
	Charts values.Args
	// SecretEnv keeps istiod's environment encrypted in the state and out of previews. In the cluster it stays
	// readable: the chart copies every value into a ConfigMap.
	SecretEnv bool
	// LicenseDelivery says how istiod gets at the licence. Required.
	LicenseDelivery values.LicenseDelivery
	// License is the licence itself. Required.
	License string
	// Identity changes when istiod must restart to get the AWS role that it is meant to have. Required.
	Identity pulumi.StringInput

	// Repository holds the charts: "oci://…" or "https://…". Version is theirs. Both required.
	Repository, Version string
	// Username and Password are the repository's credentials: both or neither.
	Username, Password string

	// Provider is the cluster's. Required.
	Provider pulumi.ProviderResource
	// After is what must exist first: the cluster with its nodes, and istiod's Pod Identity association.
	After []pulumi.Resource
	// GatewayAPI is what istiod must find when it starts.
	GatewayAPI []pulumi.Resource
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ControlPlaneArgs) Validate() error {
	problems := []error{a.charts().Validate()}
	if a.License == "" {
		problems = append(problems, errors.New("License is empty: istiod refuses to start without one"))
	}
	if a.Identity == nil {
		problems = append(problems, errors.New("Identity is nil"))
	}
	if a.Repository == "" {
		problems = append(problems, errors.New("Repository is empty"))
	}
	if a.Version == "" {
		problems = append(problems, errors.New("Version is empty: the newest chart would be installed"))
	}
	if (a.Username == "") != (a.Password == "") {
		problems = append(problems, errors.New("Username and Password: want both or neither"))
	}
	if a.Provider == nil {
		problems = append(problems, errors.New("Provider is nil"))
	}
	return errors.Join(problems...)
}

// charts completes the values with what the component itself decides.
func (a *ControlPlaneArgs) charts() values.Args {
	charts := a.Charts
	charts.License = values.License{Secret: LicenseSecret, Key: LicenseKey, Delivery: a.LicenseDelivery}
	annotations := maps.Clone(charts.PodAnnotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	// The digest is of a value that nobody can guess, and much too short to find it by.
	digest := sha256.Sum256([]byte(a.License))
	annotations[AnnotationLicense] = hex.EncodeToString(digest[:6])
	charts.PodAnnotations = annotations
	return charts
}

// ControlPlane is Istio: the node agent, the custom resource definitions, istiod and the node proxy.
type ControlPlane struct {
	pulumi.ResourceState

	// Namespace is istio-system.
	Namespace *corev1.Namespace
	// Releases are the Helm releases by name.
	Releases map[string]*helm.Release
}

// Istiod is what needs istiod waits for.
func (c *ControlPlane) Istiod() []pulumi.Resource {
	return []pulumi.Resource{c.Releases[values.ReleaseIstiod]}
}

// All is what a workload of the mesh waits for: every release, in a stable order.
func (c *ControlPlane) All() []pulumi.Resource {
	var all []pulumi.Resource
	for _, name := range slices.Sorted(maps.Keys(c.Releases)) {
		all = append(all, c.Releases[name])
	}
	return all
}

// NewControlPlane registers the namespace, the licence and the releases, each after the one before.
func NewControlPlane(ctx *pulumi.Context, name string, args *ControlPlaneArgs, opts ...pulumi.ResourceOption) (*ControlPlane, error) {
	if args == nil {
		return nil, fmt.Errorf("control plane %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("control plane %s: %w", name, err)
	}
	plane := &ControlPlane{Releases: map[string]*helm.Release{}}
	if err := ctx.RegisterComponentResource(ControlPlaneTypeToken, name, plane, opts...); err != nil {
		return nil, fmt.Errorf("control plane %s: %w", name, err)
	}
	b := &planeBuilder{ctx: ctx, args: args, out: plane}
	for _, build := range []func() error{b.namespace, b.license, b.releases} {
		if err := build(); err != nil {
			return nil, fmt.Errorf("control plane %s: %w", name, err)
		}
	}
	if err := ctx.RegisterResourceOutputs(plane, pulumi.Map{
		"namespace": pulumi.String(values.Namespace),
		"version":   pulumi.String(args.Version),
	}); err != nil {
		return nil, fmt.Errorf("control plane %s: %w", name, err)
	}
	return plane, nil
}

// planeBuilder registers the children of a ControlPlane, in the order of its methods.
type planeBuilder struct {
	ctx  *pulumi.Context
	args *ControlPlaneArgs
	out  *ControlPlane

	secret *corev1.Secret
}

func (b *planeBuilder) child(more ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return child(b.out, b.args.Provider, more...)
}

// namespace registers istio-system with its network: the gateway takes the label over when it is made.
func (b *planeBuilder) namespace() (err error) {
	b.out.Namespace, err = corev1.NewNamespace(b.ctx, values.Namespace, &corev1.NamespaceArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:   pulumi.String(values.Namespace),
			Labels: pulumi.StringMap{eastwest.LabelNetwork: pulumi.String(b.args.Charts.Network)},
		},
		// Its removal waits for the gateway's load balancer, which AWS may take minutes to remove.
	}, b.child(after(b.args.After), minutes("5m", "20m"))...)
	if err != nil {
		return fmt.Errorf("register namespace %s: %w", values.Namespace, err)
	}
	return nil
}

func (b *planeBuilder) license() (err error) {
	encoded := base64.StdEncoding.EncodeToString([]byte(b.args.License))
	b.secret, err = corev1.NewSecret(b.ctx, LicenseSecret, &corev1.SecretArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:      pulumi.String(LicenseSecret),
			Namespace: pulumi.String(values.Namespace),
		},
		Data: pulumi.ToSecret(pulumi.StringMap{LicenseKey: pulumi.String(encoded)}).(pulumi.StringMapOutput),
	}, b.child(after([]pulumi.Resource{b.out.Namespace}))...)
	if err != nil {
		return fmt.Errorf("register licence: %w", err)
	}
	return nil
}

// releases registers the releases, each after the one before. The chain is what takes istio-cni down last.
func (b *planeBuilder) releases() error {
	before := []pulumi.Resource{b.out.Namespace}
	for _, release := range b.args.charts().Releases() {
		needs := before
		inputs := helm.Values(release.Values)
		if release.Name == values.ReleaseIstiod {
			needs = append([]pulumi.Resource{b.secret}, before...)
			needs = append(needs, b.args.GatewayAPI...)
			inputs["podAnnotations"] = b.podAnnotations()
			if b.args.SecretEnv {
				inputs["env"] = pulumi.ToSecret(inputs["env"])
			}
		}
		chart, repository := values.Reference(b.args.Repository, release.Chart)
		made, err := helm.NewRelease(b.ctx, release.Name, &helm.ReleaseArgs{
			Name:       release.Name,
			Namespace:  values.Namespace,
			Chart:      chart,
			Version:    b.args.Version,
			Repository: repository,
			Username:   b.args.Username,
			Password:   b.args.Password,
			Values:     inputs,
			Timeout:    releaseTimeout,
		}, b.child(after(needs, b.args.After))...)
		if err != nil {
			return err
		}
		b.out.Releases[release.Name] = made
		before = []pulumi.Resource{made}
	}
	return nil
}

// podAnnotations adds the one annotation whose value comes late.
func (b *planeBuilder) podAnnotations() pulumi.StringMap {
	annotations := pulumi.ToStringMap(b.args.charts().PodAnnotations)
	annotations[AnnotationIdentity] = b.args.Identity
	return annotations
}
