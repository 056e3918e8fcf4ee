package run

import (
	"crypto/sha256"
	"encoding/pem"
	"fmt"
	"maps"

	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
)

// rootMap is the ConfigMap in which istiod publishes the root certificates, in every namespace, under rootKey.
const (
	rootMap = "istio-ca-root-cert"
	rootKey = "root-cert.pem"
)

// trust compares the root certificates of a bootstrap token with those that istiod publishes. A task that starts with others
// believes neither istiod nor its peers.
func (r *runner) trust(c cases.Case) (Verdict, string, string) {
	if err := r.facts.configMaps.err; err != nil {
		return Undecided, "nothing", err.Error()
	}
	token, err := bootstrap.Decode(c.Token)
	if err != nil {
		return Wrong, "no token", "the token " + err.Error()
	}
	for _, object := range r.facts.configMaps.value {
		if backend.ID(object) != c.Namespace+"/"+rootMap {
			continue
		}
		has, publishes := roots(token.CACert), roots(backend.Text(object, "data", rootKey))
		switch {
		case len(publishes) == 0:
			return Wrong, "none", "istiod publishes no root certificate in " + c.Namespace
		case !maps.Equal(has, publishes):
			return Wrong, "others", fmt.Sprintf("the token has %d root certificates, and istiod publishes %d, which are not the same", len(has), len(publishes))
		}
		return Right, "the mesh's", ""
	}
	return Wrong, "none", "istiod publishes no root certificate in " + c.Namespace
}

// roots are the certificates of a text, by their digest.
func roots(text string) map[[sha256.Size]byte]bool {
	all := map[[sha256.Size]byte]bool{}
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return all
		}
		all[sha256.Sum256(block.Bytes)] = true
	}
}

// distribution is the annotation by which a namespace prefers near endpoints. Istio reads it from 1.30 on.
const distribution = "networking.istio.io/traffic-distribution"

// locality is judged from what istiod is told, because which member answers a call is chance.
func (r *runner) locality(c cases.Case) (Verdict, string, string) {
	if err := r.facts.namespaces.err; err != nil {
		return Undecided, "nothing", err.Error()
	}
	for _, object := range r.facts.namespaces.value {
		if backend.NameOf(object) != c.Namespace {
			continue
		}
		told := backend.Text(object, "metadata", "annotations", distribution)
		if near := told == "PreferSameZone"; near == c.Prefers && (near || told == "") {
			return Right, c.Expected(), ""
		}
		return Wrong, "otherwise", fmt.Sprintf("the namespace %s has the annotation %s=%q", c.Namespace, distribution, told)
	}
	return Wrong, "no namespace", "there is no namespace " + c.Namespace
}
