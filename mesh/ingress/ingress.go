package ingress

import (
	"maps"
	"slices"
	"strings"

	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/loadbalancer"
	"ambient-ecs/mesh/podsecurity"
	"ambient-ecs/mesh/traffic"
	"ambient-ecs/mesh/values"
	"ambient-ecs/problem"
)

// Class is Istio's gateway class. istiod makes it.
const Class = "istio"

// replicas is the number of the gateway's pods. With a single pod, every rollout of a node would be an outage.
const replicas = 2

// The names of objects in the gateway's namespace.
const (
	// Name is the Gateway's. Service is that of the Service, Deployment and service account that istiod makes for it.
	Name    = "ingress"
	Service = Name + "-" + Class
	// Parameters is the ConfigMap with replicas, spread and disruption budget.
	Parameters = Name + "-parameters"
	// Certificate is the Secret with the certificate, where TLS ends at the gateway.
	Certificate = Name + "-certificate"
)

// The ports of the gateway and of its load balancer.
const (
	PortHTTP  = 80
	PortHTTPS = 443
	// portStatus is Istio's. istiod adds it to every gateway's Service, and users have no use for it.
	portStatus = 15021
)

// The listeners' names.
const (
	listenerHTTP  = "http"
	listenerHTTPS = "https"
)

const (
	annotationWait = "pulumi.com/waitFor"
	annotationName = "gateway.istio.io/name-override"
	labelRevision  = "istio.io/rev"
	// maxAnnotations is the limit of the Gateway API on spec.infrastructure.annotations.
	maxAnnotations = 8
)

// Gateway is what the manifests are made from.
type Gateway struct {
	// Namespace is the gateway's. Required.
	Namespace string
	// Network is the mesh network of the cluster. Required.
	Network string
	// LoadBalancer is the gateway's own. Required.
	LoadBalancer loadbalancer.Settings
	// CertificateARN is the certificate with which the load balancer ends TLS. Empty: the gateway ends TLS, by the Secret
	// Certificate.
	CertificateARN string
	// Revision is the istiod that runs the gateway. Empty: the mesh's default one.
	Revision string
	// Restart is put on the gateway's pods. They restart when it changes.
	Restart map[string]string
	// Hosts are the names that users ask for. At least one, each once.
	Hosts []Host
	// Guests are the teams that route hosts of their own, from namespaces of their own.
	Guests []Guest
}

// Guest is a team that routes hosts of its own.
type Guest struct {
	// Name becomes part of an object's name.
	Name string
	// Namespaces are where its routes may be. At least one.
	Namespaces []string
	// Hosts are its names. At least one. The Gateway admits every name from the namespaces, so an admission policy must keep its routes to
	// these.
	Hosts []string
}

// Host is a name with its routes.
type Host struct {
	// Name is a DNS name, or one with the first label *.
	Name string
	// Routes are chosen by the longest prefix. At least one.
	Routes []Route
}

// Route sends requests to backends.
type Route struct {
	// PathPrefix is the beginning of the path, in whole segments. Empty: any path.
	PathPrefix string
	To         []traffic.Backend
}

// Validate reports every problem of the gateway, or returns nil.
func (g Gateway) Validate() error {
	var p problem.List
	if g.Namespace == "" {
		p.Missing("Namespace", "the gateway has one of its own")
	}
	if g.Network == "" {
		p.Missing("Network", "the gateway reaches tasks on the network of the mesh")
	}
	p.Under("LoadBalancer", g.LoadBalancer.Validate())
	if len(g.Hosts) == 0 {
		p.Missing("Hosts", "no request would get an answer")
	}
	seen := map[string]bool{}
	for _, host := range g.Hosts {
		field := "Hosts[" + host.Name + "]"
		if seen[host.Name] {
			p.Refuse("Hosts", host.Name, "it is there twice")
		}
		seen[host.Name] = true
		if len(host.Routes) == 0 {
			p.Missing(field+".Routes", "no request would get an answer")
		}
		for _, route := range host.Routes {
			sum := 0
			for _, b := range route.To {
				sum += b.Weight
			}
			if sum == 0 {
				p.Missing(field+".Routes["+route.path()+"].To", "the route has no backend with a weight")
			}
		}
	}
	for _, guest := range g.Guests {
		field := "Guests[" + guest.Name + "]"
		if guest.Name == "" || len(guest.Namespaces) == 0 || len(guest.Hosts) == 0 {
			p.Missing(field, "a guest has a name, namespaces and hosts")
		}
		for _, host := range guest.Hosts {
			if seen[host] {
				p.Refuse(field+".Hosts", host, "the host has two owners")
			}
			seen[host] = true
		}
	}
	if n := len(g.infrastructure()); n > maxAnnotations {
		p.Refuse("LoadBalancer", n, "it has so many annotations: the Gateway API allows %d", maxAnnotations)
	}
	return p.Err()
}

