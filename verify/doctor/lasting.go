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
	// Of is whose piece it is. Loss is what happens without it.
	Of, Loss string
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

// pieces are the objects that must exist, of a stack and of an istiod with a revision. Istio's charts name istiod's
// (istio/istio, manifests/charts/istio-control/istio-discovery/templates, 1.29.1).
func pieces(s *stack.Stack, revision string) []Piece {
	const (
		alone  = "istiod would make its pods anew as one, without spread and without a disruption budget"
		rights = "istiod reads and writes its objects no more, so that no change reaches a proxy"
		rbac   = "rbac.authorization.k8s.io/v1"
	)
	suffix := ""
	if revision != "" && revision != unnamedRevision {
		suffix = "-" + revision
	}
	all := []Piece{
		{APIVersion: "v1", Kind: "Service", Namespace: system, Name: "istiod" + suffix, Of: "istiod", Loss: "no proxy finds istiod when it connects anew, and no certificate is renewed"},
		{APIVersion: "v1", Kind: "Secret", Namespace: system, Name: "istio-ca-secret", Or: "cacerts", Of: "istiod", Loss: "the next istiod makes another root certificate, and no task that runs trusts it"},
		{APIVersion: "v1", Kind: "ConfigMap", Namespace: system, Name: "istio-sidecar-injector" + suffix, Of: "istiod", Loss: "istiod has no templates for gateways and waypoints, and its next pod does not start"},
		{APIVersion: "v1", Kind: "ConfigMap", Namespace: system, Name: eastwest.DefaultsName, Of: "the gateway", Loss: alone},
	}
	for _, kind := range []string{"ClusterRole", "ClusterRoleBinding"} {
		for _, name := range []string{"istiod-clusterrole", "istiod-gateway-controller"} {
			all = append(all, Piece{APIVersion: rbac, Kind: kind, Name: name + suffix + "-" + system, Of: "istiod", Loss: rights})
		}
	}
	for _, host := range s.Hostnames() {
		if s.Destinations[host].Waypoint != "" {
			all = append(all, Piece{APIVersion: "v1", Kind: "ConfigMap", Namespace: system, Name: waypoint.DefaultsName, Of: "waypoints", Loss: alone})
			break
		}
	}
	if s.Ingress.On() {
		all = append(all, Piece{APIVersion: "v1", Kind: "ConfigMap", Namespace: s.Ingress.Namespace, Name: ingress.Parameters, Of: "the ingress",
			Loss: "istiod makes nothing of the ingress anew: neither its replicas nor their spread, its disruption budget and the settings of its load balancer"})
	}
	return all
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
			k.Unseen = append(k.Unseen, fmt.Sprintf("whether there is %s: %v", what, err))
		}
		unseen[kind] = true
		return ctx.Err()
	}
	for _, p := range all {
		there, err := p.there(ctx, from)
		switch {
		case err != nil:
			if err := refused(p.Kind, "every "+p.Kind+" that "+p.Of+" needs later, such as "+p.Name, err); err != nil {
				return err
			}
		case !there:
			k.Gone = append(k.Gone, p)
		}
	}
	list, err := from.List(ctx, "policy/v1", "PodDisruptionBudget")
	if err != nil {
		return refused("PodDisruptionBudget", "a PodDisruptionBudget for istiod and for each gateway", err)
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
		w.late(missing("object", p.String(), remade, "%s does not exist: %s", p, p.Loss), p.Of)
	}
	if w.kubernetes.Budgets == nil {
		return
	}
	guard := func(of, namespace, key, value string, least int) {
		var pods []Pod
		for _, p := range w.kubernetes.Pods {
			if p.Namespace == namespace && p.Labels[key] == value {
				pods = append(pods, p)
			}
		}
		if len(pods) < least {
			return // somebody else says that they are missing, or there is only one, of which no budget could keep any
		}
		if find(w.kubernetes.Budgets, func(b Budget) bool { return b.guards(pods[0]) }) == nil {
			w.late(missing("disruption-budget", namespace+"/"+value, remade, "no PodDisruptionBudget of namespace %s is about the pods of %s, so a drain of nodes may stop all of them at once", namespace, of), of)
		}
	}
	guard("istiod", system, "app", "istiod", 2)
	guard("the gateway", w.door(), gatewayNameLabel, gatewayName, 1)
	if in := w.stack.Ingress; in.On() {
		guard("the ingress", in.Namespace, gatewayNameLabel, stack.IngressName, 1)
	}
	for _, host := range w.stack.Hostnames() {
		if d := w.stack.Destinations[host]; d.Waypoint != "" {
			guard("waypoint "+d.Namespace+"/"+d.Waypoint, d.Namespace, gatewayNameLabel, d.Waypoint, 1)
		}
	}
}
