package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// ci is a role that deploys for a team of the dev stack, from an account that is not in it.
const ci = "arn:aws:iam::999999999999:role/ci/orders"

// teamOrders are the teams of a stack: one with clusters in both accounts.
func teamOrders() object {
	return object{"orders": object{"clusters": list("ecs-1", "ecs-3"), "deployers": list(ci)}}
}

func TestATeamOwnsItsClustersAndTheirNamespaces(t *testing.T) {
	c := mustLoad(t, with(edit{"teams", teamOrders()}, edit{"iamPath", "/platform/"}, edit{"publishContract", true}))
	if c.TeamOf("ecs-1") != "orders" || c.TeamOf("ecs-2") != "" {
		t.Errorf("the owners are %q and %q", c.TeamOf("ecs-1"), c.TeamOf("ecs-2"))
	}
	if got := c.TeamAccounts("orders"); !slices.Equal(got, []string{"external", "local"}) {
		t.Errorf("its accounts are %v", got)
	}
	if got := c.TeamNamespaces("orders"); !slices.Equal(got, []string{"ambient-ecs-1", "ambient-ecs-3"}) {
		t.Errorf("its namespaces are %v", got)
	}
	if path, boundary := c.TeamPath("orders"), c.TeamBoundaryARN("orders", "local"); path != "/platform/teams/ambient/orders/" || boundary != "arn:aws:iam::111122223333:policy/platform/ambient-team-orders-local-boundary" {
		t.Errorf("its path is %s, its boundary %s", path, boundary)
	}
	if roles := c.TeamTaskRoleARNs("orders", "local"); !slices.Equal(roles, []string{c.RoleARN("local", "ambient-ecs-1-ecs")}) {
		t.Errorf("its task roles are %v", roles)
	}
	of := c.Contract("ecs-3").Team
	if of.Name != "orders" || of.Namespace != "ambient-ecs-3" || of.RoleARN != c.RoleARN("external", "ambient-team-orders-external") || of.KubernetesRoleARN != c.RoleARN("local", "ambient-team-orders-local") ||
		of.NamePrefix != "ambient_orders_" || of.SecretPrefix != "teams/ambient/orders/" || of.RolePath != c.TeamPath("orders") || of.PolicyPrefix != "team-" {
		t.Errorf("the contract says %+v", of)
	}
	if got := c.Contract("ecs-1").Cluster.ExecutionRoleARN; got != c.RoleARN("local", "ambient-team-orders-local-execution") {
		t.Errorf("its tasks start with %s", got)
	}
	if other := c.Contract("ecs-2"); other.Team.Name != "" || other.Cluster.ExecutionRoleARN != c.RoleARN("local", c.ExecutionRoleName("local")) {
		t.Errorf("a cluster without a team has %+v", other.Team)
	}
}

// istiod knows a task role by its name, without the path.
func TestTheRolesOfATeamAreKnownByTheirWholeARN(t *testing.T) {
	c := mustLoad(t, with(edit{"teams", teamOrders()}))
	own := regexp.MustCompile(c.TeamOwnRoles("orders"))
	for arn, want := range map[string]bool{
		c.RoleARN("local", "ambient_orders_web"):                                       true,
		"arn:aws:iam::111122223333:role" + c.TeamPath("orders") + "ambient_orders_web": true,
		c.RoleARN("local", "ambient_orders_"):                                          false,
		c.RoleARN("local", "ambient_orders_web/istiod"):                                false,
		c.RoleARN("local", "ambient-istiod"):                                           false,
		"arn:aws:iam::999999999999:role/ambient_orders_web":                            false,
	} {
		if own.MatchString(arn) != want {
			t.Errorf("%s is the team's: %v", arn, !want)
		}
	}
	if got := c.TeamRolesOfIdentities("orders"); !slices.Equal(got, []string{c.RoleARN("local", "ambient-ecs-1-ecs"), c.RoleARN("external", "ambient-ecs-3-ecs")}) {
		t.Errorf("the task roles are %v", got)
	}
}

