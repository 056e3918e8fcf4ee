package config

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// MeshCA is a certificate authority of one's own for the mesh, all of it PEM text. Without one istiod makes a root
// certificate itself and keeps its key in the cluster.
type MeshCA struct {
	// Certificate signs the certificates of the workloads, with Key.
	Certificate string `config:"certificate"`
	Key         Secret `config:"key"`
	// Chain is what leads from Certificate to a root: Certificate first, then the intermediate ones above it. Empty:
	// Certificate alone.
	Chain string `config:"chain"`
	// Root is every root certificate that the workloads trust. More than one while the root is rotated.
	Root string `config:"root"`
}

// IsSet reports whether there is a certificate authority of one's own.
func (ca MeshCA) IsSet() bool { return ca != MeshCA{} }

// ChainOrDefault is the chain as istiod wants it, which is never empty.
func (ca MeshCA) ChainOrDefault() string {
	if ca.Chain == "" {
		return ca.Certificate
	}
	return ca.Chain
}

// UnnamedRevision is the revision of an istiod that was installed without one. Istio itself calls it so.
const UnnamedRevision = "default"

// Revision is one istiod. Several may run at once, with one mesh between them.
type Revision struct {
	// Name is UnnamedRevision, or what the release, the service and the service account of istiod end in.
	Name string
	// Version is the version of its chart and image.
	Version string
}

// IstiodName is what Istio calls istiod of a revision: release, Service and service account.
func (r Revision) IstiodName() string {
	if r.Name == UnnamedRevision {
		return "istiod"
	}
	return "istiod-" + r.Name
}

// RevisionList are all istiods, sorted by name: those of IstioRevisions, or one without a revision.
func (c Config) RevisionList() []Revision {
	if len(c.IstioRevisions) == 0 {
		return []Revision{{Name: UnnamedRevision, Version: c.IstioVersion}}
	}
	var all []Revision
	for _, name := range slices.Sorted(maps.Keys(c.IstioRevisions)) {
		all = append(all, Revision{Name: name, Version: c.IstioRevisions[name]})
	}
	return all
}

// IstiodAccounts are the service accounts of all istiods in istio-system, sorted by revision.
func (c Config) IstiodAccounts() []string {
	var all []string
	for _, revision := range c.RevisionList() {
		all = append(all, revision.IstiodName())
	}
	return all
}

// ControlVersion is the version of the istiod that programs the data plane: that of IstioDefaultRevision.
func (c Config) ControlVersion() string {
	if len(c.IstioRevisions) == 0 {
		return c.IstioVersion
	}
	return c.IstioRevisions[c.IstioDefaultRevision]
}

// NewestVersion is the newest version of all istiods. The custom resource definitions have it: they understand what
// older ones write, and not the other way round.
func (c Config) NewestVersion() string {
	newest := Revision{}
	for _, revision := range c.RevisionList() {
		if newest.Version == "" || compareVersions(revision.Version, newest.Version) > 0 {
			newest = revision
		}
	}
	return newest.Version
}

// ZtunnelVersion is the version of ztunnel in the tasks of a cluster.
func (c Config) ZtunnelVersion(cluster string) string {
	if own := c.Clusters[cluster].ZtunnelVersion; own != "" {
		return own
	}
	return c.IstioVersion
}

// expiresSoon is how long before the end of a certificate the program begins to warn.
const expiresSoon = 60 * 24 * time.Hour

// Warnings are what is allowed but needs somebody's attention before long.
func (c Config) Warnings() []string {
	all := slices.Concat(c.sharedIdentities(), c.unenforced(), c.openDoors())
	if !c.MeshCA.IsSet() {
		return all
	}
	for _, part := range c.MeshCA.parts() {
		certificates, err := parseCertificates(part.text)
		if err != nil {
			continue
		}
		for _, certificate := range certificates {
			if left := certificate.NotAfter.Sub(c.clock()); left > 0 && left < expiresSoon {
				all = append(all, fmt.Sprintf("%s: the certificate of %s expires on %s, in %d days: replace it in time (docs/root-ca.md)",
					part.field, certificate.Subject, certificate.NotAfter.UTC().Format(time.DateOnly), int(left.Hours()/24)))
			}
		}
	}
	return all
}

// clock is when the configuration was loaded.
func (c Config) clock() time.Time {
	if c.loaded.IsZero() {
		return time.Now()
	}
	return c.loaded
}
