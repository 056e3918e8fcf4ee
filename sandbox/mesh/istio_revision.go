package mesh

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/kubernetes/api"
)

const (
	revisionLabel = "istio.io/rev"
	// unnamed is the revision of an istiod that was installed without one.
	unnamed = "default"
	// defaultTag and defaultValidator are the webhook configurations by which Istio knows the default revision. The
	// first wins.
	defaultTag       = "istio-revision-tag-default"
	defaultValidator = "istiod-default-validator"
)

// mutatingWebhookKind is the kind by which Istio keeps its revision tags.
var mutatingWebhookKind = schema.GroupVersionKind{Group: "admissionregistration.k8s.io", Version: "v1", Kind: "MutatingWebhookConfiguration"}

// istiods returns the running istiods by revision: of each the youngest ready pod.
func istiods(c *api.Cluster) map[string]api.Object {
	youngest := map[string]api.Object{}
	for _, pod := range c.List(api.PodKind, System) {
		if api.Labels(pod)["app"] != "istiod" || !api.Ready(pod) || api.Deleting(pod) {
			continue
		}
		revision := revisionOf(pod)
		if known := youngest[revision]; known == nil || api.Created(pod).After(api.Created(known)) {
			youngest[revision] = pod
		}
	}
	return youngest
}

func revisionOf(o api.Object) string {
	if revision := api.Labels(o)[revisionLabel]; revision != "" {
		return revision
	}
	return unnamed
}

// istiod returns a running istiod for the work that every revision does alike: the istiod of the default revision,
// else any. It is nil when none runs.
func istiod(c *api.Cluster) api.Object {
	running := istiods(c)
	if pod := running[defaultRevision(c)]; pod != nil {
		return pod
	}
	for _, revision := range slices.Sorted(maps.Keys(running)) {
		return running[revision]
	}
	return nil
}

// defaultRevision is the revision of objects that name none.
func defaultRevision(c *api.Cluster) string {
	if tag := c.Get(mutatingWebhookKind, "", defaultTag); tag != nil {
		return revisionOf(tag)
	}
	if validator := c.Get(api.WebhookKind, "", defaultValidator); validator != nil {
		return revisionOf(validator)
	}
	return unnamed
}

// programs returns the istiod that a gateway belongs to, by its own label or its namespace's: a revision, or a tag of
// one. It is nil when that istiod does not run.
func programs(c *api.Cluster, gateway api.Object) api.Object {
	selected := api.Labels(gateway)[revisionLabel]
	if selected == "" {
		selected = api.Labels(c.Get(api.NamespaceKind, "", api.Namespace(gateway)))[revisionLabel]
	}
	running := istiods(c)
	if selected == "" {
		return running[defaultRevision(c)]
	}
	if pod := running[selected]; pod != nil {
		return pod
	}
	for _, tag := range c.List(mutatingWebhookKind, "") {
		if api.Labels(tag)["istio.io/tag"] == selected {
			return running[revisionOf(tag)]
		}
	}
	return nil
}

// answers returns the istiod behind a Service of istio-system, nil when none is ready.
func answers(c *api.Cluster, service string) api.Object {
	selector := api.Map(c.Get(api.ServiceKind, System, service), "spec", "selector")
	if selector == nil {
		return nil
	}
	running := istiods(c)
	for _, revision := range slices.Sorted(maps.Keys(running)) {
		if api.Matches(api.Object{"matchLabels": selector}, api.Labels(running[revision])) {
			return running[revision]
		}
	}
	return nil
}

// authorityService is the Service from which a ztunnel of the cluster gets its certificates and its configuration.
func authorityService(pod api.Object) string {
	for _, container := range api.Maps(pod, "spec", "containers") {
		for _, env := range api.Maps(container, "env") {
			if api.String(env, "name") == "CA_ADDRESS" {
				name, _, _ := strings.Cut(api.String(env, "value"), ".")
				return name
			}
		}
	}
	return ""
}

// servant returns the istiod from which a proxy in the cluster gets its certificate and its configuration: a ztunnel by
// address, a gateway by the revision that made it. It is nil when that istiod does not run.
func servant(c *api.Cluster, pod api.Object) api.Object {
	if api.Labels(pod)["app"] == "ztunnel" {
		return answers(c, authorityService(pod))
	}
	revision := api.Annotations(pod)[revisionLabel]
	if revision == "" {
		revision = unnamed
	}
	return istiods(c)[revision]
}
