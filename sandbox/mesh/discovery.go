package mesh

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
)

// The tags on ECS resources that istiod reads.
const (
	tagEnabled        = "ecs.solo.io/discovery-enabled"
	tagNamespace      = "ecs.solo.io/namespace"
	tagHostname       = "ecs.solo.io/hostname"
	tagPorts          = "ecs.solo.io/ports"
	tagServiceAccount = "ecs.solo.io/service-account"
)

// The annotations and labels of the entries that istiod makes for ECS resources.
const (
	noteARN          = "ecs.solo.io/arn"
	noteResource     = "ecs.solo.io/resource"
	noteDiscoveredBy = "ecs.solo.io/discovered-by"
	noteCluster      = "ecs.solo.io/cluster"
	labelService     = "ecs.solo.io/service"
	labelHostname    = "ecs.solo.io/hostname"
	labelWorkload    = "service.istio.io/workload-name"

	ztunnelContainer = "ztunnel"
	defaultRole      = "default"
)

// discover runs the discovery of every istiod. Solo does not document whether two revisions of its istiod both
// discover. Here both do. That is the harder case, because each writes the other's entries and may remove them.
func discover(c *api.Cluster) {
	running := istiods(c)
	for _, revision := range slices.Sorted(maps.Keys(running)) {
		if soloBuild(running[revision]) {
			discoverBy(c, running[revision])
		}
	}
}

// discoverBy is an istiod's loop over the ECS accounts. It makes entries for the services and tasks that it finds,
// and removes the entries of those that are gone. An account that it cannot read keeps its entries.
func discoverBy(c *api.Cluster, pod api.Object) {
	env := istiodEnvironment(c, pod)
	accounts, err := ecsAccounts(env)
	if err != nil || licenseOf(c, env) == "" {
		return // without a licence the feature is off, even where istiod may start
	}
	wanted, failed := map[string]bool{}, map[string]bool{}
	var problems []error
	for _, account := range accounts {
		for _, region := range regionsOf(c, pod, env, account) {
			found, err := find(c, pod, account, region)
			if err != nil {
				failed[account.role] = true
				problems = append(problems, fmt.Errorf("failed to discover clusters with role %s: %w", account.role, err))
				continue
			}
			for _, entry := range found.entries(c) {
				wanted[entryKey(entry)] = true
				applyOwn(c, entry)
			}
		}
	}
	sweep(c, wanted, failed)
	if len(problems) > 0 {
		c.Complain(pod, "istiod", "ECSDiscoveryFailed", errors.Join(problems...).Error())
	} else if len(accounts) > 0 {
		c.Settled(pod)
	}
}

// sweep removes the entries of services and tasks that are gone.
func sweep(c *api.Cluster, wanted, failed map[string]bool) {
	for _, o := range append(c.List(serviceEntryKind, ""), c.List(workloadEntryKind, "")...) {
		by := api.Annotations(o)[noteDiscoveredBy]
		if by == "" || failed[by] || wanted[entryKey(o)] {
			continue
		}
		// Entries have no finalizers, and this one was there a moment ago.
		_ = c.Delete(api.KindOf(o), api.Namespace(o), api.Name(o))
	}
}

func entryKey(o api.Object) string { return api.KindOf(o).Kind + "/" + api.ID(o) }

// discovery is the result of istiod's discovery in one account and region.
type discovery struct {
	ecsAccount
	region   string
	services []*world.Resource
	tasks    []ecsTask
}

// find reads one account in one region with the calls that istiod makes, as far as its role allows.
func find(c *api.Cluster, pod api.Object, account ecsAccount, region string) (*discovery, error) {
	who, err := principal(c, pod, account.role)
	if err != nil {
		return nil, err
	}
	d := &discovery{ecsAccount: account, region: region}
	id := aws.AccountOf(who.RoleARN)
	may := func(action, resource, cluster string) error {
		request := map[string]string{"aws:RequestedRegion": d.region}
		if cluster != "" {
			request["ecs:cluster"] = cluster
		}
		return aws.Allowed(c.Tx, who, "ecs:"+action, resource, request)
	}
	if err := may("ListClusters", "*", ""); err != nil {
		return nil, err
	}
	here := func(kind string, match func(*world.Resource) bool) []*world.Resource {
		return c.Tx.Find(id, kind, func(r *world.Resource) bool { return r.Region == d.region && match(r) })
	}
	all := here(ecsClusterKind, aws.Has("_status", "ACTIVE"))
	for _, cluster := range all {
		// istiod describes all clusters in one call. If the role may not describe one of them, the whole call is
		// refused.
		if err := may("DescribeClusters", cluster.String("arn"), ""); err != nil {
			return nil, err
		}
	}
	for _, cluster := range all {
		if enabled, err := strconv.ParseBool(tagsOf(cluster)[tagEnabled]); err != nil || !enabled {
			continue
		}
		if err := d.look(c.Tx, cluster, here, may); err != nil {
			return nil, err
		}
	}
	return d, nil
}

// look lists and describes what runs in one cluster.
func (d *discovery) look(tx *world.Tx, cluster *world.Resource, here func(string, func(*world.Resource) bool) []*world.Resource, may func(action, resource, cluster string) error) error {
	arn := cluster.String("arn")
	for _, action := range []string{"ListTasks", "ListServices"} {
		if err := may(action, "*", arn); err != nil {
			return err
		}
	}
	for _, r := range here(aws.TaskKind, aws.Has("clusterArn", arn)) {
		task := readTask(tx, r)
		if err := may("DescribeTasks", r.ID, arn); err != nil {
			return err
		}
		// A task counts as soon as it has an address, long before it answers, and until it is to stop.
		if aws.Addressed(r) && task.address != "" {
			d.tasks = append(d.tasks, task)
		}
	}
	for _, r := range here(aws.ServiceKind, aws.Has("_cluster", arn)) {
		if err := may("DescribeServices", r.ID, arn); err != nil {
			return err
		}
		d.services = append(d.services, r)
	}
	return nil
}
