package kubernetes

import (
	"slices"
	"time"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// balancerFinalizer keeps a Service until its load balancer is gone.
const balancerFinalizer = "service.kubernetes.io/load-balancer-cleanup"

// balancerDelay is how long the cloud controller takes to notice a Service.
const balancerDelay = 100 * time.Millisecond

// Cloud is the part of AWS that a cluster's cloud controller calls.
type Cloud struct {
	// EnsureLoadBalancer makes or updates the load balancer of a Service and returns its DNS name.
	EnsureLoadBalancer func(tx *world.Tx, cluster *world.Resource, service world.Object) (hostname string, err error)
	// DeleteLoadBalancer removes it and reports whether it is gone.
	DeleteLoadBalancer func(tx *world.Tx, cluster *world.Resource, service world.Object) (gone bool, err error)
}

// balance keeps a load balancer for every Service that wants one.
func (cloud Cloud) balance(c *api.Cluster) {
	cluster := clusterOf(c)
	if cluster == nil {
		return
	}
	for _, service := range c.List(api.ServiceKind, "") {
		wanted := api.String(service, "spec", "type") == "LoadBalancer" && !api.Deleting(service)
		held := slices.Contains(api.List(service, "metadata", "finalizers"), any(balancerFinalizer))
		switch {
		case wanted:
			cloud.ensure(c, cluster, service, held)
		case held:
			gone, err := cloud.DeleteLoadBalancer(c.Tx, cluster, service)
			if err != nil {
				c.Complain(service, "service-controller", "SyncLoadBalancerFailed", "Error deleting load balancer: "+err.Error())
			} else if gone {
				c.Finish(service, balancerFinalizer)
			}
		}
	}
}

func (cloud Cloud) ensure(c *api.Cluster, cluster *world.Resource, service api.Object, held bool) {
	fact := "balance/" + api.UID(service)
	if !held && c.Since(fact) < balancerDelay {
		return
	}
	service = api.Copy(service)
	if !held {
		api.Set(service, append(api.List(service, "metadata", "finalizers"), balancerFinalizer), "metadata", "finalizers")
	}
	hostname, err := cloud.EnsureLoadBalancer(c.Tx, cluster, service)
	if err != nil {
		c.Complain(service, "service-controller", "SyncLoadBalancerFailed", "Error syncing load balancer: failed to ensure load balancer: "+err.Error())
		api.Set(service, api.Object{}, "status", "loadBalancer")
	} else if hostname != "" {
		c.Settled(service)
		c.Forget(fact)
		api.Set(service, []any{api.Object{"hostname": hostname}}, "status", "loadBalancer", "ingress")
	}
	write(c, service)
}
