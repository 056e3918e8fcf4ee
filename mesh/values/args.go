package values

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// The environment variables of istiod that the program sets itself.
const (
	// EnvAccounts lists the domain and the role of each ECS account, separated by commas.
	EnvAccounts = "ECS_ACCOUNTS"
	// EnvLicense is the licence.
	EnvLicense = "SOLO_LICENSE_KEY"
	// EnvDiscoveryRate and EnvDiscoveryBurst limit the requests of each istiod pod to ECS, for each account.
	EnvDiscoveryRate  = "ECS_DISCOVERY_RATE_LIMIT"
	EnvDiscoveryBurst = "ECS_DISCOVERY_BURST_LIMIT"
)

// AccountsDelivery is the way istiod learns of the ECS accounts.
type AccountsDelivery string

const (
	// AccountsByChart uses the chart's key platforms.ecs.accounts.
	AccountsByChart AccountsDelivery = "chart"
	// AccountsByEnv sets EnvAccounts, as the chart should do with its key.
	AccountsByEnv AccountsDelivery = "env"
)

// LicenseDelivery is the way istiod gets the licence from its Secret.
type LicenseDelivery string

const (
	// LicenseByEnv makes the kubelet put the Secret's value into EnvLicense.
	LicenseByEnv LicenseDelivery = "env"
	// LicenseBySecretRef makes istiod read the Secret, by the chart's key license.secretRef.
	LicenseBySecretRef LicenseDelivery = "secretRef"
)

// AnnotationCA is a digest of the certificate authority. Everything that must restart when the authority changes carries it, tasks as a
// Docker label of ztunnel: istiod, which reads the authority only when it starts, and every proxy, which learns of new roots only with a
// new certificate of its own. A mesh whose istiod makes its root itself has none.
const AnnotationCA = "ambient-ecs/mesh-ca"

// Args are what the charts need to know.
type Args struct {
	// Hub is the registry path of the images, Tag their tag. Both are required. Each istiod of Revisions has its own
	// tag.
	Hub, Tag string
	// Revisions are the istiods. Empty: one istiod without a revision, with Tag.
	Revisions []Revision
	// DefaultRevision is the name of the revision that programs gateways and nodes. Required with Revisions.
	DefaultRevision string
	// BaseVersion is the version of the custom resource definitions: the newest version of all Revisions. Required
	// with Revisions.
	BaseVersion string
	// Replicas is the number of pods of each istiod, one at least. Required.
	Replicas int
	// Variant is appended to the tag ("distroless"). Empty: images without a variant.
	Variant string
	// Network is the mesh network of the cluster. Required. The namespace's label
	// topology.istio.io/network must say the same, or ztunnel finds no remote service.
	Network string
	// PathNormalization is how waypoints normalize paths before rules look at them, in Istio's words. Required.
	PathNormalization string
	// TrustDomain is the first part of every SPIFFE identity. Required.
	TrustDomain string
	// Env is merged over istiod's environment.
	Env map[string]string
	// Accounts are the AWS accounts whose ECS services istiod discovers. At least one.
	Accounts []Account
	// AccountsDelivery says how istiod learns of them. Required.
	AccountsDelivery AccountsDelivery
	// DiscoveryRate is how many requests a second each istiod pod sends to ECS, for each account, and DiscoveryBurst how
	// many at once. Required: istiod's own default is 25 a second. Env takes precedence.
	DiscoveryRate, DiscoveryBurst int
	// License is where the licence is. Required.
	License License
	// Tracing is where the waypoints send traces. Nil: nowhere.
	Tracing *Tracing
	// PodAnnotations are put on istiod's pods. A change restarts them.
	PodAnnotations map[string]string
	// ProxyAnnotations are put on ztunnel's pods. A change restarts them.
	ProxyAnnotations map[string]string
}

// Unnamed is the name of the revision that has none.
const Unnamed = "default"

// Revision is one istiod.
type Revision struct {
	// Name is Unnamed, or the suffix of every name that belongs to this istiod.
	Name string
	// Tag is its version.
	Tag string
}

// Release is the name of this istiod's release, Service and service account.
func (r Revision) Release() string {
	if r.Name == Unnamed {
		return ReleaseIstiod
	}
	return ReleaseIstiod + "-" + r.Name
}

// Tracing is a collector of traces that Istio's Telemetry objects can name.
type Tracing struct {
	// Provider is the collector's name in Telemetry objects.
	Provider string
	// Service and Port are the address at which the collector takes OpenTelemetry's protocol over gRPC.
	Service string
	Port    int
}

