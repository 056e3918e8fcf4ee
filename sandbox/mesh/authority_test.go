package mesh_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// signer is a certificate authority of the tests.
type signer struct {
	pem         string
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// ours is the authority of the fixture's mesh.
var ours = sync.OnceValue(func() signer { return newSigner("ours", nil, time.Now().AddDate(1, 0, 0)) })

// newSigner makes an authority that another one signs, or that signs itself.
func newSigner(name string, by *signer, until time.Time) signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().AddDate(-1, 0, 0), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	parent, private := template, key
	if by != nil {
		parent, private = by.certificate, by.key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), private)
	if err != nil {
		panic(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return signer{string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), certificate, key}
}

func TestTwoProxiesAcceptEachOtherIfEachTrustsTheOthersAuthority(t *testing.T) {
	later := time.Now().AddDate(1, 0, 0)
	a, b := newSigner("a", nil, later), newSigner("b", nil, later)
	below := newSigner("below b", &b, later)
	ended := newSigner("ended", nil, time.Now().AddDate(0, 0, -1))
	of := func(s signer, roots ...signer) mesh.Authority {
		authority := mesh.Authority{Certificate: s.pem, Chain: s.pem}
		for _, root := range roots {
			authority.Root += root.pem
		}
		return authority
	}
	for _, c := range []struct {
		name           string
		client, server mesh.Authority
		want           string
	}{
		{"the same root", of(a, a), of(a, a), ""},
		{"before a rotation, and after its first step", of(a, a), of(a, a, b), ""},
		{"after the first step, and after the second", of(a, a, b), of(below, a, b), ""},
		{"after the second, and after the third", of(below, a, b), of(below, b), ""},
		{"no step left out: the first", of(a, a), of(below, a, b), "the client does not accept the server: invalid peer certificate: UnknownIssuer"},
		{"no step left out: the second", of(a, a, b), of(below, b), "the server does not accept the client: invalid peer certificate: UnknownIssuer"},
		{"strangers", of(a, a), of(b, b), "UnknownIssuer"},
		{"a root that has ended", of(ended, ended), of(ended, ended), "Expired"},
		{"no certificate at all", of(a, a), mesh.Authority{}, "BadEncoding"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := mesh.Handshake(c.client, c.server, time.Now())
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// plug puts an authority into the Secret that istiod reads.
func (f *fixture) plug(s signer, roots ...signer) {
	f.Helper()
	f.do(func(tx *world.Tx) {
		root := ""
		for _, r := range roots {
			root += r.pem
		}
		f.write(api.At(tx, clusterARN), object("v1", "Secret", mesh.System, "cacerts", api.Object{"data": api.Object{
			"ca-cert.pem": encode(s.pem), "ca-key.pem": encode("key"), "cert-chain.pem": encode(s.pem), "root-cert.pem": encode(root)}}))
	})
}

func (f *fixture) root() (root string) {
	f.Helper()
	f.do(func(tx *world.Tx) { root = mesh.Root(api.At(tx, clusterARN)) })
	return root
}

func TestIstiodReadsItsAuthorityWhenItStarts(t *testing.T) {
	f := newFixture(t)
	next := newSigner("next", nil, time.Now().AddDate(1, 0, 0))
	f.plug(next, next)
	if f.root() != ours().pem {
		t.Error("a running istiod has taken another authority")
	}
	f.do(func(tx *world.Tx) {
		c := api.At(tx, clusterARN)
		if err := c.Delete(api.PodKind, mesh.System, "istiod"); err != nil {
			t.Fatal(err)
		}
	})
	f.do(func(tx *world.Tx) { f.istiod(api.At(tx, clusterARN), "mesh-domain.example,"+awayRole, nil) })
	if f.root() != next.pem {
		t.Error("a new istiod has not taken the authority of the Secret")
	}
}

func TestATaskKeepsTheCertificateThatItStartedWith(t *testing.T) {
	f := exposed(t, token(goodToken()))
	if ready, why := f.ready(); !ready {
		t.Fatal(why)
	}
	f.do(func(tx *world.Tx) {
		task := tx.Get(away, aws.TaskKind, taskARN)
		got, ok := mesh.CredentialsOfTask(task)
		if !ok || got.Root != ours().pem || got.Certificate != ours().pem {
			t.Errorf("the task has %v %v", got, ok)
		}
	})
}
