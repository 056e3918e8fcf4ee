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

// ownSystem is the namespace of the gateway whose load balancer the AWS Load Balancer Controller makes.
const ownSystem = "istio-eastwest"

// door is the namespace of the gateway that tasks were given. Two gateways stand while a stack moves to another load
// balancer.
func (w *walk) door() string {
	standing := func(match func(KubernetesGateway) bool) *KubernetesGateway {
		return find(w.kubernetes.Gateways, func(g KubernetesGateway) bool {
			return g.Name == gatewayName && (g.Namespace == system || g.Namespace == ownSystem) && match(g)
		})
	}
	if g := standing(func(g KubernetesGateway) bool { return g.Address != "" && g.Address == w.stack.GatewayAddress }); g != nil {
		return g.Namespace
	}
	if g := standing(func(g KubernetesGateway) bool { return g.Namespace == ownSystem }); g != nil && standing(func(g KubernetesGateway) bool { return g.Namespace == system }) == nil {
		return ownSystem
	}
	return system
}

// gateway checks the path of ECS tasks to istiod.
func (w *walk) gateway() *Finding {
	namespace := w.door()
	subject := namespace + "/" + gatewayName
	g := find(w.kubernetes.Gateways, func(g KubernetesGateway) bool { return g.Namespace == namespace && g.Name == gatewayName })
	if g == nil {
		return missing("gateway", subject, remade, "there is no Gateway %s", subject)
	}
	for _, port := range []int{portXDS, portHBONE} {
		if !slices.Contains(ports(g.Listeners), port) {
			return missing("gateway-listener", subject, remade, "Gateway %s has no listener on port %d", subject, port)
		}
	}
	if !g.Programmed {
		return missing("gateway-not-programmed", subject, "look at the events of its Service: quotas, subnet tags and the node group are common causes", "Gateway %s is not programmed: %s", subject, g.Message)
	}
	if find(w.kubernetes.Pods, func(p Pod) bool {
		return p.Namespace == namespace && p.Labels[gatewayNameLabel] == gatewayName && p.Ready
	}) == nil {
		return missing("gateway-pods", subject, "kubectl -n "+namespace+" describe pods -l "+gatewayNameLabel+"="+gatewayName, "no pod of Gateway %s is ready", subject)
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

// balancerAccount is the service account of the AWS Load Balancer Controller and the label app.kubernetes.io/name of its pods.
const balancerAccount = "aws-load-balancer-controller"

// balancerController checks the AWS Load Balancer Controller. The load balancer serves on without it, but follows no change of
// its pods, and neither a destroy nor a move gets rid of it.
func (w *walk) balancerController() *Finding {
	const namespace, subject = "kube-system", "kube-system/" + balancerAccount
	runs := func(where string) bool {
		return find(w.kubernetes.Pods, func(p Pod) bool {
			return (where == "" || p.Namespace == where) && p.Labels["app.kubernetes.io/name"] == balancerAccount && p.Ready
		}) != nil
	}
	if theirs := w.stack.ExistingEKS; theirs != nil && theirs.LoadBalancerController {
		if runs("") { // the owner chooses its namespace, and how it gets its role
			return nil
		}
		return missing("load-balancer-controller", balancerAccount, "ask the owner of "+theirs.Name+", whose controller it is: kubectl get pods -A -l app.kubernetes.io/name="+balancerAccount,
			"no pod with the label app.kubernetes.io/name=%s is ready in any namespace of %s, so the load balancer may not follow the gateway's pods", balancerAccount, theirs.Name)
	}
	if !runs(namespace) {
		return missing("load-balancer-controller", subject, "kubectl -n kube-system describe pods -l app.kubernetes.io/name="+balancerAccount,
			"no pod of %s is ready, so the load balancer does not follow the gateway's pods", subject)
	}
	found := find(w.kubernetes.Associations, func(a Association) bool { return a.Namespace == namespace && a.ServiceAccount == balancerAccount })
	if found == nil {
		return missing("load-balancer-controller", subject, remade, "service account %s has no Pod Identity association, so the controller may call nothing in AWS", subject)
	}
	return nil
}

// gatewayLabels checks the labels that make the gateway the entry to the mesh's network. Istio's ambient code reads them from
// the Gateway, its older code from the Service. It is not known which of them Solo's code reads.
func (w *walk) gatewayLabels() *Finding {
	namespace := w.door()
	for _, g := range w.kubernetes.Gateways {
		if g.Namespace != namespace || g.Name != gatewayName {
			continue
		}
		if f := w.gatewayLabel("Gateway "+namespace+"/"+gatewayName, g.Labels); f != nil {
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