func TestATeamMakesNoRolesWhereRolesHaveABoundary(t *testing.T) {
	c := mustLoad(t, with(edit{"teams", teamOrders()}, edit{"accounts/external/permissionsBoundary", "policy/developers"}, edit{"publishContract", true}))
	if bounded, free := c.Contract("ecs-3").Team, c.Contract("ecs-1").Team; bounded.BoundaryARN+bounded.RolePath != "" || bounded.SecretPrefix != free.SecretPrefix || bounded.RoleARN == "" || free.BoundaryARN == "" {
		t.Errorf("the contracts say %+v and %+v", bounded, free)
	}
}

// A member of a shared service has an identity in the platform's namespace, which is no team's to pass.
func TestSharedIdentitiesAreNoTeams(t *testing.T) {
	c := mustLoad(t, with(edit{"teams", teamOrders()}, edit{"sharedServices/shop", object{"port": 8080}},
		edit{"clusters/ecs-1/services/shop", object{"image": "registry.example/shop:1", "shared": "shop"}}))
	for _, arn := range c.TeamTaskRoleARNs("orders", "local") {
		if !strings.HasSuffix(arn, "/ambient-ecs-1-ecs") {
			t.Errorf("the team may pass %s", arn)
		}
	}
}

func TestTheTagsOfATeamAreThoseOfTheStackAndItsOwn(t *testing.T) {
	teams := teamOrders()
	teams["orders"].(object)["tagKeys"] = list("Version", "app")
	c := mustLoad(t, with(edit{"teams", teams}, edit{"tags", object{"CostCenter": "7"}}, edit{"owner", "platform"}))
	if got := c.TeamTagKeys("orders"); !slices.Equal(got, []string{"CostCenter", "Version", "app", "owner"}) {
		t.Errorf("they are %v", got)
	}
}

// A team whose clusters lie in nested domains takes nothing of others.
func TestATeamsOwnDomainsMayBeNested(t *testing.T) {
	mustLoad(t, with(edit{"accounts/external/domain", "x.ambient-ecs-1.ecs.local"}, edit{"teams", object{"orders": object{"clusters": []any{"ecs-1", "ecs-3"}, "deployers": []any{"arn:aws:iam::999999999999:role/ci"}}}}, edit{"clusters/ecs-3/services", object{}}))
}

