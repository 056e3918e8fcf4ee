package policy

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"istio.io/istio/security/pkg/pki/util"

	"ambient-ecs/verify/backend"
)

// withCertificates adds, to the manifest of Kubernetes' objects, a Secret for every one that a listener of a Gateway names. istiod makes no
// listener whose Secret it does not find. The verifier reads no Secret, so each gets a certificate that only this process has; whether
// the real one is there is asked elsewhere.
func withCertificates(manifest string, objects []backend.Object) (string, error) {
	named := certificates(objects)
	if len(named) == 0 {
		return manifest, nil
	}
	certificate, key, err := util.GenCertKeyFromOptions(util.CertOptions{Host: "gateway", NotBefore: time.Now(), TTL: time.Hour, IsSelfSigned: true, IsServer: true, ECSigAlg: util.EcdsaSigAlg})
	if err != nil {
		return "", err
	}
	for _, id := range slices.Sorted(maps.Keys(named)) {
		secret, err := json.Marshal(backend.Object{
			"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": named[id], "data": map[string][]byte{"tls.crt": certificate, "tls.key": key},
		})
		if err != nil {
			return "", err
		}
		manifest += "\n---\n" + string(secret)
	}
	return manifest, nil
}

// certificates are the metadata of the Secrets that listeners of Gateways name, by "namespace/name".
func certificates(objects []backend.Object) map[string]backend.Object {
	named := map[string]backend.Object{}
	for _, o := range objects {
		if group, kind := groupKind(o); kind != "Gateway" || group != "gateway.networking.k8s.io" {
			continue
		}
		for _, listener := range backend.Objects(o, "spec", "listeners") {
			for _, reference := range backend.Objects(listener, "tls", "certificateRefs") {
				namespace, name := cmp.Or(backend.Text(reference, "namespace"), backend.NamespaceOf(o)), backend.Text(reference, "name")
				named[namespace+"/"+name] = backend.Object{"namespace": namespace, "name": name}
			}
		}
	}
	return named
}
