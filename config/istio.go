package config

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// IstioSettings are the control plane: where it comes from, and what is the same everywhere in the mesh.
type IstioSettings struct {
	// ImageHub is the registry path of Istio's images, without a tag.
	ImageHub string `config:"imageHub"`
	// ImageVariant is appended to the tag ("distroless"), or empty.
	ImageVariant string `config:"imageVariant"`
	// ChartRepository holds the charts base, istiod, cni and ztunnel: "oci://…" or "https://…".
	ChartRepository string `config:"chartRepository"`
	// ChartUsername and ChartPassword are the repository's credentials; both or neither.
	ChartUsername string `config:"chartUsername" confidential:"true"`
	ChartPassword Secret `config:"chartPassword" confidential:"true"`
	// License is the Solo Enterprise licence that the ECS feature needs.
	License Secret `config:"license" confidential:"true"`
	// LicenseDelivery says how istiod gets at the licence's Kubernetes Secret: LicenseEnv or LicenseSecretRef.
	LicenseDelivery LicenseDelivery `config:"licenseDelivery"`
	// ECSAccountsDelivery says how istiod learns of the accounts: AccountsChart or AccountsEnv.
	ECSAccountsDelivery AccountsDelivery `config:"ecsAccountsDelivery"`
	// IstiodReplicas, GatewayReplicas and WaypointReplicas are the numbers of pods of each istiod, of the east-west
	// gateway and of each waypoint.
	IstiodReplicas   int `config:"istiodReplicas"`
	GatewayReplicas  int `config:"gatewayReplicas"`
	WaypointReplicas int `config:"waypointReplicas"`
	// DiscoveryRate is how many requests a second each istiod pod sends to ECS, for each account. DiscoveryBurst is how
	// many of them it may send at once.
	DiscoveryRate  int `config:"ecsDiscoveryRate"`
	DiscoveryBurst int `config:"ecsDiscoveryBurst"`
	// PilotEnv is merged over istiod's environment.
	PilotEnv map[string]string `config:"pilotEnv" confidential:"true"`
	// Network is the mesh network of the EKS cluster (topology.istio.io/network).
	Network string `config:"meshNetwork"`
	// TrustDomain is the first part of every SPIFFE identity.
	TrustDomain string `config:"trustDomain"`
	// TestWorkloads adds eks-shell and eks-echo to the namespace default.
	TestWorkloads bool `config:"testWorkloads"`
}

// DefaultTrustDomain is the trust domain that Istio has by itself.
const DefaultTrustDomain = "cluster.local"

// skipTrustDomain is the variable with which Solo's ztunnel accepts another trust domain (solo-io/gloo-mesh-use-cases,
// gloo-mesh/ecs, 845afe4, 2026-01-06).
const skipTrustDomain = "SKIP_VALIDATE_TRUST_DOMAIN"

// LicenseDelivery is the way istiod refers to the licence's Kubernetes Secret.
type LicenseDelivery string

const (
	LicenseEnv       LicenseDelivery = "env"
	LicenseSecretRef LicenseDelivery = "secretRef"
)

// AccountsDelivery is the way istiod learns of the ECS accounts.
type AccountsDelivery string

const (
	AccountsChart AccountsDelivery = "chart"
	AccountsEnv   AccountsDelivery = "env"
)

// IstiodRoleName is the IAM role of istiod, in the home account.
func (c Config) IstiodRoleName() string { return c.Install + "-istiod" }

