package config

import "slices"

// ControlPlaneLogGroup is where EKS writes the logs of a cluster's control plane.
func ControlPlaneLogGroup(cluster string) string { return "/aws/eks/" + cluster + "/cluster" }

// LogGroups are the names of the log groups that the program makes in an account, sorted.
func (c Config) LogGroups(account string) (names []string) {
	for _, key := range c.ClustersOf(account) {
		if c.Clusters[key].LogGroup == "" {
			names = append(names, c.OwnLogGroup(key))
		}
		if c.Clusters[key].Existing != "" {
			continue
		}
		names = append(names, InsightsLogGroup(c.ECSName(key)))
		if group := c.ExecLogGroup(key); group != "" {
			names = append(names, group)
		}
	}
	if c.FlowLogs.Enabled && c.Accounts[account].Network == nil {
		names = append(names, c.FlowLogGroup(account))
	}
	if account == c.Home {
		if !c.HasExistingEKS() {
			names = append(names, ControlPlaneLogGroup(c.Install))
		}
		if c.Observability.ClusterLogs {
			names = append(names, c.MeshLogGroup())
		}
	}
	slices.Sort(names)
	return names
}
