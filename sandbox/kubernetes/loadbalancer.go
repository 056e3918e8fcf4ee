package kubernetes

import (
	"slices"
	"strings"
	"time"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
)

// balancerFinalizer keeps a Service until its load balancer is gone.
const balancerFinalizer = "service.kubernetes.io/load-balancer-cleanup"

// balancerDelay is how long the cloud controller takes to notice a Service.
const balancerDelay = 100 * time.Millisecond

// balancerNote is the prefix of the annotations that the cloud controller reads.
const balancerNote = "service.beta.kubernetes.io/aws-load-balancer-"

// balance is the cloud controller that EKS runs: it keeps a load balancer for every Service that wants one.
func balance(c *api.Cluster) {
	for _, service := range c.List(api.ServiceKind, "") {
		wanted := api.String(service, "spec", "type") == "LoadBalancer" && !api.Deleting(service) && ours(service)
		held := slices.Contains(api.List(service, "metadata", "finalizers"), any(balancerFinalizer))
		switch {
		case wanted:
			ensure(c, service, held)
		case held && aws.DeleteLoadBalancer(c.Tx, aws.AccountOf(c.ARN), balancerName(service)):
			c.Finish(service, balancerFinalizer)
		}
	}
}

// ours reports whether EKS's own cloud controller handles a Service. Some types and every class belong to the
// AWS Load Balancer Controller, which has to be installed in the cluster.
func ours(service api.Object) bool {
	switch api.Annotations(service)[balancerNote+"type"] {
	case "external", "nlb-ip":
		return false
	}
	return api.String(service, "spec", "loadBalancerClass") == ""
}

// ensure asks for the load balancer and writes down its name, or why there is none.
func ensure(c *api.Cluster, service api.Object, held bool) {
	fact := "balance/" + api.UID(service)
	if !held && c.Since(fact) < balancerDelay {
		return
	}
	service = api.Copy(service)
	if !held {
		api.Set(service, append(api.List(service, "metadata", "finalizers"), balancerFinalizer), "metadata", "finalizers")
	}
	lb, err := aws.EnsureLoadBalancer(c.Tx, balancerOf(c, service))
	if err != nil {
		c.Complain(service, "service-controller", "SyncLoadBalancerFailed", "Error syncing load balancer: failed to ensure load balancer: "+err.Error())
	} else {
		c.Settled(service)
		c.Forget(fact)
		api.Set(service, []any{api.Object{"hostname": lb.String("dnsName")}}, "status", "loadBalancer", "ingress")
	}
	write(c, service)
}

// balancerOf reads what a Service says about its load balancer.
func balancerOf(c *api.Cluster, service api.Object) aws.LoadBalancerSpec {
	notes := api.Annotations(service)
	spec := aws.LoadBalancerSpec{
		ClusterARN: c.ARN, Name: balancerName(service), Service: api.ID(service),
		Network:      notes[balancerNote+"type"] == "nlb",
		Internal:     notes[balancerNote+"internal"] == "true",
		CrossZone:    notes[balancerNote+"cross-zone-load-balancing-enabled"] == "true",
		SourceRanges: split(notes["service.beta.kubernetes.io/load-balancer-source-ranges"]),
		HealthPort:   int(api.Int(service, "spec", "healthCheckNodePort")),
		Tags:         map[string]string{},
		Certificates: split(notes[balancerNote+"ssl-cert"]),
		Subnets:      split(notes[balancerNote+"subnets"]),
	}
	for _, cidr := range api.List(service, "spec", "loadBalancerSourceRanges") {
		if s, ok := cidr.(string); ok {
			spec.SourceRanges = append(spec.SourceRanges, s)
		}
	}
	for _, tag := range split(notes[balancerNote+"additional-resource-tags"]) {
		key, value, _ := strings.Cut(tag, "=")
		spec.Tags[key] = value
	}
	for _, port := range api.Maps(service, "spec", "ports") {
		spec.Ports = append(spec.Ports, aws.LoadBalancerPort{Port: int(api.Int(port, "port")), NodePort: int(api.Int(port, "nodePort"))})
	}
	return spec
}

// balancerName is made of the Service's uid, as the cloud controller makes it.
func balancerName(service api.Object) string {
	name := "a" + strings.ReplaceAll(api.UID(service), "-", "")
	return name[:min(len(name), 32)]
}

func split(list string) []string {
	var parts []string
	for _, part := range strings.Split(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
