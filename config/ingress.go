package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// IngressSettings are the way from users outside the mesh to its services.
type IngressSettings struct {
	// Ingress is a gateway for users outside the mesh. Not set: there is none.
	Ingress Ingress `config:"ingress" confidential:"true"`
}

// Ingress is a gateway in EKS on a load balancer of its own. Users reach it by HTTPS, and it calls services of the mesh.
type Ingress struct {
	// Enabled false leaves out the gateway, and `ingress` wherever a rule names it as a caller. Empty: true.
	Enabled *bool `config:"enabled"`
	// Scheme is internal, for clients in private networks, or public. Empty: internal.
	Scheme Scheme `config:"scheme"`
	// Sources are the CIDRs of the clients. Required with the scheme public, where 0.0.0.0/0 is everybody. Empty: the
	// networks of the mesh.
	Sources []string `config:"sources" restricts:"true"`
	// CertificateARN is a certificate of ACM, in the home account and the stack's region. The load balancer ends TLS with it,
	// and speaks clear text to the gateway. Required, unless certificate and key.
	CertificateARN string `config:"certificateArn"`
	// Certificate is a PEM certificate with its chain. The gateway ends TLS with it.
	Certificate string `config:"certificate"`
	// Key is the private key of certificate, encrypted in the stack file.
	Key Secret `config:"key"`
	// AccessLogs are the access logs of the load balancer: of its TLS connections, so they need certificateArn. Only with
	// controller in gatewayLoadBalancers. Not set: none.
	AccessLogs GatewayAccessLogs `config:"accessLogs"`
	// DeletionProtection makes AWS refuse to delete the load balancer. Only with controller in gatewayLoadBalancers. Switch it
	// off with an `up` before a destroy.
	DeletionProtection bool `config:"deletionProtection"`
	// Hosts are the names that users ask for, such as shop.example.com or *.example.com. Required: at least one.
	Hosts map[string]IngressHost `config:"hosts"`
}

// IngressHost says where the requests for one name go.
type IngressHost struct {
	// Routes are chosen by the longest path prefix. A request that none of them matches is answered with 404. Required.
	Routes []IngressRoute `config:"routes"`
}

// IngressRoute sends requests to services. Each of the services must admit the caller `ingress`.
type IngressRoute struct {
	// PathPrefix is what the path begins with, in whole segments. Empty: every path.
	PathPrefix string `config:"pathPrefix" restricts:"true"`
	// To are the services with their weights: CLUSTER/NAME is an ECS service, NAME a shared service. Required.
	To map[string]int `config:"to"`
}

// Scheme says who can reach a load balancer.
type Scheme string

const (
	// SchemeInternal has private addresses in the home account's VPC.
	SchemeInternal Scheme = "internal"
	// SchemePublic has public addresses.
	SchemePublic Scheme = "public"
)

// The names of the gateway's objects.
const (
	// IngressName is the Gateway's name.
	IngressName = "ingress"
	// IngressServiceAccount is the service account, Service and Deployment that Istio makes for it.
	IngressServiceAccount = IngressName + "-istio"
)

// EnvPreferTunnel is the variable of istiod that makes its gateways reach tasks by the tunnel of ztunnel. The program sets it
// with an ingress.
const EnvPreferTunnel = "PILOT_PREFER_SENDING_HBONE"

// IsSet reports whether the stack file says anything of an ingress, switched on or off.
func (i Ingress) IsSet() bool {
	return i.Enabled != nil || i.Scheme != "" || i.CertificateARN != "" || i.Certificate != "" || i.Key != "" || i.DeletionProtection || i.AccessLogs != GatewayAccessLogs{} || len(i.Sources)+len(i.Hosts) > 0
}

// On reports whether there is an ingress.
func (i Ingress) On() bool { return i.IsSet() && (i.Enabled == nil || *i.Enabled) }

// SchemeOrDefault is who can reach the load balancer.
func (i Ingress) SchemeOrDefault() Scheme {
	if i.Scheme == "" {
		return SchemeInternal
	}
	return i.Scheme
}

// HostKeys are the names that users ask for, sorted.
func (i Ingress) HostKeys() []string { return slices.Sorted(maps.Keys(i.Hosts)) }

// IngressSources are the CIDRs that may reach the ingress.
func (c Config) IngressSources() []string {
	if len(c.Ingress.Sources) == 0 {
		return c.MeshCIDRs()
	}
	return c.Ingress.Sources
}

