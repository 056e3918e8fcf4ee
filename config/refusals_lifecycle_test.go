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

func TestRefusedRevisions(t *testing.T) {
	const old, next = "1.28.3-patch0-solo", "1.29.1-solo"
	both := object{UnnamedRevision: old, "1-29-1": next}
	run(t, []refusal{
		one("a default revision without revisions", "istioDefaultRevision", "1-29-1", `istioDefaultRevision = "1-29-1"`, "choose one of default"),
		{"a default revision that is not there", []edit{{"istioRevisions", both}, {"istioDefaultRevision", "1-29-2"}}, [][]string{{`istioDefaultRevision = "1-29-2"`, "1-29-1, default"}}},
		{"no default revision", []edit{{"istioRevisions", both}, {"istioDefaultRevision", ""}}, [][]string{{"istioDefaultRevision is not set", "1-29-1, default"}}},
		{"a revision with dots", []edit{{"istioRevisions", object{"1.29.1": next, UnnamedRevision: old}}}, [][]string{{`istioRevisions = "1.29.1"`, "1-29-1"}}},
		{"a long name", []edit{{"istioRevisions", object{strings.Repeat("r", 47): next, UnnamedRevision: old}}}, [][]string{{"istioRevisions", "at most 46"}}},
		{"a revision without a version", []edit{{"istioRevisions", object{"1-29-1": "", UnnamedRevision: old}}}, [][]string{{"istioRevisions.1-29-1 is not set"}}},
		{"a revision of plain Istio", []edit{{"istioRevisions", object{"1-29-1": "1.29.1", UnnamedRevision: old}}}, [][]string{{"istioRevisions.1-29-1", "no ECS discovery"}}},
		{"nodes ahead of istiod", []edit{{"istioRevisions", both}, {"istioVersion", next}}, [][]string{{`istioVersion = "1.29.1-solo"`, "upgrade istiod first"}}},
		{"nodes too far behind", []edit{{"kubernetesVersion", "1.34"}, {"istioRevisions", object{"1-30-2": "1.30.2-solo"}}, {"istioDefaultRevision", "1-30-2"}},
			[][]string{{`istioVersion = "1.28.3-patch0-solo"`, "one minor version behind", "1.30.2-solo"}}},
		one("tasks ahead of istiod", "clusters/ecs-2/ztunnelVersion", next, `clusters.ecs-2.ztunnelVersion = "1.29.1-solo"`, "upgrade istiod first"),
		{"tasks too far behind", []edit{{"istioVersion", "1.30.2-solo"}, {"clusters/ecs-2/ztunnelVersion", old}}, [][]string{{"clusters.ecs-2.ztunnelVersion", "and no more"}}},
		one("tasks of plain Istio", "clusters/ecs-2/ztunnelVersion", "1.28.3", "clusters.ecs-2.ztunnelVersion", "no ECS discovery"),
		{"Kubernetes too old for one revision", []edit{{"kubernetesVersion", "1.31"}, {"istioVersion", next}, {"istioRevisions", object{UnnamedRevision: next, "1-30-2": "1.30.2-solo"}}},
			[][]string{{"kubernetesVersion", "Istio 1.30.2-solo", "1.32 or newer"}}},
	})
}

func TestEachStepOfAnUpgradeIsAccepted(t *testing.T) {
	const old, next = "1.28.3-patch0-solo", "1.29.1-solo"
	both := object{UnnamedRevision: old, "1-29-1": next}
	for _, step := range []struct {
		name                    string
		edits                   []edit
		control, newest, z1, z2 string
		accounts                string
	}{
		{"before", nil, old, old, old, old, "istiod"},
		{"the next istiod beside", []edit{{"istioRevisions", both}}, old, next, old, old, "istiod-1-29-1 istiod"},
		{"the next istiod takes over", []edit{{"istioRevisions", both}, {"istioDefaultRevision", "1-29-1"}}, next, next, old, old, "istiod-1-29-1 istiod"},
		{"nodes and the first tasks follow", []edit{{"istioRevisions", both}, {"istioDefaultRevision", "1-29-1"}, {"istioVersion", next}, {"clusters/ecs-2/ztunnelVersion", old}}, next, next, next, old, "istiod-1-29-1 istiod"},
		{"the old istiod goes", []edit{{"istioRevisions", object{"1-29-1": next}}, {"istioDefaultRevision", "1-29-1"}, {"istioVersion", next}}, next, next, next, next, "istiod-1-29-1"},
		{"in place, istiod first", []edit{{"istioRevisions", object{UnnamedRevision: next}}}, next, next, old, old, "istiod"},
		{"in place, all at once", []edit{{"istioVersion", next}, {"clusters/ecs-2/ztunnelVersion", old}}, next, next, next, old, "istiod"},
	} {
		t.Run(step.name, func(t *testing.T) {
			c := mustLoad(t, with(step.edits...))
			got := []string{c.ControlVersion(), c.NewestVersion(), c.ZtunnelVersion("ecs-1"), c.ZtunnelVersion("ecs-2"), strings.Join(c.IstiodAccounts(), " ")}
			if want := []string{step.control, step.newest, step.z1, step.z2, step.accounts}; !slices.Equal(got, want) {
				t.Errorf("got %q, want %q", got, want)
			}
			if image := c.ZtunnelImage("ecs-2"); !strings.HasSuffix(image, "/ztunnel:"+step.z2+"-distroless") {
				t.Errorf("the tasks of ecs-2 have %s", image)
			}
		})
	}
}

func TestVersionsAreOrdered(t *testing.T) {
	ordered := []string{"1.28.1-solo", "1.28.3-solo", "1.28.3-patch0-solo", "1.28.3-patch1-solo", "1.28.10-solo", "1.29.0-alpha.abc-solo", "1.29.0-solo", "1.30.2-solo"}
	for i := range ordered[1:] {
		if compareVersions(ordered[i], ordered[i+1]) >= 0 || compareVersions(ordered[i+1], ordered[i]) <= 0 {
			t.Errorf("%s does not come before %s", ordered[i], ordered[i+1])
		}
	}
}
