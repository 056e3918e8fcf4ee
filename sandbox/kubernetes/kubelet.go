package kubernetes

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
)

// startTime is how long a pod with nothing wrong takes to become ready.
const startTime = 150 * time.Millisecond

// trouble is why a pod is not ready: the reason and message that kubectl would show.
type trouble struct{ reason, message string }

// runPod takes a pod one step further: to a node, through its start, until it is ready. A pod that is ready
// stays so.
func runPod(c *api.Cluster, pod api.Object) api.Object {
	if pod == nil || api.Ready(pod) {
		return pod
	}
	pod = api.Copy(pod)
	problem := schedule(c, pod)
	if problem == nil {
		problem = start(c, pod)
	}
	if problem == nil {
		api.Set(pod, "Running", "status", "phase")
		api.SetCondition(pod, "Ready", "True", "", "", 0, c.Tx.Now)
	} else {
		api.SetCondition(pod, "Ready", "False", problem.reason, problem.message, 0, c.Tx.Now)
	}
	write(c, pod)
	return c.Get(api.PodKind, api.Namespace(pod), api.Name(pod))
}

// schedule gives a pod a ready node, and an address there: one that its spread constraints allow, near few of its kind and with few pods.
func schedule(c *api.Cluster, pod api.Object) *trouble {
	name := api.String(pod, "spec", "nodeName")
	if name == "" {
		load := map[string]int{}
		c.Each(api.PodKind, func(other api.Object) { load[api.String(other, "spec", "nodeName")]++ })
		full, tainted, crowded, least := 0, 0, 0, 0
		for _, node := range c.List(api.NodeKind, "") {
			if !tolerates(pod, node) {
				tainted++
				continue
			}
			if !api.Ready(node) {
				continue
			}
			if room(c, node) <= 0 {
				full++
				continue
			}
			near, forbidden := crowd(c, pod, node)
			if forbidden {
				crowded++
				continue
			}
			if name == "" || near < least || near == least && load[api.Name(node)] < load[name] {
				name, least = api.Name(node), near
			}
		}
		if name == "" {
			if tainted+full+crowded == 0 {
				return &trouble{"Unschedulable", "no nodes available to schedule pods"}
			}
			why := []string{}
			for _, part := range []struct {
				n    int
				text string
			}{{tainted, "node(s) had untolerated taint(s)"}, {crowded, "node(s) didn't match pod topology spread constraints"}, {full, "Too many pods"}} {
				if part.n > 0 {
					why = append(why, fmt.Sprintf("%d %s", part.n, part.text))
				}
			}
			return &trouble{"Unschedulable", fmt.Sprintf("0/%d nodes are available: %s", len(c.List(api.NodeKind, "")), strings.Join(why, ", "))}
		}
		api.Set(pod, name, "spec", "nodeName")
	}
	node := c.Get(api.NodeKind, "", name)
	if node == nil || !api.Ready(node) {
		return &trouble{"ContainerCreating", fmt.Sprintf("node %s is not ready: network plugin is not initialized", name)}
	}
	if api.String(pod, "status", "podIP") != "" {
		return nil
	}
	if room(c, node) <= 0 {
		return &trouble{"Unschedulable", fmt.Sprintf("0/1 nodes are available: 1 Too many pods (%s)", name)}
	}
	hostIP := api.String(api.Maps(node, "status", "addresses")[0], "address")
	ip := hostIP
	if !api.Bool(pod, "spec", "hostNetwork") {
		cluster := clusterOf(c)
		if cluster == nil {
			return &trouble{"ContainerCreating", "the cluster is gone"}
		}
		if subnet := c.Tx.Get(cluster.Account, subnetResource, api.Annotations(node)[SubnetAnnotation]); subnet != nil {
			if ip = address(c, subnet); ip == "" {
				return &trouble{"ContainerCreating", fmt.Sprintf("failed to assign an IP address to container: subnet %s has no free address", subnet.ID)}
			}
		}
	}
	api.Set(pod, hostIP, "status", "hostIP")
	api.Set(pod, ip, "status", "podIP")
	api.Set(pod, c.Tx.Now.UTC().Format(time.RFC3339), "status", "startTime")
	return nil
}

