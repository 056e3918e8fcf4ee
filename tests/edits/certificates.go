package edits

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"time"
)

// signed is a certificate that signs itself, and its key, as PEM.
type signed struct{ certificate, key string }

// certify makes a certificate of a name: an authority without hosts, a server's with some.
func certify(name string, hosts ...string) signed {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: hosts,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0), BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if len(hosts) == 0 {
		template.IsCA, template.KeyUsage = true, x509.KeyUsageCertSign
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(err)
	}
	text := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return signed{text("CERTIFICATE", der), text("PRIVATE KEY", private)}
}

var (
	authority       = certify("a root of one's own")
	meshCA          = object{"certificate": authority.certificate, "key": authority.key, "chain": authority.certificate, "root": authority.certificate}
	hostCertificate = certify("echo", "echo.example.com")
)
