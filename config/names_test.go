package config

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestNamesOfTheDevStack(t *testing.T) {
	c := mustLoad(t, stack("dev"))
	for _, name := range []struct{ what, got, want string }{
		{"EKS cluster", c.EKSName(), "ambient"},
		{"ECS cluster", c.ECSName("ecs-1"), "ambient-ecs-1"},
		{"namespace", c.Namespace("ecs-1"), "ambient-ecs-1"},
		{"hostname", c.Hostname("ecs-1", "echo-service"), "echo-service.ambient-ecs-1.ecs.local"},
		{"hostname in the other account", c.Hostname("ecs-3", "echo-service"), "echo-service.ambient-ecs-3.ecs.external"},
		{"istiod role", c.IstiodRoleName(), "ambient-istiod"},
		{"discovery role", c.DiscoveryRoleName("external"), "ambient-discovery-external"},
		{"execution role", c.ExecutionRoleName("external"), "ambient-execution-external"},
		{"task role", c.TaskRoleName("ecs-1", "ecs"), "ambient-ecs-1-ecs"},
		{"role ARN", c.RoleARN("external", c.DiscoveryRoleName("external")), "arn:aws:iam::444455556666:role/ambient-discovery-external"},
		{"EKS ARN", c.EKSClusterARN(), "arn:aws:eks:eu-central-1:111122223333:cluster/ambient"},
	} {
		if name.got != name.want {
			t.Errorf("%s is %q, want %q", name.what, name.got, name.want)
		}
	}
	if got, want := c.MeshCIDRs(), []string{"10.1.0.0/16", "192.168.0.0/16"}; !slices.Equal(got, want) {
		t.Errorf("mesh CIDRs are %v, want %v", got, want)
	}
}

// manyPorts are HTTP ports of a service, from 10001.
func manyPorts(n int) (all []any) {
	for i := range n {
		all = append(all, object{"port": 10001 + i, "protocol": "http"})
	}
	return all
}

func TestRefusedNames(t *testing.T) {
	server := object{"image": "a", "port": 80}
	cluster := func(services object) object { return object{"account": "local", "services": services} }
	run(t, []refusal{
		{"install name too long for a role", []edit{{"installName", strings.Repeat("i", 58)}, {"clusters", object{}}},
			[][]string{{"installName", "IAM role name", "-istiod has 65", "64"}, {"installName", "-eksRole-role-", "83", "64"}, {"installName", "-nodes-", "76", "64"}, {"accounts", "discovery-local"}, {"accounts", "discovery-external"}, {"execution-local"}, {"execution-external"}}},
		{"install name too long for a name that Pulumi makes", []edit{{"installName", strings.Repeat("i", 40)}, {"clusters", object{}}},
			[][]string{{"installName", "-eksRole-role-", "65", "64"}}},
		{"account key too long for a role", []edit{
			{"accounts/" + strings.Repeat("a", 50), object{"id": "777788889999", "profile": "third", "domain": "ecs.third", "vpcCidr": "10.9.0.0/16"}}},
			[][]string{{"IAM role name", "ambient-discovery-", "68"}, {"IAM role name", "ambient-execution-", "68"}}},
		one("service account too long for a role", "clusters/ecs-1/serviceAccount", strings.Repeat("s", 60), "clusters.ecs-1 = ", "IAM role name", "74"),
		{"cluster key too long for a namespace", []edit{{"clusters/" + strings.Repeat("c", 56), object{"account": "local"}}},
			[][]string{{"Kubernetes namespace", "64", "63"}, {"IAM role name", "68", "64"}}},
		one("hostname too long", "clusters/ecs-1/services/"+strings.Repeat("h", 40), server, "clusters.ecs-1.services", "hostname", "64", "63"),
		{"a member of a shared service with a name too long for ECS and CloudWatch", []edit{
			{"observability/alarms/enabled", true}, {"sharedServices/shop", object{"port": 80}},
			{"clusters/ecs-1/services/" + strings.Repeat("s", 242), object{"image": "a", "shared": "shop"}}},
			[][]string{{"name of its task definitions", "has 256", "255"}, {"name of its alarm", "has 262", "255"}}},
		one("more ports than a tag can name", "clusters/ecs-1/services/echo-service/ports", manyPorts(26), "clusters.ecs-1.services.echo-service.ports", TagPorts, "and AWS allows 256"),
		one("a scheduled action with a long name", "clusters/ecs-1/services/echo-service/scaling", object{
			"min": 1, "max": 2, "cpu": 50, "schedules": object{strings.Repeat("n", 257): object{"schedule": "cron(0 6 * * ? *)", "min": 1}},
		}, "scaling.schedules", "scheduled action", "has 257", "256"),
		{"two services with one hostname", []edit{
			{"accounts/external/domain", "ambient-b.ecs.local"},
			{"clusters", object{
				"a": object{"account": "external", "services": object{"echo": server}},
				"b": cluster(object{"echo.ambient-a": server}),
			}}},
			[][]string{{`"echo.ambient-a"`, "first label"}, {"hostname", "echo.ambient-a.ambient-b.ecs.local", "clusters.a.services echo"}}},
		one("two roles with one name", "clusters", object{
			"a":   object{"account": "local", "serviceAccount": "b-c"},
			"a-b": object{"account": "external", "serviceAccount": "c"},
		}, `clusters.a-b = "c"`, "ambient-a-b-c", "clusters.a b-c"),
		one("a task role that is a discovery role", "clusters", object{"discovery": object{"account": "external", "serviceAccount": "local"}},
			"ambient-discovery-local", "taken by accounts local"),
		one("two services with one name for their resources", "clusters", object{
			"a": cluster(object{"b-c": server}), "a-b": cluster(object{"c": server}),
		}, "ambient-a-b-c", "clusters.a.services b-c"),
		{"a namespace of the mesh", []edit{{"installName", "istio"}, {"clusters", object{"system": object{"account": "local"}}}},
			[][]string{{`clusters = "system"`, "istio-system"}}},
		{"two peerings with one name", []edit{{"accounts", object{
			"a":     object{"id": "111122223333", "profile": "a", "domain": "a", "vpcCidr": "10.1.0.0/16"},
			"a-b":   object{"id": "111122223334", "profile": "a-b", "domain": "a", "vpcCidr": "10.2.0.0/16"},
			"b-c":   object{"id": "111122223335", "profile": "b-c", "domain": "a", "vpcCidr": "10.3.0.0/16"},
			"c":     object{"id": "111122223336", "profile": "c", "domain": "a", "vpcCidr": "10.4.0.0/16"},
			"local": object{"id": "111122223337", "profile": "local", "domain": "a", "vpcCidr": "10.5.0.0/16"},
		}}, {"clusters", object{}}}, [][]string{{"peering", "a-b-c"}}},
	})
}

