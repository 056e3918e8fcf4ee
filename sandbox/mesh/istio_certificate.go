package mesh

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"

	"ambient-ecs/sandbox/kubernetes/api"
)

const (
	// rootDelay is how long istiod takes to write the certificate into a namespace.
	rootDelay = 50 * time.Millisecond
	// rootLife is how long a self-signed root is valid, as istiod makes it.
	rootLife = 10 * 365 * 24 * time.Hour

	pluggedSecret = "cacerts"
	caSecret      = "istio-ca-secret"
)

// Root returns the root certificates of the mesh as PEM text, "" as long as there is none. They are those of the
// running istiod, else those that an istiod would find at its start. A Secret "cacerts" wins over the certificate
// that istiod signs itself.
func Root(c *api.Cluster) string {
	if pod := istiod(c); pod != nil {
		return authorityOf(c, pod).Root
	}
	return currentAuthority(c).Root
}

// distributeRoot makes istiod's root certificate and, some time later, writes it into every namespace.
func distributeRoot(c *api.Cluster) {
	pod := istiod(c)
	if pod == nil {
		return
	}
	if Root(c) == "" {
		signRoot(c)
	}
	root := Root(c)
	for _, ns := range c.List(api.NamespaceKind, "") {
		if api.Deleting(ns) {
			continue
		}
		current := c.Get(api.ConfigMapKind, api.Name(ns), RootCertificate)
		if current != nil && api.String(current, "data", RootKey) == root {
			continue
		}
		fact := "root/" + api.UID(pod) + "/" + api.UID(ns)
		if c.Since(fact) < rootDelay {
			continue
		}
		c.Forget(fact)
		write(c, api.Object{
			"apiVersion": "v1", "kind": "ConfigMap",
			"metadata": api.Object{
				"name": RootCertificate, "namespace": api.Name(ns), "labels": api.Object{"istio.io/config": "true"},
			},
			"data": api.Object{RootKey: root},
		})
	}
}

// signRoot makes a self-signed certificate and keeps it with its key where istiod does.
func signRoot(c *api.Cluster) {
	certificate, key, err := selfSigned(trustDomain(c), c.Tx.Now)
	if err != nil {
		return // no randomness just now: the next run tries again
	}
	write(c, api.Object{
		"apiVersion": "v1", "kind": "Secret", "type": "istio.io/ca-root",
		"metadata": api.Object{"name": caSecret, "namespace": System},
		"data": api.Object{
			"ca-cert.pem": base64.StdEncoding.EncodeToString(certificate),
			"ca-key.pem":  base64.StdEncoding.EncodeToString(key),
		},
	})
}

func selfSigned(organization string, now time.Time) (certificate, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("make the root key: %w", err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, fmt.Errorf("make the root's serial number: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{Organization: []string{organization}},
		NotBefore: now, NotAfter: now.Add(rootLife), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return nil, nil, fmt.Errorf("sign the root certificate: %w", err)
	}
	encoded, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return nil, nil, fmt.Errorf("encode the root key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: encoded}), nil
}

// secretData returns a Secret's decoded data, empty when it does not exist.
func secretData(c *api.Cluster, namespace, name string) map[string]string {
	values := map[string]string{}
	if name == "" {
		return values
	}
	for key, encoded := range api.Strings(c.Get(api.SecretKind, namespace, name), "data") {
		if value, err := base64.StdEncoding.DecodeString(encoded); err == nil {
			values[key] = string(value)
		}
	}
	return values
}
