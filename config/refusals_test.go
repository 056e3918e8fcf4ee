package config

import (
	"strings"
	"testing"
)

// refusal is an edit of the dev stack and what the error must say: one entry for each problem, each
// with words that must stand in that problem's line, in order. There must be no further problem.
type refusal struct {
	name  string
	edits []edit
	want  [][]string
}

func one(name, path string, value any, words ...string) refusal {
	return refusal{name: name, edits: []edit{{path, value}}, want: [][]string{words}}
}

func (r refusal) check(t *testing.T) {
	t.Helper()
	c, err := Load(raw(with(r.edits...)))
	if err == nil {
		t.Fatalf("it was accepted")
	}
	if c.Install != "" {
		t.Errorf("a refused configuration was returned")
	}
	lines := strings.Split(err.Error(), "\n")[1:]
	for _, words := range r.want {
		found := -1
		for i, line := range lines {
			if inOrder(line, words) {
				found = i
			}
		}
		if found < 0 {
			t.Errorf("no problem says %q in:\n%v", words, err)
			continue
		}
		lines = append(lines[:found], lines[found+1:]...)
	}
	for _, line := range lines {
		t.Errorf("a further problem was told: %s", line)
	}
}

func inOrder(text string, words []string) bool {
	for _, word := range words {
		_, after, found := strings.Cut(text, word)
		if !found {
			return false
		}
		text = after
	}
	return true
}

func run(t *testing.T, refusals []refusal) {
	t.Helper()
	for _, r := range refusals {
		t.Run(r.name, func(t *testing.T) { r.check(t) })
	}
}

const registrySecret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:hub-AbCdEf"

func TestRegistriesWithSecrets(t *testing.T) {
	for _, host := range []string{"docker.io", "registry.example.com", "registry.example.com:5000", "registry:5000", "localhost"} {
		c := mustLoad(t, with(edit{"accounts/local/registrySecrets", object{host: registrySecret}}))
		if got := c.Accounts["local"].RegistrySecrets[host]; got != registrySecret {
			t.Errorf("%s: got %q", host, got)
		}
	}
}

