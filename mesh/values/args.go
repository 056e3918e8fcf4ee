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
	// Hub is the registry path of the images, Tag their tag. Both required.
	Hub, Tag string
	// Variant is appended to the tag ("distroless"). Empty: images without a variant.
	Variant string
	// Network is the mesh network of the cluster. Required. The namespace's label
	// topology.istio.io/network must say the same, or ztunnel finds no remote service.
	Network string
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
	// PodAnnotations are put on istiod's pods. A change restarts them.
	PodAnnotations map[string]string
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
		{"Hub", a.Hub}, {"Tag", a.Tag}, {"Network", a.Network}, {"TrustDomain", a.TrustDomain},
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
	if err := a.validateAccounts(); err != nil {
		problems = append(problems, err)
	}
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
