package config

import "testing"

func TestRefusedServices(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service/"
	const shell = "clusters/ecs-1/services/shell-task/"
	const field = "clusters.ecs-1.services.echo-service."
	egress := func(cidr, protocol string, port int) any {
		return list(object{"description": "x", "cidr": cidr, "protocol": protocol, "port": port})
	}
	run(t, []refusal{
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

func TestAServiceThatSaysNothingHasTheDefaults(t *testing.T) {
	var s Service
	if s.CPUOrDefault() != 256 || s.MemoryOrDefault() != 512 || s.DesiredCountOrDefault() != 1 {
		t.Errorf("an empty service is %d/%d, %d tasks", s.CPUOrDefault(), s.MemoryOrDefault(), s.DesiredCountOrDefault())
	}
	none := 0
	s = Service{Workload: Workload{CPU: 512, Memory: 1024}, DesiredCount: &none}
	if s.CPUOrDefault() != 512 || s.MemoryOrDefault() != 1024 || s.DesiredCountOrDefault() != 0 {
		t.Errorf("given values are lost: %d/%d, %d tasks", s.CPUOrDefault(), s.MemoryOrDefault(), s.DesiredCountOrDefault())
	}
	if got := (Egress{}).ProtocolOrDefault(); got != "tcp" {
		t.Errorf("protocol is %q", got)
	}
	if got := (Egress{Protocol: "udp"}).ProtocolOrDefault(); got != "udp" {
		t.Errorf("protocol is %q", got)
	}
}
