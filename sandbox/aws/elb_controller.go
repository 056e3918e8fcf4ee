package aws

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

// clusterTag is the tag of what the AWS Load Balancer Controller makes.
const clusterTag = "elbv2.k8s.aws/cluster"

// stackTag is the tag with the Service for which it makes it.
const stackTag = "service.k8s.aws/stack"

// TargetSpec is the part of a load balancer that the AWS Load Balancer Controller asks for beyond LoadBalancerSpec. Its
// ports' NodePort is the port of the targets.
type TargetSpec struct {
	// Role is the controller's, in a session of Pod Identity.
	Role Principal
	// SecurityGroups are ids or Name tags.
	SecurityGroups []string
	// Attributes are those of the load balancer: "deletion_protection.enabled" and others.
	Attributes map[string]string
	// Targets are addresses of pods.
	Targets []string
}

// EnsureTargetedLoadBalancer makes a load balancer as the AWS Load Balancer Controller does, or brings the one with this
// name to the spec. Every call to AWS is checked against the controller's role.
func EnsureTargetedLoadBalancer(tx *world.Tx, spec LoadBalancerSpec, more TargetSpec) (*world.Resource, error) {
	cluster := tx.Get(AccountOf(spec.ClusterARN), eksClusterKind, spec.ClusterARN)
	if cluster == nil {
		return nil, fmt.Errorf("no EKS cluster %s", spec.ClusterARN)
	}
	may := controllerCalls(tx, cluster, more.Role)
	for _, action := range []string{"ec2:DescribeSubnets", "ec2:DescribeSecurityGroups", "elasticloadbalancing:DescribeLoadBalancers", "elasticloadbalancing:DescribeTags",
		"elasticloadbalancing:DescribeListeners", "elasticloadbalancing:DescribeRules"} {
		if err := may(action, "*", "", ""); err != nil {
			return nil, err
		}
	}
	groups, err := balancerGroups(tx, cluster, more.SecurityGroups)
	if err != nil {
		return nil, err
	}
	if err := certified(cluster, spec.Certificates); err != nil {
		return nil, err
	}
	lb := findLoadBalancer(tx, cluster, spec.Name)
	if lb == nil {
		if err := createCalls(may, spec.Name); err != nil {
			return nil, err
		}
		spec.Groups = groups
		if lb, err = newLoadBalancer(tx, cluster, spec); err != nil {
			return nil, err
		}
		lb.Props["securityGroups"], lb.Props["targetType"] = anys(groups), "ip"
		object(lb.Props, "tags")[clusterTag] = cluster.String("name")
		delete(object(lb.Props, "tags"), "kubernetes.io/service-name")
		object(lb.Props, "tags")[stackTag] = spec.Service
	}
	attributes, targets := map[string]any{}, anys(more.Targets)
	for key, value := range more.Attributes {
		attributes[key] = value
	}
	ports := make([]any, len(spec.Ports))
	for i, p := range spec.Ports {
		ports[i] = map[string]any{"port": float64(p.Port), "nodePort": float64(p.NodePort)}
	}
	for _, change := range []struct {
		property, action, kind string
		value                  any
	}{
		{"attributes", "ModifyLoadBalancerAttributes", "loadbalancer/net/" + spec.Name + "/1", attributes},
		{"ports", "CreateListener", "loadbalancer/net/" + spec.Name + "/1", ports},
		{"targets", "RegisterTargets", "targetgroup/" + spec.Name + "/1", targets},
	} {
		if sameValue(lb.Props[change.property], change.value) {
			continue
		}
		if err := may("elasticloadbalancing:"+change.action, change.kind, "", cluster.String("name")); err != nil {
			return nil, err
		}
		lb.Props[change.property] = change.value
		tx.Changed(lb)
	}
	return lb, nil
}

