package aws

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ambient-ecs/sandbox/world"
)

// Durations of the replacement of nodes. The API waits for a drain as long as drainEnds, then fails the update, or ends the node where the
// group goes or the update is forced.
// https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html and
// https://docs.aws.amazon.com/eks/latest/userguide/delete-managed-node-group.html, 2026-11-30.
const (
	nodeJoins     = 60 * time.Second
	drainEnds     = 15 * time.Minute
	drainedRests  = 60 * time.Second
	deletionWaits = 5 * time.Minute
)

// Notes of an instance: the revision of its group with which it was made, whether new pods may come, since when EKS drains it, and since
// when no pod is left.
const (
	revisionNote = "_revision"
	cordonedNote = "_cordoned"
	drainingNote = "_draining"
	drainedNote  = "_drained"
)

// surplusNote marks a group that has more nodes than wanted since an update that failed.
const surplusNote = "_surplus"

// updateKey is the note of a group that is updated: what its inputs were, whether the update is forced, and since when it waits for nodes.
const updateKey = "_update"

// Cordoned reports whether EKS keeps new pods away from an instance.
func Cordoned(instance *world.Resource) bool { return flag(instance.Props, cordonedNote) }

// Draining reports whether EKS waits for the pods of an instance to leave.
func Draining(instance *world.Resource) bool {
	return instance.String(drainingNote) != "" && instance.String(drainedNote) == ""
}

// Drained tells EKS that no pod is left on an instance but those of DaemonSets.
func Drained(tx *world.Tx, instance *world.Resource) {
	instance.Props[drainedNote] = tx.Moment().String()
	tx.Changed(instance)
}

// startUpdate makes a new revision of the group: every node of an older one is replaced.
func (c *call) startUpdate(group *world.Resource) {
	before := map[string]any{}
	for _, key := range []string{"version", "releaseVersion", "launchTemplate"} {
		before[key] = clone(group.Props[key])
	}
	group.Props[revisionNote] = float64(number(group.Props, revisionNote) + 1)
	group.Props[updateKey] = map[string]any{"before": before, "force": flag(c.in, "forceUpdateVersion"), "since": c.Moment().String()}
	delete(group.Props, "_failure")
}

// continueUpdate takes an update one step further: new nodes first, then the old ones leave one by one, and the surplus last.
func continueUpdate(tx *world.Tx, group *world.Resource) {
	update := object(group.Props, updateKey)
	if flag(group.Props, surplusNote) {
		// What an update that failed has left goes first.
		if shrink(tx, group, number(group.Props, "scalingConfig", "desiredSize")) {
			delete(group.Props, surplusNote)
			update["since"] = tx.Moment().String()
			tx.Changed(group)
		}
		return
	}
	surge := max(2*len(texts(group.Props, "subnetIds")), atOnce(group))
	want := number(group.Props, "scalingConfig", "desiredSize")
	var old, now []*world.Resource
	for _, instance := range instancesOf(tx, group) {
		if number(instance.Props, revisionNote) == number(group.Props, revisionNote) {
			now = append(now, instance)
		} else {
			old = append(old, instance)
		}
	}
	if len(old) > 0 {
		issue := addInstances(tx, group, min(want+surge-len(old), max(want, surge))-len(now))
		since := tx.ParseMoment(text(update, "since"))
		switch why := notJoined(tx, group, old); {
		case why == "":
		case tx.Past(since, lasts(nodesGiveUp)):
			failUpdate(tx, group, cmp.Or(issue, why))
			return
		default:
			return
		}
		for _, instance := range old {
			note(tx, instance, cordonedNote, true)
		}
		leaving := old[:min(len(old), atOnce(group))]
		for _, instance := range leaving {
			if overdue := leave(tx, instance, lasts(drainEnds)); overdue && flag(update, "force") {
				dropInstance(tx, instance)
			} else if overdue {
				failUpdate(tx, group, fmt.Sprintf("%s: PodEvictionFailure: Reached max retries while trying to evict pods from nodes in node group %s",
					NodeName(instance), group.String("nodeGroupName")))
				return
			}
		}
		return
	}
	if shrink(tx, group, want) {
		delete(group.Props, updateKey)
		tx.Changed(group)
	}
}

