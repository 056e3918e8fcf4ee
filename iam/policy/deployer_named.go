package policy

import (
	"slices"
	"strings"
)

// What the stack file names is covered by its whole ARN: its name has nothing by which a pattern could tell it from what others have.

func namesClusters(d Deployer) bool { return len(d.NamedClusters) > 0 }

func namesRoles(d Deployer) bool { return len(d.NamedRoles) > 0 }

// namedECS are ECS clusters with names of their own, with everything on them. The families of task definitions have the install's name.
func namedECS(d Deployer, _ AccountKind) (arns []string) {
	for _, cluster := range d.NamedClusters {
		in := func(kind string) string { return strings.Replace(cluster, ":cluster/", ":"+kind+"/", 1) + "/*" }
		arns = append(arns, cluster, in("service"), in("service-deployment"))
	}
	return arns
}

// namedLogs are the log groups of Container Insights of these clusters, with and without what is in them: documents name either.
func namedLogs(d Deployer, _ AccountKind) (arns []string) {
	for _, cluster := range d.NamedClusters {
		_, name, _ := strings.Cut(cluster, ":cluster/")
		group := d.Place.ARN("logs", "log-group:/aws/ecs/containerinsights/"+name+"/performance")
		arns = append(arns, group, group+":*")
	}
	return arns
}

func namedRoles(d Deployer, _ AccountKind) []string { return d.NamedRoles }

// taskRoles are all roles that tasks have of the program.
func taskRoles(d Deployer, kind AccountKind) []string {
	return slices.Concat(meshRoles(d, kind), namedRoles(d, kind))
}

// boundRoles are the roles that a boundary holds: the program's in an account, and those with names of their own.
func boundRoles(d Deployer, kind AccountKind) []string {
	return slices.Concat(ownRoles(d, kind), namedRoles(d, kind))
}

var namedRules = []rule{
	{
		policy: TaskPolicy, sid: "NamedRoles", applies: func(d Deployer) bool { return namesRoles(d) && unbounded(d) },
		covers: ownRole, resources: namedRoles,
	},
	{
		policy: TaskPolicy, sid: "NamedRoles", applies: func(d Deployer) bool { return namesRoles(d) && bounded(d) },
		covers: func(a string) bool { return ownRole(a) && !slices.Contains(boundedActions, a) }, resources: namedRoles,
	},
	{
		policy: TaskPolicy, sid: "PassNamedRoles", applies: namesRoles,
		covers: is("iam:PassRole"), resources: namedRoles,
		condition: func(Deployer, AccountKind) Condition {
			return Condition{"StringEquals": {"iam:PassedToService": {ecsTasks}}}
		},
	},
	{
		policy: ExistingPolicy, sid: "NamedClusters", applies: namesClusters,
		covers: func(a string) bool {
			return strings.HasPrefix(a, "ecs:") && !slices.Contains(ecsWithoutResource, a) && !slices.Contains(ecs("RegisterTaskDefinition"), a)
		},
		resources: namedECS,
	},
	{
		policy: ExistingPolicy, sid: "LogsOfNamedClusters", applies: namesClusters,
		covers: ownLogs, resources: namedLogs,
	},
}
