package config

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// TeamSettings are the teams that deploy services of their own.
type TeamSettings struct {
	// Teams are the teams that deploy services of their own into ECS clusters of the stack, each in bounds.
	Teams map[string]Team `config:"teams"`
}

// Team owns ECS clusters, and with each its Kubernetes namespace. A cluster has one owner: whoever may annotate a service account
// of a namespace is every identity of it.
type Team struct {
	// Clusters are the keys of the ECS clusters that the team owns. A cluster has one team. Required.
	Clusters []string `config:"clusters"`
	// Deployers are the ARNs of the IAM roles, of any account, that may assume the team's role. Required.
	Deployers []string `config:"deployers"`
	// Hostnames are the names, such as orders.example.com, that users outside the mesh ask for and that the team routes to its services
	// by itself. A name has one owner: a team, or ingress.hosts. Only with ingress. See docs/teams.md.
	Hostnames []string `config:"hostnames"`
	// TagKeys are keys of tags that the team may set on its services, tasks and roles, besides those of the mesh.
	TagKeys []string `config:"tagKeys"`
	// Statements are what the roles that the team makes may do at most, in AWS's own format, besides logs, images, ECS Exec and the
	// team's own secrets and parameters. Each names actions and resources.
	Statements []Statement `config:"statements"`
}

const (
	// MaxTeamClusters is how many clusters a team has in one account: each has a policy, and IAM attaches ten to a role by default.
	MaxTeamClusters = 8
	// MaxTeamTagText, MaxTeamStatements, MaxTeamRoleText and MaxTeamNamedText keep the policies of a team below IAM's limits, in characters of
	// tag keys, of statements, of the ARNs of task roles, and of those of the account's roles with names of their own. A test of package
	// policy holds them.
	MaxTeamTagText    = 120
	MaxTeamStatements = 2000
	MaxTeamRoleText   = 4800
	MaxTeamNamedText  = 1000
	// MaxTeamCluster is the length of the names of a team's clusters, in ECS and in Kubernetes, for the same reason.
	MaxTeamCluster = 52
	// maxTeamName leaves room for the names of roles that begin with the team's prefix.
	maxTeamName = 20
)

// TeamPolicyPrefix begins the names of the AuthorizationPolicies of teams. No policy of the program's has it.
const TeamPolicyPrefix = "team-"

// TeamKeys are the names of the teams, sorted.
func (c Config) TeamKeys() []string { return slices.Sorted(maps.Keys(c.Teams)) }

// TeamOf is the team that owns a cluster, "" if the platform does.
func (c Config) TeamOf(cluster string) string {
	for _, team := range c.TeamKeys() {
		if slices.Contains(c.Teams[team].Clusters, cluster) {
			return team
		}
	}
	return ""
}

