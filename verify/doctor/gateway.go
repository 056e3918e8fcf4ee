package doctor

import (
	"slices"
	"strconv"
)

// The labels by which a gateway's Service and pods are known.
const (
	exposeLabel      = "istio.io/expose-istiod"
	gatewayNameLabel = "gateway.networking.k8s.io/gateway-name"
)

// gateway checks the path of ECS tasks to istiod.
func (w *walk) gateway() *Finding {
	const subject = system + "/" + gatewayName
	g := find(w.kubernetes.Gateways, func(g KubernetesGateway) bool { return g.Namespace == system && g.Name == gatewayName })
	if g == nil {
		return missing("gateway", subject, "run `pulumi up`", "there is no Gateway %s", subject)
	}
	for _, port := range []int{portXDS, portHBONE} {
		if !slices.Contains(ports(g.Listeners), port) {
			return missing("gateway-listener", subject, "run `pulumi up`", "Gateway %s has no listener on port %d", subject, port)
		}
	}
	if !g.Programmed {
		return missing("gateway-not-programmed", subject, "look at the events of its Service: quotas, subnet tags and the node group are common causes", "Gateway %s is not programmed: %s", subject, g.Message)
	}
	if find(w.kubernetes.Pods, func(p Pod) bool {
		return p.Namespace == system && p.Labels[gatewayNameLabel] == gatewayName && p.Ready
	}) == nil {
		return missing("gateway-pods", subject, "kubectl -n istio-system describe pods -l "+gatewayNameLabel+"="+gatewayName, "no pod of Gateway %s is ready", subject)
	}
	if g.Address != w.stack.GatewayAddress {
		return missing("gateway-address", subject, "run `pulumi up`: tasks get the new address in their tokens", "Gateway %s is at %s, and tasks were given %s", subject, g.Address, w.stack.GatewayAddress)
	}
	service := find(w.kubernetes.Services, func(s KubernetesService) bool { return s.Address == g.Address })
	if service == nil || service.Labels[exposeLabel] != strconv.Itoa(portXDS) {
		return missing("gateway-expose-label", subject, "set the label on the gateway's infrastructure", "the Service of Gateway %s does not carry %s=%d, so nothing leads to istiod", subject, exposeLabel, portXDS)
	}
	if lb := w.network.Balancer(w.stack.GatewayAddress); lb != nil && !lb.Internal {
		return missing("load-balancer", lb.Name, "set service.beta.kubernetes.io/aws-load-balancer-internal on the gateway, and let Kubernetes make the load balancer again",
			"load balancer %s of Gateway %s is internet-facing, and tasks may call the mesh's networks only", lb.Name, subject)
	}
	return nil
}

// gatewayLabels checks the labels that make the gateway the entry to the mesh's network. Istio's ambient code reads them from
// the Gateway, its older code from the Service. It is not known which of them Solo's code reads.
func (w *walk) gatewayLabels() *Finding {
	for _, g := range w.kubernetes.Gateways {
		if g.Namespace != system || g.Name != gatewayName {
			continue
		}
		if f := w.gatewayLabel("Gateway "+system+"/"+gatewayName, g.Labels); f != nil {
			return f
		}
		for _, s := range w.kubernetes.Services {
			if g.Address != "" && s.Address == g.Address {
				return w.gatewayLabel("Service "+s.Namespace+"/"+s.Name, s.Labels)
			}
		}
	}
	return nil
}

// gatewayLabel compares the network that a gateway leads to.
func (w *walk) gatewayLabel(subject string, labels map[string]string) *Finding {
	if have := labels[networkLabel]; have != w.stack.MeshNetwork {
		return missing("network-label", subject, "set it to "+w.stack.MeshNetwork, "%s of %s is %s, and the mesh's network is %q", networkLabel, subject, quote(have), w.stack.MeshNetwork)
	}
	return nil
}

func ports(listeners map[string]int) []int {
	var all []int
	for _, name := range sortedKeys(listeners) {
		all = append(all, listeners[name])
	}
	return all
}

func (w *walk) namespace(name string) *Namespace {
	return find(w.kubernetes.Namespaces, func(n Namespace) bool { return n.Name == name })
}
