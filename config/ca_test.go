package config

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

// now is the time of the tests with certificates.
var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// authority is a certificate authority for tests.
type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// signs makes an authority that another one signs, or that signs itself.
func signs(t *testing.T, name string, by *authority, change func(*x509.Certificate)) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(int64(len(name))), Subject: pkix.Name{CommonName: name},
		NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(9, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if change != nil {
		change(template)
	}
	parent, private := template, key
	if by != nil {
		parent, private = by.certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{certificate, key}
}

func (a *authority) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw}))
}

func (a *authority) private(t *testing.T) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func loadCA(ca object) (Config, error) {
	return LoadAt(now, raw(with(edit{"meshCa", ca})), Project+":meshCa")
}

func TestAnAuthorityIsAcceptedWithEachStepOfItsRotation(t *testing.T) {
	first, second := signs(t, "first root", nil, nil), signs(t, "second root", nil, nil)
	below := signs(t, "intermediate", second, nil)
	for name, ca := range map[string]object{
		"a root that signs itself":    {"certificate": first.pem(), "key": first.private(t), "root": first.pem()},
		"both trusted, the old signs": {"certificate": first.pem(), "key": first.private(t), "root": first.pem() + second.pem()},
		"both trusted, the new signs": {"certificate": below.pem(), "key": below.private(t), "chain": below.pem() + second.pem(), "root": first.pem() + second.pem()},
		"the new alone":               {"certificate": below.pem(), "key": below.private(t), "chain": below.pem(), "root": second.pem()},
		"an intermediate, no chain":   {"certificate": below.pem(), "key": below.private(t), "root": second.pem()},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := loadCA(ca)
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Warnings()) > 0 {
				t.Errorf("warnings %q", c.Warnings())
			}
			if !strings.Contains(c.MeshCA.ChainOrDefault(), c.MeshCA.Certificate) {
				t.Error("the chain lacks the certificate")
			}
		})
	}
}

func TestRefusedAuthorities(t *testing.T) {
	root, other := signs(t, "our root", nil, nil), signs(t, "another root", nil, nil)
	below := signs(t, "intermediate", root, nil)
	good := object{"certificate": below.pem(), "key": below.private(t), "chain": below.pem(), "root": root.pem()}
	set := func(key string, value any) object {
		ca := object{}
		for k, v := range good {
			ca[k] = v
		}
		if ca[key] = value; value == nil {
			delete(ca, key)
		}
		return ca
	}
	expired := signs(t, "yesterday", root, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, -1) })
	early := signs(t, "tomorrow", nil, func(c *x509.Certificate) { c.NotBefore = now.AddDate(0, 0, 1) })
	leaf := signs(t, "a leaf", root, func(c *x509.Certificate) { c.IsCA, c.KeyUsage = false, x509.KeyUsageDigitalSignature })
	for _, c := range []struct {
		name string
		ca   object
		want [][]string
	}{
		{"no certificate", set("certificate", nil), [][]string{{"meshCa.certificate is not set"}}},
		{"no key", set("key", nil), [][]string{{"meshCa.key is not set", "--secret --path meshCa.key"}}},
		{"no root", set("root", nil), [][]string{{"meshCa.root is not set", "leave all of meshCa out"}}},
		{"no PEM", set("certificate", "abc"), [][]string{{"meshCa.certificate cannot be read", "no PEM certificate"}}},
		{"a key for a root", set("root", root.private(t)), [][]string{{"meshCa.root cannot be read", "has a PRIVATE KEY"}}},
		{"text behind", set("root", root.pem()+"and so on"), [][]string{{"meshCa.root cannot be read", "after the last certificate"}}},
		{"a broken certificate", set("root", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}))), [][]string{{"meshCa.root cannot be read", "certificate 1"}}},
		{"no key in PEM", set("key", "topsecret"), [][]string{{"meshCa.key = [secret]", "no PEM key"}}},
		{"a certificate for a key", set("key", root.pem()), [][]string{{"meshCa.key = [secret]", "not a private key"}}},
		{"a key with a passphrase", set("key", string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}))), [][]string{{"meshCa.key", "passphrase"}}},
		{"another one's key", set("key", root.private(t)), [][]string{{"meshCa.key = [secret]", "not the key of meshCa.certificate", "intermediate"}}},
		{"two certificates", set("certificate", below.pem()+root.pem()), [][]string{{"meshCa.certificate", "the one certificate"}}},
		{"another root", set("root", other.pem()), [][]string{{"meshCa.certificate", "does not lead to any certificate of meshCa.root"}}},
		{"a chain without the certificate", set("chain", root.pem()), [][]string{{"meshCa.chain", "must begin with meshCa.certificate"}}},
		{"one root twice", set("root", root.pem()+root.pem()), [][]string{{"meshCa.root", "our root", "twice"}}},
		{"a root of another time", set("root", root.pem()+early.pem()), [][]string{{"meshCa.root", "tomorrow", "not valid before"}}},
		{"an expired certificate", object{"certificate": expired.pem(), "key": expired.private(t), "root": root.pem()}, [][]string{{"meshCa.certificate", "yesterday", "expired on 2026-04-30"}}},
		{"a certificate that may not sign", object{"certificate": leaf.pem(), "key": leaf.private(t), "root": root.pem()}, [][]string{{"meshCa.certificate", "a leaf", "CA:TRUE"}}},
		{"too many roots", set("root", root.pem()+strings.Repeat("\n", maxRoots)), [][]string{{"meshCa.root", "at most 12288 bytes"}}},
		{"all at once", object{"certificate": expired.pem(), "key": root.private(t), "root": root.pem() + root.pem()}, [][]string{
			{"meshCa.certificate", "expired"}, {"meshCa.key", "not the key"}, {"meshCa.root", "twice"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := loadCA(c.ca)
			if err == nil {
				t.Fatal("it was accepted")
			}
			lines := strings.Split(err.Error(), "\n")[1:]
			if len(lines) != len(c.want) {
				t.Errorf("%d problems, want %d:\n%v", len(lines), len(c.want), err)
			}
			for _, words := range c.want {
				if !slices.ContainsFunc(lines, func(line string) bool { return inOrder(line, words) }) {
					t.Errorf("no problem says %q in:\n%v", words, err)
				}
			}
			if strings.Contains(err.Error(), "topsecret") {
				t.Errorf("the key is shown: %v", err)
			}
		})
	}
}

func TestAKeyThatIsNotEncryptedIsRefused(t *testing.T) {
	root := signs(t, "root", nil, nil)
	_, err := LoadAt(now, raw(with(edit{"meshCa", object{"certificate": root.pem(), "key": root.private(t), "root": root.pem()}})))
	if err == nil || !strings.Contains(err.Error(), "meshCa.key is not encrypted: ") {
		t.Errorf("got %v", err)
	}
}

func TestACertificateThatEndsSoonIsWarnedOfAndNotRefused(t *testing.T) {
	root := signs(t, "root", nil, func(c *x509.Certificate) { c.NotAfter = now.AddDate(0, 0, 20) })
	c, err := loadCA(object{"certificate": root.pem(), "key": root.private(t), "root": root.pem()})
	if err != nil {
		t.Fatal(err)
	}
	warnings := c.Warnings()
	if len(warnings) != 2 || !inOrder(warnings[0], []string{"meshCa.certificate", "CN=root", "2026-05-21", "20 days", "docs/root-ca.md"}) || !strings.Contains(warnings[1], "meshCa.root") {
		t.Errorf("warnings %q", warnings)
	}
}
