package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/config"
)

// callers compares the caller with the principals that may reach the cluster.
//
// EKS gives an access entry to the principal that makes the cluster. Every other principal gets one by being listed.
// An entry that the stack made carries the stack's tag. EKS's own entry carries none. The cluster's tag config.CreatorTag tells whose
// that one is: it is the only administrator who is not listed.
func (c *comparison) callers() {
	if c.world.Caller == "" || c.cfg.HasExistingEKS() {
		return
	}
	admin, reader := c.listed(c.cfg.AdminPrincipals), c.listed(c.cfg.ReaderPrincipals)
	switch {
	case reader >= 0:
		c.problems.Refuse(fmt.Sprintf("clusterReaders[%d]", reader), c.cfg.ReaderPrincipals[reader], "this principal deploys, and a reader can change nothing in the cluster: list it in clusterAdmins, or not at all if it makes the cluster")
	case c.world.Cluster == nil:
		c.creator(admin)
	case c.world.Cluster.Status == "ACTIVE" || c.world.Cluster.Status == "UPDATING":
		c.entries(admin)
	}
}

// creator checks a caller that will make the cluster.
func (c *comparison) creator(admin int) {
	if _, denied := c.world.Unseen[ClusterSubject]; denied || len(c.told) > 0 {
		return // a cluster may exist, here or where the stack lives
	}
	if admin >= 0 {
		c.problems.Refuse(fmt.Sprintf("clusterAdmins[%d]", admin), c.cfg.AdminPrincipals[admin], "this principal is about to make the cluster, and EKS gives an access entry to whoever does: a second one is refused. Take it out of the list")
	} else if len(c.cfg.AdminPrincipals) == 0 {
		c.warn("%s will be the only administrator of the EKS cluster: clusterAdmins lists nobody. Without it nobody can change or destroy what is in the cluster.", c.world.Caller)
	}
}

// ClusterSubject, EntriesSubject and the like are keys of World.Unseen.
const (
	ClusterSubject = "the EKS cluster"
	EntriesSubject = "access entries of the EKS cluster"
	// ServicesSubject are the stack's services.
	ServicesSubject = "ECS services"
)

// entries checks the caller against the access entries of a living cluster.
func (c *comparison) entries(admin int) {
	creator := c.world.Cluster.Creator
	for key, list := range map[string][]string{"clusterAdmins": c.cfg.AdminPrincipals, "clusterReaders": c.cfg.ReaderPrincipals} {
		for i, arn := range list {
			field := fmt.Sprintf("%s[%d]", key, i)
			entry, lives := c.world.Entries[arn]
			switch {
			case !lives || c.ours(entry.Tags):
			case creator != "" && Same(arn, creator):
				c.problems.Refuse(field, arn, "it made the cluster, and EKS gave it an access entry for that, which this stack did not make. "+
					"EKS refuses a second one. Take it out of the list: it keeps its access")
			case creator != "":
				c.problems.Refuse(field, arn, "it has an access entry that this stack did not make: somebody added it (%s made the cluster). EKS refuses a second one. "+
					"Take it out of the list, and it keeps its access. Or let this stack make the entry: first run `aws eks delete-access-entry --region %s --cluster-name %s --principal-arn %s`",
					creator, c.cfg.Region, c.cfg.EKSName(), arn)
			default:
				c.problems.Refuse(field, arn, "it has an access entry that this stack did not make: EKS gave it to the principal that made the cluster, or somebody added it. "+
					"EKS refuses a second one. Take it out of the list: it keeps its access")
			}
		}
	}
	entry, lives := c.world.Entries[c.world.Caller]
	_, denied := c.world.Unseen[EntriesSubject]
	switch {
	case lives && c.ours(entry.Tags) && admin < 0:
		c.problems.Missing("clusterAdmins", "it must list %s, which runs now: this stack made its access entry and would delete it, and with it the way to everything in the cluster. "+
			"To take it out, let another administrator run", c.world.Caller)
	case denied && creator != "" && !Same(c.world.Caller, creator) && admin < 0:
		c.warn("%s may not read the access entries of the EKS cluster. It did not make the cluster, and clusterAdmins does not list it. If Kubernetes refuses it: %s", c.world.Caller, c.lockedOut())
	case lives && c.cfg.Protect && len(c.cfg.AdminPrincipals) == 0 && creator != "" && Same(c.world.Caller, creator):
		c.warn("%s, which made the EKS cluster, is the only administrator that this stack knows: clusterAdmins lists nobody. Without it nobody can change or destroy what is in the cluster.", c.world.Caller)
	case !lives && !denied && c.world.CallerPath:
		c.problems.Refuse("accounts."+c.cfg.Home, c.world.Caller, "%s", c.lockedOut())
	case !lives && !denied:
		c.warn("The access entry of %s was not found, and its path is not known (iam:GetRole of its own role would tell it). If Kubernetes answers \"the server has asked for the client to provide credentials\": %s", c.world.Caller, c.lockedOut())
	}
}