// Metadata are the Gateway's own labels and annotations.
func (g Gateway) Metadata() (labels, annotations map[string]string) {
	labels = map[string]string{}
	if g.Revision != "" {
		labels[labelRevision] = g.Revision
	}
	return labels, map[string]string{annotationWait: "condition=Programmed", annotationName: Service}
}

// infrastructure are the annotations of all that istiod makes for the gateway.
func (g Gateway) infrastructure() map[string]string {
	all := g.LoadBalancer.Annotations()
	if g.LoadBalancer.Controller == loadbalancer.AWS {
		delete(all, loadbalancer.Subnets) // ParametersData has it
	}
	maps.Copy(all, g.Restart)
	return all
}

// Spec is the Gateway's spec, with every field that the API server would fill in.
func (g Gateway) Spec() map[string]any {
	listener := func(name, protocol string, port int) map[string]any {
		return map[string]any{
			"name": name, "port": port, "protocol": protocol,
			"allowedRoutes": map[string]any{"namespaces": map[string]any{"from": "Same"}},
		}
	}
	// Where the load balancer has ended TLS, this port receives clear text.
	secure := listener(listenerHTTPS, "HTTP", PortHTTPS)
	if g.CertificateARN == "" {
		secure["protocol"] = "HTTPS"
		secure["tls"] = map[string]any{"mode": "Terminate", "certificateRefs": []any{map[string]any{"group": "", "kind": "Secret", "name": Certificate}}}
	}
	if namespaces := g.admits(); len(namespaces) > 1 {
		secure["allowedRoutes"] = map[string]any{"namespaces": map[string]any{"from": "Selector", "selector": map[string]any{
			"matchExpressions": []any{map[string]any{"key": labelNamespace, "operator": "In", "values": namespaces}},
		}}}
	}
	annotations := map[string]any{}
	for key, value := range g.infrastructure() {
		annotations[key] = value
	}
	return map[string]any{
		"gatewayClassName": Class,
		"infrastructure": map[string]any{
			"labels":        map[string]any{eastwest.LabelNetwork: g.Network},
			"annotations":   annotations,
			"parametersRef": map[string]any{"group": "", "kind": "ConfigMap", "name": Parameters},
		},
		"listeners": []any{listener(listenerHTTP, "HTTP", PortHTTP), secure},
	}
}

// labelNamespace is the name of a namespace as a label. The API server sets it, and nobody can change it.
// https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-metadata-name, 2026-11-29.
const labelNamespace = "kubernetes.io/metadata.name"

// admits are the namespaces whose routes the Gateway passes requests on for, sorted: its own and those of guests.
func (g Gateway) admits() []any {
	all := []string{g.Namespace}
	for _, guest := range g.Guests {
		all = append(all, guest.Namespaces...)
	}
	slices.Sort(all)
	var values []any
	for _, namespace := range slices.Compact(all) {
		values = append(values, namespace)
	}
	return values
}

// ParametersData is the data of the ConfigMap Parameters. The Service keeps the address of the client, and has the
// ports of the two listeners alone. Annotations for which the Gateway API has no room are here too.
func (g Gateway) ParametersData(level podsecurity.Level) map[string]string {
	data := values.Overlay(Class, replicas, level)
	service := map[string]any{"spec": map[string]any{
		"externalTrafficPolicy": "Local",
		"ports":                 []any{map[string]any{"port": portStatus, "$patch": "delete"}},
	}}
	if g.LoadBalancer.Controller == loadbalancer.AWS {
		// Where targets are pods, a network load balancer gives them its own address unless it is told otherwise.
		// (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html, 2026-11-29)
		annotations := map[string]any{loadbalancer.Prefix + "target-group-attributes": "preserve_client_ip.enabled=true"}
		if subnets, named := g.LoadBalancer.Annotations()[loadbalancer.Subnets]; named {
			annotations[loadbalancer.Subnets] = subnets
		}
		if g.CertificateARN != "" {
			annotations[loadbalancer.Prefix+"ssl-negotiation-policy"] = SecurityPolicy
		}
		service["metadata"] = map[string]any{"annotations": annotations}
	}
	data["service"] = values.Text(service)
	return data
}

// SecurityPolicy is the policy of a load balancer that ends TLS: TLS 1.2 and 1.3 alone.
// (https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html, 2026-11-29)
const SecurityPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06"

