// Package resident says what lives in an EKS cluster of somebody else and is in the way of a mesh that comes: another Istio, sidecars,
// gateway classes, definitions of the Gateway API, plug-ins of the nodes' network. AWS tells none of it. `ambient adopt` and `ambient
// doctor` ask before the first `up`.
package resident

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/verify/backend"
)

// Objects lists the objects of a cluster. It changes nothing, and is asked for no Secret.
type Objects interface {
	// List returns the objects of a kind in every namespace. It is asked only for kinds that the cluster has.
	List(ctx context.Context, apiVersion, kind string) ([]backend.Object, error)
}

// Resident is something that lives in the cluster.
type Resident struct {
	// Ingredient is the kind, one of Ingredients. Subject is the object.
	Ingredient, Subject string
	// Sentence says what it is and what it means for the mesh, Fix what to do.
	Sentence, Fix string
}

// The kinds of residents.
const (
	// Istio is a control plane of Istio, or what one left behind. Helm refuses to take over its objects.
	Istio = "resident-istio"
	// Injection puts sidecars into pods: a webhook, or the label of a namespace.
	Injection = "resident-injection"
	// Sidecar is a pod with a sidecar.
	Sidecar = "resident-sidecar"
	// Ambient is a namespace that is in a mesh already.
	Ambient = "resident-ambient"
	// Class is a GatewayClass that istiod would make, and that somebody else has.
	Class = "resident-gateway-class"
	// GatewayAPI is a definition of the Gateway API.
	GatewayAPI = "resident-gateway-api"
	// Webhook is one of the mesh's webhooks that the control plane of EKS would not reach.
	Webhook = "resident-webhook"
	// Plugin is another plug-in in the chain of the nodes' network.
	Plugin = "resident-cni"
)

// Ingredients are the kinds with what they mean.
var Ingredients = [][2]string{
	{Istio, "the EKS cluster has an Istio already"},
	{Injection, "something in the EKS cluster injects sidecars"},
	{Sidecar, "pods of the EKS cluster have sidecars"},
	{Ambient, "a namespace of the EKS cluster is in a mesh already"},
	{Class, "the EKS cluster has a GatewayClass of Istio's name"},
	{GatewayAPI, "the EKS cluster has definitions of the Gateway API of another version or owner than the stack file means"},
	{Webhook, "the security group of the nodes does not admit the EKS control plane to a webhook of the mesh"},
	{Plugin, "another plug-in changes the network of the pods"},
}

// Wanted is what the stack file means to find.
type Wanted struct {
	// GatewayAPI is its version, such as "v1.4.0". Empty: not known. Theirs says that the owner of the cluster has the definitions
	// (existingEks.gatewayApi).
	GatewayAPI string
	Theirs     bool
}

// system is the namespace of the mesh.
const system = "istio-system"

// Look finds the residents, by kind and subject. A kind that the caller may not list is an error.
func Look(ctx context.Context, from Objects, wanted Wanted) ([]Resident, error) {
	l := &looking{ctx: ctx, from: from}
	l.definitions(wanted)
	l.controlPlanes()
	l.webhooks()
	l.namespaces()
	l.pods()
	l.plugins()
	if l.err != nil {
		return nil, fmt.Errorf("look into the EKS cluster: %w", l.err)
	}
	return l.found, nil
}

type looking struct {
	ctx   context.Context
	from  Objects
	found []Resident
	err   error
}

// list lists a kind, sorted by namespace and name. After an error it lists nothing more.
func (l *looking) list(apiVersion, kind string) []backend.Object {
	if l.err != nil {
		return nil
	}
	var all []backend.Object
	all, l.err = l.from.List(l.ctx, apiVersion, kind)
	slices.SortFunc(all, func(a, b backend.Object) int {
		return cmp.Or(cmp.Compare(backend.NamespaceOf(a), backend.NamespaceOf(b)), cmp.Compare(backend.NameOf(a), backend.NameOf(b)))
	})
	return all
}

func (l *looking) add(ingredient, subject, fix, format string, args ...any) {
	l.found = append(l.found, Resident{Ingredient: ingredient, Subject: subject, Sentence: fmt.Sprintf(format, args...), Fix: fix})
}

// Annotations of the definitions of the Gateway API, and of what Helm installs.
// https://gateway-api.sigs.k8s.io/concepts/versioning/, 2026-11-29.
const (
	bundleVersion = "gateway.networking.k8s.io/bundle-version"
	bundleChannel = "gateway.networking.k8s.io/channel"
	helmRelease   = "meta.helm.sh/release-name"
	helmNamespace = "meta.helm.sh/release-namespace"
)