// Creator returns the principal that will make the EKS cluster. Empty: the cluster exists, or the principal is unknown.
func (w World) Creator() string {
	if w.Cluster != nil || w.Unseen[ClusterSubject] != "" {
		return ""
	}
	return w.Caller
}

// Principals returns the listed principals whose access entries this install made. Nil: not known.
func (w World) Principals(cfg config.Config) []string {
	if _, denied := w.Unseen[EntriesSubject]; denied || w.Unseen[ClusterSubject] != "" {
		return nil
	}
	living := []string{}
	for _, arn := range slices.Sorted(maps.Keys(w.Entries)) {
		if w.Entries[arn].Tags[config.InstallTag] == cfg.Install {
			living = append(living, arn)
		}
	}
	return living
}

// lockedOut says how a caller without an access entry gets one.
func (c *comparison) lockedOut() string {
	flags := fmt.Sprintf("--region %s --cluster-name %s --principal-arn %s", c.cfg.Region, c.cfg.EKSName(), c.world.Caller)
	return fmt.Sprintf("this principal has no access entry of the EKS cluster %s, so Kubernetes refuses it: neither an update nor a destroy would get through. "+
		"Let an administrator of the cluster run `pulumi up` with it in clusterAdmins. If none is left, whoever may change the cluster in AWS runs "+
		"`aws eks create-access-entry %s` and `aws eks associate-access-policy %s --access-scope type=cluster --policy-arn arn:%s:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`; "+
		"it stays out of clusterAdmins then",
		c.cfg.EKSName(), flags, flags, c.cfg.Partition())
}

// listed returns the index of the caller in a list, or -1. The caller's session does not tell the path of its role.
// The path does not matter, because the name of a role is unique in its account.
func (c *comparison) listed(arns []string) int {
	for i, arn := range arns {
		if Same(arn, c.world.Caller) {
			return i
		}
	}
	return -1
}

// Same reports whether two ARNs name the same role or user, with or without its path.
func Same(a, b string) bool {
	identity := func(arn string) string {
		account, resource, _ := strings.Cut(strings.TrimPrefix(arn[strings.Index(arn, ":iam::")+1:], "iam::"), ":")
		kind, _, _ := strings.Cut(resource, "/")
		return account + " " + kind + " " + nameOf(resource)
	}
	return identity(a) == identity(b)
}

// RoleOfSession returns the ARN of the role behind a session's ARN, without the role's path, and the role's name. It
// returns any other ARN unchanged, without a name.
func RoleOfSession(arn string) (role, name string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[2] != "sts" || !strings.HasPrefix(parts[5], "assumed-role/") {
		return arn, ""
	}
	name = strings.Split(parts[5], "/")[1]
	return "arn:" + parts[1] + ":iam::" + parts[4] + ":role/" + name, name
}
