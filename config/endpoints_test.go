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

// inECR is the dev stack with images that an endpoint leads to, and with the endpoints.
func inECR(more ...edit) []edit {
	const registry = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/"
	edits := []edit{{"endpoints", object{"enabled": true}}, {"imageHub", registry + "solo"}, {"accounts/external/egress", "endpoints"}}
	for _, service := range []string{"echo-service", "shell-task"} {
		edits = append(edits, edit{"clusters/ecs-3/services/" + service + "/image", registry + "app:1"})
	}
	return append(edits, more...)
}

func TestTasksCallEndpointsAloneWhereTheAccountSaysSo(t *testing.T) {
	c := mustLoad(t, with(inECR()...))
	if got := c.Accounts["external"].EgressOrDefault(); got != EgressEndpoints {
		t.Errorf("external has %s", got)
	}
	if got := c.Accounts["local"].EgressOrDefault(); got != EgressHTTPS {
		t.Errorf("local has %s", got)
	}
	// The way to another registry is the service's own.
	mustLoad(t, with(inECR(
		edit{"clusters/ecs-3/services/echo-service/image", "docker.io/library/nginx:1"},
		edit{"clusters/ecs-3/services/echo-service/egress", list(object{"cidr": "0.0.0.0/0", "port": 443})},
	)...))
}

// In a VPC that exists the endpoints are its owner's. The program makes none, and looks for those of the services that the mesh calls.
func TestTheOwnerOfAVPCHasTheEndpoints(t *testing.T) {
	network := []edit{{"accounts/external/subnets", nil}, {"accounts/external/network", theirs(nil)}, {"endpoints", nil}}
	c := mustLoad(t, with(inECR(network...)...))
	if got := c.EndpointServices("external"); len(got) != 0 {
		t.Errorf("the program makes endpoints of %v", got)
	}
	if got := c.ServicesAt("external", true); !slices.Equal(got, []string{"ecr.api", "ecr.dkr", "logs", "ssmmessages"}) {
		t.Errorf("the tasks call %v", got)
	}
	if got := c.ServicesAt("local", true); got != nil {
		t.Errorf("the program looks for %v where HTTPS is open", got)
	}
	c = mustLoad(t, with(inECR(edit{"accounts/local/network", theirs(nil)}, edit{"accounts/local/egress", "endpoints"}, edit{"accounts/external/egress", nil}, edit{"endpoints", nil},
		edit{"clusters", object{"ecs-3": object{"account": "external"}}}, edit{"sharedServices", nil}, edit{"ingress", nil})...))
	if got := c.ServicesAt("local", true); !slices.Contains(got, "sts") || !slices.Contains(got, "ec2") || slices.Contains(c.ServicesAt("local", false), "ec2") {
		t.Errorf("nodes without another way out call %v", got)
	}
	refusal{"an image elsewhere", inECR(append(network, edit{"clusters/ecs-3/services/echo-service/image", "docker.io/library/nginx:1"})...),
		[][]string{{"clusters.ecs-3.services.echo-service.image", "copy it there"}}}.check(t)
}

func TestEgressWithWhichTasksCouldNotStartIsRefused(t *testing.T) {
	const echo = "clusters/ecs-3/services/echo-service/"
	run(t, []refusal{
		one("another word", "accounts/external/egress", "none", `accounts.external.egress = "none"`, "https, endpoints"),
		{"no endpoints", inECR(edit{"endpoints", object{}}), [][]string{{"accounts.external.egress", "set endpoints.enabled"}}},
		{"endpoints of other accounts", inECR(edit{"accounts/external/endpoints", object{"enabled": false}}), [][]string{{"accounts.external.egress", "set accounts.external.endpoints.enabled"}}},
		{"endpoints of other services", inECR(edit{"endpoints", object{"enabled": true, "services": list("ecr.api", "ecr.dkr", "ssmmessages")}}), [][]string{{"endpoints.services is not set", "call logs and"}}},
		{"an image of another registry", inECR(edit{echo + "image", "docker.io/library/nginx:1"}), [][]string{{`clusters.ecs-3.services.echo-service.image = "docker.io/library/nginx:1"`, "no private registry of ECR in eu-central-1"}}},
		{"an image of another region", inECR(edit{echo + "image", "111122223333.dkr.ecr.us-east-1.amazonaws.com/app:1"}), [][]string{{"clusters.ecs-3.services.echo-service.image", "copy it there"}}},
		{"a way by another port", inECR(edit{echo + "image", "docker.io/library/nginx:1"}, edit{echo + "egress", list(object{"cidr": "0.0.0.0/0", "port": 80})}), [][]string{{"clusters.ecs-3.services.echo-service.image", "port 443"}}},
		{"Istio's images of Solo's registry", inECR(edit{"imageHub", "us-docker.pkg.dev/soloio-img/istio"}), [][]string{{"imageHub", "clusters.ecs-3.services.echo-service", "copy Istio's images"}}},
	})
}