// definitions looks at the custom resources that the mesh brings along.
func (l *looking) definitions(wanted Wanted) {
	gateway, classes := map[string][]string{}, false
	istio := map[string]int{}
	for _, o := range l.list("apiextensions.k8s.io/v1", "CustomResourceDefinition") {
		name, annotations := backend.NameOf(o), backend.AnnotationsOf(o)
		switch group := backend.Text(o, "spec", "group"); {
		case group == "gateway.networking.k8s.io":
			classes = classes || name == "gatewayclasses."+group
			version := cmp.Or(annotations[bundleVersion], "unknown")
			if channel := annotations[bundleChannel]; channel != "" && channel != "standard" {
				version += " (" + channel + ")"
			}
			gateway[version] = append(gateway[version], name)
		case strings.HasSuffix(group, ".istio.io"):
			owner := "nobody that it names"
			if release := annotations[helmRelease]; release != "" {
				owner = "the Helm release " + release + " in " + annotations[helmNamespace]
			}
			istio[owner]++
		}
	}
	for _, owner := range slices.Sorted(maps.Keys(istio)) {
		l.add(Istio, "definitions of "+owner, "let their owner remove them, or hand them to the Helm release istio-base in "+system,
			"%d definitions of Istio's kinds are there, of %s: Helm takes over no object of another release, so an up would stop at istio-base", istio[owner], owner)
	}
	l.gatewayAPI(gateway, wanted)
	if classes {
		for _, o := range l.list("gateway.networking.k8s.io/v1", "GatewayClass") {
			name, controller := backend.NameOf(o), backend.Text(o, "spec", "controllerName")
			if strings.HasPrefix(name, "istio") {
				l.add(Class, name, "let its owner rename or remove it", "the GatewayClass %s is there, of the controller %s, and istiod makes one of this name", name, controller)
			}
		}
	}
}

// gatewayAPI compares the definitions of the Gateway API, names by version, with what the stack file means.
func (l *looking) gatewayAPI(found map[string][]string, wanted Wanted) {
	if l.err != nil {
		return
	}
	if len(found) == 0 {
		if wanted.Theirs {
			l.add(GatewayAPI, "gateway.networking.k8s.io", "let the owner install them, or remove existingEks.gatewayApi", "existingEks.gatewayApi says that the definitions of the Gateway API are there, and there are none")
		}
		return
	}
	for _, version := range slices.Sorted(maps.Keys(found)) {
		subject := "gateway.networking.k8s.io " + version
		switch {
		case !wanted.Theirs:
			l.add(GatewayAPI, subject, "say existingEks: {gatewayApi: true}, so that the program makes none", "%d definitions of the Gateway API %s are there, and the program would take them from their owner", len(found[version]), version)
		case older(version, wanted.GatewayAPI):
			l.add(GatewayAPI, subject, "let the owner bring "+wanted.GatewayAPI+" or a newer one", "%d definitions of the Gateway API are of %s, and this Istio needs %s", len(found[version]), version, wanted.GatewayAPI)
		}
	}
}

// older reports whether a version such as v1.2.1 is less than another. A text that is no version is not older.
func older(version, than string) bool {
	have, want := numbers(version), numbers(than)
	return have != nil && want != nil && slices.Compare(have, want) < 0
}

// numbers are those of a version.
func numbers(version string) (all []int) {
	version, _, _ = strings.Cut(strings.TrimPrefix(version, "v"), " ")
	version, _, _ = strings.Cut(version, "-")
	for _, part := range strings.Split(version, ".") {
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil
		}
		all = append(all, n)
	}
	return all
}

// controlPlanes finds istiods, whatever their revision, and the load balancer controllers of the mesh's gateways.
func (l *looking) controlPlanes() {
	for _, o := range l.list("apps/v1", "Deployment") {
		if backend.LabelsOf(o)["app"] != "istiod" && !strings.HasPrefix(backend.NameOf(o), "istiod") {
			continue
		}
		where := backend.NamespaceOf(o) + "/" + backend.NameOf(o)
		if backend.NamespaceOf(o) == system {
			l.add(Istio, where, "choose another EKS cluster, or let the owner remove it", "the Deployment %s is an Istio, and a cluster has one namespace %s: Helm would refuse to take it over", where, system)
			continue
		}
		l.add(Istio, where, "let the owner limit it to its own namespaces (discoverySelectors), or remove it", "the Deployment %s is another Istio: both would write the status of the same Gateways and issue certificates", where)
	}
}

