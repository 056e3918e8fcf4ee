package doctor

import (
	"slices"
	"strconv"
	"strings"
)

// The tags on ECS resources that istiod reads.
const (
	tagEnabled        = "ecs.solo.io/discovery-enabled"
	tagNamespace      = "ecs.solo.io/namespace"
	tagServiceAccount = "ecs.solo.io/service-account"
	tagHostname       = "ecs.solo.io/hostname"
	tagPorts          = "ecs.solo.io/ports"
)

// undiscovered replaces a finding about a missing entry of istiod by the reason for it, if there is one.
func (w *walk) undiscovered(d deployed, f *Finding) *Finding {
	if reason := w.discovered(d); reason != nil {
		reason.Latent = false
		return reason
	}
	return f
}

// discovered checks everything that istiod needs to find a service and its tasks.
func (w *walk) discovered(d deployed) *Finding {
	if w.callsOnly(d.member) {
		return serviceTags(d) // istiod does not look there
	}
	return first(
		w.once("pod identity", w.podIdentity),
		w.once("discovery "+d.want.account, func() *Finding { return w.discovery(d.want.account) }),
		w.once("tag of "+d.cluster, func() *Finding { return w.clusterTag(d.cluster) }),
		func() *Finding { return w.forOwner(d, serviceTags(d)) },
		func() *Finding { return w.forOwner(d, w.taskTags(d)) },
		w.istiodOut,
	)
}

func (w *walk) clusterTag(key string) *Finding {
	cluster := w.stack.Clusters[key]
	found := find(w.ecs.Clusters, func(c Cluster) bool { return c.ARN == cluster.ARN })
	if on, err := strconv.ParseBool(found.Tags[tagEnabled]); err != nil || !on {
		return missing("cluster-tag", cluster.ARN, "tag the cluster "+tagEnabled+"=true", "ECS cluster %s is not tagged for discovery: %s is %s", cluster.Name, tagEnabled, quote(found.Tags[tagEnabled]))
	}
	return nil
}

// tagsWanted are the tags of a service, in the order in which they are compared.
func tagsWanted(d deployed) [][2]string {
	return [][2]string{{tagNamespace, d.want.namespace}, {tagServiceAccount, d.want.serviceAccount}, {tagHostname, d.want.hostname}}
}

func serviceTags(d deployed) *Finding {
	for _, tag := range tagsWanted(d) {
		if have := d.service.Tags[tag[0]]; have != tag[1] {
			return missing("service-tags", d.String(), remade, "tag %s of service %s is %s, and should be %q", tag[0], d.member, quote(have), tag[1])
		}
	}
	switch text := d.service.Tags[tagPorts]; {
	case d.want.clientOnly:
	case text == "":
		return missing("service-tags", d.String(), remade, "tag %s of service %s is not set, so istiod takes its ports to be 80 and 8080", tagPorts, d.member)
	case !servesPort(text, d.want.port):
		return missing("service-tags", d.String(), remade, "tag %s of service %s is %q, without port %d", tagPorts, d.member, text, d.want.port)
	}
	return nil
}

// taskTags compares the tags of running tasks, which istiod reads apart from the service's.
func (w *walk) taskTags(d deployed) *Finding {
	for _, task := range w.running(d) {
		subject := last(task.ARN)
		for _, tag := range tagsWanted(d) {
			if have := task.Tags[tag[0]]; have != tag[1] {
				return missing("task-tags", d.String(), "set propagateTags to SERVICE and deploy the service again", "tag %s of task %s of %s is %s, and should be %q", tag[0], subject, d.member, quote(have), tag[1])
			}
		}
		if have := task.Tags[networkLabel]; have != "" && have != w.stack.MeshNetwork {
			return missing("network-label", subject, "remove the tag", "tag %s of task %s says %q, and the mesh's network is %q", networkLabel, subject, have, w.stack.MeshNetwork)
		}
	}
	return nil
}

// written checks the entries that istiod has written for a service and its tasks, by which callers find them. As far
// as is known, a client without entries can call all the same.
func (w *walk) written(d deployed) *Finding {
	if w.callsOnly(d.member) {
		return nil
	}
	return first(func() *Finding { return w.named(d) }, func() *Finding { return w.entries(d) })
}