func FuzzNames(f *testing.F) {
	f.Add("ambient", "local", "external", "ecs-1", "ecs-2", "echo", "ecs", "ecs.local")
	f.Add("a", "b", "a-b", "discovery", "discovery-b", "x", "local", "d")
	f.Add("istio", "x", "y", "system", "a", "kube-dns", "default", "cluster.local")
	dnsLabel := regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)
	roleName := regexp.MustCompile(`^[\w+=,.@-]{1,64}$`)
	hostname := regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$`)
	eksName := regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)
	base, err := Load(raw(stack("dev")))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, install, first, second, third, fourth, service, serviceAccount, domain string) {
		c := base
		c.Install, c.Home = install, first
		c.Accounts = map[string]Account{
			first:  {ID: "111122223333", Profile: "1", Domain: domain, VPCCIDR: "10.1.0.0/16"},
			second: {ID: "444455556666", Profile: "2", Domain: domain, VPCCIDR: "10.2.0.0/16"},
		}
		services := map[string]Service{service: {Workload: Workload{Image: "a", ServiceAccount: serviceAccount}, Port: 80}, "other": {Workload: Workload{Image: "a"}, ClientOnly: true}}
		c.Clusters = map[string]Cluster{third: {Account: first, Services: services}, fourth: {Account: second, Services: services}}
		if c.Validate() != nil {
			return
		}
		once := func(kind string) func(name string) {
			seen := map[string]bool{}
			return func(name string) {
				if seen[name] {
					t.Errorf("two %ss are called %q", kind, name)
				}
				seen[name] = true
			}
		}
		uniqueRole, uniqueHost, uniquePair := once("role"), once("service"), once("peering")
		check := func(kind, name string, limit *regexp.Regexp) {
			if !limit.MatchString(name) {
				t.Errorf("the %s %q is outside its limits", kind, name)
			}
		}
		role := func(name string) { check("role", name, roleName); uniqueRole(name) }
		check("EKS cluster", c.EKSName(), eksName)
		role(c.IstiodRoleName())
		for _, name := range c.generatedRoleNames() {
			role(name)
		}
		for _, key := range c.AccountKeys() {
			role(c.DiscoveryRoleName(key))
			role(c.ExecutionRoleName(key))
		}
		for _, identity := range c.Identities() {
			role(c.TaskRoleName(identity.Cluster, identity.ServiceAccount))
			check("service account", identity.ServiceAccount, dnsLabel)
		}
		for _, pair := range c.Pairs() {
			uniquePair(pair.Key())
		}
		for _, key := range c.ClusterKeys() {
			check("namespace", c.Namespace(key), dnsLabel)
			for _, name := range c.Clusters[key].ServiceKeys() {
				check("hostname", c.Hostname(key, name), hostname)
				uniqueHost(c.Hostname(key, name))
			}
		}
	})
}
