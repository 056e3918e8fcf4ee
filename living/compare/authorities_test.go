package compare_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/mesh/values"
)

// root makes a root certificate, PEM.
func root(t *testing.T, name string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// A mesh goes from one root to another in three steps. Whoever leaves one out hears so.
func TestTasksThatRunAndWorkloadsThatStartAcceptEachOther(t *testing.T) {
	a, b := root(t, "A"), root(t, "B")
	// digest stands for the mesh's: it changes with the certificate that signs and with the roots.
	digest := func(signs, roots string) map[string]string {
		return map[string]string{values.AnnotationCA: signs[len(signs)-60:] + roots[len(roots)-60:]}
	}
	for _, c := range []struct {
		name               string
		livingSigns, trust string // livingSigns is empty if istiod makes its root itself
		signs, roots       string // signs is empty if it shall make one
		refused, warned    []string
	}{
		{name: "nothing changes", livingSigns: a, trust: a, signs: a, roots: a},
		{name: "istiod's own root is adopted", trust: a, signs: a, roots: a},
		{name: "step 1", livingSigns: a, trust: a, signs: a, roots: a + b},
		{name: "step 2", livingSigns: a, trust: a + b, signs: b, roots: a + b},
		{name: "step 3", livingSigns: b, trust: a + b, signs: b, roots: b},
		{name: "the way back from step 1", livingSigns: a, trust: a + b, signs: a, roots: a},
		{name: "istiod makes its own root", trust: a},
		{name: "no token", signs: b, roots: b, livingSigns: a},
		{name: "an unrelated root", livingSigns: a, trust: a, signs: b, roots: b, refused: []string{"meshCa.certificate", "no root that living tasks trust", "ecs-1/echo-service", "beside the old one", "docs/root-ca.md"}},
		{name: "an unrelated root after istiod's own", trust: a, signs: b, roots: b, refused: []string{"meshCa.certificate", "beside the old one"}},
		{name: "without step 1", livingSigns: a, trust: a, signs: b, roots: a + b, refused: []string{"meshCa.certificate", "beside the old one"}},
		{name: "without step 2", livingSigns: a, trust: a + b, signs: b, roots: b, refused: []string{"meshCa.root", "lacks a root", "ecs-1/echo-service", "Keep every root"}},
		{name: "no authority any more", livingSigns: a, trust: a, warned: []string{"meshCa: it is gone", "ecs-1/echo-service", "docs/root-ca.md"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg := dev(t, func(cfg *config.Config) {
				if c.signs != "" {
					cfg.MeshCA = config.MeshCA{Certificate: c.signs, Root: c.roots, Key: "a key"}
				}
			})
			w := lives(cfg)
			runs := compare.Enrolled{Namespace: "ambient-ecs-1", ServiceAccount: "ecs", Roots: c.trust}
			if c.livingSigns != "" {
				runs.Labels = digest(c.livingSigns, c.trust+a)
			}
			w.Enrolled = map[string]compare.Enrolled{"ecs-1/echo-service": runs}
			w.RestartTrusting = func(roots string) map[string]string { return digest(c.signs, roots+a) }
			says(t, cfg, w, c.refused, c.warned)
		})
	}
}