// IngressNamespace is the Kubernetes namespace of the ingress gateway. With several doors it is that of the first, whose
// address is the stack's output.
func (c Config) IngressNamespace() string { return c.IngressNamespaceAt(c.Doors()[0]) }

// IngressNamespaceAt is the namespace of the ingress gateway behind the load balancer of one maker. Each has its own: only the
// deletion of a namespace waits for the load balancer, and a Service cannot change its maker.
func (c Config) IngressNamespaceAt(maker string) string {
	namespace := c.Install + "-" + IngressName
	if maker != DoorLegacy {
		namespace += "-" + maker
	}
	return namespace
}

// ingressNamespaces are those of all ingress gateways.
func (c Config) ingressNamespaces() []string {
	var all []string
	for _, maker := range c.Doors() {
		all = append(all, c.IngressNamespaceAt(maker))
	}
	return all
}

// IngressGroupTag is the Name tag of the security group of the ingress' load balancer, where the AWS Load Balancer Controller
// makes it.
func (c Config) IngressGroupTag() string { return c.Install + "-" + IngressName }

// IngressBackend is the destination that a route of the ingress names.
func (c Config) IngressBackend(name string) (Destination, bool) {
	return c.Backend(Destination{Shared: IngressName}, name)
}

// IngressUsesWaypoint reports whether the ingress passes its requests for a service on to the service's waypoint. By itself
// it would go past the waypoint.
func (c Config) IngressUsesWaypoint(cluster, service string) bool {
	return c.Ingress.On() && c.WaypointOf(cluster, service) != ""
}

// ingressCallers are the callers that the source ingress means.
func (c Config) ingressCallers() Callers {
	var callers Callers
	for _, namespace := range c.ingressNamespaces() {
		callers.ServiceAccounts = append(callers.ServiceAccounts, ServiceAccount{namespace, IngressServiceAccount})
	}
	return callers
}

// envIngressWaypoint is the variable of istiod that lets gateways use waypoints, as they do by default.
const envIngressWaypoint = "ENABLE_INGRESS_WAYPOINT_ROUTING"

// The limits of the ingress.
const (
	maxIngressHosts  = 16
	maxIngressRoutes = 16
	// maxIngressSources keeps the rules that EKS's controller adds to the nodes' security group far from its quota. Each source has
	// a rule for each port and one for path MTU discovery.
	maxIngressSources = 12
)

var certificateARN = regexp.MustCompile(`^arn:(aws[a-z-]*):acm:([a-z0-9-]+):([0-9]{12}):certificate/[0-9a-zA-Z-]+$`)

// checkIngress checks the gateway for users outside the mesh. One that is switched off has to be right by itself. What is
// elsewhere in the stack file may change before it is switched on, and is compared only then.
func (c Config) checkIngress(p *problem.List) {
	i := c.Ingress
	if !i.IsSet() {
		return
	}
	problem.OneOf(p, "ingress.scheme", i.SchemeOrDefault(), SchemeInternal, SchemePublic)
	if value, set := c.PilotEnv[EnvPreferTunnel]; set && value != "true" {
		p.Refuse("pilotEnv."+EnvPreferTunnel, value, "the ingress would call the applications' ports, which are closed: leave it out")
	}
	if value, set := c.PilotEnv[envIngressWaypoint]; set && value != "true" {
		p.Refuse("pilotEnv."+envIngressWaypoint, value, "the ingress would get around the waypoints: leave it out")
	}
	c.checkIngressSources(p)
	c.checkIngressTLS(p)
	c.checkIngressBalancer(p)
	if len(i.Hosts) == 0 {
		p.Missing("ingress.hosts", "name the hosts that users ask for, with their routes")
	}
	if len(i.Hosts) > maxIngressHosts {
		p.Refuse("ingress.hosts", len(i.Hosts), "there may be %d", maxIngressHosts)
	}
	for _, host := range i.HostKeys() {
		c.checkIngressHost(p, "ingress.hosts", host)
		c.checkIngressRoutes(p, "ingress.hosts."+host, i.Hosts[host].Routes)
	}
}

