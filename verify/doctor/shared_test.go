package doctor

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/verify/stack"
)

// joined makes the two echoes members of one shared service, in a namespace of its own.
func joined(f *facts) {
	const host, ns = "echo.m.ecs.local", "m-echo"
	f.stack.Shared = map[string]stack.Shared{"echo": {Hostname: host, Namespace: ns, Port: 8080, Members: []string{"ecs-1/echo", "ecs-2/echo"}}}
	f.kubernetes.Namespaces = append(f.kubernetes.Namespaces, Namespace{Name: ns, Labels: map[string]string{dataplaneLabel: "ambient"}})
	for _, p := range places {
		account, role := "echo-"+p.cluster, roleARN(p.id, "m-"+p.cluster+"-ecs")
		// The role of the cluster's other service account gives way.
		f.account("m-" + p.cluster + "/ecs").Role = roleARN(p.id, "shell")
		f.roles = append(f.roles, *f.role("m-" + p.cluster + "-ecs"))
		f.roles[len(f.roles)-1].ARN = roleARN(p.id, "shell")
		f.definition("m-" + p.cluster + "-shell:1").TaskRole = roleARN(p.id, "shell")
		f.stack.TaskRoles[p.cluster+"/ecs"], f.stack.TaskRoles[p.cluster+"/"+account] = roleARN(p.id, "shell"), role
		f.kubernetes.ServiceAccounts = append(f.kubernetes.ServiceAccounts, ServiceAccount{ns, account, role})
		s := f.stack.Clusters[p.cluster].Services["echo"]
		s.Hostname, s.Shared, s.Namespace, s.ServiceAccount = host, "echo", ns, account
		f.stack.Clusters[p.cluster].Services["echo"] = s
		for _, tags := range []map[string]string{f.service("m-" + p.cluster + "/echo").Tags, f.task(p.cluster + "-echo").Tags} {
			tags[tagNamespace], tags[tagServiceAccount], tags[tagHostname] = ns, account, host
		}
		f.definition("m-" + p.cluster + "-echo:1").Containers[1].Environment[bootstrap.Variable] = token(func(b *bootstrap.Token) { b.ServiceAccount = account }, ns)
		service, task := f.entry("service-"+p.cluster+"-echo"), f.entry("task-"+p.cluster+"-echo")
		service.Namespace, task.Namespace, task.Account, service.Hosts = ns, ns, account, []string{host}
		task.Labels = map[string]string{tagHostname: host}
	}
}

func TestSharedServiceIsLookedForInItsOwnNamespace(t *testing.T) {
	f := healthy()
	joined(f)
	if found := examine(t, f); len(found) != 0 {
		t.Errorf("findings: %v", found)
	}
	f.kubernetes.Namespaces = f.kubernetes.Namespaces[:len(f.kubernetes.Namespaces)-1]
	if found := examine(t, f); len(found) != 1 || found[0].Ingredient != "namespace" || found[0].Subject != "m-echo" {
		t.Errorf("got %v", found)
	}
}

func TestMemberThatOthersStandInForIsNamedAndStopsNoCall(t *testing.T) {
	f := healthy()
	joined(f)
	f.task("ecs-2-echo").Tags[tagHostname] = "other"
	f.entry("task-ecs-2-echo").Labels[tagHostname] = "other"
	found := examine(t, f)
	if len(found) != 1 || found[0].Ingredient != "task-tags" || !found[0].Latent || !strings.Contains(found[0].Sentence, "ecs-2/echo") {
		t.Fatalf("got %v", found)
	}
	// Without the other member nobody answers.
	f.task("ecs-1-echo").Tags[tagHostname] = "other"
	f.entry("task-ecs-1-echo").Labels[tagHostname] = "other"
	if found := examine(t, f); len(found) != 2 || found[0].Latent || found[1].Latent {
		t.Errorf("got %v", found)
	}
}

func TestMemberThatIstiodLeadsToIsNotStoodInFor(t *testing.T) {
	f := healthy()
	joined(f)
	f.task("ecs-2-echo").Status = "STOPPED"
	found := examine(t, f)
	if len(found) != 1 || found[0].Ingredient != "no-task" || found[0].Latent {
		t.Errorf("got %v", found)
	}
}

// signer is an authority that trusts only itself.
func signer(t *testing.T) *Authority {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
	if err != nil {
		t.Fatal(err)
	}
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return &Authority{Certificate: text, Roots: text}
}

func TestTaskThatWasLeftBehindWithAnotherRootIsNamed(t *testing.T) {
	now, old := signer(t), signer(t)
	certificate := lacks{"certificate", "ecs-1-echo", 6, func(f *facts) {
		f.kubernetes.Root = now.Roots
		for _, p := range places {
			for _, name := range []string{"echo", "shell"} {
				f.definition("m-" + p.cluster + "-" + name + ":1").Containers[1].Environment[bootstrap.Variable] = token(func(b *bootstrap.Token) { b.CACert = now.Roots }, "m-"+p.cluster)
			}
		}
		for i := range f.ecs.Tasks {
			f.ecs.Tasks[i].Authority = now
		}
		for i := range f.kubernetes.Pods {
			f.kubernetes.Pods[i].Authority = now
		}
		f.task("ecs-1-echo").Authority = old
	}}
	f := healthy()
	certificate.take(f)
	certificate.alone(t, f)
	// A proxy that trusts both roots accepts both authorities.
	for _, a := range []*Authority{now, old} {
		a.Roots = now.Certificate + old.Certificate
	}
	if found := examine(t, f); len(found) != 0 {
		t.Errorf("findings: %v", found)
	}
}

func TestTokenWithSomeOfTheRootsIsLatent(t *testing.T) {
	f := healthy()
	f.kubernetes.Root += "\n" + strings.Replace(root, "root", "next", 1)
	found := examine(t, f)
	if len(found) != 4 {
		t.Fatalf("got %v", found)
	}
	for _, one := range found {
		if one.Ingredient != "token-ca" || !one.Latent {
			t.Errorf("got %v", one)
		}
	}
}
