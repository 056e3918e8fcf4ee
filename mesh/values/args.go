package values

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The environment variables of istiod that the program sets itself.
const (
	// EnvAccounts lists domain and role of each ECS account, separated by commas.
	EnvAccounts = "ECS_ACCOUNTS"
	// EnvLicense is the licence.
	EnvLicense = "SOLO_LICENSE_KEY"
)

// AccountsDelivery is the way istiod learns of the ECS accounts.
type AccountsDelivery string

const (
	// AccountsByChart uses the chart's key platforms.ecs.accounts.
	AccountsByChart AccountsDelivery = "chart"
	// AccountsByEnv sets EnvAccounts, which is what the chart is meant to make of its key.
	AccountsByEnv AccountsDelivery = "env"
)

// LicenseDelivery is the way istiod gets at the licence's Secret.
type LicenseDelivery string

const (
	// LicenseByEnv has the kubelet put the Secret's value into EnvLicense.
	LicenseByEnv LicenseDelivery = "env"
	// LicenseBySecretRef has istiod read the Secret, by the chart's key license.secretRef.
	LicenseBySecretRef LicenseDelivery = "secretRef"
)

// Args are what the charts need to know.
type Args struct {
	// Hub is the registry path of the images, Tag their tag. Both required. An istiod of Revisions has a tag of its own.
	Hub, Tag string
	// Revisions are the istiods. Empty: one without a revision, with Tag.
	Revisions []Revision
	// DefaultRevision is the name of the one that programs gateways and nodes. Required with Revisions.
	DefaultRevision string
	// BaseVersion is the version of the custom resource definitions. Required with Revisions: the newest of theirs.
	BaseVersion string
	// Variant is appended to the tag ("distroless"). Empty: images without a variant.
	Variant string
	// Network is the mesh network of the cluster. Required. The namespace's label
	// topology.istio.io/network must say the same, or ztunnel finds no remote service.
	Network string
	// PathNormalization is what waypoints do to paths before rules look at them, in Istio's words. Required.
	PathNormalization string
	// TrustDomain is the first part of every SPIFFE identity. Required.
	TrustDomain string
	// Env is merged over istiod's environment.
	Env map[string]string
	// Accounts are the AWS accounts whose ECS services istiod discovers. At least one.
	Accounts []Account
	// AccountsDelivery says how istiod learns of them. Required.
	AccountsDelivery AccountsDelivery
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
	// Name is Unnamed, or what everything that belongs to this istiod ends in.
	Name string
	// Tag is its version.
	Tag string
}

// Release is the name of the istiod's release, and of its Service and service account.
func (r Revision) Release() string {
	if r.Name == Unnamed {
		return ReleaseIstiod
	}
	return ReleaseIstiod + "-" + r.Name
}

// Tracing is a collector of traces that Istio's Telemetry objects can name.
type Tracing struct {
	// Provider is the name by which they do.
	Provider string
	// Service and Port are where it takes OpenTelemetry's protocol by gRPC.
	Service string
	Port    int
}

// Account is one AWS account.
type Account struct {
	// Domain is the DNS domain of the account's services, RoleARN the role that istiod assumes to read
	// them. istiod keeps one entry for each role.
	Domain, RoleARN string
}

// License refers to the Secret with the licence.
type License struct {
	// Secret is its name in Namespace, Key the key inside it.
	Secret, Key string
	// Delivery says how istiod gets at it.
	Delivery LicenseDelivery
}

// Validate reports every problem of the arguments, or returns nil.
func (a Args) Validate() error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	for _, field := range []struct{ name, value string }{
		{"Hub", a.Hub}, {"Tag", a.Tag}, {"Network", a.Network}, {"TrustDomain", a.TrustDomain}, {"PathNormalization", a.PathNormalization},
		{"License.Secret", a.License.Secret}, {"License.Key", a.License.Key},
	} {
		if field.value == "" {
			refuse("%s is empty", field.name)
		}
	}
	if a.AccountsDelivery != AccountsByChart && a.AccountsDelivery != AccountsByEnv {
		refuse("AccountsDelivery is %q: want %q or %q", a.AccountsDelivery, AccountsByChart, AccountsByEnv)
	}
	if a.License.Delivery != LicenseByEnv && a.License.Delivery != LicenseBySecretRef {
		refuse("License.Delivery is %q: want %q or %q", a.License.Delivery, LicenseByEnv, LicenseBySecretRef)
	}
	problems = append(problems, a.validateRevisions(), a.validateAccounts())
	for _, name := range slices.Sorted(maps.Keys(a.Env)) {
		switch {
		case name == "" || strings.ContainsAny(name, "= \t\n"):
			refuse("Env has the name %q: not a name of an environment variable", name)
		case strings.ContainsAny(a.Env[name], "\"\\\n"):
			// The chart puts the value between double quotes as it is.
			refuse("Env %s has a quote, a backslash or a line break: the chart cannot render it", name)
		case name == EnvLicense:
			refuse("Env has %s: every value is copied to a plain ConfigMap, give the licence as a Secret", name)
		case name == EnvAccounts:
			refuse("Env has %s: it is made from Accounts", name)
		}
	}
	return errors.Join(problems...)
}

func (a Args) validateRevisions() error {
	var problems []error
	seen := map[string]bool{}
	for i, revision := range a.Revisions {
		switch {
		case revision.Name == "" || revision.Tag == "":
			problems = append(problems, fmt.Errorf("Revisions[%d] has no name or no tag", i))
		case seen[revision.Name]:
			problems = append(problems, fmt.Errorf("Revisions[%d] %s stands there twice", i, revision.Name))
		}
		seen[revision.Name] = true
	}
	if len(a.Revisions) > 0 && !seen[a.DefaultRevision] {
		problems = append(problems, fmt.Errorf("DefaultRevision is %q: no istiod has that revision", a.DefaultRevision))
	}
	if len(a.Revisions) > 0 && a.BaseVersion == "" {
		problems = append(problems, errors.New("BaseVersion is empty: nobody says which of the revisions is the newest"))
	}
	return errors.Join(problems...)
}

func (a Args) validateAccounts() error {
	var problems []error
	if len(a.Accounts) == 0 {
		problems = append(problems, errors.New("Accounts is empty: istiod would discover nothing"))
	}
	roles := map[string]string{}
	for i, account := range a.Accounts {
		for _, field := range []struct{ name, value string }{{"Domain", account.Domain}, {"RoleARN", account.RoleARN}} {
			if field.value == "" || strings.ContainsAny(field.value, ", \"\\\n") {
				problems = append(problems, fmt.Errorf("Accounts[%d].%s is %q: it must not be empty and cannot stand in a list separated by commas", i, field.name, field.value))
			}
		}
		if other, taken := roles[account.RoleARN]; taken {
			problems = append(problems, fmt.Errorf("Accounts[%d].RoleARN %s is also that of domain %s: istiod would keep only one of the two", i, account.RoleARN, other))
		}
		roles[account.RoleARN] = account.Domain
	}
	return errors.Join(problems...)
}