// createCalls are the calls that make a load balancer with its target group, and that tag both.
func createCalls(may func(action, resource, request, owned string) error, name string) error {
	for _, resource := range []string{"loadbalancer/net/" + name + "/1", "targetgroup/" + name + "/1"} {
		action := "CreateLoadBalancer"
		if strings.HasPrefix(resource, "targetgroup") {
			action = "CreateTargetGroup"
		}
		for _, called := range []string{action, "AddTags"} {
			if err := may("elasticloadbalancing:"+called, resource, action, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

// controllerCalls returns what judges the controller's calls. request is the action that creates with the cluster's tag, owned
// the cluster whose tag the resource has.
func controllerCalls(tx *world.Tx, cluster *world.Resource, role Principal) func(action, resource, request, owned string) error {
	return func(action, resource, request, owned string) error {
		context := map[string]string{"aws:RequestedRegion": cluster.Region}
		if request != "" {
			context["aws:RequestTag/"+clusterTag] = cluster.String("name")
			context["elasticloadbalancing:CreateAction"] = request
		}
		if owned != "" {
			context["aws:ResourceTag/"+clusterTag] = owned
		}
		if resource != "*" {
			resource = fmt.Sprintf("arn:%s:elasticloadbalancing:%s:%s:%s", quota.Partition(cluster.Region), cluster.Region, cluster.Account, resource)
		}
		return Allowed(tx, role, action, resource, context)
	}
}

// balancerGroups finds security groups of the cluster's VPC by id or by Name tag.
func balancerGroups(tx *world.Tx, cluster *world.Resource, wanted []string) ([]string, error) {
	vpc := text(cluster.Props, "vpcConfig", "vpcId")
	var ids []string
	for _, name := range wanted {
		found := tx.Find(cluster.Account, securityGroupKind, func(r *world.Resource) bool {
			return r.String("vpcId") == vpc && (r.ID == name || object(r.Props, "tags")["Name"] == name || object(r.Props, "tagsAll")["Name"] == name)
		})
		if len(found) != 1 {
			return nil, fmt.Errorf("couldn't find all securityGroups: nameOrIDs: [%s], found: %d", name, len(found))
		}
		ids = append(ids, found[0].ID)
	}
	if len(ids) == 0 {
		return nil, errors.New("the sandbox's controller makes no security group: the program gives one")
	}
	return ids, nil
}

// TargetedLoadBalancers are the names of those that the AWS Load Balancer Controller has made for a Service, "namespace/name", and that are not gone.
func TargetedLoadBalancers(tx *world.Tx, clusterARN, service string) (names []string) {
	for _, lb := range tx.Find(AccountOf(clusterARN), LoadBalancerKind, Has("clusterName", NameOf(clusterARN))) {
		if text(lb.Props, "tags", stackTag) == service {
			names = append(names, lb.String("name"))
		}
	}
	return names
}

// DeleteTargetedLoadBalancer starts the deletion of a load balancer of the AWS Load Balancer Controller. It reports whether
// everything is gone, or why the deletion does not start.
func DeleteTargetedLoadBalancer(tx *world.Tx, clusterARN, name string, role Principal) (bool, error) {
	cluster := tx.Get(AccountOf(clusterARN), eksClusterKind, clusterARN)
	lb := first(tx.Find(AccountOf(clusterARN), LoadBalancerKind, Has("name", name)))
	if cluster == nil || lb == nil {
		return lb == nil, nil
	}
	if lb.String("state") != "deleting" {
		if err := controllerCalls(tx, cluster, role)("elasticloadbalancing:DeleteLoadBalancer", "loadbalancer/net/"+name+"/1", "", text(lb.Props, "tags", clusterTag)); err != nil {
			return false, err
		}
		if text(lb.Props, "attributes", "deletion_protection.enabled") == "true" {
			return false, fmt.Errorf("operation error Elastic Load Balancing v2: DeleteLoadBalancer, api error OperationNotPermitted: Load balancer '%s' cannot be deleted because deletion protection is enabled", lb.ID)
		}
		if service := served(tx, lb); service != nil {
			return false, fmt.Errorf("operation error Elastic Load Balancing v2: DeleteLoadBalancer, api error ResourceInUse: Load balancer '%s' cannot be deleted because it is currently associated with another service: %s", lb.ID, service.ID)
		}
		lb.Props["state"] = "deleting"
		for _, eni := range tx.Find(lb.Account, interfaceKind, Has("loadBalancerArn", lb.ID)) {
			setTimer(tx, eni, 30*time.Second, nil)
		}
		setTimer(tx, lb, Latencies[LoadBalancerKind].Delete, nil)
		tx.Changed(lb)
	}
	return false, nil
}

// toTargets reports whether a load balancer with a group of its own reaches one of its pods. The pods see the load
// balancer's address, and the nodes' group must admit its group.
func toTargets(tx *world.Tx, lb *world.Resource, port int) (bool, string) {
	why := fmt.Sprintf("load balancer %s has no target", lb.String("name"))
	for _, eni := range tx.Find(lb.Account, interfaceKind, Has("loadBalancerArn", lb.ID)) {
		for _, address := range texts(lb.Props, "targets") {
			ip, err := netip.ParseAddr(address)
			if err != nil {
				continue
			}
			ok, reason := reachInside(tx, HostOf(eni), lb.Account, lb.String("vpcId"), ip, port)
			if ok {
				return true, ""
			}
			why = fmt.Sprintf("target %s of load balancer %s is unhealthy: %s", address, lb.String("name"), reason)
		}
	}
	return false, why
}
