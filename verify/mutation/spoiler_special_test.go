//go:build engine

package mutation

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"strings"
	"time"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// taskGroup takes the last security group, the one that lets callers in, from the interfaces of tasks.
func taskGroup(account string, words ...string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each(account, taskKind, func(task *world.Resource) {
			s.each(account, interfaceKind, func(eni *world.Resource) {
				groups := api.List(eni.Props, "securityGroups")
				eni.Props["securityGroups"] = groups[:len(groups)-1]
			}, task.String("networkInterfaceId"))
		}, words...)
	}
}

// otherRevision makes tasks run from another revision of their task definition. Only the revision differs.
func otherRevision(account string, words ...string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each(account, taskKind, func(task *world.Resource) {
			declared := task.String("taskDefinitionArn")
			other := declared[:strings.LastIndex(declared, ":")] + ":99"
			s.each(account, definitionKind, func(r *world.Resource) {
				s.tx.Put(&world.Resource{Account: r.Account, Region: r.Region, Kind: r.Kind, ID: other, Props: r.Props})
			}, declared)
			task.Props["taskDefinitionArn"] = other
		}, words...)
	}
}

// istiodVariable changes a variable of istiod's pods.
func istiodVariable(name, old, new string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		changed := false
		s.object("v1", "Pod", system, "istiod-*", func(_ *api.Cluster, pod api.Object) {
			for _, container := range api.Maps(pod, "spec", "containers") {
				for _, e := range api.Maps(container, "env") {
					if have := api.String(e, "value"); api.String(e, "name") == name && strings.Contains(have, old) {
						e["value"] = strings.Replace(have, old, new, 1)
						changed = true
					}
				}
			}
		})
		if !changed {
			s.Fatalf("%s of istiod does not say %q", name, old)
		}
	}
}

// serviceAccount is one that names an AWS role.
func serviceAccount(namespace, name, role string) api.Object {
	return api.Object{"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]any{
		"name": name, "namespace": namespace, "annotations": map[string]any{"ecs.solo.io/role-arn": role},
	}}
}

// foreignRule admits a network outside the mesh to a port of the load balancer.
func foreignRule(port int64, cidr string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each(home, groupKind, func(group *world.Resource) {
			s.each(home, balancerKind, func(b *world.Resource) {
				for _, p := range api.Maps(b.Props, "ports") {
					if api.Int(p, "port") == port {
						s.tx.Put(&world.Resource{Account: group.Account, Region: group.Region, Kind: ingressKind, ID: "sgr-foreign", Props: map[string]any{
							"securityGroupId": group.ID, "ipProtocol": "tcp", "fromPort": p["nodePort"], "toPort": p["nodePort"], "cidrIpv4": cidr,
						}})
					}
				}
			})
		}, "eks-cluster-sg")
	}
}

// placement changes where a service puts its next tasks.
func placement(account, key string, value any, words ...string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each(account, serviceKind, func(r *world.Resource) { api.Set(r.Props, value, "networkConfiguration", key) }, words...)
	}
}

// otherRoot gives tasks the certificate and the roots of an authority that the rest of the mesh does not trust, as if the
// root had changed while they ran.
func otherRoot(account string, words ...string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		public, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			s.Fatal(err)
		}
		template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
		der, err := x509.CreateCertificate(rand.Reader, template, template, public, private)
		if err != nil {
			s.Fatal(err)
		}
		text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
		authority, err := json.Marshal(map[string]string{"certificate": text, "root": text})
		if err != nil {
			s.Fatal(err)
		}
		s.each(account, taskKind, func(task *world.Resource) {
			if task.String("_certificate") == "" {
				s.Fatalf("%s has no certificate", task.ID)
			}
			task.Props["_certificate"] = string(authority)
		}, words...)
	}
}
