package aws

import (
	"fmt"
	"slices"
	"time"

	"ambient-ecs/sandbox/world"
)

// nodeGroups is the controller of EKS for managed node groups: it keeps as many instances as wanted, and makes
// a new group active once its nodes can join.
func nodeGroups(tx *world.Tx) {
	for _, group := range tx.Find("", eksNodeGroupKind, nil) {
		switch {
		case group.String("status") == "DELETING":
			// EKS drains every node. The group goes with the last one.
			if shrink(tx, group, 0) && flag(group.Props, "_gone") {
				endNodeGroup(tx, group)
			}
			continue
		case group.Props[updateKey] != nil:
			continueUpdate(tx, group)
		default:
			keepInstances(tx, group)
		}
		if group.String("status") != "CREATING" {
			continue
		}
		since, err := time.Parse(time.RFC3339Nano, group.String("_since"))
		if err == nil && tx.Now.Sub(since) < lasts(Latencies[eksNodeGroupKind].Create) {
			continue
		}
		issue := joinIssue(tx, group)
		switch {
		case issue == "":
			group.Props["status"] = "ACTIVE"
			tx.Changed(group)
		case tx.Now.Sub(since) >= lasts(nodesGiveUp):
			group.Props["status"], group.Props["_failure"] = "CREATE_FAILED", issue
			tx.Changed(group)
		}
	}
}

// instancesOf are the nodes of a group.
func instancesOf(tx *world.Tx, group *world.Resource) []*world.Resource {
	return tx.Find(group.Account, instanceKind, Has("nodeGroupArn", group.ID))
}

// keepInstances keeps as many instances as wanted. Where fewer are wanted than before, Auto Scaling ends some at once, whatever the
// disruption budgets say (https://docs.aws.amazon.com/eks/latest/userguide/update-managed-node-group.html, 2026-11-30).
func keepInstances(tx *world.Tx, group *world.Resource) {
	have := instancesOf(tx, group)
	want := number(group.Props, "scalingConfig", "desiredSize")
	if flag(group.Props, surplusNote) {
		if shrink(tx, group, want) {
			delete(group.Props, surplusNote)
			tx.Changed(group)
		}
		return
	}
	for _, extra := range have[min(want, len(have)):] {
		dropInstance(tx, extra)
	}
	_ = addInstances(tx, group, want-len(have))
}

// addInstances starts more instances, in the zones that have the fewest. It says why it started fewer: the group stays smaller then, as it
// does on AWS.
func addInstances(tx *world.Tx, group *world.Resource, more int) (issue string) {
	subnets := texts(group.Props, "subnetIds")
	for i := len(instancesOf(tx, group)); more > 0 && len(subnets) > 0; i, more = i+1, more-1 {
		subnet := tx.Get(group.Account, subnetKind, subnets[i%len(subnets)])
		if subnet == nil {
			continue
		}
		if _, free := freeAddress(tx, subnet); !free {
			issue = "InsufficientFreeAddresses: One or more of the subnets associated with your node group does not have enough available IP addresses for new nodes."
			continue
		}
		id := newID(tx, "i")
		eni, err := placeInterface(tx, subnet, "eks", "", texts(group.Props, "_groups"), map[string]any{"instanceId": id})
		if err != nil {
			return err.Error()
		}
		tx.Put(&world.Resource{Account: group.Account, Region: group.Region, Kind: instanceKind, ID: id, Owner: "eks", Props: map[string]any{
			"instanceType": firstOf(texts(group.Props, "instanceTypes")),
			"nodeGroupArn": group.ID, "clusterName": group.String("clusterName"), "networkInterfaceId": eni.ID, "subnetId": subnet.ID,
			"privateIp": eni.String("privateIp"), "availabilityZone": subnet.String("availabilityZone"), "vpcId": subnet.String("vpcId"),
			"securityGroups": group.Props["_groups"], "_plugin": pluginRole(tx, group.Account, group.String("clusterName")),
			revisionNote: float64(number(group.Props, revisionNote)),
		}})
	}
	return issue
}