// named checks how callers find a service.
func (w *walk) named(d deployed) *Finding {
	shared := w.stack.Clusters[d.cluster].Services[d.member.service].Shared != ""
	entry := find(w.kubernetes.Entries, func(e Entry) bool {
		// For a shared name the entry of one member is enough.
		return e.Service && e.Namespace == d.want.namespace && (shared || e.ARN == d.service.ARN) && slices.Contains(e.Hosts, d.want.hostname)
	})
	if account, region := w.stack.Clusters[d.cluster].Account, w.stack.Clusters[d.cluster].Region; entry == nil && region != w.stack.Region {
		return w.undiscovered(d, missing("hostname-unknown", d.want.hostname, "correct accounts."+account+".discoveryValues (docs/regions.md)",
			"istiod has written no ServiceEntry for %s. The cluster is in %s, and istiod looks in %s only, unless discoveryValues say the right thing to it", d.want.hostname, region, w.stack.Region))
	}
	if entry == nil && underscored(d.service.ARN) {
		return w.undiscovered(d, missing("hostname-unknown", d.want.hostname, nameless, "istiod has written no ServiceEntry for %s. It names them after cluster and service, %s, and no Kubernetes object may have a _ in its name",
			d.want.hostname, inECS(d.service.ARN)))
	}
	if entry == nil {
		return w.undiscovered(d, missing("hostname-unknown", d.want.hostname, "read istiod's log for \"failed to discover clusters\", and restart it",
			"istiod has written no ServiceEntry for %s, though its account and tags are in order", d.want.hostname))
	}
	if !d.want.clientOnly && !slices.Contains(entry.Ports, d.want.port) {
		return w.undiscovered(d, missing("hostname-unknown", d.want.hostname, "read istiod's log for \"failed to discover clusters\", and restart it",
			"the ServiceEntry of %s has no port %d, though the service's tags do", d.want.hostname, d.want.port))
	}
	return nil
}

// nameless is the way out for a service that istiod does not name: ECS renames neither services nor clusters.
const nameless = "make a service without a _ in its name and that of its cluster, and move the callers (docs/adoption.md#names-with-an-underscore)"

// inECS is CLUSTER/SERVICE of the ARN of a service.
func inECS(arn string) string {
	_, names, _ := strings.Cut(arn, ":service/")
	return names
}

// underscored reports whether an ECS service or its cluster has a name after which istiod may not be able to name an object.
func underscored(arn string) bool { return strings.Contains(inECS(arn), "_") }

// entries checks the entries that istiod has written for a service's tasks.
func (w *walk) entries(d deployed) *Finding {
	for _, task := range w.running(d) {
		entry := find(w.kubernetes.Entries, func(e Entry) bool { return !e.Service && e.ARN == task.ARN && e.Namespace == d.want.namespace })
		if entry == nil || entry.Address != task.Address || entry.Account != d.want.serviceAccount {
			return w.undiscovered(d, missing("workload-entry", last(task.ARN), "read istiod's log for \"failed to discover clusters\", and restart it",
				"istiod has written no WorkloadEntry for task %s of %s at %s", last(task.ARN), d.member, task.Address))
		}
		if have := entry.Labels[tagHostname]; have != d.want.hostname {
			return w.undiscovered(d, missing("workload-entry", entry.Name, "restart istiod", "WorkloadEntry %s of %s is labelled %s=%s, so its name does not lead there", entry.Name, d.member, tagHostname, quote(have)))
		}
		if entry.Annotations["ambient.istio.io/redirection"] != "enabled" {
			return missing("workload-entry", entry.Name, "restart istiod", "WorkloadEntry %s is not marked as part of the mesh, so calls reach it in plain text or not at all", entry.Name)
		}
		if entry.Network != w.stack.MeshNetwork {
			return w.undiscovered(d, missing("network-label", entry.Name, "restart istiod", "WorkloadEntry %s is on network %q, and the mesh's is %q", entry.Name, entry.Network, w.stack.MeshNetwork))
		}
	}
	return nil
}
