package config

import (
	"strings"
	"testing"
)

func TestRefusedClusters(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service/"
	const shell = "clusters/ecs-1/services/shell-task/"
	const field = "clusters.ecs-1.services.echo-service."
	egress := func(cidr, protocol string, port int) any {
		return list(object{"description": "x", "cidr": cidr, "protocol": protocol, "port": port})
	}
	run(t, []refusal{
		one("no account", "clusters/ecs-1/account", "", "clusters.ecs-1.account is not set"),
		one("unknown account", "clusters/ecs-1/account", "externel", `clusters.ecs-1.account = "externel"`, "did you mean external?"),
		one("malformed service account", "clusters/ecs-1/serviceAccount", "My_SA", "clusters.ecs-1.serviceAccount", "lower-case"),
		{"cluster key in upper case", []edit{{"clusters/ECS", object{"account": "local"}}}, [][]string{{`clusters = "ECS"`, "lower-case"}}},
		{"cluster null", []edit{{"clusters", object{"ecs-1": object{}}}}, [][]string{{"clusters.ecs-1.account is not set"}}},
		{"service with a dot", []edit{{"clusters/ecs-1/services/a.b", object{"image": "a", "port": 80}}}, [][]string{{`"a.b"`, "first label"}}},
		one("service with the name of the mesh's container", "clusters/ecs-1/services/ztunnel", object{"image": "a", "port": 80}, `clusters.ecs-1.services = "ztunnel"`, "mesh's container"),
		one("no image", echo+"image", "", field+"image is not set"),
		one("image with a scheme", echo+"image", "https://registry.example/echo", "no image reference"),
		one("no port", echo+"port", 0, field+"port is not set", "clientOnly"),
		one("port too high", echo+"port", 65536, field+"port = 65536", "65535"),
		one("first port of ztunnel", echo+"port", 15000, field+"port = 15000", "ztunnel", "15000 to 15090"),
		one("last port of ztunnel", echo+"port", 15090, field+"port = 15090", "ztunnel"),
		one("client with a port", shell+"port", 8080, "shell-task.port", "clientOnly"),
		one("CPU that Fargate has not", echo+"cpu", 300, field+"cpu = 300", "no such CPU size", "256, 512"),
		one("too little memory for the CPU", echo+"cpu", 1024, field+"cpu = 1024", "memory 512", "2048 to 8192"),
		{"memory between two steps", []edit{{echo + "cpu", 8192}, {echo + "memory", 18432}}, [][]string{{"16384 to 61440", "steps of 4096"}}},
		one("too much memory for the least CPU", echo+"memory", 4096, "512, 1024 or 2048"),
		one("less than no task", echo+"desiredCount", -1, field+"desiredCount = -1", "5000"),
		one("too many tasks", echo+"desiredCount", 5001, "5000"),
		one("variable with a blank", echo+"environment", object{"A B": "topsecret"}, field+`environment = "A B"`),
		one("malformed egress", echo+"egress", egress("10.9.0.0", "tcp", 5432), field+"egress[0].cidr", "not a CIDR"),
		one("egress to nowhere", echo+"egress", egress("", "tcp", 5432), field+"egress[0].cidr is not set"),
		one("egress with no port", echo+"egress", egress("10.9.0.0/16", "tcp", 0), field+"egress[0].port", "65535"),
		one("egress by ICMP", echo+"egress", egress("10.9.0.0/16", "icmp", 1), field+"egress[0].protocol", "tcp or udp"),
		one("egress described in signs", echo+"egress", list(object{"description": "a<b", "cidr": "10.9.0.0/16", "port": 5432}), "egress[0].description"),
		one("egress twice", echo+"egress", list(object{"cidr": "10.9.0.0/16", "port": 5432}, object{"cidr": "10.9.0.0/16", "port": 5432, "protocol": "tcp"}),
			"egress[1]", "egress[0] says the same"),
		one("egress to another mesh", echo+"egress", egress("10.9.0.0/16", "tcp", 15008), "ztunnel's and istiod's"),
		one("egress around the mesh", echo+"egress", egress("10.1.2.0/24", "tcp", 8080), "clusters.ecs-3.services.echo-service listens on 8080", "bypass mTLS"),
	})
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
