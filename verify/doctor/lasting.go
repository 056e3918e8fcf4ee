package doctor

import (
	"context"
	"fmt"

	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/ingress"
	"ambient-ecs/mesh/waypoint"
	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// Piece is an object of the cluster that decides about later: no call and no pod shows that it is gone.
type Piece struct {
	APIVersion, Kind, Namespace, Name string
	// Or is another name under which it does as well. Empty: none.
	Or string
	// Of is whose piece it is. Loss is what happens without it, Fix what to do.
	Of, Loss, Fix string
}

// String is the kind with the names.
func (p Piece) String() string {
	name := p.Name
	if p.Namespace != "" {
		name = p.Namespace + "/" + name
	}
	if p.Or != "" {
		name += " or " + p.Or
	}
	return p.Kind + " " + name
}

// there reports whether the piece exists under one of its names.
func (p Piece) there(ctx context.Context, from Objects) (bool, error) {
	for _, name := range []string{p.Name, p.Or} {
		if name == "" {
			continue
		}
		if o, err := from.Get(ctx, p.APIVersion, p.Kind, p.Namespace, name); o != nil || err != nil {
			return o != nil, err
		}
	}
	return false, nil
}

// labelRevision is on istiod's pods. Its value names the objects of an istiod, besides that of unnamedRevision.
const (
	labelRevision   = "istio.io/rev"
	unnamedRevision = "default"
)

// pieces are the objects that must exist, of a stack and of an istiod with a revision. Istio's charts name istiod's and
// those of the nodes (istio/istio, manifests/charts, istio-control/istio-discovery and istio-cni, 1.29.1).
func pieces(s *stack.Stack, revision string) []Piece {
	const (
		alone  = "istiod would make its pods anew as one, without spread and without a disruption budget"
		rights = "istiod reads and writes its objects no more, so that no change reaches a proxy"
		agents = "istio-cni takes no new pod into the mesh, and such a pod does not start"
		rbac   = "rbac.authorization.k8s.io/v1"
	)
	suffix, root := "", "restart no istiod, because it alone has the key, and give the mesh a root of your own (docs/root-ca.md)"
	if revision != "" && revision != unnamedRevision {
		suffix = "-" + revision
	}
	release := again("istiod" + suffix)
	all := []Piece{
		{APIVersion: "v1", Kind: "Service", Namespace: system, Name: "istiod" + suffix, Of: "istiod", Fix: release, Loss: "no proxy finds istiod when it connects anew, and no certificate is renewed"},
		{APIVersion: "v1", Kind: "Secret", Namespace: system, Name: "istio-ca-secret", Or: "cacerts", Of: "istiod", Fix: root, Loss: "the next istiod makes another root certificate, and no task that runs trusts it"},
		{APIVersion: "v1", Kind: "ConfigMap", Namespace: system, Name: "istio-sidecar-injector" + suffix, Of: "istiod", Fix: release, Loss: "istiod has no templates for gateways and waypoints, and its next pod does not start"},
		{APIVersion: "admissionregistration.k8s.io/v1", Kind: "ValidatingWebhookConfiguration", Name: "istio-validator" + suffix + "-" + system, Of: "istiod", Fix: release,
			Loss: "Kubernetes takes policies and routes that istiod cannot read"},
		{APIVersion: "v1", Kind: "ConfigMap", Namespace: system, Name: eastwest.DefaultsName, Of: "the gateway", Fix: remade, Loss: alone},
	}
	for _, kind := range []string{"Role", "RoleBinding"} {
		all = append(all, Piece{APIVersion: rbac, Kind: kind, Namespace: system, Name: "istiod" + suffix, Of: "istiod", Fix: release, Loss: rights})
		for _, name := range []string{"istiod-clusterrole", "istiod-gateway-controller"} {
			all = append(all, Piece{APIVersion: rbac, Kind: "Cluster" + kind, Name: name + suffix + "-" + system, Of: "istiod", Fix: release, Loss: rights})
		}
		for _, name := range []string{"istio-cni", "istio-cni-ambient"} {
			all = append(all, Piece{APIVersion: rbac, Kind: "Cluster" + kind, Name: name, Of: "the nodes", Fix: again("istio-cni"), Loss: agents})
		}
	}
	for _, host := range s.Hostnames() {
		if s.Destinations[host].Waypoint != "" {
			all = append(all, Piece{APIVersion: "v1", Kind: "ConfigMap", Namespace: system, Name: waypoint.DefaultsName, Of: "waypoints", Fix: remade, Loss: alone})
			break
		}
	}
	if s.Ingress.On() {
		all = append(all, Piece{APIVersion: "v1", Kind: "ConfigMap", Namespace: s.Ingress.Namespace, Name: ingress.Parameters, Of: "the ingress", Fix: remade,
			Loss: "istiod makes nothing of the ingress anew: neither its replicas nor their spread, its disruption budget and the settings of its load balancer"})
	}
	return all
}

// again is how somebody gets back what a release of Helm has lost. Pulumi and Helm remember that they made it, and an update makes nothing anew.
func again(release string) string {
	return "helm -n " + system + " get manifest " + release + " | kubectl apply -f -"
}

// Budget is a disruption budget. It guards the pods in its namespace that have the labels. Vague says that it chooses pods by expressions
// too, which count as no limit here.
type Budget struct {
	Namespace string
	Labels    map[string]string
	Vague     bool
}

// guards reports whether the budget is about a pod.
func (b Budget) guards(p Pod) bool {
	for key, value := range b.Labels {
		if p.Labels[key] != value {
			return false
		}
	}
	return b.Namespace == p.Namespace && (len(b.Labels) > 0 || b.Vague)
}

// readLasting reads which pieces are gone, and the disruption budgets. What the caller may not read is said to be unseen, once for a kind.
func (k *Kubernetes) readLasting(ctx context.Context, from Objects, all []Piece) error {
	unseen := map[string]bool{}
	refused := func(kind, what string, err error) error {
		if !unseen[kind] {
			k.Unseen = append(k.Unseen, fmt.Sprintf("whether %s: %v", what, err))
		}
		unseen[kind] = true
		return ctx.Err()
	}
	for _, p := range all {
		there, err := p.there(ctx, from)
		switch {
		case err != nil:
			if err := refused(p.Kind, "every "+p.Kind+" exists that "+p.Of+" needs later, such as "+p.Name, err); err != nil {
				return err
			}
		case !there:
			k.Gone = append(k.Gone, p)
		}
	}
	list, err := from.List(ctx, "policy/v1", "PodDisruptionBudget")
	if err != nil {
		return refused("PodDisruptionBudget", "a PodDisruptionBudget guards istiod and each gateway", err)
	}
	k.Budgets = []Budget{}
	for _, o := range list {
		k.Budgets = append(k.Budgets, Budget{
			Namespace: backend.NamespaceOf(o), Labels: backend.Strings(o, "spec", "selector", "matchLabels"), Vague: len(backend.Objects(o, "spec", "selector", "matchExpressions")) > 0,
		})
	}
	return nil
}

// lasting finds the objects of the cluster that are gone, and the pods that no disruption budget guards.
func (w *walk) lasting() {
	w.unseen = append(w.unseen, w.kubernetes.Unseen...)
	for _, p := range w.kubernetes.Gone {
		w.late(missing("object", p.String(), p.Fix, "%s does not exist: %s", p, p.Loss), p.Of)
	}
	if w.kubernetes.Budgets == nil {
		return
	}
	guard := func(of, fix, namespace, key, value string, least int) {
		// Pods of one revision and one template are those of one Deployment. A budget could keep none of a single pod.
		like := map[string][]Pod{}
		for _, p := range w.kubernetes.Pods {
			if p.Namespace == namespace && p.Labels[key] == value {
				one := p.Labels[labelRevision] + "/" + p.Labels["pod-template-hash"]
				like[one] = append(like[one], p)
			}
		}
		for _, one := range sortedKeys(like) {
			pods := like[one]
			if len(pods) < least || find(w.kubernetes.Budgets, func(b Budget) bool { return b.guards(pods[0]) }) != nil {
				continue
			}
			w.late(missing("disruption-budget", namespace+"/"+value, fix, "no PodDisruptionBudget of namespace %s is about the pods of %s, so a drain of nodes may stop all of them at once", namespace, of), of)
		}
	}
	const maker = "kubectl -n " + system + " rollout restart deployment -l app=istiod: istiod makes it anew, if it has the parameters"
	guard("istiod", again("istiod")+" (istiod-REVISION where it has a revision)", system, "app", "istiod", 2)
	guard("the gateway", maker, w.door(), gatewayNameLabel, gatewayName, 1)
	if in := w.stack.Ingress; in.On() {
		guard("the ingress", maker, in.Namespace, gatewayNameLabel, stack.IngressName, 1)
	}
	for _, host := range w.stack.Hostnames() {
		if d := w.stack.Destinations[host]; d.Waypoint != "" {
			guard("waypoint "+d.Namespace+"/"+d.Waypoint, maker, d.Namespace, gatewayNameLabel, d.Waypoint, 1)
		}
	}
}