func TestRefusedTeams(t *testing.T) {
	deployer := func(arn string, words ...string) refusal {
		return refusal{"deployed by " + arn, []edit{{"teams", object{"orders": object{"clusters": list("ecs-1"), "deployers": list(arn)}}}}, [][]string{words}}
	}
	having := func(name string, change object, words ...string) refusal {
		team := object{"clusters": list("ecs-1"), "deployers": list(ci)}
		for key, value := range change {
			team[key] = value
		}
		return refusal{name, []edit{{"teams", object{"orders": team}}}, [][]string{words}}
	}
	two := func(name string, clusters, deployers []any, words ...string) refusal {
		return refusal{name, []edit{{"teams", object{"billing": object{"clusters": list("ecs-1"), "deployers": list(ci)}, "orders": object{"clusters": clusters, "deployers": deployers}}}}, [][]string{words}}
	}
	other := "arn:aws:iam::999999999999:role/ci/other"
	many := object{}
	var keys []any
	for i := range MaxTeamClusters + 1 {
		key := fmt.Sprintf("more-%d", i)
		many[key], keys = object{"account": "local"}, append(keys, key)
	}
	run(t, []refusal{
		having("no cluster", object{"clusters": list()}, "teams.orders.clusters is not set", "deploy nothing"),
		having("nobody", object{"deployers": list()}, "teams.orders.deployers is not set", "nobody could deploy"),
		having("an unknown cluster", object{"clusters": list("ecs-9")}, `teams.orders.clusters[0] = "ecs-9"`, "no such cluster"),
		{"a cluster of somebody else", []edit{{"teams", teamOrders()}, {"clusters/ecs-1/existing", "Apps-Prod"}}, [][]string{{`teams.orders.clusters[0] = "ecs-1"`, "clusters.ecs-1.existing is somebody else's"}}},
		{"a log group of others", []edit{{"teams", teamOrders()}, {"clusters/ecs-1/existing", nil}, {"clusters/ecs-1/logGroup", "/apps/all"}}, [][]string{{`teams.orders.clusters[0] = "ecs-1"`, "logGroup may hold the logs of others"}}},
		{"a cluster with the boundary's name", []edit{{"teams", object{"orders": object{"clusters": list("boundary"), "deployers": list(ci)}}}, {"clusters/boundary", object{"account": "local"}}}, [][]string{{`teams.orders.clusters[0] = "boundary"`, "the name of the team's boundary"}}},
		having("a tag of the program's", object{"tagKeys": list("ambient-ecs-import")}, "by this tag"),
		having("a cluster twice", object{"clusters": list("ecs-1", "ecs-1")}, `teams.orders.clusters[1]`, "in the list twice"),
		two("a cluster of two teams", list("ecs-1"), list(other), `teams.orders.clusters[0] = "ecs-1"`, "teams.billing owns it", "one team"),
		two("a deployer of two teams", list("ecs-2"), list(ci), "teams.orders.deployers[0]", "teams.billing has it too"),
		having("a deployer twice", object{"deployers": list(ci, ci)}, "teams.orders.deployers[1]", "in the list twice"),
		deployer("orders", "teams.orders.deployers[0]", "not the ARN of an IAM role"),
		deployer("arn:aws:iam::999999999999:role/ci/*", "a wildcard would let in"),
		deployer("arn:aws:sts::999999999999:assumed-role/ci/1", "this is a session"),
		deployer("arn:aws:iam::999999999999:user/ci", "this is a user"),
		deployer("arn:aws:iam::999999999999:root", "everybody in the account"),
		deployer("arn:aws:iam::999999999999:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", "service-linked role"),
		deployer("arn:aws-cn:iam::999999999999:role/ci", "in the partition aws"),
		deployer("arn:aws:iam::999999999999:role/AWSReservedSSO_Deploy_0123456789abcdef", "Identity Center keeps its roles under a path"),
		deployer("arn:aws:iam::111122223333:role/ambient-ecs-2-ecs", "a role of the mesh or of a team's tasks"),
		deployer("arn:aws:iam::111122223333:role/teams/ambient/orders/ambient_orders_web", "a role of the mesh or of a team's tasks"),
		{"the platform's own deployer", []edit{{"accounts/external/roleArn", "arn:aws:iam::444455556666:role/deployer"}, {"accounts/external/profile", nil}, {"teams", object{"orders": object{"clusters": list("ecs-1"), "deployers": list("arn:aws:iam::444455556666:role/deployer")}}}},
			[][]string{{"teams.orders.deployers[0]", "accounts.external.roleArn has it", "the platform's own"}}},
		{"an administrator of the EKS cluster", []edit{{"clusterAdmins", list(ci)}, {"teams", teamOrders()}}, [][]string{{"teams.orders.deployers[0]", "clusterAdmins[0] has it"}}},
		{"a team's role with rights of its own in the EKS cluster", []edit{{"clusterReaders", list("arn:aws:iam::111122223333:role/ambient-team-orders-local")}, {"teams", teamOrders()}},
			[][]string{{"clusterReaders[0]", "teams.orders", "access entry"}}},
		one("a name with an underscore", "teams/or_ders", teamOrders()["orders"], `teams = "or_ders"`, "lower-case letters"),
		one("a long name", "teams/"+strings.Repeat("o", 21), teamOrders()["orders"], "has 21 characters and may have 20"),
		having("a wildcard among the tags", object{"tagKeys": list("istio.io/*")}, "teams.orders.tagKeys[0]", "a wildcard is a set that is not closed"),
		having("a tag that steers Istio", object{"tagKeys": list("istio.io/use-waypoint")}, "teams.orders.tagKeys[0]", "steer Istio"),
		having("a tag of the mesh in other letters", object{"tagKeys": list("ECS.solo.io/namespace")}, "teams.orders.tagKeys[0]", "the program sets these tags itself"),
		having("a tag of AWS", object{"tagKeys": list("aws:x")}, "AWS keeps the prefix aws:"),
		having("the install's tag", object{"tagKeys": list("ambient-ecs-install")}, "by this tag"),
		having("a tag twice", object{"tagKeys": list("App", "app")}, "teams.orders.tagKeys[1]", "upper from lower case"),
		having("no tag", object{"tagKeys": list("a,b")}, "a tag key has"),
		having("long tags", object{"tagKeys": list(strings.Repeat("k", 100), strings.Repeat("l", 100))}, "teams.orders.tagKeys = ", "at most 120"),
		having("a statement that denies", object{"statements": list(object{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "*"})}, "teams.orders.statements[0].Effect", "leave the statement out"),
		having("a statement about all but something", object{"statements": list(object{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})}, "teams.orders.statements[0]", "names what it allows"),
		having("a statement that IAM refuses", object{"statements": list(object{"Effect": "Allow", "Action": "GetObject", "Resource": "*"})}, "teams.orders.statements[0]", "IAM would refuse it"),
		having("long statements", object{"statements": list(object{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + strings.Repeat("b", 2000)})}, "teams.orders.statements", "at most 2000"),
		{"statements for roles that nobody makes", []edit{{"permissionsBoundary", "policy/developers"}, {"teams", object{"orders": object{"clusters": list("ecs-1"), "deployers": list(ci), "statements": list(object{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})}}}},
			[][]string{{"teams.orders.statements is set", "a team makes no roles"}}},
		{"many clusters", []edit{{"clusters", many}, {"teams", object{"orders": object{"clusters": keys, "deployers": list(ci)}}}}, [][]string{{"teams.orders.clusters = 9", "at most 8 in accounts.local"}}},
		{"a long name of a cluster", []edit{{"clusters/" + strings.Repeat("c", 45), object{"account": "local"}}, {"teams", object{"orders": object{"clusters": list(strings.Repeat("c", 45)), "deployers": list(ci)}}}}, [][]string{{"teams.orders.clusters[0]", "may have 52 characters"}}},
		{"many identities", []edit{{"iamPath", "/" + strings.Repeat("p", 126) + "/"}, {"clusters/ecs-1/services", identities(40)}, {"teams", teamOrders()}}, [][]string{{"teams.orders.clusters = ", "have at most 4800 together"}}},
		{"many roles with names of their own", []edit{{"iamPath", "/" + strings.Repeat("p", 126) + "/"}, {"clusters/ecs-2/services", named(8)}, {"teams", teamOrders()}}, [][]string{{"teams.orders.clusters = ", "have at most 1000 together"}}},
		{"a hostname of others that ends like the team's", []edit{{"accounts/external/domain", "ambient-ecs-1.ecs.local"}, {"teams", object{"orders": object{"clusters": list("ecs-1"), "deployers": list(ci)}}}},
			[][]string{{`teams.orders.clusters[0] = "ecs-1"`, "the hostnames of clusters.ecs-3 end in ambient-ecs-3.ambient-ecs-1.ecs.local", "the team could take each of them"}}},
		{"a domain of others that ends like the team's, with services in their own stacks only", []edit{{"accounts/external/domain", "x.ambient-ecs-1.ecs.local"}, {"clusters/ecs-3/services", object{}}, {"teams", object{"orders": object{"clusters": list("ecs-1"), "deployers": list(ci)}}}},
			[][]string{{`teams.orders.clusters[0] = "ecs-1"`, "clusters.ecs-3", "the team could take each of them"}}},
		{"a role with the name of another", []edit{{"clusters", object{"team-a": object{"account": "local", "serviceAccount": "local"}, "ecs-1": object{"account": "local"}}}, {"teams", object{"a": object{"clusters": list("ecs-1"), "deployers": list(ci)}}}},
			[][]string{{"IAM role would be ambient-team-a-local"}}},
	})
}

// identities are services with a service account each.
func identities(n int) object {
	all := object{}
	for i := range n {
		name := fmt.Sprintf("s%d", i)
		all[name] = object{"image": "registry.example/s:1", "port": 8080, "serviceAccount": name}
	}
	return all
}

// named are services with a service account and a name of its role each.
func named(n int) object {
	all := identities(n)
	for name, service := range all {
		service.(object)["taskRoleName"] = "Team-" + name
	}
	return all
}
