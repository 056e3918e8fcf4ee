package config

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ambient-ecs/problem"
)

// CASettings are who signs the identities of the mesh.
type CASettings struct {
	// MeshCA is a certificate authority of one's own. Not set: istiod makes one.
	MeshCA MeshCA `config:"meshCa" confidential:"true"`
}

// MeshCA is a certificate authority of one's own for the mesh, all of it PEM text. Without one istiod makes a root
// certificate itself and keeps its key in the cluster.
type MeshCA struct {
	// Certificate is the PEM certificate that signs the certificates of the workloads. Required.
	Certificate string `config:"certificate"`
	// Key is the private key of certificate, encrypted in the stack file. Required.
	Key Secret `config:"key"`
	// Chain is what leads from certificate to a root: certificate first, then the intermediate ones above it. Empty:
	// certificate alone.
	Chain string `config:"chain"`
	// Root is every root certificate that the workloads trust, more than one while the root is rotated. Required.
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

// expiresSoon is how long before the end of a certificate the program begins to warn.
const expiresSoon = 60 * 24 * time.Hour

// expiring warns of certificates that end soon.
func (c Config) expiring() []string {
	var all []string
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

// maxRoots is the most that the root certificates may take, in bytes. They stand in the bootstrap token of every task,
// which is a part of the 64 KiB that ECS allows for container definitions.
const maxRoots = 12 * 1024

// part is one of the texts with certificates.
type part struct{ field, text string }

func (ca MeshCA) parts() []part {
	return []part{{"meshCa.certificate", ca.Certificate}, {"meshCa.chain", ca.Chain}, {"meshCa.root", ca.Root}}
}

// checkMeshCA checks what istiod would check when it starts, and what it would not: a workload with a certificate
// that no other one trusts.
func (c Config) checkMeshCA(p *problem.List) {
	ca := c.MeshCA
	if !ca.IsSet() {
		return
	}
	own := c.readCertificates(p, "meshCa.certificate", ca.Certificate)
	chain := c.readCertificates(p, "meshCa.chain", ca.ChainOrDefault())
	roots := c.readCertificates(p, "meshCa.root", ca.Root)
	if len(ca.Root) > maxRoots {
		p.Refuse("meshCa.root", len(ca.Root), "every task carries the root certificates in its definition, which ECS limits: at most %d bytes", maxRoots)
	}
	if len(own) > 1 {
		p.Refuse("meshCa.certificate", subjects(own), "it is the one certificate that belongs to meshCa.key; what leads from it to a root is meshCa.chain")
	}
	c.checkMeshKey(p, own)
	if len(own) == 0 || len(roots) == 0 || len(own) > 1 {
		return
	}
	signing := own[0]
	if !slices.ContainsFunc(chain, signing.Equal) && len(chain) > 0 {
		p.Refuse("meshCa.chain", subjects(chain), "it must begin with meshCa.certificate: a workload shows its own certificate and this chain, and nobody would know who signed the first")
	}
	pools := x509.VerifyOptions{Roots: pool(roots), Intermediates: pool(chain), CurrentTime: c.clock(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}
	if _, err := signing.Verify(pools); err != nil && !isExpired(err) {
		p.Refuse("meshCa.certificate", subjects(own), "it does not lead to any certificate of meshCa.root by way of meshCa.chain: %v", err)
	}
}

// SignsUnder reports whether MeshCA's certificate leads to one of other roots, PEM. Roots that cannot be read say nothing against it.
func (c Config) SignsUnder(roots string) bool {
	own, err := parseCertificates(c.MeshCA.Certificate)
	chain, bad := parseCertificates(c.MeshCA.ChainOrDefault())
	others, unread := parseCertificates(roots)
	if err != nil || bad != nil || unread != nil {
		return true
	}
	_, err = own[0].Verify(x509.VerifyOptions{Roots: pool(others), Intermediates: pool(chain), CurrentTime: c.clock(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	return err == nil || isExpired(err)
}

// Forgets reports whether MeshCA lacks one of other roots, PEM. Roots that cannot be read are not missed.
func (c Config) Forgets(roots string) bool {
	kept, err := parseCertificates(c.MeshCA.Root)
	others, unread := parseCertificates(roots)
	return err == nil && unread == nil && slices.ContainsFunc(others, func(other *x509.Certificate) bool { return !slices.ContainsFunc(kept, other.Equal) })
}

// checkMeshKey checks the private key and that it belongs to the certificate.
func (c Config) checkMeshKey(p *problem.List, own []*x509.Certificate) {
	const field = "meshCa.key"
	key := c.MeshCA.Key
	if key == "" {
		p.Missing(field, "it signs the certificates of the workloads: pulumi config set --secret --path meshCa.key")
		return
	}
	if !c.IsSecret("meshCa") {
		p.Add(field, "is not encrypted", "whoever has this key can take any identity of the mesh: pulumi config set --secret --path meshCa.key")
	}
	private, err := parseKey(key.Reveal())
	if err != nil {
		p.Refuse(field, key, "%v", err)
		return
	}
	signer, ok := private.(crypto.Signer)
	if !ok || len(own) != 1 {
		return
	}
	if public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool }); !ok || !public.Equal(own[0].PublicKey) {
		p.Refuse(field, key, "it is not the key of meshCa.certificate (%s)", subjects(own))
	}
}

// readCertificates reads the certificates of a field and checks each by itself.
func (c Config) readCertificates(p *problem.List, field, text string) []*x509.Certificate {
	if text == "" {
		if field != "meshCa.chain" { // which has a default
			p.Missing(field, "give it as PEM, or leave all of meshCa out: istiod then makes a root certificate itself")
		}
		return nil
	}
	certificates, err := parseCertificates(text)
	if err != nil {
		if field == "meshCa.chain" && text == c.MeshCA.Certificate {
			return nil // told of meshCa.certificate
		}
		p.Add(field, problem.Unread, "%v", err)
		return nil
	}
	if field == "meshCa.chain" && c.MeshCA.Chain == "" {
		return certificates
	}
	for i, certificate := range certificates {
		of := subjects(certificates[i : i+1])
		switch now := c.clock(); {
		case now.After(certificate.NotAfter):
			p.Refuse(field, of, "the certificate of %s expired on %s", of, certificate.NotAfter.UTC().Format(time.DateOnly))
		case now.Before(certificate.NotBefore):
			p.Refuse(field, of, "the certificate of %s is not valid before %s", of, certificate.NotBefore.UTC().Format(time.DateTime))
		}
		if !certificate.IsCA || certificate.KeyUsage != 0 && certificate.KeyUsage&x509.KeyUsageCertSign == 0 {
			p.Refuse(field, of, "%s is no authority: its certificate may not sign others (basic constraints CA:TRUE, key usage keyCertSign)", of)
		}
		if slices.ContainsFunc(certificates[:i], certificate.Equal) {
			p.Refuse(field, of, "the certificate of %s stands there twice", of)
		}
	}
	return certificates
}

// parseCertificates reads PEM text with nothing but certificates in it, at least one.
func parseCertificates(text string) ([]*x509.Certificate, error) {
	var all []*x509.Certificate
	rest := []byte(text)
	for {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			return nil, fmt.Errorf("it has a %s: only certificates belong here", block.Type)
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate %d: %w", len(all)+1, err)
		}
		all, rest = append(all, certificate), after
	}
	if len(all) == 0 {
		return nil, errors.New("there is no PEM certificate in it (-----BEGIN CERTIFICATE-----)")
	}
	if strings.TrimSpace(string(rest)) != "" {
		return nil, errors.New("there is text after the last certificate")
	}
	return all, nil
}

// parseKey reads a private key in one of the forms that istiod reads.
func parseKey(text string) (crypto.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("there is no PEM key in it (-----BEGIN PRIVATE KEY-----)")
	}
	switch block.Type {
	case "PRIVATE KEY":
		return x509.ParsePKCS8PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		return x509.ParseECPrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		if block.Headers["DEK-Info"] != "" {
			return nil, errEncrypted
		}
		return x509.ParsePKCS1PrivateKey(block.Bytes)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errEncrypted
	}
	return nil, fmt.Errorf("it is a %s, not a private key", block.Type)
}

var errEncrypted = errors.New("it has a passphrase, for which istiod cannot ask: decrypt it (openssl pkey) and let Pulumi encrypt it")

func pool(certificates []*x509.Certificate) *x509.CertPool {
	all := x509.NewCertPool()
	for _, certificate := range certificates {
		all.AddCert(certificate)
	}
	return all
}

func isExpired(err error) bool {
	var invalid x509.CertificateInvalidError
	return errors.As(err, &invalid) && invalid.Reason == x509.Expired
}

// subjects shows certificates by their subjects.
func subjects(certificates []*x509.Certificate) string {
	var all []string
	for _, certificate := range certificates {
		all = append(all, certificate.Subject.String())
	}
	return strings.Join(all, "; ")
}
