package aws

import "ambient-ecs/sandbox/world"

const eksClusterKind = "aws:eks/cluster:Cluster"

func issuerOf(cluster *world.Resource) string {
	return text(cluster.Props, "identities", "oidcs", "issuer")
}