// start says what keeps a pod on a node from being ready.
func start(c *api.Cluster, pod api.Object) *trouble {
	if t := missingVolume(c, pod); t != nil {
		return t
	}
	for _, container := range append(api.Maps(pod, "spec", "initContainers"), api.Maps(pod, "spec", "containers")...) {
		if t := badImage(container); t != nil {
			return t
		}
		if t := missingEnvironment(c, api.Namespace(pod), container); t != nil {
			return t
		}
	}
	fact := "started/" + api.UID(pod)
	if c.Since(fact) < startTime {
		return &trouble{"ContainerCreating", ""}
	}
	if reason, message := mesh.Start(c, pod); reason != "" {
		return &trouble{reason, message}
	}
	c.Forget(fact)
	return nil
}

// missingVolume looks for volumes from Secrets and ConfigMaps that do not exist.
func missingVolume(c *api.Cluster, pod api.Object) *trouble {
	for _, volume := range api.Maps(pod, "spec", "volumes") {
		sources := []api.Object{volume}
		sources = append(sources, api.Maps(volume, "projected", "sources")...)
		for _, source := range sources {
			for _, from := range []struct{ field, name, kind string }{{"secret", "secretName", "Secret"}, {"secret", "name", "Secret"}, {"configMap", "name", "ConfigMap"}} {
				name := api.String(source, from.field, from.name)
				if name == "" || api.Bool(source, from.field, "optional") {
					continue
				}
				if c.Get(api.KindOf(api.Object{"apiVersion": "v1", "kind": from.kind}), api.Namespace(pod), name) == nil {
					return &trouble{"ContainerCreating", fmt.Sprintf("MountVolume.SetUp failed for volume %q : %s %q not found",
						api.String(volume, "name"), strings.ToLower(from.kind), name)}
				}
			}
		}
	}
	return nil
}

// missingEnvironment looks for environment variables from Secrets and ConfigMaps that do not exist.
func missingEnvironment(c *api.Cluster, namespace string, container api.Object) *trouble {
	for _, from := range api.Maps(container, "envFrom") {
		for field, kind := range map[string]string{"secretRef": "Secret", "configMapRef": "ConfigMap"} {
			if t := missingKey(c, namespace, kind, api.Map(from, field), false); t != nil {
				return t
			}
		}
	}
	for _, env := range api.Maps(container, "env") {
		for field, kind := range map[string]string{"secretKeyRef": "Secret", "configMapKeyRef": "ConfigMap"} {
			if t := missingKey(c, namespace, kind, api.Map(env, "valueFrom", field), true); t != nil {
				return t
			}
		}
	}
	return nil
}

func missingKey(c *api.Cluster, namespace, kind string, ref api.Object, keyed bool) *trouble {
	if ref == nil || api.Bool(ref, "optional") {
		return nil
	}
	name := api.String(ref, "name")
	o := c.Get(api.KindOf(api.Object{"apiVersion": "v1", "kind": kind}), namespace, name)
	if o == nil {
		return &trouble{"CreateContainerConfigError", fmt.Sprintf("%s %q not found", strings.ToLower(kind), name)}
	}
	if key := api.String(ref, "key"); keyed && api.Value(o, "data", key) == nil {
		return &trouble{"CreateContainerConfigError", fmt.Sprintf("couldn't find key %s in %s %s/%s", key, kind, namespace, name)}
	}
	return nil
}

// imageReference is repository[:tag][@digest] as container runtimes read it.
var imageReference = regexp.MustCompile(`^([a-zA-Z0-9.-]+(:\d+)?/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:[\w][\w.-]{0,127})?(@sha256:[a-f0-9]{64})?$`)

func badImage(container api.Object) *trouble {
	image := api.String(container, "image")
	if imageReference.MatchString(image) {
		return nil
	}
	return &trouble{"InvalidImageName", fmt.Sprintf("Failed to apply default image tag %q: couldn't parse image name: invalid reference format", image)}
}
