package config

import "slices"

// Lives says what of a stack lives already. The zero value: nothing.
type Lives struct {
	// Mesh says that the mesh is in the EKS cluster.
	Mesh bool
	// Accounts are the keys of the accounts in which the install lives. Members are the services that are in the mesh, as "cluster/service".
	// TaskRoles are the ARNs of the task roles with which they run.
	Accounts, Members, TaskRoles map[string]bool
}

// Notices are what a team should know before something lives, and can do nothing about afterwards if it meant it so. A preview of what
// lives does not repeat them: nobody reads a warning that every preview prints.
func (c Config) Notices(lives Lives) []string {
	return slices.Concat(
		c.NameNotices(lives), c.providersOfTheirs(lives), c.onSpotAlone(lives), c.oneBoundScheduled(lives), c.execOfTeamRoles(lives), c.keptByOthers(lives), c.unprovenRegions(lives), c.definitionRemarks(lives),
		c.withoutHealthCheck(lives), c.beforeTheMesh(lives),
	)
}

// beforeTheMesh are the notices about the EKS cluster and what runs in it.
func (c Config) beforeTheMesh(lives Lives) []string {
	if lives.Mesh {
		return nil
	}
	return slices.Concat(c.balancerOfTheirs(), c.TightForUpdates(), c.shortAudit())
}