// failUpdate ends an update that does not get on. The group says again what it was. Its old nodes take pods again, and the surplus goes.
func failUpdate(tx *world.Tx, group *world.Resource, why string) {
	maps.Copy(group.Props, object(group.Props, updateKey, "before"))
	group.Props["_failure"], group.Props[surplusNote] = why, true
	delete(group.Props, updateKey)
	tx.Changed(group)
	for _, instance := range instancesOf(tx, group) {
		for _, key := range []string{cordonedNote, drainingNote, drainedNote} {
			note(tx, instance, key, nil)
		}
	}
}

// atOnce is how many nodes of a group are replaced at a time.
func atOnce(group *world.Resource) int {
	if share := number(group.Props, "updateConfig", "maxUnavailablePercentage"); share > 0 {
		return max(1, number(group.Props, "scalingConfig", "desiredSize")*share/100)
	}
	return max(1, number(group.Props, "updateConfig", "maxUnavailable"))
}

// notJoined says why the old nodes cannot go yet, or "": in each of their zones is a new node that is ready.
func notJoined(tx *world.Tx, group *world.Resource, old []*world.Resource) string {
	if issue := joinIssue(tx, group); issue != "" {
		return issue
	}
	for _, instance := range old {
		if !slices.ContainsFunc(instancesOf(tx, group), func(r *world.Resource) bool {
			return number(r.Props, revisionNote) == number(group.Props, revisionNote) && r.String("availabilityZone") == instance.String("availabilityZone") &&
				tx.Now.Sub(r.Created) >= lasts(nodeJoins)
		}) {
			return "NodeCreationFailure: Couldn't proceed with upgrade process as new nodes are not joining node group " + group.String("nodeGroupName")
		}
	}
	return ""
}

// shrink drains the instances beyond a number and ends them, at last without regard to their pods. It reports whether none is left over.
// It keeps the oldest revisions, and instances in as many zones as it can.
func shrink(tx *world.Tx, group *world.Resource, want int) bool {
	byZone := map[string]int{}
	place := map[string]int{}
	have := instancesOf(tx, group)
	for _, instance := range have {
		place[instance.ID] = byZone[instance.String("availabilityZone")]
		byZone[instance.String("availabilityZone")]++
	}
	slices.SortStableFunc(have, func(a, b *world.Resource) int {
		return cmp.Or(number(a.Props, revisionNote)-number(b.Props, revisionNote), place[a.ID]-place[b.ID])
	})
	surplus := have[min(want, len(have)):]
	for _, instance := range surplus {
		note(tx, instance, cordonedNote, true)
		if leave(tx, instance, lasts(deletionWaits)) {
			dropInstance(tx, instance)
		}
	}
	return len(surplus) == 0
}

// leave drains an instance and ends it once its pods have left. It reports whether they have stayed for longer than the limit.
func leave(tx *world.Tx, instance *world.Resource, limit time.Duration) (overdue bool) {
	if instance.String(drainingNote) == "" {
		note(tx, instance, drainingNote, tx.Moment().String())
	}
	if !hasPods(tx, instance) {
		Drained(tx, instance)
		dropInstance(tx, instance)
		return false
	}
	if since := instance.String(drainedNote); since != "" {
		if tx.Past(tx.ParseMoment(since), lasts(drainedRests)) {
			dropInstance(tx, instance)
		}
		return false
	}
	return tx.Past(tx.ParseMoment(instance.String(drainingNote)), limit)
}

// hasPods reports whether anything can run on an instance: its cluster has an API server.
func hasPods(tx *world.Tx, instance *world.Resource) bool {
	cluster := clusterNamed(tx, instance.Account, instance.Region, instance.String("clusterName"))
	return cluster != nil && slices.Contains(tx.Clusters(), cluster.String("arn"))
}

// note writes a note of the instance, or takes it away.
func note(tx *world.Tx, instance *world.Resource, key string, value any) {
	if instance.Props[key] == value {
		return
	}
	if instance.Props[key] = value; value == nil {
		delete(instance.Props, key)
	}
	tx.Changed(instance)
}

// NodeName is the name of an instance in Kubernetes.
func NodeName(instance *world.Resource) string {
	return fmt.Sprintf("ip-%s.%s.compute.internal", strings.ReplaceAll(instance.String("privateIp"), ".", "-"), instance.Region)
}