func TestRefusedAccounts(t *testing.T) {
	const local, external = "accounts/local/", "accounts/external/"
	run(t, []refusal{
		one("no home", "home", "", "home is not set", "EKS"),
		one("unknown home", "home", "locale", `home = "locale"`, "no such account", "did you mean local?", "external, local"),
		one("no id", local+"id", "", "accounts.local.id is not set", "12 digits"),
		one("short id", local+"id", "12345", `accounts.local.id = "12345"`, "12 digits"),
		one("id with hyphens", local+"id", "1111-2222-3333", "12 digits"),
		one("one id twice", external+"id", "111122223333", `accounts.local.id = "111122223333"`, "accounts.external has the same id"),
		one("one profile twice", external+"profile", "local", `accounts.local.profile = "local"`, "accounts.external", "one account only"),
		{"no profile twice", []edit{{local + "profile", nil}, {external + "profile", nil}},
			[][]string{{`accounts.local.profile = ""`, "same credentials"}}},
		one("malformed role", external+"roleArn", "deployer", "accounts.external.roleArn", "not the ARN of an IAM role"),
		one("role of another account", external+"roleArn", "arn:aws:iam::111122223333:role/deployer", "another account than 444455556666"),
		one("role of another partition", external+"roleArn", "arn:aws-cn:iam::444455556666:role/deployer", "partition aws"),
		one("external id without a role", external+"externalId", "abc", "accounts.external.externalId", "goes with a roleArn"),
		one("session name without a role", external+"sessionName", "pulumi", "accounts.external.sessionName", "goes with a roleArn"),
		{"malformed external id", []edit{{external + "roleArn", "arn:aws:iam::444455556666:role/deployer"}, {external + "externalId", "a b"}},
			[][]string{{"accounts.external.externalId", "2 to 1224"}}},
		{"malformed session name", []edit{{external + "roleArn", "arn:aws:iam::444455556666:role/deployer"}, {external + "sessionName", "a b"}},
			[][]string{{"accounts.external.sessionName", "2 to 64"}}},
		{"home by a role with an external id", []edit{{local + "roleArn", "arn:aws:iam::111122223333:role/deployer"}, {local + "externalId", "topsecret"}},
			[][]string{{"accounts.local.externalId = [secret]", "aws eks get-token", "cannot pass an external id", "accounts.local.profile"}}},
		one("no domain", local+"domain", "", "accounts.local.domain is not set"),
		one("domain in upper case", local+"domain", "ECS.local", `"ECS.local"`, "lower case"),
		one("domain with a final dot", local+"domain", "ecs.local.", "no DNS domain"),
		one("domain of Kubernetes", local+"domain", "svc.cluster.local", "Kubernetes keeps cluster.local"),
		one("unknown reach", local+"reach", "gatway", "accounts.local.reach", "gateway, direct", "did you mean gateway?"),
		one("malformed registry secret", local+"registrySecrets", object{"registry.example": "my-secret"}, "accounts.local.registrySecrets.registry.example", "whole ARN"),
		one("registry secret without the end of its ARN", local+"registrySecrets", object{"registry.example": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:hub"},
			"accounts.local.registrySecrets.registry.example", "whole ARN", "name-AbCdEf"),
		one("no registry secret", local+"registrySecrets", object{"registry.example": ""}, "accounts.local.registrySecrets.registry.example is not set"),
		one("registry secret of another region", local+"registrySecrets", object{"registry.example": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:hub-AbCdEf"}, "eu-central-1"),
		one("registry secret of another account", local+"registrySecrets", object{"registry.example": "arn:aws:secretsmanager:eu-central-1:444455556666:secret:hub-AbCdEf"}, "in the account itself"),
		one("registry secret of another partition", local+"registrySecrets", object{"registry.example": "arn:aws-cn:secretsmanager:eu-central-1:111122223333:secret:hub-AbCdEf"}, "eu-central-1"),
		one("registry with a scheme", local+"registrySecrets", object{"https://registry.example": registrySecret}, `accounts.local.registrySecrets = "https://registry.example"`, "not the host"),
		one("registry with a path", local+"registrySecrets", object{"registry.example/istio": registrySecret}, "not the host"),
		one("registry in upper case", local+"registrySecrets", object{"Registry.example": registrySecret}, "not the host"),
		one("registry in one word", local+"registrySecrets", object{"registry": registrySecret}, "not the host"),
		one("no registry", local+"registrySecrets", object{"": registrySecret}, "not the host"),
		one("another name of Docker Hub", local+"registrySecrets", object{"index.docker.io": registrySecret}, "docker.io"),
		one("credentials for ECR", local+"registrySecrets", object{"111122223333.dkr.ecr.eu-central-1.amazonaws.com": registrySecret}, "execution role"),
		{"account key with a blank", []edit{{"accounts/third one", object{"id": "777788889999", "domain": "ecs.third", "vpcCidr": "10.9.0.0/16"}}},
			[][]string{{`accounts = "third one"`, "lower-case"}}},
		{"no account", []edit{{"accounts", object{}}, {"clusters", object{}}},
			[][]string{{"accounts is not set"}, {`home = "local"`, "there are no accounts"}}},
	})
}

func TestRefusedNetworks(t *testing.T) {
	const local, external = "accounts/local/", "accounts/external/"
	subnets := func(private, public []any) any { return object{"private": private, "public": public} }
	three := list("10.1.1.0/24", "10.1.2.0/24", "10.1.3.0/24")
	run(t, []refusal{
		one("no VPC", local+"vpcCidr", "", "accounts.local.vpcCidr is not set"),
		one("malformed VPC", local+"vpcCidr", "192.168.0.0", "accounts.local.vpcCidr", "not a CIDR"),
		one("VPC with host bits", local+"vpcCidr", "192.168.1.0/16", "192.168.0.0/16"),
		one("VPC of IPv6", local+"vpcCidr", "fd00::/16", "IPv4"),
		one("VPC too small", local+"vpcCidr", "192.168.0.0/25", "too small"),
		one("VPC too large", local+"vpcCidr", "10.0.0.0/8", "too large"),
		one("VPC in link-local space", local+"vpcCidr", "169.254.0.0/16", "link-local"),
		one("VPC where EKS puts services", local+"vpcCidr", "172.20.0.0/16", "172.20.0.0/16", "Kubernetes services"),
		{"VPCs that overlap", []edit{{external + "vpcCidr", "192.168.128.0/20"}, {external + "subnets", nil}},
			[][]string{{"accounts.local.vpcCidr", "overlaps accounts.external.vpcCidr, 192.168.128.0/20", "peered"}}},
		{"a third VPC overlaps two", []edit{{"accounts/third", object{"id": "777788889999", "profile": "third", "domain": "ecs.third", "vpcCidr": "10.1.0.0/16"}}},
			[][]string{{"accounts.third.vpcCidr", "accounts.external.vpcCidr"}}},
		one("subnet outside the VPC", external+"subnets", subnets(list("10.1.1.0/24", "10.2.2.0/24", "10.1.3.0/24"), list("10.1.4.0/24")),
			"accounts.external.subnets", "10.2.2.0/24", "not inside the VPC"),
		one("subnets that overlap", external+"subnets", subnets(list("10.1.1.0/24", "10.1.1.128/25", "10.1.3.0/24"), list("10.1.4.0/24")),
			"10.1.1.128/25", "overlaps"),
		one("malformed subnet", external+"subnets", subnets(list("10.1.1.0/24", "10.1.2.0", "10.1.3.0/24"), list("10.1.4.0/24")),
			"accounts.external.subnets", "10.1.2.0", "not a CIDR"),
		one("subnet too small", external+"subnets", subnets(list("10.1.1.0/24", "10.1.2.0/29", "10.1.3.0/24"), list("10.1.4.0/24")), "too small"),
		one("no public subnet", external+"subnets", subnets(three, list()), "no public subnet"),
		{"no private subnet", []edit{{external + "subnets", subnets(list(), list("10.1.4.0/24"))}},
			[][]string{{"accounts.external.subnets", "no private subnet"}, {"in a zone that nothing uses"}}},
		one("a NAT gateway per zone without its subnets", "natGateways", "per-zone", "accounts.external.subnets.public", "per-zone", "3 zones"),
		one("unknown number of NAT gateways", "natGateways", "double", `natGateways = "double"`, "single, per-zone"),
		one("zone name for a zone id", "zoneIds", list("euc1-az1", "euc1-az2", "eu-central-1a"), "eu-central-1a", "zone id"),
		one("zone of another region", "zoneIds", list("euc1-az1", "euc1-az2", "use1-az1"), `zoneIds[2] = "use1-az1"`, "eu-central-1 begin with euc1-"),
		one("one zone twice", "zoneIds", list("euc1-az1", "euc1-az2", "euc1-az1"), "twice"),
		{"zone without EKS", []edit{{"region", "us-east-1"}, {"zoneIds", list("use1-az1", "use1-az2", "use1-az3")}},
			[][]string{{"zoneIds", "use1-az3"}}},
		{"one zone for EKS", []edit{{"zoneIds", list("euc1-az1")}, {external + "subnets", nil}},
			[][]string{{"zoneIds", "at least two availability zones"}}},
		{"one private subnet for EKS", []edit{{local + "subnets", subnets(list("192.168.1.0/24"), list("192.168.2.0/24"))}},
			[][]string{{"accounts.local.subnets.private", "at least two availability zones"}}},
		{"more zones than the computed plan has room for", []edit{{"zoneIds", list("euc1-az1", "euc1-az2", "euc1-az3", "euc1-az4")},
			{external + "subnets", subnets(list("10.1.1.0/24", "10.1.2.0/24", "10.1.3.0/24", "10.1.5.0/24"), list("10.1.4.0/24"))}},
			[][]string{{"zoneIds", "accounts.local", "3 zones"}}},
		one("fewer subnets than zones", "zoneIds", list("euc1-az1", "euc1-az2"), "accounts.external.subnets.private", "2 zoneIds"),
	})
}

func TestRefusedStackSettings(t *testing.T) {
	run(t, []refusal{
		one("no install name", "installName", "", "installName is not set"),
		one("install name that begins with a digit", "installName", "1mesh", `installName = "1mesh"`, "begin with a letter"),
		one("install name in upper case", "installName", "Ambient", "lower-case"),
		one("install name of Kubernetes", "installName", "kube", "kube-"),
		one("no region", "region", "", "region is not set"),
		one("zone for a region", "region", "eu-central-1a", `region = "eu-central-1a"`, "not a region"),
		one("misspelt region", "region", "eu-centrall-1", "no region"),
		one("region of another partition", "region", "us-iso-east-1", "aws-us-gov"),
		one("retention that CloudWatch has not", "logRetentionDays", 31, "logRetentionDays = 31", "30, 60"),
		one("retention for ever", "logRetentionDays", 0, "CloudWatch Logs knows only"),
		one("health check too often", "ztunnelHealthCheck/interval", 4, "ztunnelHealthCheck.interval = 4", "between 5 and 300"),
		one("health check too long", "ztunnelHealthCheck/timeout", 61, "between 2 and 60"),
		one("health check with no retry", "ztunnelHealthCheck/retries", 0, "between 1 and 10"),
		one("health check that starts too late", "ztunnelHealthCheck/startPeriod", 301, "between 0 and 300"),
		{"health check in part", []edit{{"ztunnelHealthCheck", object{"startPeriod": 120}}},
			[][]string{{"interval = 0", "all four"}, {"timeout = 0"}, {"retries = 0"}}},
		one("owner with a line break", "owner", "a\nb", "owner", "AWS allows"),
		one("tag of AWS", "tags/AWS:team", "x", `"AWS:team"`, "aws:"),
		one("tag of Solo", "tags", object{"ecs.solo.io/namespace": "x"}, "ecs.solo.io/", "discovery"),
		one("tag of Istio", "tags", object{"istio.io/use-waypoint": "x"}, "istio.io/", "labels in the mesh"),
		one("tag of a part of Istio", "tags", object{"topology.istio.io/network": "x"}, "topology.istio.io/", "labels in the mesh"),
		one("tag of EKS", "tags", object{"kubernetes.io/cluster/ambient": "owned"}, "kubernetes.io/", "load balancer"),
		one("tag of the program", "tags", object{"Ambient-ECS-Install": "x"}, "upper from lower", "ambient-ecs-install"),
		one("tag that is owner", "tags", object{"Owner": "x"}, "upper from lower", "the key owner"),
		one("tags that differ in case only", "tags", object{"Team": "x", "team": "y"}, "upper from lower", "tags.Team"),
		one("tag without a key", "tags", object{"": "x"}, "needs a key"),
		one("tag key too long", "tags", object{strings.Repeat("k", 129): "x"}, "128"),
		one("tag value too long", "tags", object{"k": strings.Repeat("v", 257)}, "tags.k", "256", "257"),
		one("tag with a sign", "tags", object{"a&b": "x"}, "AWS allows"),
		one("too many tags", "tags", manyTags(41), "tags = 41", "at most 40"),
	})
}

func manyTags(n int) object {
	tags := object{}
	for i := range n {
		tags["t"+strings.Repeat("x", i)] = ""
	}
	return tags
}