// webhooks finds what injects sidecars.
func (l *looking) webhooks() {
	for _, o := range l.list("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration") {
		name := backend.NameOf(o)
		if hooks, _ := o["webhooks"].([]any); slices.ContainsFunc(hooks, func(hook any) bool {
			one, _ := hook.(map[string]any)
			text, _ := one["name"].(string)
			return strings.HasSuffix(text, ".istio.io") || strings.HasSuffix(text, ".linkerd.io")
		}) || strings.HasPrefix(name, "istio-") {
			l.add(Injection, name, "keep the namespaces of the mesh free of its labels", "the webhook %s injects sidecars: a pod with one is not captured by ambient", name)
		}
	}
}

// namespaces finds the labels by which pods are in a mesh.
func (l *looking) namespaces() {
	for _, o := range l.list("v1", "Namespace") {
		name, labels := backend.NameOf(o), backend.LabelsOf(o)
		switch {
		case labels["istio-injection"] == "enabled", labels["istio.io/rev"] != "" && labels["istio.io/dataplane-mode"] != "ambient":
			l.add(Injection, name, "remove the label, or leave the namespace out of the mesh", "the namespace %s is labelled for sidecars", name)
		case labels["istio.io/dataplane-mode"] == "ambient":
			l.add(Ambient, name, "let its owner say whether its pods are to join this mesh", "the namespace %s is labelled istio.io/dataplane-mode=ambient: its pods would join the mesh as soon as its plug-in runs on the nodes", name)
		}
	}
}

// sidecars are containers of pods that take the place of ambient's proxy.
var sidecars = []string{"istio-proxy", "linkerd-proxy", "consul-dataplane"}

// pods finds sidecars. Gateways of Istio have a container of the same name and are no sidecars.
func (l *looking) pods() {
	with := map[string]int{}
	for _, o := range l.list("v1", "Pod") {
		if backend.LabelsOf(o)["gateway.networking.k8s.io/gateway-name"] != "" || backend.AnnotationsOf(o)["inject.istio.io/templates"] == "gateway" {
			continue
		}
		containers, _ := backend.Map(o, "spec")["containers"].([]any)
		starting, _ := backend.Map(o, "spec")["initContainers"].([]any)
		if slices.ContainsFunc(slices.Concat(containers, starting), func(c any) bool {
			one, _ := c.(map[string]any)
			name, _ := one["name"].(string)
			return slices.Contains(sidecars, name)
		}) {
			with[backend.NamespaceOf(o)]++
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(with)) {
		l.add(Sidecar, namespace, "leave them as they are: they reach services of ECS only when they leave the sidecar", "%d pods of the namespace %s have a sidecar, so ambient does not capture them", with[namespace], namespace)
	}
}

// plugins are DaemonSets that put a plug-in into the chain of the nodes' network, by the beginning of their name.
// https://istio.io/latest/docs/ambient/install/platform-prerequisites/, 2026-11-29.
var plugins = []struct{ name, fix string }{
	{"istio-cni", "let the owner of the other Istio remove its istio-cni: two of them on a node redirect the same pods"},
	{"cilium", "let the owner set cni.exclusive=false and bpf.masquerade=false, and see that no policy stops port 15008 and the kubelet's probes"},
	{"calico-node", "let the owner see that no policy stops port 15008 between pods and the probes of 169.254.7.127"},
	{"canal", "let the owner see that no policy stops port 15008 between pods and the probes of 169.254.7.127"},
	{"linkerd-cni", "let the owner leave the namespaces of the mesh out"},
	{"consul-cni", "let the owner leave the namespaces of the mesh out"},
	{"kube-multus", "let the owner see that the plug-in of the mesh is written into the configuration that multus reads"},
}

func (l *looking) plugins() {
	for _, o := range l.list("apps/v1", "DaemonSet") {
		where := backend.NamespaceOf(o) + "/" + backend.NameOf(o)
		for _, plugin := range plugins {
			if strings.HasPrefix(backend.NameOf(o), plugin.name) {
				l.add(Plugin, where, plugin.fix, "the DaemonSet %s is a plug-in of the nodes' network, and the mesh's istio-cni comes behind it", where)
			}
		}
	}
}