var (
	imageHub    = regexp.MustCompile(`^[a-z0-9.-]+(?::[0-9]+)?(?:/[a-z0-9._-]+)*$`)
	variant     = regexp.MustCompile(`^[a-z0-9]*$`)
	environment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// checkIstio checks the control plane: where it comes from, its licence, its environment and its names.
func (c Config) checkIstio(p *problem.List) {
	c.checkSources(p)
	switch {
	case c.License == "":
		p.Missing("license", "ECS is a licensed feature, and istiod does not start without a Solo Enterprise licence: pulumi config set --secret license")
	case strings.TrimSpace(c.License.Reveal()) != c.License.Reveal():
		p.Refuse("license", c.License, "it has blanks or a line break at its ends, which are not part of a licence")
	}
	problem.OneOf(p, "licenseDelivery", c.LicenseDelivery, LicenseEnv, LicenseSecretRef)
	problem.OneOf(p, "ecsAccountsDelivery", c.ECSAccountsDelivery, AccountsChart, AccountsEnv)
	switch {
	case c.Network == "":
		p.Missing("meshNetwork", "the mesh network of the EKS cluster needs a name, for example eks")
	case !label.MatchString(c.Network) || len(c.Network) > maxLabel:
		p.Refuse("meshNetwork", c.Network, "it is the value of a Kubernetes label, at most %d characters: %s", maxLabel, labelRule)
	}
	switch {
	case c.TrustDomain == "":
		p.Missing("trustDomain", "it is the first part of every identity, for example cluster.local")
	case !domainName.MatchString(c.TrustDomain) || len(c.TrustDomain) > 255:
		p.Refuse("trustDomain", c.TrustDomain, "it is the host of a SPIFFE id, a DNS name in lower case")
	}
	p.Between("ecsDiscoveryRate", c.DiscoveryRate, 1, mostDiscovery, "istiod reads ECS all the time: below it discovers nothing, above ECS throttles the account's other callers")
	p.Between("ecsDiscoveryBurst", c.DiscoveryBurst, 1, mostDiscovery, "istiod reads ECS all the time: below it discovers nothing, above ECS throttles the account's other callers")
	for _, pods := range []struct {
		key   string
		value int
	}{{"istiodReplicas", c.IstiodReplicas}, {"gatewayReplicas", c.GatewayReplicas}, {"waypointReplicas", c.WaypointReplicas}} {
		p.Between(pods.key, pods.value, 1, mostReplicas, "without a pod nothing works, and more than this is a mistake in writing")
	}
	c.checkPilotEnv(p)
}

// mostReplicas is far more than a mesh of hundreds of services needs.
const mostReplicas = 20

// mostDiscovery is istiod's own default rate, which is about half of what ECS grants an account for reads.
const mostDiscovery = 25

// checkSources checks where charts and images come from.
func (c Config) checkSources(p *problem.List) {
	switch {
	case c.ImageHub == "":
		p.Missing("imageHub", "give the registry path of Istio's images, for example us-docker.pkg.dev/soloio-img/istio")
	case !imageHub.MatchString(c.ImageHub):
		p.Refuse("imageHub", c.ImageHub, "it is a registry and a path, without https://, tag or final slash")
	}
	if !variant.MatchString(c.ImageVariant) {
		p.Refuse("imageVariant", c.ImageVariant, "it is one word such as distroless, or empty")
	}
	if c.ChartRepository == "" {
		p.Missing("chartRepository", "give the repository of the charts base, istiod, cni and ztunnel, for example oci://us-docker.pkg.dev/soloio-img/istio-helm")
	} else {
		checkRepository(p, "chartRepository", c.ChartRepository, "credentials go into chartUsername and chartPassword, where the password stays secret")
	}
	if c.ChartUsername == "" && c.ChartPassword != "" {
		p.Missing("chartUsername", "chartPassword is set: give both or neither")
	}
	if c.ChartUsername != "" && c.ChartPassword == "" {
		p.Missing("chartPassword", "chartUsername is set: give both or neither")
	}
}

// checkRepository checks the address of a chart repository. credentials says why it may hold none.
func checkRepository(p *problem.List, field, address, credentials string) {
	repository, err := url.Parse(address)
	switch {
	case err != nil || repository.Host == "" || repository.Scheme != "oci" && repository.Scheme != "https":
		p.Refuse(field, address, "it must begin with oci:// or https:// and name a host")
	case repository.User != nil:
		p.Refuse(field, repository.Redacted(), "%s", credentials)
	}
}

// ownPilotEnv are variables of istiod that have keys of their own here.
var ownPilotEnv = map[string]string{
	"ECS_ACCOUNTS":        "it follows from accounts; ecsAccountsDelivery says how istiod gets it",
	"SOLO_LICENSE_KEY":    "chart values are copied into a plain ConfigMap; set license, which stays secret",
	"SOLO_LICENSE_SECRET": "it follows from licenseDelivery",
}

func (c Config) checkPilotEnv(p *problem.List) {
	for _, name := range slices.Sorted(maps.Keys(c.PilotEnv)) {
		if !environment.MatchString(name) {
			p.Refuse("pilotEnv", name, "the name of an environment variable has letters, digits and _ only")
		}
		if reason, own := ownPilotEnv[name]; own {
			p.Refuse("pilotEnv", name, "%s", reason)
		}
	}
}