// Routes are the HTTPRoutes of the hosts, and the one that redirects to HTTPS, with every field that the API server
// would fill in.
func (g Gateway) Routes() []traffic.Object {
	var names []string
	all := []traffic.Object{{}}
	for _, host := range g.Hosts {
		names = append(names, host.Name)
		all = append(all, g.route(host.object(), listenerHTTPS, []string{host.Name}, host.rules(g.CertificateARN != "")))
	}
	all[0] = g.redirect(redirect, names)
	for _, guest := range g.Guests {
		all = append(all, g.redirect(redirect+"."+guest.Name, guest.Hosts))
	}
	return all
}

// redirect begins the names of the HTTPRoutes that redirect to HTTPS.
const redirect = "redirect"

func (g Gateway) redirect(name string, hosts []string) traffic.Object {
	return g.route(name, listenerHTTP, hosts, []any{map[string]any{
		"matches": []any{prefix("/")},
		"filters": []any{map[string]any{"type": "RequestRedirect", "requestRedirect": map[string]any{"scheme": "https", "statusCode": 301}}},
	}})
}

// Parent is a Gateway to which a route of another namespace is bound.
type Parent struct{ Namespace, Name string }

// GuestRoute is the HTTPRoute of a guest, with every field that the API server would fill in. cleartext says that the load balancer ends TLS.
func GuestRoute(namespace, name string, parents []Parent, hosts []string, routes []Route, cleartext bool) traffic.Object {
	var refs []any
	for _, parent := range parents {
		refs = append(refs, map[string]any{"group": group, "kind": eastwest.KindGateway, "namespace": parent.Namespace, "name": parent.Name, "sectionName": listenerHTTPS})
	}
	return traffic.Object{
		APIVersion: eastwest.APIVersion, Kind: KindRoute, Namespace: namespace, Name: name,
		Spec: map[string]any{"parentRefs": refs, "hostnames": anys(hosts), "rules": Host{Routes: routes}.rules(cleartext)},
	}
}

// KindRoute is the kind of what binds a host to backends, and group is that of the Gateway API.
const (
	KindRoute = "HTTPRoute"
	group     = "gateway.networking.k8s.io"
)

func anys(values []string) (all []any) {
	for _, value := range values {
		all = append(all, value)
	}
	return all
}

func (g Gateway) route(name, listener string, hosts []string, rules []any) traffic.Object {
	return traffic.Object{
		APIVersion: eastwest.APIVersion, Kind: KindRoute, Namespace: g.Namespace, Name: name,
		Spec: map[string]any{
			"parentRefs": []any{map[string]any{"group": group, "kind": eastwest.KindGateway, "name": Name, "sectionName": listener}},
			"hostnames":  anys(hosts),
			"rules":      rules,
		},
	}
}

// rules are the host's, the longest prefix first.
func (h Host) rules(cleartext bool) (all []any) {
	for _, route := range h.ordered() {
		all = append(all, route.rule(cleartext))
	}
	return all
}

// rule is the route as a rule of an HTTPRoute. cleartext says that the load balancer ends TLS.
func (r Route) rule(cleartext bool) map[string]any {
	var backends []any
	for _, b := range r.To {
		backends = append(backends, map[string]any{
			"group": "networking.istio.io", "kind": "Hostname", "name": b.Hostname, "port": b.Port, "weight": b.Weight,
		})
	}
	rule := map[string]any{"matches": []any{prefix(r.path())}, "backendRefs": backends}
	if cleartext {
		// The client spoke HTTPS, but the gateway sees clear text and would say so.
		rule["filters"] = []any{map[string]any{"type": "RequestHeaderModifier", "requestHeaderModifier": map[string]any{
			"set": []any{map[string]any{"name": "x-forwarded-proto", "value": "https"}},
		}}}
	}
	return rule
}

func prefix(path string) map[string]any {
	return map[string]any{"path": map[string]any{"type": "PathPrefix", "value": path}}
}

// object is the name of the host's HTTPRoute. No object has a name with a star, and no two hosts give one name.
func (h Host) object() string {
	if rest, wildcard := strings.CutPrefix(h.Name, "*."); wildcard {
		return "any." + rest
	}
	return "host." + h.Name
}

// ordered are the routes with the longest prefix first, as the Gateway API tries them.
func (h Host) ordered() []Route {
	return slices.SortedStableFunc(slices.Values(h.Routes), func(a, b Route) int { return len(b.path()) - len(a.path()) })
}

// path returns the prefix without a slash at its end, which makes no difference to whole segments.
func (r Route) path() string {
	if trimmed := strings.TrimRight(r.PathPrefix, "/"); trimmed != "" {
		return trimmed
	}
	return "/"
}
