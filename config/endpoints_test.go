package config

import (
	"slices"
	"strings"
	"testing"
)

func TestEndpointsAreThoseThatTheAccountUses(t *testing.T) {
	home := []string{"ec2", "ecr.api", "ecr.dkr", "ecs", "eks-auth", "sts"}
	also := func(more ...string) []string {
		all := slices.Concat(home, more)
		slices.Sort(all)
		return all
	}
	on := edit{"endpoints", object{"enabled": true}}
	echo := "clusters/ecs-3/services/echo-service/"
	for name, c := range map[string]struct {
		edits           []edit
		local, external []string
	}{
		"off":                        {nil, nil, nil},
		"a fresh stack":              {[]edit{on}, also("logs", "ssmmessages"), []string{"logs", "ssmmessages"}},
		"no commands in tasks":       {[]edit{on, {"ecsExec", object{"enabled": false}}}, also("logs"), []string{"logs"}},
		"sessions with a key":        {[]edit{on, {"ecsExec", object{"kmsKeyArn": "arn:aws:kms:eu-central-1:111122223333:key/a"}}}, also("kms", "logs", "ssmmessages"), []string{"kms", "logs", "ssmmessages"}},
		"an image in ECR":            {[]edit{on, {echo + "image", "444455556666.dkr.ecr.eu-central-1.amazonaws.com/echo:1"}}, also("logs", "ssmmessages"), []string{"ecr.api", "ecr.dkr", "logs", "ssmmessages"}},
		"an image in another region": {[]edit{on, {echo + "image", "444455556666.dkr.ecr.us-east-1.amazonaws.com/echo:1"}}, also("logs", "ssmmessages"), []string{"logs", "ssmmessages"}},
		"secrets and parameters": {[]edit{on, {echo + "secrets", object{
			"A": "arn:aws:secretsmanager:eu-central-1:444455556666:secret:a-AbCdEf", "B": "arn:aws:ssm:eu-central-1:444455556666:parameter/b"}}},
			also("logs", "ssmmessages"), []string{"logs", "secretsmanager", "ssm", "ssmmessages"}},
		"the load balancer controller": {[]edit{on, {"gatewayLoadBalancers", list("controller")}}, also("elasticloadbalancing", "logs", "ssmmessages"), []string{"logs", "ssmmessages"}},
		"alerts": {[]edit{on, {"observability", object{"metrics": true, "clusterLogs": true, "alarms": object{"enabled": true}}}},
			also("logs", "sns", "ssmmessages"), []string{"logs", "ssmmessages"}},
		"more":               {[]edit{{"endpoints", object{"enabled": true, "also": list("dynamodb-streams")}}}, also("dynamodb-streams", "logs", "ssmmessages"), []string{"dynamodb-streams", "logs", "ssmmessages"}},
		"a list":             {[]edit{{"endpoints", object{"enabled": true, "services": list("logs", "sts")}}}, []string{"logs", "sts"}, []string{"logs", "sts"}},
		"an account without": {[]edit{on, {"accounts/external/endpoints", object{"enabled": false}}}, also("logs", "ssmmessages"), nil},
		"an account alone":   {[]edit{{"accounts/external/endpoints", object{"enabled": true}}}, nil, []string{"logs", "ssmmessages"}},
	} {
		stack := mustLoad(t, with(c.edits...))
		if got := stack.EndpointServices("local"); !slices.Equal(got, c.local) {
			t.Errorf("%s: local has %v, want %v", name, got, c.local)
		}
		if got := stack.EndpointServices("external"); !slices.Equal(got, c.external) {
			t.Errorf("%s: external has %v, want %v", name, got, c.external)
		}
	}
}

func TestRefusedEndpoints(t *testing.T) {
	on := func(key string, services ...any) object { return object{"enabled": true, key: services} }
	run(t, []refusal{
		one("a whole service name", "endpoints", on("services", "com.amazonaws.eu-central-1.logs"), "endpoints.services[0]", "leave out com.amazonaws"),
		one("no service name", "endpoints", on("also", "ECR"), `endpoints.also[0] = "ECR"`, "ecr.api"),
		one("a service with a gateway", "endpoints", on("also", "s3"), `endpoints.also[0] = "s3"`, "gateway endpoint"),
		one("a service twice", "endpoints", object{"enabled": true, "services": list("logs"), "also": list("logs")}, "endpoints.also[0]", "endpoints.services[0] names it too"),
		one("services of no endpoint", "endpoints", object{"services": list("logs")}, "endpoints.services", "set endpoints.enabled"),
		one("more services of no endpoint", "accounts/external/endpoints", object{"also": list("logs")}, "accounts.external.endpoints.also", "set accounts.external.endpoints.enabled"),
		one("a service of one account", "accounts/external/endpoints", on("also", "dynamodb"), "accounts.external.endpoints.also[0]", "gateway endpoint"),
	})
	c := mustLoad(t, with(edit{"endpoints", object{"enabled": true}}))
	c.Region = "cn-north-1"
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "endpoints.enabled") || !strings.Contains(err.Error(), "China") {
		t.Errorf("in China: %v", err)
	}
}