// TeamAccounts are the accounts in which a team has a role, sorted: those of its clusters, and the home account, whose role is the
// team in Kubernetes.
func (c Config) TeamAccounts(team string) []string {
	all := []string{c.Home}
	for _, key := range c.AccountKeys() {
		if len(c.TeamClusters(team, key)) > 0 {
			all = append(all, key)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TeamClusters are a team's clusters in an account, sorted.
func (c Config) TeamClusters(team, account string) []string {
	all := slices.DeleteFunc(slices.Clone(c.Teams[team].Clusters), func(cluster string) bool { return !c.hasCluster(cluster) || c.Clusters[cluster].Account != account })
	slices.Sort(all)
	return all
}

// TeamTaskRoleARNs are the task roles of a team's identities in an account, sorted. The members of a shared service are the
// platform's: their namespace is.
func (c Config) TeamTaskRoleARNs(team, account string) (arns []string) {
	for _, identity := range c.Identities() {
		if identity.Account == account && c.TeamOf(identity.Cluster) == team && identity.Namespace == c.Namespace(identity.Cluster) {
			arns = append(arns, c.TaskRoleARN(identity))
		}
	}
	slices.Sort(arns)
	return arns
}

// TeamRolesOfIdentities are the task roles of a team's identities in all accounts, sorted.
func (c Config) TeamRolesOfIdentities(team string) (arns []string) {
	for _, account := range c.TeamAccounts(team) {
		arns = append(arns, c.TeamTaskRoleARNs(team, account)...)
	}
	slices.Sort(arns)
	return arns
}

// TeamOwnRoles is a regular expression of the whole ARNs of the roles that a team makes in its accounts. istiod knows a role by its
// name without the path, so the name decides.
func (c Config) TeamOwnRoles(team string) string {
	var ids []string
	for _, account := range c.TeamAccounts(team) {
		ids = append(ids, c.Accounts[account].ID)
	}
	slices.Sort(ids)
	return fmt.Sprintf("^arn:%s:iam::(%s):role/(.*/)?%s[^/]+$", c.Partition(), strings.Join(slices.Compact(ids), "|"), c.TeamPrefix(team))
}

// TeamNamespaces are the Kubernetes namespaces of a team's clusters, sorted.
func (c Config) TeamNamespaces(team string) (all []string) {
	for _, cluster := range c.Teams[team].Clusters {
		all = append(all, c.Namespace(cluster))
	}
	slices.Sort(all)
	return all
}

// TeamPath is the path of the roles that a team makes. Its secrets and parameters begin with the same steps.
func (c Config) TeamPath(team string) string { return c.IAMPathOrDefault() + c.teamSteps(team) + "/" }

// TeamSecrets begins the names of a team's secrets in Secrets Manager. With a slash before it, it begins those of its parameters.
func (c Config) TeamSecrets(team string) string { return c.teamSteps(team) + "/" }

func (c Config) teamSteps(team string) string { return path.Join("teams", c.Install, team) }

// TeamPrefix begins the names of the roles and task definitions that a team makes. No name that the program makes has an
// underscore, so no team can take one: istiod knows a task role by its name alone.
func (c Config) TeamPrefix(team string) string { return c.Install + "_" + team + "_" }

// TeamRoleName is the name of the role with which a team deploys in an account.
func (c Config) TeamRoleName(team, account string) string {
	return c.Install + "-team-" + team + "-" + account
}

// TeamExecutionRoleName is the name of the role with which ECS starts a team's tasks in an account.
func (c Config) TeamExecutionRoleName(team, account string) string {
	return c.TeamRoleName(team, account) + "-execution"
}

// TeamBoundaryName is the name of the policy that bounds the roles that a team makes in an account.
func (c Config) TeamBoundaryName(team, account string) string {
	return c.TeamRoleName(team, account) + "-" + teamBoundary
}

// teamBoundary ends the name of a team's boundary, where the name of a cluster's policy has the cluster's key.
const teamBoundary = "boundary"

// TeamBoundaryARN is the ARN of that policy. It is empty in an account whose roles have a boundary already, where the team makes no
// roles: a role has one boundary, and that of the account must hold for whatever the platform lets others make.
func (c Config) TeamBoundaryARN(team, account string) string {
	if c.BoundaryOf(account) != "" {
		return ""
	}
	return c.policyARN(account, "policy"+c.IAMPathOrDefault()+c.TeamBoundaryName(team, account))
}

// TeamGroups begins the Kubernetes groups of the teams.
func (c Config) TeamGroups() string { return "ambient-ecs:" + c.Install + ":" }

// TeamGroup is the Kubernetes group of a team.
func (c Config) TeamGroup(team string) string { return c.TeamGroups() + team }

// TeamTagKeys are the tag keys of a team, sorted: its own, and those that every resource of the stack has from the user.
func (c Config) TeamTagKeys(team string) []string {
	all := slices.Concat(c.Teams[team].TagKeys, slices.Collect(maps.Keys(c.Tags)))
	if c.Owner != "" {
		all = append(all, OwnerTag)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// ExecutionRoleOfGuests is the ARN of the role with which ECS starts tasks of other stacks in a cluster: the owning team's, else
// the account's.
func (c Config) ExecutionRoleOfGuests(cluster string) string {
	account := c.Clusters[cluster].Account
	if team := c.TeamOf(cluster); team != "" {
		return c.RoleARN(account, c.TeamExecutionRoleName(team, account))
	}
	return c.ExecutionRoleIn(account)
}

// checkTeams refuses two teams with the same cluster, deployer or hostname, and deployers that are not IAM roles.
func (c Config) checkTeams(p *problem.List) {
	owners, deployers, hosts := map[string]string{}, map[string]string{}, map[string]string{}
	for _, name := range c.TeamKeys() {
		field, team := "teams."+name, c.Teams[name]
		switch {
		case !label.MatchString(name):
			p.Refuse("teams", name, "the name of a team becomes part of names: %s", labelRule)
		case len(name) > maxTeamName:
			p.Refuse("teams", name, "the name has %d characters and may have %d: it begins the names of the team's roles, and IAM limits those", len(name), maxTeamName)
		}
		c.checkTeamClusters(p, field, name, owners)
		c.checkDeployers(p, field, name, deployers)
		c.checkTeamHosts(p, field, name, hosts)
		c.checkTeamTags(p, field, name)
		c.checkTeamStatements(p, field, team.Statements)
	}
	c.checkTeamHostnames(p)
	c.checkTeamEntries(p)
}

// checkTeamEntries refuses further rights of a team's role in the EKS cluster.
func (c Config) checkTeamEntries(p *problem.List) {
	for _, name := range c.TeamKeys() {
		arn := c.RoleARN(c.Home, c.TeamRoleName(name, c.Home))
		for key, principals := range map[string][]string{"clusterAdmins": c.AdminPrincipals, "clusterReaders": c.ReaderPrincipals} {
			if i := slices.Index(principals, arn); i >= 0 {
				p.Refuse(fmt.Sprintf("%s[%d]", key, i), arn, "this is the role of teams.%s, which has an access entry with its own namespaces, and EKS allows one for each principal", name)
			}
		}
	}
}

func (c Config) checkTeamClusters(p *problem.List, field, name string, owners map[string]string) {
	team := c.Teams[name]
	if len(team.Clusters) == 0 {
		p.Missing(field+".clusters", "a team without a cluster can deploy nothing: name keys of clusters")
	}
	for _, account := range c.AccountKeys() {
		if n := len(c.TeamClusters(name, account)); n > MaxTeamClusters {
			p.Refuse(field+".clusters", n, "at most %d in accounts.%s: the team's role has a policy for each, and IAM attaches no more than %d", MaxTeamClusters, account, quota.AttachedTo.Default)
		}
		if n := len(strings.Join(c.TeamTaskRoleARNs(name, account), "")); n > MaxTeamRoleText {
			p.Refuse(field+".clusters", fmt.Sprintf("%d characters", n), "the ARNs of the task roles of the team's identities in accounts.%s have at most %d together, for the size of a policy: make fewer service accounts, or a shorter iamPath", account, MaxTeamRoleText)
		}
		if n := len(strings.Join(c.NamedRoleARNs(account), "")); n > MaxTeamNamedText && len(c.TeamClusters(name, account)) > 0 {
			p.Refuse(field+".clusters", fmt.Sprintf("%d characters", n), "the ARNs of the roles in accounts.%s with a taskRoleName or an executionRoleName have at most %d together, since the boundary of a team's roles denies each: name fewer of them", account, MaxTeamNamedText)
		}
	}
	for i, cluster := range team.Clusters {
		at := fmt.Sprintf("%s.clusters[%d]", field, i)
		switch owner, owned := owners[cluster]; {
		case !c.hasCluster(cluster):
			p.Refuse(at, cluster, "there is no such cluster%s", problem.DidYouMean(cluster, c.ClusterKeys()))
		case c.Clusters[cluster].Existing != "":
			p.Refuse(at, cluster, "clusters.%s.existing is somebody else's, with services that have no tag of the mesh: whoever may tag and deploy there could take them over. Make a cluster for the team", cluster)
		case c.Clusters[cluster].LogGroup != "":
			p.Refuse(at, cluster, "clusters.%s.logGroup may hold the logs of others, which the team could read and forge: leave the key out, and the program makes a group for the cluster", cluster)
		case cluster == teamBoundary:
			p.Refuse(at, cluster, "the policy of a cluster of this key would have the name of the team's boundary: choose another key")
		case max(len(c.ECSName(cluster)), len(c.Namespace(cluster))) > MaxTeamCluster:
			p.Refuse(at, cluster, "the names %s and %s of a team's cluster and its namespace may have %d characters: policies repeat them, and IAM limits their size", c.ECSName(cluster), c.Namespace(cluster), MaxTeamCluster)
		case owned && owner == name:
			p.Refuse(at, cluster, "it is in the list twice")
		case owned:
			p.Refuse(at, cluster, "teams.%s owns it: whoever may deploy there, or annotate a service account of its namespace, is every identity of it, so a cluster has one team", owner)
		default:
			owners[cluster] = name
		}
	}
}

func (c Config) hasCluster(key string) bool {
	_, has := c.Clusters[key]
	return has
}

// checkDeployers checks who may assume a team's role.
func (c Config) checkDeployers(p *problem.List, field, name string, taken map[string]string) {
	deployers := c.Teams[name].Deployers
	if len(deployers) == 0 {
		p.Missing(field+".deployers", "nobody could deploy for the team: give ARNs of IAM roles")
	}
	platform := c.platformPrincipals()
	for i, arn := range deployers {
		at := fmt.Sprintf("%s.deployers[%d]", field, i)
		parts := roleARN.FindStringSubmatch(arn)
		switch owner, listed := taken[arn]; {
		case strings.ContainsAny(arn, "*?"):
			p.Refuse(at, arn, "a wildcard would let in roles that somebody else makes: name each role")
		case strings.Contains(arn, ":assumed-role/"):
			p.Refuse(at, arn, "this is a session, which is gone when it ends: give the ARN of its role (arn:aws:iam::123456789012:role/name)")
		case strings.HasSuffix(arn, ":root"):
			p.Refuse(at, arn, "this is everybody in the account: name the role that deploys")
		case strings.Contains(arn, ":user/"):
			p.Refuse(at, arn, "this is a user, whose keys do not end: let it assume a role, and name that")
		case parts == nil:
			p.Refuse(at, arn, "this is not the ARN of an IAM role (arn:aws:iam::123456789012:role/name)")
		case c.unfitPrincipal(arn, parts[1], "role", parts[3], "IAM") != "":
			p.Refuse(at, arn, "%s", c.unfitPrincipal(arn, parts[1], "role", parts[3], "IAM"))
		case platform[arn] != "":
			p.Refuse(at, arn, "%s has it: the platform's own principal is in no team's bounds", platform[arn])
		case c.MakesRole(arn) || strings.HasPrefix(parts[3], strings.TrimPrefix(c.IAMPathOrDefault()+"teams/"+c.Install+"/", "/")):
			p.Refuse(at, arn, "this is a role of the mesh or of a team's tasks: whatever runs as it could deploy")
		case listed && owner == name:
			p.Refuse(at, arn, "it is in the list twice")
		case listed:
			p.Refuse(at, arn, "teams.%s has it too, and whoever may be both teams has no bounds between them", owner)
		default:
			taken[arn] = name
		}
	}
}

// platformPrincipals are the principals of the platform by ARN, each with the key that names it.
func (c Config) platformPrincipals() map[string]string {
	all := map[string]string{}
	for _, key := range c.AccountKeys() {
		if arn := c.Accounts[key].RoleARN; arn != "" {
			all[arn] = "accounts." + key + ".roleArn"
		}
	}
	for i, arn := range c.AdminPrincipals {
		all[arn] = fmt.Sprintf("clusterAdmins[%d]", i)
	}
	return all
}

// checkTeamTags checks the keys of tags that a team may set. istiod makes labels of tags.
func (c Config) checkTeamTags(p *problem.List, field, name string) {
	if n := len(strings.Join(c.TeamTagKeys(name), "")); n > MaxTeamTagText {
		p.Refuse(field+".tagKeys", fmt.Sprintf("%d characters", n), "with the keys of tags and owner at most %d: the policy of the team's role repeats them, and IAM limits its size", MaxTeamTagText)
	}
	keys := c.Teams[name].TagKeys
	seen := map[string]bool{}
	for i, key := range keys {
		at := fmt.Sprintf("%s.tagKeys[%d]", field, i)
		lower := strings.ToLower(key)
		switch {
		case strings.ContainsAny(key, "*?$"):
			p.Refuse(at, key, "a wildcard is a set that is not closed: istiod makes labels of tags, and some steer Istio. Name each key")
		case TagProblem(key, "") != "":
			p.Refuse(at, key, "%s", TagProblem(key, ""))
		case seen[lower]:
			p.Refuse(at, key, "it is in the list twice: IAM does not tell upper from lower case in tag keys")
		}
		seen[lower] = true
	}
}

// checkTeamStatements checks what a team's boundary allows besides.
func (c Config) checkTeamStatements(p *problem.List, field string, statements []Statement) {
	for i, s := range statements {
		at := fmt.Sprintf("%s.statements[%d]", field, i)
		if s.Effect == "Deny" {
			p.Refuse(at+".Effect", s.Effect, "a boundary allows nothing that it does not name: leave the statement out")
		}
		if len(s.NotAction)+len(s.NotResource) > 0 {
			p.Refuse(at, "NotAction, NotResource", "a boundary names what it allows, and this allows whatever AWS adds: give Action and Resource")
		}
	}
	perms := &Permissions{Statements: statements}
	c.checkStatements(p, field, perms)
	if c.PermissionsBoundary != "" && len(statements) > 0 {
		p.Add(field+".statements", problem.IsSet, "with permissionsBoundary a team makes no roles, so there is nothing that they could do: give its services permissions instead")
	}
	if size := len(perms.Inline()); size > MaxTeamStatements {
		p.Refuse(field+".statements", fmt.Sprintf("%d characters", size), "at most %d: they are part of one managed policy, and IAM limits its size", MaxTeamStatements)
	}
}

// checkTeamHostnames refuses names of others that end as a team's names do: the team may tag its services with every such name. A
// cluster whose domain does, in whatever account, is refused whole: stacks of other teams name services there that this file does
// not know.
func (c Config) checkTeamHostnames(p *problem.List) {
	for _, name := range c.TeamKeys() {
		for i, cluster := range c.Teams[name].Clusters {
			suffix, field, nested := "."+c.DomainOf(cluster), fmt.Sprintf("teams.%s.clusters[%d]", name, i), map[string]bool{}
			for _, other := range c.ClusterKeys() {
				if nested[other] = other != cluster && strings.HasSuffix(c.DomainOf(other), suffix) && c.TeamOf(other) != name; nested[other] {
					p.Refuse(field, cluster, "the hostnames of clusters.%s end in %s, and so in %s, so the team could take each of them: choose another domain for one of the accounts", other, c.DomainOf(other), suffix)
				}
			}
			for _, d := range c.Destinations() {
				if d.Shared == "" && (d.Cluster == cluster || nested[d.Cluster]) || !strings.HasSuffix(d.Hostname, suffix) {
					continue
				}
				p.Refuse(field, cluster, "the hostname %s of %s ends in %s, so the team could take it: choose another domain or hostname", d.Hostname, d.Field(), suffix)
			}
		}
	}
}

// DomainOf ends the hostnames of the services of a cluster.
func (c Config) DomainOf(cluster string) string {
	return c.Prefix(cluster) + "." + c.Accounts[c.Clusters[cluster].Account].Domain
}
