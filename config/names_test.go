package config

import (
	"maps"
	"regexp"
	"slices"
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

func TestPartitionFollowsFromTheRegion(t *testing.T) {
	for region, want := range map[string]string{
		"eu-central-1": "aws", "us-east-1": "aws", "cn-north-1": "aws-cn", "cn-northwest-1": "aws-cn", "us-gov-west-1": "aws-us-gov",
	} {
		if got := (Config{Region: region}).Partition(); got != want {
			t.Errorf("%s is in %s, want %s", region, got, want)
		}
	}
}

func TestHomeRequestsItsPeerings(t *testing.T) {
	c := Config{Home: "m", Accounts: map[string]Account{"a": {}, "m": {}, "z": {}}}
	want := []Pair{{Requester: "m", Accepter: "a"}, {Requester: "a", Accepter: "z"}, {Requester: "m", Accepter: "z"}}
	if got := c.Pairs(); !slices.Equal(got, want) {
		t.Errorf("pairs are %v, want %v", got, want)
	}
	if got := want[0].Key(); got != "m-a" {
		t.Errorf("the key of a pair is %q", got)
	}
}

func TestOneAccountHasNoPeering(t *testing.T) {
	if got := (Config{Home: "a", Accounts: map[string]Account{"a": {}}}).Pairs(); len(got) != 0 {
		t.Errorf("pairs are %v", got)
	}
}

func TestServiceAccountComesFromServiceThenClusterThenDefault(t *testing.T) {
	c := Config{Clusters: map[string]Cluster{
		"x": {ServiceAccount: "team", Services: map[string]Service{"own": {ServiceAccount: "mine"}, "plain": {}}},
		"y": {Services: map[string]Service{"plain": {}}},
	}}
	for _, one := range []struct{ cluster, service, want string }{{"x", "own", "mine"}, {"x", "plain", "team"}, {"y", "plain", "ecs"}} {
		if got := c.ServiceAccountOf(one.cluster, one.service); got != one.want {
			t.Errorf("%s/%s runs as %q, want %q", one.cluster, one.service, got, one.want)
		}
	}
}

func TestIdentitiesAreUniqueAndSorted(t *testing.T) {
	c := Config{Install: "i", Clusters: map[string]Cluster{
		"y": {Account: "b"},
		"x": {Account: "a", Services: map[string]Service{"1": {ServiceAccount: "zeta"}, "2": {ServiceAccount: "zeta"}, "3": {}, "4": {ServiceAccount: "alpha"}}},
	}}
	want := []Identity{
		{Cluster: "x", Account: "a", Namespace: "i-x", ServiceAccount: "alpha"},
		{Cluster: "x", Account: "a", Namespace: "i-x", ServiceAccount: "ecs"},
		{Cluster: "x", Account: "a", Namespace: "i-x", ServiceAccount: "zeta"},
		{Cluster: "y", Account: "b", Namespace: "i-y", ServiceAccount: "ecs"},
	}
	if got := c.Identities(); !slices.Equal(got, want) {
		t.Errorf("identities are %v, want %v", got, want)
	}
	if got := want[0].Key(); got != "x/alpha" {
		t.Errorf("the key of an identity is %q", got)
	}
}

func TestResourceTagsAddInstallAndOwner(t *testing.T) {
	c := Config{Install: "i", Owner: "me", Tags: map[string]string{"team": "a"}}
	want := map[string]string{"team": "a", "owner": "me", "ambient-ecs-install": "i"}
	if got := c.ResourceTags(); !maps.Equal(got, want) {
		t.Errorf("tags are %v, want %v", got, want)
	}
	if len(c.Tags) != 1 {
		t.Error("the tags of the configuration were changed")
	}
	if got := (Config{Install: "i"}).ResourceTags(); len(got) != 1 {
		t.Errorf("without an owner the tags are %v", got)
	}
}

func TestDefaultsOfNestedFields(t *testing.T) {
	var s Service
	if s.CPUOrDefault() != 256 || s.MemoryOrDefault() != 512 || s.DesiredCountOrDefault() != 1 {
		t.Errorf("an empty service is %d/%d, %d tasks", s.CPUOrDefault(), s.MemoryOrDefault(), s.DesiredCountOrDefault())
	}
	none := 0
	s = Service{CPU: 512, Memory: 1024, DesiredCount: &none}
	if s.CPUOrDefault() != 512 || s.MemoryOrDefault() != 1024 || s.DesiredCountOrDefault() != 0 {
		t.Errorf("given values are lost: %d/%d, %d tasks", s.CPUOrDefault(), s.MemoryOrDefault(), s.DesiredCountOrDefault())
	}
	if got := (Account{}).ReachOrDefault(); got != ReachGateway {
		t.Errorf("reach is %q", got)
	}
	if got := (Account{Reach: ReachDirect}).ReachOrDefault(); got != ReachDirect {
		t.Errorf("reach is %q", got)
	}
	if got := (Egress{}).ProtocolOrDefault(); got != "tcp" {
		t.Errorf("protocol is %q", got)
	}
	if got := (Egress{Protocol: "udp"}).ProtocolOrDefault(); got != "udp" {
		t.Errorf("protocol is %q", got)
	}
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
		services := map[string]Service{service: {Image: "a", Port: 80, ServiceAccount: serviceAccount}, "other": {Image: "a", ClientOnly: true}}
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
