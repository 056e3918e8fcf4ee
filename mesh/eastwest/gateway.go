package eastwest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"

	"ambient-ecs/mesh/loadbalancer"
	"ambient-ecs/problem"
)

// The kinds of the Gateway API.
const (
	APIVersion  = "gateway.networking.k8s.io/v1"
	KindGateway = "Gateway"
	KindClass   = "GatewayClass"
)

// Class is the gateway class of Solo's distribution, Controller the controller in istiod that serves it.
// Upstream's class has one hyphen more.
const (
	Class      = "istio-eastwest"
	Controller = "istio.io/eastwest-controller"
)

// Name is the Gateway's name. Service is the name of the Service, Deployment and service account that Istio makes for
// it.
const (
	Name    = "eastwest"
	Service = Name + "-" + Class
	// DefaultsName is the name of the ConfigMap with what the pods of all gateways of Class have in common.
	DefaultsName = "eastwest-defaults"
)

// The ports of the gateway: tunnelled traffic, istiod's discovery and certificates, and the status of its pods, which
// Istio adds to the Service.
const (
	PortHBONE  = 15008
	PortXDS    = 15012
	PortStatus = 15021
)

// The annotations of the Gateway that the user cannot set.
const (
	// annotationWait makes Pulumi wait until the gateway is programmed, which requires an address.
	annotationWait = "pulumi.com/waitFor"
	// annotationName fixes the name of the Service. Without it Istio's versions choose different names.
	annotationName = "gateway.istio.io/name-override"
)

// The namespaces of the gateways. The one of the AWS Load Balancer Controller has a namespace to itself: a namespace is
// gone only when the load balancers in it are, so the controller can be removed after it.
const (
	NamespaceLegacy     = "istio-system"
	NamespaceController = "istio-eastwest"
)

// LabelNetwork is the mesh network of a namespace, gateway or workload.
const LabelNetwork = "topology.istio.io/network"

// labelExpose marks the Service by which workloads outside the cluster find istiod. Its value is the port.
const labelExpose = "istio.io/expose-istiod"

// labelRevision on a Gateway names the istiod that runs it. What istiod makes for it does not carry the label.
const labelRevision = "istio.io/rev"

// maxAnnotations is the limit of the Gateway API on spec.infrastructure.annotations.
const maxAnnotations = 8

// annotationKey is the form that the Gateway API wants of a key.
var annotationKey = regexp.MustCompile(`^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$`)

// Gateway is what the manifest is made from.
type Gateway struct {
	// Network is the mesh network of the cluster. Required.
	Network string
	// Sources are the CIDRs that may reach the load balancer: those of the mesh's VPCs, and others that are declared. Required.
	Sources []string
	// Revision is the istiod that runs the gateway. Empty: the mesh's default one.
	Revision string
	// Restart is put on the gateway's pods. They restart when it changes.
	Restart map[string]string
	// Subnets are those of the load balancer. Empty: its maker finds them by their tags.
	Subnets []string
	// Maker makes the load balancer. Empty: loadbalancer.Legacy.
	Maker loadbalancer.Controller
	// SecurityGroup is the Name tag of the load balancer's own group. Required with loadbalancer.AWS, and set only
	// there, as are AccessLogs and DeletionProtection.
	SecurityGroup      string
	AccessLogs         *loadbalancer.AccessLogs
	DeletionProtection bool
	// Annotations are merged over those that make the load balancer internal, on the Gateway and on what
	// Istio makes for it. Source ranges among them do not count: Sources says all of them.
	Annotations map[string]string
}

// Validate reports every problem that the API server would find, or returns nil.
func (g Gateway) Validate() error {
	var p problem.List
	if g.Network == "" {
		p.Missing("Network", "tasks find istiod by it")
	}
	if len(g.Sources) == 0 && g.Maker == loadbalancer.AWS {
		p.Missing("Sources", "nobody could reach the load balancer")
	}
	p.Under("", g.settings().Validate())
	for _, key := range slices.Sorted(maps.Keys(g.Annotations)) {
		field := fmt.Sprintf("Annotations[%q]", key)
		switch {
		case key == annotationWait || key == annotationName:
			p.Add(field, problem.IsSet, "the program needs it itself")
		case !annotationKey.MatchString(key):
			p.Add(field, problem.IsSet, "it is no annotation key")
		case len(g.Annotations[key]) > 4096:
			p.Add(field, problem.IsSet, "it is longer than 4096 characters")
		}
	}
	if n := len(g.infrastructure()); n > maxAnnotations {
		p.Add("Annotations", problem.IsSet, "together with the load balancer's they are %d: the Gateway API allows %d", n, maxAnnotations)
	}
	return p.Err()
}

// LoadBalancer are the annotations of the generated Service. They ask for an internal network load balancer with an
// address in every zone.
func (g Gateway) LoadBalancer() map[string]string { return g.settings().Annotations() }

func (g Gateway) settings() loadbalancer.Settings {
	maker := g.Maker
	if maker == "" {
		maker = loadbalancer.Legacy
	}
	return loadbalancer.Settings{
		Controller: maker, Sources: g.Sources, Subnets: g.Subnets, SecurityGroup: g.SecurityGroup,
		AccessLogs: g.AccessLogs, DeletionProtection: g.DeletionProtection, Extra: g.Annotations,
	}
}

// Namespace is the gateway's namespace.
func (g Gateway) Namespace() string {
	if g.Maker == loadbalancer.AWS {
		return NamespaceController
	}
	return NamespaceLegacy
}

// Metadata are the Gateway's own labels and annotations. The user's annotations are among them because
// istiod reads some, such as the type of the Service, from the Gateway alone.
func (g Gateway) Metadata() (labels, annotations map[string]string) {
	annotations = maps.Clone(g.Annotations)
	if annotations == nil {
		annotations = map[string]string{}
	}
	if sources, given := g.LoadBalancer()[loadbalancer.SourceRanges]; given && annotations[loadbalancer.SourceRanges] != "" {
		annotations[loadbalancer.SourceRanges] = sources
	} else {
		delete(annotations, loadbalancer.SourceRanges)
	}
	annotations[annotationWait] = "condition=Programmed"
	annotations[annotationName] = Service
	labels = g.labels()
	if g.Revision != "" {
		labels[labelRevision] = g.Revision
	}
	return labels, annotations
}

// infrastructure are the annotations of all that istiod makes for the gateway.
func (g Gateway) infrastructure() map[string]string {
	all := g.LoadBalancer()
	maps.Copy(all, g.Restart)
	return all
}

// Spec is the Gateway's spec. Solo's code looks the listeners up by these names.
func (g Gateway) Spec() map[string]any {
	passthrough := map[string]any{"mode": "Passthrough"}
	return map[string]any{
		"gatewayClassName": Class,
		"infrastructure": map[string]any{
			"labels":      anyMap(g.labels()),
			"annotations": anyMap(g.infrastructure()),
		},
		"listeners": []any{
			map[string]any{"name": "cross-network", "port": PortHBONE, "protocol": "HBONE", "tls": passthrough},
			map[string]any{"name": "xds-tls", "port": PortXDS, "protocol": "TLS", "tls": passthrough},
		},
	}
}

// ClassSpec is the spec of the gateway class.
func ClassSpec() map[string]any {
	return map[string]any{"controllerName": Controller}
}

func (g Gateway) labels() map[string]string {
	return map[string]string{labelExpose: strconv.Itoa(PortXDS), LabelNetwork: g.Network}
}

func anyMap(in map[string]string) map[string]any {
	out := make(map[string]any, len(in))
	for key, value := range in {
		out[key] = value
	}
	return out
}
