package compare

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/config"
	"ambient-ecs/problem"
)

// Compare returns, as one error, what AWS would refuse in the living world. It also returns warnings about effects
// that a preview does not show. An empty world gives neither.
func Compare(cfg config.Config, w World) (warnings []string, err error) {
	c := comparison{cfg: cfg, world: w, told: map[string]bool{}}
	for _, check := range []func(){
		c.installs, c.roles, c.givenRoles, c.accountKeys, c.strays, c.namedClusters, c.renamed, c.taskRoles, c.executionRoles, c.existing, c.logGroups, c.unusedLogGroups, c.unusedLogsKeys, c.contracts, c.imports, c.importedVPCs, c.owners,
		c.peerings, c.parted, c.connections, c.zones, c.networks, c.unseenEndpoints, c.gatewayTables, c.existingEKS, c.cluster, c.callers, c.nodes, c.offers, c.quotas,
		c.services, c.names, c.doors, c.ztunnels, c.revisions, c.authorities, c.identities, c.pipelines, c.unseen,
	} {
		check()
	}
	c.problems.Sort()
	return c.warnings, c.problems.Err()
}

type comparison struct {
	cfg      config.Config
	world    World
	problems problem.List
	warnings []string
	// outsiders are the services whose owners have not enrolled them yet, each with its revision and its parameter.
	outsiders []string
	// told are the fields that have been reported as fixed for the life of a stack. One report is enough.
	told map[string]bool
}

func (c *comparison) warn(format string, args ...any) {
	c.warnings = append(c.warnings, fmt.Sprintf(format, args...))
}

// forLife refuses the change of a value that is fixed for the life of a stack. seen says what shows the change.
func (c *comparison) forLife(field, value, was, seen string) {
	if c.told[field] {
		return
	}
	c.told[field] = true
	c.problems.Refuse(field, value, "%s. It is for the life of a stack, because nothing that lives can be moved there. Set it to %s again. "+
		"To move, make a second stack, move the callers, and destroy this one", seen, was)
}

// settled refuses another region of an account that lives. Every resource of the account would be replaced.
func (c *comparison) settled(key, was, seen string) {
	field := "accounts." + key + ".region"
	if c.told[field] {
		return
	}
	c.told[field] = true
	c.problems.Refuse(field, c.cfg.RegionOf(key), "%s, and no VPC, cluster or service moves to another region. Set it to %s again. To move, add a second entry with the same id, move the callers, and remove this one (docs/regions.md)", seen, was)
}

func sorted[T any](m map[string]T) []string { return slices.Sorted(maps.Keys(m)) }

func (c *comparison) ours(tags map[string]string) bool {
	return tags[config.InstallTag] == c.cfg.Install
}

// installs compares the install's name with the install of the VPCs that this same stack made.
func (c *comparison) installs() {
	for _, key := range c.cfg.AccountKeys() {
		account := c.world.Accounts[key]
		for _, vpc := range slices.Sorted(maps.Keys(account.Installs)) {
			if was := account.Installs[vpc]; was == "" {
				c.forLife("installName", c.cfg.Install, "what the tag "+config.InstallTag+" of that VPC says", fmt.Sprintf("this stack made %s in account %s under another name", vpc, key))
			} else if was != c.cfg.Install {
				c.forLife("installName", c.cfg.Install, was, fmt.Sprintf("this stack made %s in account %s as the install %s", vpc, key, was))
			}
		}
	}
}

