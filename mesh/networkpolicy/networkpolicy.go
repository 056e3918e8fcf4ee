// Package networkpolicy says which ports the pods of the mesh's namespaces must admit, as Kubernetes network policies. Istio's own
// policies decide by identity; these only close every other port, in front of the pod.
//
// They say nothing of calls out of a pod: istiod and gateways call addresses that users choose. A pod's node always reaches
// it, so probes of pods outside the mesh need no rule (pkg/fwruleprocessor/fw_rule_processor.go of
// https://github.com/aws/aws-network-policy-agent at 1288a9bd2598, 2026-11-29).
package networkpolicy

import "slices"

const (
	// APIVersion and Kind are the type of the object.
	APIVersion = "networking.k8s.io/v1"
	Kind       = "NetworkPolicy"
	// Name is the policy's in each namespace.
	Name = "mesh"
)

// probes is the address from which kubelet's probes reach a pod of the mesh: istio-cni rewrites their source, so that ztunnel lets
// them pass (https://istio.io/latest/docs/ambient/usage/networkpolicy, 2026-11-29).
const probes = "169.254.7.127/32"

// The ports of Istio's own parts.
// (https://istio.io/latest/docs/ops/deployment/application-requirements/#ports-used-by-istio, 2026-11-29)
const (
	portHBONE   = 15008
	portXDS     = 15012
	portMonitor = 15014
	portWebhook = 15017
	portMetrics = 15020
	portStatus  = 15021
)

// Policy is what the pods of a namespace admit.
type Policy struct {
	// Apps are the values of the label app of the pods that the policy is for. Empty: every pod of the namespace.
	Apps []string
	// Ports are TCP ports that everybody may call. Who can call at all, the security groups of the nodes decide.
	Ports []int
	// Inside admits all calls between pods of the namespace.
	Inside bool
}

// System is for istio-system: istiod, istio-cni, ztunnel, and an east-west gateway.
func System() Policy {
	return Policy{Ports: []int{portHBONE, portXDS, portMonitor, portWebhook, portMetrics, portStatus}}
}

// EastWest is for the namespace of an east-west gateway.
func EastWest() Policy { return Policy{Ports: []int{portHBONE, portXDS, portMetrics, portStatus}} }

// Ingress is for the namespace of a gateway for users, which listens on ports.
func Ingress(ports ...int) Policy {
	return Policy{Ports: slices.Concat(ports, []int{portHBONE, portMetrics, portStatus})}
}

// Workloads is for a namespace of ECS services, whose pods are waypoints.
func Workloads() Policy { return Policy{Ports: []int{portHBONE, portMetrics, portStatus}} }

// Apps is for some pods of a namespace, which take calls by HBONE alone.
func Apps(names ...string) Policy { return Policy{Apps: names, Ports: []int{portHBONE}} }

// Charts is for a namespace whose pods call each other in ways that their charts know. Ports are open to everybody.
func Charts(ports ...int) Policy { return Policy{Inside: true, Ports: ports} }

// Spec is the object's spec.
func (p Policy) Spec() map[string]any {
	selector := map[string]any{}
	if len(p.Apps) > 0 {
		apps := []any{}
		for _, app := range p.Apps {
			apps = append(apps, app)
		}
		selector["matchExpressions"] = []any{map[string]any{"key": "app", "operator": "In", "values": apps}}
	}
	ingress := []any{map[string]any{"from": []any{map[string]any{"ipBlock": map[string]any{"cidr": probes}}}}}
	if p.Inside {
		ingress = append(ingress, map[string]any{"from": []any{map[string]any{"podSelector": map[string]any{}}}})
	}
	if len(p.Ports) > 0 {
		ports := []any{}
		for _, port := range slices.Sorted(slices.Values(p.Ports)) {
			ports = append(ports, map[string]any{"port": port, "protocol": "TCP"})
		}
		ingress = append(ingress, map[string]any{"ports": ports})
	}
	return map[string]any{"podSelector": selector, "policyTypes": []any{"Ingress"}, "ingress": ingress}
}
