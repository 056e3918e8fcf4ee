package mesh

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

const (
	// System is the namespace of Istio's control plane.
	System = "istio-system"
	// RootCertificate is the ConfigMap that istiod keeps in every namespace, and RootKey its key.
	RootCertificate = "istio-ca-root-cert"
	RootKey         = "root-cert.pem"

	networkLabel = "topology.istio.io/network"
)

// Controllers are the controllers of istiod and of Istio's other components.
func Controllers() []world.Controller {
	return []world.Controller{
		each(distributeRoot),
		each(keepCertificates),
		each(adoptWebhooks),
		each(keepGatewayClasses),
		each(deployGateways),
		each(reportGateways),
		each(redirect),
		each(discover),
	}
}

// each makes a controller that runs for every cluster.
func each(control func(*api.Cluster)) world.Controller {
	return func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			control(api.At(tx, arn))
		}
	}
}

// environment returns the container's variables as the process sees them, Secrets included.
func environment(c *api.Cluster, pod, container api.Object) map[string]string {
	values := map[string]string{}
	for _, from := range api.Maps(container, "envFrom") {
		prefix := api.String(from, "prefix")
		for key, value := range secretData(c, api.Namespace(pod), api.String(from, "secretRef", "name")) {
			values[prefix+key] = value
		}
		if m := c.Get(api.ConfigMapKind, api.Namespace(pod), api.String(from, "configMapRef", "name")); m != nil {
			for key, value := range api.Strings(m, "data") {
				values[prefix+key] = value
			}
		}
	}
	for _, env := range api.Maps(container, "env") {
		name := api.String(env, "name")
		switch {
		case api.Map(env, "valueFrom", "secretKeyRef") != nil:
			ref := api.Map(env, "valueFrom", "secretKeyRef")
			values[name] = secretData(c, api.Namespace(pod), api.String(ref, "name"))[api.String(ref, "key")]
		case api.Map(env, "valueFrom", "configMapKeyRef") != nil:
			ref := api.Map(env, "valueFrom", "configMapKeyRef")
			if m := c.Get(api.ConfigMapKind, api.Namespace(pod), api.String(ref, "name")); m != nil {
				values[name] = api.String(m, "data", api.String(ref, "key"))
			}
		case env["valueFrom"] == nil:
			values[name] = api.String(env, "value")
		}
	}
	return values
}

// istiodEnvironment returns the variables of istiod's own container.
func istiodEnvironment(c *api.Cluster, pod api.Object) map[string]string {
	for _, container := range api.Maps(pod, "spec", "containers") {
		if api.String(container, "name") == "discovery" {
			return environment(c, pod, container)
		}
	}
	return map[string]string{}
}

// Start says why a pod of Istio does not become ready: reason and message as kubectl shows them. Pods of
// other programs always start.
func Start(c *api.Cluster, pod api.Object) (reason, message string) {
	switch {
	case isIstiod(pod):
		if refusal := refuseToStart(c, pod); refusal != "" {
			return "CrashLoopBackOff", refusal
		}
	case isProxy(pod):
		if servant(c, pod) == nil {
			return "ContainersNotReady", "containers with unready status: [istio-proxy]: istiod cannot be reached"
		}
	}
	return "", ""
}

// redirect marks the pods whose traffic istio-cni has taken into the mesh.
func redirect(c *api.Cluster) {
	agents := map[string]bool{}
	for _, pod := range c.List(api.PodKind, System) {
		if api.Labels(pod)["k8s-app"] == "istio-cni-node" && api.Ready(pod) {
			agents[api.String(pod, "spec", "nodeName")] = true
		}
	}
	for _, pod := range c.List(api.PodKind, "") {
		if !api.Ready(pod) || api.Annotations(pod)[redirection] != "" || !agents[api.String(pod, "spec", "nodeName")] || api.Bool(pod, "spec", "hostNetwork") {
			continue
		}
		mode := api.Labels(pod)[dataplaneMode]
		if mode == "" {
			mode = api.Labels(c.Get(api.NamespaceKind, "", api.Namespace(pod)))[dataplaneMode]
		}
		if mode == "ambient" {
			pod = api.Copy(pod)
			api.Set(pod, "enabled", "metadata", "annotations", redirection)
			write(c, pod)
		}
	}
}

const (
	redirection   = "ambient.istio.io/redirection"
	dataplaneMode = "istio.io/dataplane-mode"
)

// write stores an object for a controller. The controller tries a failed write again in its next run.
func write(c *api.Cluster, o api.Object) { _ = c.Write(o) }

// applyOwn applies the fields that istiod owns and leaves other managers' fields alone. It calls the API server
// only when the object or istiod's fields have changed since the last call.
func applyOwn(c *api.Cluster, o api.Object) {
	data, err := json.Marshal(o)
	if err != nil {
		return // decoded JSON always encodes
	}
	sum := sha256.Sum256(data)
	live := func() api.Object { return c.Get(api.KindOf(o), api.Namespace(o), api.Name(o)) }
	state := func(live api.Object) string {
		return fmt.Sprintf("%x@%s", sum[:8], api.String(live, "metadata", "resourceVersion"))
	}
	if before := live(); before != nil && c.Fact("applied/"+api.UID(before)) == state(before) {
		return
	}
	// A refusal (a namespace that is missing or going away, for example) is tried again in the next run.
	if _, err := c.Apply(o, api.Options{Manager: "istio.io/istiod", Force: true}); err == nil {
		c.Note("applied/"+api.UID(live()), state(live()))
	}
}