// roles compares existing roles with the install that needs their names. The names are unique in an account, so a
// second region cannot use them too.
func (c *comparison) roles() {
	moved := map[string]string{}
	for _, key := range c.cfg.AccountKeys() {
		var foreign, elsewhere, tasks []string
		region := ""
		roles := c.world.Accounts[key].Roles
		for _, name := range slices.Sorted(maps.Keys(roles)) {
			role := roles[name]
			switch service, r := role.region(); {
			case c.importsRole(key, name) && (!c.ours(role.Tags) || role.Path != c.cfg.IAMPathOrDefault()):
				// see givenRoles
			case !c.ours(role.Tags):
				foreign = append(foreign, name)
			case service == "eks" && r != c.cfg.Region, service == "ecs" && r != c.cfg.RegionOf(key) && key == c.cfg.Home:
				elsewhere, region = append(elsewhere, name), r
			case service == "ecs" && r != c.cfg.RegionOf(key):
				tasks, moved[key] = append(tasks, name), r
			default:
				c.home(key, name, role)
				c.path(key, name, role)
			}
		}
		if foreign != nil {
			c.problems.Refuse("installName", c.cfg.Install, "account %s has roles of these names, which do not belong to this install: %s. Choose another installName", key, strings.Join(foreign, ", "))
		}
		if elsewhere != nil && !c.told["region"] {
			c.told["region"] = true
			c.problems.Refuse("region", c.cfg.Region, "the install %s lives in %s: account %s has its roles %s, and a role's name is for all regions of an account. "+
				"If this is a second stack, choose another installName. If it is the same stack, set region to %s again: it is for the life of a stack",
				c.cfg.Install, region, key, strings.Join(append(elsewhere, tasks...), ", "), region)
		}
	}
	if c.told["region"] {
		return // the region of the whole stack says why
	}
	for _, key := range sorted(moved) {
		c.settled(key, moved[key], fmt.Sprintf("the role %s starts tasks in %s", c.cfg.ExecutionRoleName(key), moved[key]))
	}
}

// home compares the account in which istiod lives with the configuration.
func (c *comparison) home(key, name string, role Role) {
	id := role.home()
	if id == "" || id == c.cfg.Accounts[c.cfg.Home].ID {
		return
	}
	seen := fmt.Sprintf("the role %s in account %s belongs to an EKS cluster in account %s", name, key, id)
	for _, other := range c.cfg.AccountKeys() {
		if c.cfg.Accounts[other].ID == id && !c.cfg.Abroad(other) {
			c.forLife("home", c.cfg.Home, other, seen)
			return
		}
	}
	c.forLife("accounts."+c.cfg.Home+".id", c.cfg.Accounts[c.cfg.Home].ID, id, seen)
}

// path compares the path of a role with the configured one. IAM moves no role: the provider would delete each and make it anew, while
// istiod and the tasks use them.
func (c *comparison) path(key, name string, role Role) {
	if role.Path != "" && role.Path != c.cfg.IAMPathOrDefault() {
		c.forLife("iamPath", c.cfg.IAMPath, role.Path, fmt.Sprintf("the role %s in account %s has the path %s", name, key, role.Path))
	}
}

// cluster compares the EKS cluster's owner and version.
func (c *comparison) cluster() {
	if c.cfg.HasExistingEKS() {
		return // see existingEKS
	}
	cluster := c.world.Cluster
	if cluster == nil {
		if c.world.Unseen[ClusterSubject] == "" && c.cfg.KubernetesSupport == config.SupportStandard && c.cfg.InExtendedSupport() {
			c.problems.Refuse("kubernetesSupport", c.cfg.KubernetesSupport, "the standard support of %s is over: choose a newer kubernetesVersion for the new cluster", c.cfg.KubernetesVersion)
		}
		return
	}
	if !c.ours(cluster.Tags) {
		c.problems.Refuse("installName", c.cfg.Install, "account %s has an EKS cluster of this name, which does not belong to this install. Choose another installName", c.cfg.Home)
		return
	}
	c.homeNetwork(cluster.VPC)
	c.homeSubnets(cluster.Subnets)
	c.namedSubnets(cluster.SubnetIDs)
	c.networkPlugin(cluster.NetworkPlugin)
	c.secretsKey(cluster.Tags[config.SecretsKeyTag])
	if want := c.cfg.ServiceIPv4CIDR; want != "" && cluster.Services != "" && want != cluster.Services {
		c.forLife("serviceIpv4Cidr", want, cluster.Services, "the services of the EKS cluster have addresses in "+cluster.Services)
	}
	is, want := minor(cluster.Version), minor(c.cfg.KubernetesVersion)
	switch {
	case is == 0 || want == 0:
	case is != want && c.cfg.Unset("kubernetesVersion"):
		c.keep("kubernetesVersion", c.cfg.KubernetesVersion, "the cluster has "+cluster.Version, cluster.Version)
	case want < is:
		c.problems.Refuse("kubernetesVersion", c.cfg.KubernetesVersion, "the cluster has %s, and EKS never goes back to an older version", cluster.Version)
	case want > is+1:
		c.problems.Refuse("kubernetesVersion", c.cfg.KubernetesVersion, "the cluster has %s, and EKS upgrades by one minor version at a time: bring up 1.%d first", cluster.Version, is+1)
	case c.cfg.KubernetesSupport == config.SupportStandard && cluster.Support == config.SupportExtended && c.cfg.InExtendedSupport():
		c.problems.Refuse("kubernetesSupport", c.cfg.KubernetesSupport, "the standard support of %s is over, and EKS does not let a cluster out of extended support: bring up a newer kubernetesVersion first", c.cfg.KubernetesVersion)
	}
}

