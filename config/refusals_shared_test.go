package config

import "testing"

// shares are the edits that make echo-service of two clusters one shared service.
func shares(more ...edit) []edit {
	return append([]edit{
		{"sharedServices", object{"checkout": object{"port": 8080}}},
		{"clusters/ecs-1/services/echo-service/shared", "checkout"},
		{"clusters/ecs-3/services/echo-service/shared", "checkout"},
	}, more...)
}

func TestRefusedSharedServices(t *testing.T) {
	const echo = "clusters/ecs-1/services/echo-service/"
	const member = "clusters.ecs-1.services.echo-service."
	run(t, []refusal{
		{"no port", []edit{{"sharedServices", object{"checkout": object{}}}}, [][]string{{"sharedServices.checkout.port is not set"}}},
		{"port of ztunnel", []edit{{"sharedServices", object{"checkout": object{"port": 15008}}}}, [][]string{{"sharedServices.checkout.port = 15008", "ztunnel"}}},
		{"port too high", []edit{{"sharedServices", object{"checkout": object{"port": 70000}}}}, [][]string{{"sharedServices.checkout.port = 70000", "65535"}}},
		{"name in upper case", []edit{{"sharedServices", object{"Checkout": object{"port": 80}}}}, [][]string{{`sharedServices = "Checkout"`, "lower-case"}}},
		{"unknown locality", shares(edit{"sharedServices/checkout/locality", "near"}), [][]string{{"sharedServices.checkout.locality", "same-zone, any"}}},
		{"hostname without a dot", shares(edit{"sharedServices/checkout/hostname", "checkout"}), [][]string{{"sharedServices.checkout.hostname", "with a dot"}}},
		{"hostname of Kubernetes", shares(edit{"sharedServices/checkout/hostname", "checkout.default.svc.cluster.local"}), [][]string{{"sharedServices.checkout.hostname", "Kubernetes services"}}},
		{"hostname that a service has", shares(edit{"sharedServices/checkout/hostname", "echo-service.ambient-ecs-2.ecs.local"}),
			[][]string{{`sharedServices = "checkout"`, "hostname would be echo-service.ambient-ecs-2.ecs.local", "clusters.ecs-2.services echo-service"}}},
		{"hostname too long for a label", shares(edit{"sharedServices/checkout/hostname", "a-very-long-name-for-a-service-that-nobody-would-type.ecs.shared.example"}),
			[][]string{{`sharedServices = "checkout"`, "hostname", "72", "63"}}},
		{"namespace of a cluster", []edit{{"sharedServices", object{"ecs-1": object{"port": 8080}}}},
			[][]string{{`sharedServices = "ecs-1"`, "namespace would be ambient-ecs-1", "clusters ecs-1"}}},
		one("no shared services", echo+"shared", "checkout", member+`shared = "checkout"`, "there are no sharedServices"),
		{"unknown shared service", shares(edit{echo + "shared", "chekout"}), [][]string{{member + `shared = "chekout"`, "did you mean checkout?"}}},
		{"client that is shared", shares(edit{"clusters/ecs-1/services/shell-task/shared", "checkout"}), [][]string{{"shell-task.shared", "clientOnly"}}},
		{"another port", shares(edit{echo + "port", 9090}), [][]string{{member + "port = 9090", "sharedServices.checkout.port is 8080"}}},
		{"service account of its own", shares(edit{echo + "serviceAccount", "mine"}), [][]string{{member + "serviceAccount", "checkout-ecs-1"}}},
		{"policy and waypoint of its own", shares(edit{echo + "access", "eks-only"}, edit{echo + "waypoint", true}),
			[][]string{{member + "access is set", "sharedServices.checkout.access"}, {member + "waypoint is set", "sharedServices.checkout.waypoint"}}},
		{"two roles with one name", shares(edit{"clusters/ecs-1/serviceAccount", "checkout-ecs-1"}), [][]string{{"clusters.ecs-1", "ambient-ecs-1-checkout-ecs-1"}}},
	})
}

func TestMembersOfASharedServiceHaveOneNameAndEachTheirOwnIdentity(t *testing.T) {
	c := mustLoad(t, with(shares()...))
	if got, want := c.Hostname("ecs-1", "echo-service"), "checkout.ambient.ecs.local"; got != want {
		t.Errorf("the hostname is %s, want %s", got, want)
	}
	if c.Hostname("ecs-3", "echo-service") != c.Hostname("ecs-1", "echo-service") {
		t.Error("the members have different names")
	}
	one, three := c.IdentityOf("ecs-1", "echo-service"), c.IdentityOf("ecs-3", "echo-service")
	if one.Namespace != "ambient-checkout" || three.Namespace != one.Namespace {
		t.Errorf("the members live in %s and %s, want both in ambient-checkout", one.Namespace, three.Namespace)
	}
	if one.ServiceAccount == three.ServiceAccount {
		t.Errorf("both members run as %s, and so as one task role", one.ServiceAccount)
	}
	for _, identity := range []Identity{one, three} {
		if n := count(c.Identities(), identity); n != 1 {
			t.Errorf("identity %v is there %d times", identity, n)
		}
	}
	if c.IdentityOf("ecs-1", "shell-task").Namespace != "ambient-ecs-1" {
		t.Error("a service that is not shared left its cluster's namespace")
	}
}

func TestAMemberThatNamesNoPortHasTheSharedOne(t *testing.T) {
	c := mustLoad(t, with(shares(edit{"clusters/ecs-1/services/echo-service/port", 0})...))
	if got := c.PortOf("ecs-1", "echo-service"); got != 8080 {
		t.Errorf("the port is %d, want 8080", got)
	}
}

func count(all []Identity, one Identity) (n int) {
	for _, identity := range all {
		if identity == one {
			n++
		}
	}
	return n
}
