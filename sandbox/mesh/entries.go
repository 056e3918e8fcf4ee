package mesh

import (
	"fmt"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

var (
	serviceEntryKind  = schema.GroupVersionKind{Group: "networking.istio.io", Version: "v1", Kind: "ServiceEntry"}
	workloadEntryKind = schema.GroupVersionKind{Group: "networking.istio.io", Version: "v1", Kind: "WorkloadEntry"}
)

// entries are the objects that istiod makes for the services and tasks that it found.
func (d *discovery) entries(c *api.Cluster) []api.Object {
	var entries []api.Object
	for _, service := range d.services {
		entries = append(entries, d.serviceEntry(service))
	}
	for _, task := range d.tasks {
		entries = append(entries, d.workloadEntry(c, task))
	}
	return entries
}

// hostname is the value of the tag, or <service>.<cluster>.<domain of the account>.
func (d *discovery) hostname(tags map[string]string, service, cluster string) string {
	if name := tags[tagHostname]; name != "" {
		return name
	}
	return fmt.Sprintf("%s.%s.%s", service, cluster, d.domain)
}

func namespaceOf(tags map[string]string) string {
	if name := tags[tagNamespace]; name != "" {
		return name
	}
	return System
}

// metadata is common to both kinds of entries. Tags that are valid labels become labels.
func (d *discovery) metadata(name, arn, cluster string, tags map[string]string) api.Object {
	labels := api.Object{}
	for key, value := range tags {
		if len(validation.IsQualifiedName(key)) == 0 && len(validation.IsValidLabelValue(value)) == 0 {
			labels[key] = value
		}
	}
	return api.Object{
		"name": name, "namespace": namespaceOf(tags), "labels": labels,
		"annotations": api.Object{
			noteARN: arn, noteResource: aws.ParseARN(arn).Resource, noteDiscoveredBy: d.role, noteCluster: cluster,
		},
	}
}

func (d *discovery) serviceEntry(service *world.Resource) api.Object {
	name, cluster, tags := service.String("name"), aws.NameOf(service.String("_cluster")), tagsOf(service)
	host := d.hostname(tags, name, cluster)
	o := api.Object{
		"apiVersion": serviceEntryKind.GroupVersion().String(), "kind": serviceEntryKind.Kind,
		"metadata": d.metadata(strings.ToLower(fmt.Sprintf("ecs-service-%s-%s-%s-%s", service.Account, d.region, cluster, name)), service.ID, cluster, tags),
		"spec": api.Object{
			"hosts": []any{host}, "resolution": "STATIC", "ports": portsOf(tags[tagPorts]),
			"workloadSelector": api.Object{"labels": api.Object{labelHostname: host}},
		},
	}
	api.Set(o, name, "metadata", "labels", labelService)
	return o
}

func (d *discovery) workloadEntry(c *api.Cluster, task ecsTask) api.Object {
	account := task.tags[tagServiceAccount]
	if account == "" {
		account = "default"
	}
	spec := api.Object{
		"address": task.address, "serviceAccount": account, "locality": d.region + "/" + task.String("availabilityZone"),
		"labels": api.Object{labelHostname: d.hostname(task.tags, task.service, task.cluster)},
	}
	if name := task.tags[networkLabel]; name != "" {
		spec["network"] = name
	} else if name := network(c); name != "" {
		spec["network"] = name
	}
	o := api.Object{
		"apiVersion": workloadEntryKind.GroupVersion().String(), "kind": workloadEntryKind.Kind,
		"metadata": d.metadata(strings.ToLower(fmt.Sprintf("ecs-task-%s-%s-%s-%s", task.Account, d.region, task.cluster, aws.NameOf(task.ID))), task.ID, task.cluster, task.tags),
		"spec":     spec,
	}
	api.Set(o, d.hostname(task.tags, task.service, task.cluster), "metadata", "labels", labelHostname)
	api.Set(o, task.service, "metadata", "labels", labelService)
	api.Set(o, task.service, "metadata", "labels", labelWorkload)
	for _, key := range []string{labelService, labelWorkload} {
		api.Set(spec, task.service, "labels", key)
	}
	// A task counts as part of the mesh if it has a container of that name. Nothing else is checked.
	if task.container(ztunnelContainer) != nil {
		api.Set(o, "enabled", "metadata", "annotations", redirection)
	}
	return o
}

// portsOf reads "proto:port[:targetPort]" joined by "/". Without the tag a service has two ports. Parts that
// cannot be parsed are left out.
func portsOf(tag string) []any {
	if tag == "" {
		return []any{
			api.Object{"name": "http", "number": int64(80), "protocol": "HTTP"},
			api.Object{"name": "http-alt", "number": int64(8080), "protocol": "HTTP"},
		}
	}
	var ports []any
	for i, text := range strings.Split(tag, "/") {
		fields := strings.Split(text, ":")
		if len(fields) < 2 || len(fields) > 3 {
			continue
		}
		number, err := strconv.ParseUint(fields[1], 10, 16)
		if err != nil {
			continue
		}
		port := api.Object{"name": fmt.Sprintf("port-%d", i), "number": int64(number), "protocol": strings.ToUpper(fields[0])}
		if len(fields) == 3 {
			target, err := strconv.ParseUint(fields[2], 10, 16)
			if err != nil {
				continue
			}
			port["targetPort"] = int64(target)
		}
		ports = append(ports, port)
	}
	return ports
}
