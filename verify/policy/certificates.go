package policy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"time"

	"ambient-ecs/verify/backend"
)

// withCertificates adds, to the manifest of Kubernetes' objects, a Secret for every one that a listener of a Gateway names. istiod makes no
// listener whose Secret it does not find. The verifier reads no Secret, so each gets a certificate that only this process has; whether
// the real one is there is asked elsewhere.
func withCertificates(manifest string, objects []backend.Object) (string, error) {
	var certificate, key []byte
	added := map[string]bool{}
	for _, o := range objects {
		if group, kind := groupKind(o); kind != "Gateway" || group != "gateway.networking.k8s.io" {
			continue
		}
		for _, listener := range backend.Objects(o, "spec", "listeners") {
			for _, reference := range backend.Objects(listener, "tls", "certificateRefs") {
				namespace, name := backend.Text(reference, "namespace"), backend.Text(reference, "name")
				if namespace == "" {
					namespace = backend.NamespaceOf(o)
				}
				if added[namespace+"/"+name] {
					continue
				}
				added[namespace+"/"+name] = true
				if certificate == nil {
					var err error
					if certificate, key, err = selfSigned(); err != nil {
						return "", err
					}
				}
				secret, err := json.Marshal(map[string]any{
					"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls", "metadata": map[string]any{"namespace": namespace, "name": name},
					"data": map[string]any{"tls.crt": certificate, "tls.key": key},
				})
				if err != nil {
					return "", err
				}
				manifest += "\n---\n" + string(secret)
			}
		}
	}
	return manifest, nil
}

// selfSigned is a certificate with its key, both PEM.
func selfSigned() (certificate, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: public}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}