// secretsKey compares the key that encrypts what the cluster stores with the one with which it was made. AWS never takes encryption away
// or changes its key: https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html, 2026-11-30. Empty: a key of the program's.
func (c *comparison) secretsKey(was string) {
	if want := c.cfg.SecretsKeyARN(); want != was {
		c.forLife("accounts."+c.cfg.Home+".keys.secrets", cmp.Or(want, config.OwnKey), cmp.Or(was, config.OwnKey),
			"the EKS cluster was made with "+cmp.Or(was, "a key of the program's")+", and EKS neither changes the key of a cluster nor gives its encryption up")
	}
}

// keep refuses a default that is not what lives: a newer program may have another default, and an upgrade is the user's decision.
func (c *comparison) keep(field, value, seen, was string) {
	c.problems.Refuse(field, value, "the stack file does not set it, and %s: the program's default never upgrades what lives. Set it to %s to stay (pulumi config set %s %s). "+
		"An upgrade is a step of its own (docs/upgrade.md)", seen, was, field, was)
}

// Support returns what to tell EKS about the end of standard support: what the configuration says, and where it says nothing
// SupportStandard for a new cluster. Empty: nothing, so a cluster that lives keeps what it has, and a new one whose standard
// support is over already gets EKS's own default, extended support.
func (w World) Support(cfg config.Config) string {
	switch {
	case cfg.KubernetesSupport != "":
		return cfg.KubernetesSupport
	case w.Unseen[ClusterSubject] != "":
		return ""
	case w.Cluster == nil && !cfg.InExtendedSupport(), w.Cluster != nil && w.Cluster.Support == config.SupportStandard:
		return config.SupportStandard
	}
	return ""
}

func minor(version string) int {
	var n int
	if _, err := fmt.Sscanf(version, "1.%d", &n); err != nil {
		return 0
	}
	return n
}

// unseen reports what was not compared, and whether a remembered stack was not found.
func (c *comparison) unseen() {
	for _, what := range slices.Sorted(maps.Keys(c.world.Unseen)) {
		if what == ClusterSubject && c.world.EKS != nil && c.world.EKS.Told {
			continue // the stack file tells instead
		}
		c.warn("Not compared with what lives: %s. The caller may not look (docs/deployer-policy.md): %s", what, c.world.Unseen[what])
	}
	c.forgotten()
	empty := c.world.Cluster == nil && len(c.world.Unseen) == 0
	for _, account := range c.world.Accounts {
		empty = empty && len(account.Roles) == 0 && len(account.Installs) == 0
	}
	if c.world.Remembered && empty {
		c.warn("Pulumi has a state of this stack, and account %s (%s) in %s holds nothing of the install %s. If the stack has lived before, its region, home, installName and the ids of its accounts are for life: set them as they were.",
			c.cfg.Home, c.cfg.Accounts[c.cfg.Home].ID, c.cfg.Region, c.cfg.Install)
	}
}

// forgotten reports that the install lives and that Pulumi's state does not know it: the state was lost, or another stack has the install's
// name. The preview shows creations only, and the update would make a second network before AWS refuses the first name.
func (c *comparison) forgotten() {
	if !c.world.Forgotten || len(c.cfg.Imports) > 0 {
		return
	}
	var roles []string
	for name, role := range c.world.Accounts[c.cfg.Home].Roles {
		if c.ours(role.Tags) {
			roles = append(roles, name)
		}
	}
	if slices.Sort(roles); len(roles) > 0 {
		c.warn("Account %s (%s) holds the install %s, with the roles %s, and Pulumi has no state of it in this stack. An update would make everything once more, and fail half way at names that exist. "+
			"If another stack has this installName, choose another one. If the state was lost, do not update: bring the state back first (docs/living-stack.md#a-state-that-was-lost)",
			c.cfg.Home, c.cfg.Accounts[c.cfg.Home].ID, c.cfg.Install, strings.Join(roles, ", "))
	}
}
