package aws

import (
	"slices"
	"time"

	"ambient-ecs/sandbox/world"
)

// EKS takes a node away in two ways. For an update of the group it first starts a new node, then drains an old one, and gives up if that
// takes too long. For a deletion of the group it drains all nodes at once, and ends them when the time is over.
// https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html and delete-managed-node-group.html, 2026-11-30.
const (
	updateGivesUp = 15 * time.Minute
	deleteForces  = 5 * time.Minute
)

// Properties of an instance: since when it is drained, that it holds no pod any more, that its node is ready, and what it was made of.
const (
	drainingSince = "_draining"
	drained       = "_drained"
	joined        = "_joined"
	generation    = "_generation"
)

// Draining reports whether EKS drains the node of an instance.
func Draining(instance *world.Resource) bool { return instance.String(drainingSince) != "" }

// Drained says that no pod is left on a node, but those of DaemonSets.
func Drained(tx *world.Tx, instance *world.Resource) { once(tx, instance, drained) }

// Joined says that the node of an instance is ready.
func Joined(tx *world.Tx, instance *world.Resource) { once(tx, instance, joined) }

func once(tx *world.Tx, instance *world.Resource, property string) {
	if !flag(instance.Props, property) {
		instance.Props[property] = true
		tx.Changed(instance)
	}
}

// generationOf is what the nodes of a group are made of. Another one needs new nodes.
func generationOf(group *world.Resource) string {
	return group.String("version") + " " + group.String("releaseVersion") + " " + text(group.Props, "launchTemplate", "version")
}

// takeAway drains a node and ends its instance. late says that the node still has pods after the time.
func takeAway(tx *world.Tx, instance *world.Resource, patience time.Duration) (late bool) {
	since, err := time.Parse(time.RFC3339Nano, instance.String(drainingSince))
	switch {
	case err != nil:
		instance.Props[drainingSince] = tx.Now.Format(time.RFC3339Nano)
		tx.Changed(instance)
	case flag(instance.Props, drained) || !hasKubernetes(tx, instance):
		dropInstance(tx, instance)
	default:
		return tx.Now.Sub(since) >= lasts(patience)
	}
	return false
}

// hasKubernetes reports whether somebody plays the cluster of an instance, and so its pods.
func hasKubernetes(tx *world.Tx, instance *world.Resource) bool {
	cluster := clusterNamed(tx, instance.Account, instance.Region, instance.String("clusterName"))
	return cluster != nil && slices.Contains(tx.Clusters(), cluster.String("arn"))
}

// emptyGroup takes away all nodes of a group that is deleted.
func emptyGroup(tx *world.Tx, group *world.Resource) {
	for _, instance := range instancesOf(tx, group) {
		if takeAway(tx, instance, deleteForces) {
			dropInstance(tx, instance)
		}
	}
}

// rollNodes replaces the nodes of a group by nodes of another generation, one after the other.
func rollNodes(tx *world.Tx, group *world.Resource) {
	var old *world.Resource
	have := instancesOf(tx, group)
	waits := len(have) <= number(group.Props, "scalingConfig", "desiredSize")
	for _, instance := range have {
		switch {
		case instance.String(generation) == generationOf(group):
			waits = waits || !flag(instance.Props, joined) && hasKubernetes(tx, instance)
		case old == nil || Draining(instance):
			old = instance
		}
	}
	switch {
	case old == nil:
		delete(group.Props, "_updating")
		tx.Changed(group)
	case waits && !Draining(old):
	case takeAway(tx, old, updateGivesUp):
		group.Props["_updating"], group.Props["_stuck"] = false, "PodEvictionFailure: Reached max retries while trying to evict pods from nodes in node group "+group.String("nodeGroupName")
		tx.Changed(group)
	}
}
