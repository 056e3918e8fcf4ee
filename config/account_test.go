package config

import (
	"strings"
	"testing"

	"ambient-ecs/problem"
)

const registrySecret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:hub-AbCdEf"

func TestRegistriesWithSecrets(t *testing.T) {
	for _, host := range []string{"docker.io", "registry.example.com", "registry.example.com:5000", "registry:5000", "localhost"} {
		c := mustLoad(t, with(edit{"accounts/local/registrySecrets", object{host: registrySecret}}))
		if got := c.Accounts["local"].RegistrySecrets[host]; got != registrySecret {
			t.Errorf("%s: got %q", host, got)
		}
	}
}

func TestPullThroughPrefixesAreThoseOfECR(t *testing.T) {
	for prefix, want := range map[string]bool{
		"docker-hub": true, "ROOT": true, "team/quay": true, "k8s.io": true, "a_b": true, "ab": true, strings.Repeat("a", 30): true,
		"": false, "a": false, "/quay": false, "quay/": false, "Quay": false, "a//b": false, "a..b": false, "quay*": false, "*": false, "root": true,
		strings.Repeat("a", 31): false, "a b": false, "-a": false, "111122223333.dkr.ecr.eu-central-1.amazonaws.com/quay": false,
	} {
		var p problem.List
		checkPullThroughPrefixes(&p, "prefixes", []string{prefix})
		if (len(p) == 0) != want {
			t.Errorf("%q: %v", prefix, p)
		}
	}
	one("a prefix twice", "accounts/local/pullThroughPrefixes", list("quay", "quay"), "accounts.local.pullThroughPrefixes[1]", "twice").check(t)
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

func TestAnAccountGoesThroughTheGatewayUnlessItSaysDirect(t *testing.T) {
	if got := (Account{}).ReachOrDefault(); got != ReachGateway {
		t.Errorf("reach is %q", got)
	}
	if got := (Account{Reach: ReachDirect}).ReachOrDefault(); got != ReachDirect {
		t.Errorf("reach is %q", got)
	}
}
