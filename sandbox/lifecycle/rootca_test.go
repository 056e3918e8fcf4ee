//go:build engine

package lifecycle

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// authority is a user's own certificate authority with an intermediate certificate that signs for it.
type authority struct {
	root, certificate, key string
}

func newAuthority(t *testing.T, name string) authority {
	t.Helper()
	root, rootKey := certify(t, name+" root", nil, nil)
	signing, key := certify(t, name+" for the mesh", root, rootKey)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return authority{root: encodePEM("CERTIFICATE", root.Raw), certificate: encodePEM("CERTIFICATE", signing.Raw), key: encodePEM("PRIVATE KEY", der)}
}

func certify(t *testing.T, name string, by *x509.Certificate, with *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(10, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if by == nil {
		by, with = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, by, key.Public(), with)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return certificate, key
}

func encodePEM(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// signsFor configures the mesh's authority and the roots that the workloads trust.
func (s *stack) signsFor(by authority, trusted ...authority) {
	s.t.Helper()
	root := ""
	for _, one := range trusted {
		root += one.root
	}
	s.configure("meshCa", map[string]any{"certificate": by.certificate, "key": by.key, "root": root})
}

// certificates are the certificates and roots of the mesh's workloads: tasks, the nodes' ztunnels, and gateways.
func (s *stack) certificates() map[string]mesh.Authority {
	s.t.Helper()
	all := map[string]mesh.Authority{}
	s.look(func(tx *world.Tx) {
		for _, task := range tx.Find("", "ecs:task", nil) {
			if task.String("lastStatus") != "RUNNING" {
				continue
			}
			if got, ok := mesh.CredentialsOfTask(task); ok {
				all["task "+task.ID] = got
			} else {
				s.t.Errorf("task %s has no certificate", task.ID)
			}
		}
		for _, arn := range tx.Clusters() {
			c := api.At(tx, arn)
			for _, pod := range c.List(api.PodKind, "") {
				labels := api.Labels(pod)
				if labels["app"] != "ztunnel" && labels["gateway.networking.k8s.io/gateway-name"] == "" || api.Deleting(pod) {
					continue
				}
				if got, ok := mesh.CredentialsOfPod(c, pod); ok {
					all["pod "+api.ID(pod)] = got
				} else {
					s.t.Errorf("pod %s has no certificate", api.ID(pod))
				}
			}
		}
	})
	return all
}

// acceptEachOther asserts that every two workloads accept each other. That includes workloads from before and after a
// change, because they meet during a roll-out.
func acceptEachOther(t *testing.T, before, after map[string]mesh.Authority) {
	t.Helper()
	if len(after) < 5 {
		t.Errorf("only %d workloads have certificates", len(after))
	}
	for one, client := range before {
		for other, server := range after {
			for _, pair := range [][2]mesh.Authority{{client, server}, {server, client}} {
				if err := mesh.Handshake(pair[0], pair[1], time.Now()); err != nil {
					t.Errorf("%s and %s: %v", one, other, err)
				}
			}
		}
	}
}

// rootPage is the page whose commands these tests type.
const rootPage = "docs/root-ca.md"

// ownAuthority is the one that istiod made, as its Secret has it.
func (s *stack) ownAuthority() (own authority) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			secret := api.At(tx, arn).Get(api.SecretKind, mesh.System, "istio-ca-secret")
			for key, text := range map[string]*string{"ca-cert.pem": &own.root, "ca-key.pem": &own.key} {
				data, err := base64.StdEncoding.DecodeString(api.String(secret, "data", key))
				if err != nil || len(data) == 0 {
					s.t.Fatalf("the Secret of istiod's own authority has no %s: %v", key, err)
				}
				*text = string(data)
			}
		}
	})
	own.certificate = own.root
	return own
}

// files writes an authority as the page names its files.
func (a authority) files(s *stack, name string) {
	for file, text := range map[string]string{"root-": a.root, "mesh-": a.certificate} {
		write(s.t, filepath.Join(s.project, file+name+".pem"), []byte(text))
	}
	write(s.t, filepath.Join(s.project, "mesh-"+name+".key"), []byte(a.key))
}

// A living mesh whose root is istiod's own: the page makes that the user's, and then puts another in its place.
func TestTheRootIsRotatedInThreeStepsAndEveryWorkloadAcceptsEveryOther(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	first, second := s.ownAuthority(), newAuthority(t, "second")
	write(t, filepath.Join(s.project, "ca-cert.pem"), []byte(first.certificate))
	write(t, filepath.Join(s.project, "ca-key.pem"), []byte(first.key))
	before := s.certificates()
	adopting := `kubectl() {
	test "${*:1:6}" = "-n istio-system get secret istio-ca-secret -o"
	case "$7" in
	'jsonpath={.data.ca-cert\.pem}') base64 -w 0 ca-cert.pem ;;
	'jsonpath={.data.ca-key\.pem}') base64 -w 0 ca-key.pem ;;
	*) return 1 ;;
	esac
}`
	commands := parts(block(t, rootPage, "# make root-b.pem"))
	if len(commands) != 4 {
		t.Fatalf("the page has %d parts, and not a comment and three steps", len(commands))
	}
	for i, step := range []struct {
		name, prelude, commands string
		by                      authority
		trusted                 []authority
	}{
		{"rotate-0-adopt-istiods-own", adopting, block(t, rootPage, "kubectl -n istio-system get secret"), first, []authority{first}},
		{"rotate-1-trust-both", "", commands[1], first, []authority{first, second}},
		{"rotate-2-sign-with-the-new", "", commands[2], second, []authority{first, second}},
		{"rotate-3-trust-the-new", "", commands[3], second, []authority{second}},
	} {
		s.typesAndPlans(step.name, step.prelude, step.commands)
		after := s.certificates()
		acceptEachOther(t, before, after)
		acceptEachOther(t, after, after)
		for who, got := range after {
			if got.Certificate != step.by.certificate || strings.Count(got.Root, "BEGIN") != len(step.trusted) {
				t.Errorf("after %s, %s has not started anew", step.name, who)
			}
		}
		s.running(t, "echo-service", 1)
		before = after
		living := s.configuration()
		switch i {
		case 0: // two ways to leave out the first step
			for _, trusted := range [][]authority{{second}, {first, second}} {
				s.signsFor(second, trusted...)
				s.refused([]string{"meshCa.certificate", "no root that living tasks trust", "ecs-1/echo-service", rootPage}, "preview")
			}
			first.files(s, "a")
			second.files(s, "b")
		case 1: // without the second step
			s.signsFor(second, second)
			s.refused([]string{"meshCa.root", "lacks a root of living tasks", "ecs-1/echo-service"}, "preview")
		}
		s.reconfigure(living)
	}

	s.unchanged()

	// The authority's key appears nowhere in plain text.
	if exported := s.run("stack", "export"); strings.Contains(exported, "PRIVATE KEY") {
		t.Error("the state shows the private key")
	}
	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}