func (c Config) checkIngressHost(p *problem.List, field, host string) {
	plain := strings.TrimPrefix(host, "*.")
	switch {
	case strings.Contains(plain, "*"):
		p.Refuse(field, host, "a wildcard is the first label alone, such as *.example.com")
	case !domainName.MatchString(plain) || !strings.Contains(plain, ".") || isAddress(plain):
		p.Refuse(field, host, "a host is a DNS name in lower case with a dot in it, such as shop.example.com or *.example.com")
	case len(host) > maxIngressHostname:
		p.Refuse(field, host, "it becomes part of a Kubernetes name: at most %d characters", maxIngressHostname)
	}
	for _, key := range c.AccountKeys() {
		if domain := c.Accounts[key].Domain; domain != "" && (plain == domain || strings.HasSuffix(plain, "."+domain)) {
			p.Refuse(field, host, "names under %s are the mesh's own: users ask for a name that a public or private DNS zone of yours has", domain)
		}
	}
}

// maxIngressHostname is Kubernetes' limit of a name, less what the name of the host's route begins with.
const maxIngressHostname = 248

// isAddress reports whether a text is an IPv4 address and no name.
func isAddress(text string) bool { return strings.Trim(text, "0123456789.") == "" }

func (c Config) checkIngressRoutes(p *problem.List, field string, routes []IngressRoute) {
	if len(routes) == 0 {
		p.Missing(field+".routes", "say where its requests go")
	}
	if len(routes) > maxIngressRoutes {
		p.Refuse(field+".routes", len(routes), "there may be %d", maxIngressRoutes)
	}
	seen := map[string]bool{}
	for n, r := range routes {
		at := numberedField(field+".routes", n)
		if reason := c.PathNormalization.CheckPathPrefix(r.PathPrefix); r.PathPrefix != "" && reason != "" {
			p.Refuse(at+".pathPrefix", r.PathPrefix, "%s", reason)
		}
		prefix := strings.TrimRight(r.PathPrefix, "/")
		if seen[prefix] {
			p.Refuse(at+".pathPrefix", r.PathPrefix, "another route of the host has it, so this one would get no request: put all backends into one")
		}
		seen[prefix] = true
		if len(r.To) == 0 {
			p.Missing(at+".to", "name the services and their weights")
			continue
		}
		if !c.Ingress.On() {
			continue
		}
		c.checkWeights(p, at+".to", Destination{Shared: IngressName}, r.To)
		for _, name := range slices.Sorted(maps.Keys(r.To)) {
			if d, known := c.IngressBackend(name); known {
				c.checkIngressBackend(p, at+".to", name, d)
			}
		}
	}
}

// checkIngressBackend refuses a service that would refuse every request of the ingress, or could not read one.
func (c Config) checkIngressBackend(p *problem.List, field, name string, d Destination) {
	if c.protocolOf(d, d.Port) == ProtocolTCP {
		p.Refuse(field, name, "to the mesh its port %d is tcp, and the ingress passes on HTTP requests: give the port the protocol http, http2 or grpc", d.Port)
	}
	allow, deny := c.Admissions(d)
	admits := func(a Admission) bool { return a.Covers(c.ingressCallers()) && (a.Port == 0 || a.Port == d.Port) }
	if !slices.ContainsFunc(allow, admits) {
		p.Refuse(field, name, `no rule of %s admits the ingress: add {from: ["ingress"]} to its allow`, d.Field())
	}
	for _, a := range deny {
		if admits(a) && !a.L7() {
			p.Refuse(field, name, "%s denies %s, and with it the ingress", d.Field(), strings.Join(a.From, ", "))
		}
	}
}

// withoutIngress leaves out an ingress that is switched off, and the rules whose only caller it is.
func (c Config) withoutIngress() Config {
	if c.Ingress.On() {
		return c
	}
	c.Ingress = Ingress{}
	return c.withoutCallers(func(s Source) bool { return s.Kind == SourceIngress })
}

// withoutBackends drops routes to shared services that are switched off, and hosts that have none left.
func (i Ingress) withoutBackends(off map[string]bool) Ingress {
	if len(i.Hosts) == 0 {
		return i
	}
	hosts := map[string]IngressHost{}
	for name, host := range i.Hosts {
		var kept []IngressRoute
		for _, route := range host.Routes {
			if route.To = withoutBackends(route.To, off); len(route.To) > 0 {
				kept = append(kept, route)
			}
		}
		if len(kept) > 0 {
			hosts[name] = IngressHost{Routes: kept}
		}
	}
	i.Hosts = hosts
	return i
}