func dropInstance(tx *world.Tx, instance *world.Resource) {
	if eni := tx.Get(instance.Account, interfaceKind, instance.String("networkInterfaceId")); eni != nil {
		tx.Drop(eni)
	}
	tx.Drop(instance)
}

// joinIssue says why a group's nodes do not join the cluster, or "".
func joinIssue(tx *world.Tx, group *world.Resource) string {
	cluster := clusterNamed(tx, group.Account, group.Region, group.String("clusterName"))
	if cluster == nil {
		return "ClusterUnreachable: the cluster is gone"
	}
	failed := func(why string) string {
		return "NodeCreationFailure: Instances failed to join the kubernetes cluster (" + why + ")"
	}
	role := Principal{RoleARN: group.String("nodeRoleArn")}
	for _, action := range []string{"eks:DescribeCluster", "ecr:GetDownloadUrlForLayer"} {
		if Allowed(tx, role, action, "*", nil) != nil {
			return "AccessDenied: " + failed(fmt.Sprintf("the node role may not %s", action))
		}
	}
	for _, id := range texts(group.Props, "subnetIds") {
		subnet := tx.Get(group.Account, subnetKind, id)
		if subnet == nil {
			return "Ec2SubnetNotFound: " + id
		}
		target := routeFor(tx, subnet, internet)
		switch target.kind {
		case toNAT:
			if why := target.natIssue(tx); why != "" {
				return failed(why)
			}
		case toGateway:
			if !flag(subnet.Props, "mapPublicIpOnLaunch") {
				return "Ec2SubnetInvalidConfiguration: One or more Amazon EC2 Subnets of [" + id + "] for node group " + group.String("nodeGroupName") +
					" does not automatically assign public IP addresses to instances launched into it."
			}
		default:
			return failed("subnet " + id + " has no route to the internet: " + target.why)
		}
	}
	if issue := volumeIssue(tx, group); issue != "" {
		return issue
	}
	config := object(cluster.Props, "vpcConfig")
	if !flag(config, "endpointPrivateAccess") && !slices.Contains(texts(config, "publicAccessCidrs"), "0.0.0.0/0") {
		return failed("the private endpoint is off and the public one does not admit the nodes")
	}
	for _, node := range instancesOf(tx, group) {
		if issue := NetworkPluginIssue(tx, cluster, group, node); issue != "" {
			return "NodeCreationFailure: Unhealthy nodes in the kubernetes cluster (container runtime network not ready: " + issue + ")"
		}
	}
	return ""
}

// clusterNamed returns an EKS cluster, or nil.
func clusterNamed(tx *world.Tx, account, region, name string) *world.Resource {
	return first(tx.Find(account, eksClusterKind, func(r *world.Resource) bool { return r.Region == region && r.String("name") == name }))
}

func endNodeGroup(tx *world.Tx, group *world.Resource) {
	for _, r := range instancesOf(tx, group) {
		dropInstance(tx, r)
	}
	for _, r := range tx.Find(group.Account, instanceProfileKind, Has("nodeGroupArn", group.ID)) {
		tx.Drop(r)
	}
	tx.Drop(group)
	// EKS takes its own access entry back with the last group of the role.
	role := group.String("nodeRoleArn")
	if len(tx.Find(group.Account, eksNodeGroupKind, Has("clusterName", group.String("clusterName"), "nodeRoleArn", role))) > 0 {
		return
	}
	for _, r := range tx.Find(group.Account, eksAccessEntryKind, func(r *world.Resource) bool {
		return r.Owner == "eks" && r.String("clusterName") == group.String("clusterName") && r.String("principalArn") == role
	}) {
		tx.Drop(r)
	}
}

// firstOf is the first of some texts, or "".
func firstOf(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}
