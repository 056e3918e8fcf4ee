package sandboxed

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"maps"
	"slices"
	"strings"

	"istio.io/istio/pkg/workloadapi"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/policy"
)

var serviceEntryKind = schema.GroupVersionKind{Group: "networking.istio.io", Version: "v1", Kind: "ServiceEntry"}

// Services are what istiod tells ztunnel.
func (b *Backend) Services(context.Context) (services []backend.Service, err error) {
	err = b.look(func(m *model) error {
		entries := map[string]api.Object{}
		for _, entry := range m.cluster.List(serviceEntryKind, "") {
			for _, host := range api.List(entry, "spec", "hosts") {
				entries[fmt.Sprintf("%s/%s", api.Namespace(entry), host)] = entry
			}
		}
		for _, s := range m.istiod.Services() {
			service := backend.Service{Namespace: s.Namespace, Name: s.Name, Host: s.Hostname, Addresses: policy.VIPs(s), Waypoint: policy.WaypointOf(s)}
			for _, p := range s.Ports {
				service.Ports = append(service.Ports, int(p.ServicePort))
			}
			for _, w := range m.istiod.Workloads() {
				if !policy.Serves(w, s) {
					continue
				}
				service.Endpoints++
				if w.Status == workloadapi.WorkloadStatus_HEALTHY {
					service.Healthy++
				}
			}
			notes := api.Annotations(entries[s.Namespace+"/"+s.Hostname])
			if fields := strings.SplitN(notes["ecs.solo.io/arn"], ":", 6); len(fields) == 6 {
				service.Account, service.Cluster = fields[4], notes["ecs.solo.io/cluster"]
			}
			services = append(services, service)
		}
		return nil
	})
	return services, err
}

// Workloads are what istiod tells ztunnel.
func (b *Backend) Workloads(context.Context) (workloads []backend.Workload, err error) {
	err = b.look(func(m *model) error {
		for _, w := range m.istiod.Workloads() {
			workload := backend.Workload{
				Namespace: w.Namespace, Name: w.Name, Address: policy.Address(w).String(), Protocol: protocol(w),
				Identity: policy.Identity(w), Node: w.Node, Network: w.Network, ECS: strings.Contains(w.Uid, "/WorkloadEntry/"),
			}
			for _, key := range slices.Sorted(maps.Keys(w.Services)) {
				_, workload.Service, _ = strings.Cut(key, "/")
				break
			}
			workloads = append(workloads, workload)
		}
		return nil
	})
	return workloads, err
}

// protocol is how istioctl prints it.
func protocol(w *workloadapi.Workload) string {
	if w.TunnelProtocol == workloadapi.TunnelProtocol_HBONE {
		return "HBONE"
	}
	return "TCP"
}

// Revisions compares every ECS service of the stack with its running tasks. Of several revisions that run, one that is
// not declared is shown.
func (b *Backend) Revisions(context.Context) (revisions []backend.Revision, err error) {
	err = b.look(func(m *model) error {
		for _, key := range m.stack.ClusterKeys() {
			cluster := m.stack.Clusters[key]
			for _, name := range cluster.ServiceKeys() {
				declared := cluster.Services[name]
				revision := backend.Revision{Cluster: key, Service: name, Declared: declared.TaskDefinitionARN}
				if s := m.Get(m.stack.Accounts[cluster.Account].ID, aws.ServiceKind, declared.ARN); s != nil {
					revision.Desired = int(api.Int(s.Props, "desiredCount"))
				}
				for _, t := range m.tasksOf(key, name) {
					if running := t.String("taskDefinitionArn"); revision.Running == "" || running != declared.TaskDefinitionARN {
						revision.Running = running
					}
					if t.started() {
						revision.Ready++
					}
				}
				revisions = append(revisions, revision)
			}
		}
		return nil
	})
	return revisions, err
}

// Certificates are the mesh's root, and the identities that its workloads prove. The sandbox signs no certificates for
// workloads, so theirs carry no date.
func (b *Backend) Certificates(context.Context) (certificates []backend.Certificate, err error) {
	err = b.look(func(m *model) error {
		block, _ := pem.Decode([]byte(mesh.Root(m.cluster)))
		if block == nil {
			return fmt.Errorf("the sandbox's mesh has no root certificate")
		}
		root, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("read the mesh's root certificate: %w", err)
		}
		certificates = append(certificates, backend.Certificate{Identity: "root", Issuer: root.Issuer.String(), NotAfter: root.NotAfter})
		proven := map[string]bool{}
		for _, w := range m.istiod.Workloads() {
			if d := m.destination(policy.Address(w)); w.TunnelProtocol == workloadapi.TunnelProtocol_HBONE && d.identity != "" {
				proven[d.identity] = true
			}
		}
		for _, identity := range slices.Sorted(maps.Keys(proven)) {
			certificates = append(certificates, backend.Certificate{Identity: identity, Issuer: root.Subject.String()})
		}
		return nil
	})
	return certificates, err
}

// List returns copies of the objects of a kind. A kind that the cluster does not serve has none.
func (b *Backend) List(_ context.Context, apiVersion, kind string) (objects []backend.Object, err error) {
	err = b.world.Look(func(tx *world.Tx) error {
		c := api.At(tx, b.stack.EKSArn)
		for _, o := range c.List(schema.FromAPIVersionAndKind(apiVersion, kind), "") {
			objects = append(objects, api.Copy(o))
		}
		return nil
	})
	return objects, err
}
