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
	// Identities change when an istiod must restart to get the AWS role that it is meant to have, by the name of its
	// release. Required for each.
	Identities map[string]pulumi.StringOutput

	// CA is the mesh's certificate authority. Nil: istiod makes one and keeps its key in a Secret of its own.
	CA *CA

	// Repository holds the charts: "oci://…" or "https://…". Required. Their version is the images' tag.
	Repository string
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
	problems := []error{a.charts().Validate(), a.CA.validate()}
	if a.License == "" {
		problems = append(problems, errors.New("License is empty: istiod refuses to start without one"))
	}
	for _, istiod := range a.Charts.Istiods() {
		if _, set := a.Identities[istiod.Release()]; !set {
			problems = append(problems, fmt.Errorf("Identities has none for %s: it could not read any ECS cluster", istiod.Release()))
		}
	}
	if a.Repository == "" {
		problems = append(problems, errors.New("Repository is empty"))
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
	// The digest is of a value that nobody can guess, and much too short to find it by.
	digest := sha256.Sum256([]byte(a.License))
	charts.PodAnnotations = with(charts.PodAnnotations, AnnotationLicense, hex.EncodeToString(digest[:6]))
	if a.CA != nil {
		charts.PodAnnotations = with(charts.PodAnnotations, AnnotationCA, a.CA.Digest())
		charts.ProxyAnnotations = with(charts.ProxyAnnotations, AnnotationCA, a.CA.Digest())
	}
	return charts
}

// with is a copy of a map with one more entry.
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
	// Releases are the Helm releases by name.
	Releases map[string]*helm.Release

	istiods []pulumi.Resource
}

// Istiod is what needs istiod waits for: all of them, because each may have a say.
func (c *ControlPlane) Istiod() []pulumi.Resource { return slices.Clone(c.istiods) }

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
	for _, build := range []func() error{b.namespace, b.license, b.authority, b.releases} {
		if err := build(); err != nil {
			return nil, fmt.Errorf("control plane %s: %w", name, err)
		}
	}
	if err := ctx.RegisterResourceOutputs(plane, pulumi.Map{
		"namespace": pulumi.String(values.Namespace),
		"version":   pulumi.String(args.Charts.Tag),
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

	// secrets are what istiod reads when it starts.
	secrets []pulumi.Resource
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

func (b *planeBuilder) license() error {
	encoded := base64.StdEncoding.EncodeToString([]byte(b.args.License))
	secret, err := corev1.NewSecret(b.ctx, LicenseSecret, &corev1.SecretArgs{
		Metadata: metav1.ObjectMetaArgs{
			Name:      pulumi.String(LicenseSecret),
			Namespace: pulumi.String(values.Namespace),
		},
		Data: pulumi.ToSecret(pulumi.StringMap{LicenseKey: pulumi.String(encoded)}).(pulumi.StringMapOutput),
	}, b.child(after([]pulumi.Resource{b.out.Namespace}))...)
	if err != nil {
		return fmt.Errorf("register licence: %w", err)
	}
	b.secrets = append(b.secrets, secret)
	return nil
}

// releases registers the releases, each chart after the one before. The chain is what takes istio-cni down last. Istiods
// do not wait for each other.
func (b *planeBuilder) releases() error {
	before, made := []pulumi.Resource{b.out.Namespace}, []pulumi.Resource(nil)
	chart := ""
	for _, release := range b.args.charts().Releases() {
		if release.Chart != chart && made != nil {
			before, made = made, nil
		}
		chart = release.Chart
		one, err := b.release(release, before)
		if err != nil {
			return err
		}
		b.out.Releases[release.Name] = one
		made = append(made, one)
	}
	return nil
}

func (b *planeBuilder) release(release values.Release, needs []pulumi.Resource) (*helm.Release, error) {
	inputs := helm.Values(release.Values)
	istiod := release.Chart == values.ChartIstiod
	if istiod {
		needs = slices.Concat(b.secrets, needs, b.args.GatewayAPI)
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
	}, b.child(after(needs, b.args.After))...)
	if err != nil {
		return nil, err
	}
	if istiod {
		b.out.istiods = append(b.out.istiods, made)
	}
	return made, nil
}

// podAnnotations adds the one annotation whose value comes late.
func (b *planeBuilder) podAnnotations(istiod string) pulumi.StringMap {
	annotations := pulumi.ToStringMap(b.args.charts().PodAnnotations)
	annotations[AnnotationIdentity] = b.args.Identities[istiod]
	return annotations
}