// Account is one AWS account.
type Account struct {
	// Domain is the DNS domain of the account's services. RoleARN is the role that istiod assumes to read them.
	// istiod keeps one entry for each role.
	Domain, RoleARN string
	// More are further values of the account's entry, for the chart alone.
	More map[string]any
}

// License refers to the Secret with the licence.
type License struct {
	// Secret is its name in Namespace, Key the key inside it.
	Secret, Key string
	// Delivery says how istiod gets the licence.
	Delivery LicenseDelivery
}

// Validate reports every problem of the arguments, or returns nil.
func (a Args) Validate() error {
	var p problem.List
	for _, field := range []struct{ name, value string }{
		{"Hub", a.Hub}, {"Tag", a.Tag}, {"Network", a.Network}, {"TrustDomain", a.TrustDomain}, {"PathNormalization", a.PathNormalization},
		{"License.Secret", a.License.Secret}, {"License.Key", a.License.Key},
	} {
		if field.value == "" {
			p.Missing(field.name, "the charts need it")
		}
	}
	problem.OneOf(&p, "AccountsDelivery", a.AccountsDelivery, AccountsByChart, AccountsByEnv)
	if a.Replicas < 1 {
		p.Refuse("Replicas", a.Replicas, "there would be no istiod")
	}
	for _, limit := range []struct {
		name  string
		value int
	}{{"DiscoveryRate", a.DiscoveryRate}, {"DiscoveryBurst", a.DiscoveryBurst}} {
		if limit.value < 1 {
			p.Refuse(limit.name, limit.value, "istiod would discover nothing")
		}
	}
	problem.OneOf(&p, "License.Delivery", a.License.Delivery, LicenseByEnv, LicenseBySecretRef)
	a.checkRevisions(&p)
	a.checkAccounts(&p)
	for _, name := range slices.Sorted(maps.Keys(a.Env)) {
		field := fmt.Sprintf("Env[%q]", name)
		switch {
		case name == "" || strings.ContainsAny(name, "= \t\n"):
			p.Add(field, problem.IsSet, "it is not a name of an environment variable")
		case strings.ContainsAny(a.Env[name], "\"\\\n"):
			// The chart puts the value between double quotes as it is.
			p.Add(field, problem.IsSet, "it has a quote, a backslash or a line break: the chart cannot render it")
		case name == EnvLicense:
			p.Add(field, problem.IsSet, "every value is copied to a plain ConfigMap, give the licence as a Secret")
		case name == EnvAccounts:
			p.Add(field, problem.IsSet, "it is made from Accounts")
		}
	}
	return p.Err()
}

func (a Args) checkRevisions(p *problem.List) {
	seen := map[string]bool{}
	for i, revision := range a.Revisions {
		field := fmt.Sprintf("Revisions[%d]", i)
		if revision.Name == "" {
			p.Missing(field+".Name", "the release of the istiod is named after it")
		}
		if revision.Tag == "" {
			p.Missing(field+".Tag", "it is the version of the istiod")
		}
		if revision.Name != "" && seen[revision.Name] {
			p.Refuse(field+".Name", revision.Name, "it stands there twice")
		}
		seen[revision.Name] = true
	}
	if len(a.Revisions) > 0 && !seen[a.DefaultRevision] {
		p.Refuse("DefaultRevision", a.DefaultRevision, "no istiod has that revision")
	}
	if len(a.Revisions) > 0 && a.BaseVersion == "" {
		p.Missing("BaseVersion", "nobody says which of the revisions is the newest")
	}
}

func (a Args) checkAccounts(p *problem.List) {
	if len(a.Accounts) == 0 {
		p.Missing("Accounts", "istiod would discover nothing")
	}
	roles := map[string]string{}
	for i, account := range a.Accounts {
		at := fmt.Sprintf("Accounts[%d]", i)
		for _, field := range []struct{ name, value string }{{"Domain", account.Domain}, {"RoleARN", account.RoleARN}} {
			if field.value == "" || strings.ContainsAny(field.value, ", \"\\\n") {
				p.Refuse(at+"."+field.name, field.value, "it must not be empty and cannot stand in a list separated by commas")
			}
		}
		if other, taken := roles[account.RoleARN]; taken {
			p.Refuse(at+".RoleARN", account.RoleARN, "domain %s has it too: istiod would keep only one of the two", other)
		}
		roles[account.RoleARN] = account.Domain
		if len(account.More) > 0 && a.AccountsDelivery == AccountsByEnv {
			p.Add(at+".More", problem.IsSet, "the variable %s has only domains and roles", EnvAccounts)
		}
	}
}
