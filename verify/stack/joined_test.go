package stack_test

import (
	"strings"
	"testing"

	"ambient-ecs/verify/stack"
	"ambient-ecs/verify/stack/stacktest"
)

const home = stacktest.Home

func theirs(cluster, name, service string) []byte {
	return []byte(`{"hostname": "x", "meshServices": {"` + cluster + `": {"` + name + `": ` + service + `}}}`)
}

func TestServicesOfAnotherStackCountAsItsOwn(t *testing.T) {
	s := stacktest.New(home, home)
	s.TaskRoles = map[string]string{"ecs-1/ecs": "arn:aws:iam::111122223333:role/a"}
	s.Destinations = map[string]stack.Destination{}
	c := s.Clusters["ecs-1"]
	c.PolicyStage = stack.StageL4
	s.Clusters["ecs-1"] = c
	if err := s.Join(theirs("ecs-1", "orders", `{"hostname": "orders.mesh-1.ecs.home", "port": 8080, "namespace": "`+c.Namespace+`", "serviceAccount": "ecs", "desiredCount": 2}`)); err != nil {
		t.Fatal(err)
	}
	if got := s.Clusters["ecs-1"].Services["orders"]; got.Port != 8080 || got.DesiredCount != 2 {
		t.Errorf("the service is %+v", got)
	}
	// The stage of the cluster holds for it, and no rule names it.
	d, guarded := s.Destinations["orders.mesh-1.ecs.home"]
	if !guarded || d.Admits(stack.Request{Namespace: c.Namespace, ServiceAccount: "ecs"}) {
		t.Errorf("the destination is %+v", d)
	}
}

// A policy of the team decides about its service, in every stage of the cluster.
func TestTheCallersThatATeamAdmitsAreDeclared(t *testing.T) {
	for _, stage := range []string{"", stack.StagePermissive, stack.StageDenyAll, stack.StageL4, stack.StageL7} {
		s := stacktest.New(home)
		s.TaskRoles = map[string]string{"ecs-1/ecs": "arn:aws:iam::111122223333:role/a"}
		s.Destinations = map[string]stack.Destination{}
		c := s.Clusters["ecs-1"]
		c.PolicyStage = stage
		s.Clusters["ecs-1"] = c
		service := `{"hostname": "orders.mesh", "port": 8080, "namespace": "` + c.Namespace + `", "serviceAccount": "ecs", "allow": [{"serviceAccounts": ["` + c.Namespace + `/ecs"]}]}`
		if err := s.Join(theirs("ecs-1", "orders", service)); err != nil {
			t.Fatal(err)
		}
		d := s.Destinations["orders.mesh"]
		if !d.Admits(stack.Request{Namespace: c.Namespace, ServiceAccount: "ecs"}) || d.Admits(stack.Request{Namespace: "default", ServiceAccount: "client"}) {
			t.Errorf("in the stage %q the destination is %+v", stage, d)
		}
	}
}

// The hosts of a team are tried as the stack's own are.
func TestUsersOfAnotherStacksServiceComeThroughTheIngress(t *testing.T) {
	s := stacktest.New(home)
	s.TaskRoles = map[string]string{"ecs-1/ecs": "arn:aws:iam::111122223333:role/a"}
	s.Destinations = map[string]stack.Destination{}
	s.Ingress = stack.Ingress{Namespace: "mesh-ingress", Hosts: map[string]stack.IngressHost{"shop.example.com": {}}}
	service := `{"hostname": "orders.mesh", "port": 8080, "namespace": "` + s.Clusters["ecs-1"].Namespace + `", "serviceAccount": "ecs", "waypoint": "waypoint", "users": {"hosts": ["orders.example.com"], "pathPrefix": "/o"}}`
	if err := s.Join(theirs("ecs-1", "orders", service)); err != nil {
		t.Fatal(err)
	}
	routes := s.Ingress.Hosts["orders.example.com"].Routes
	if len(routes) != 1 || routes[0].PathPrefix != "/o" || routes[0].To["orders.mesh"] != 1 || s.Destinations["orders.mesh"].Waypoint != "waypoint" {
		t.Errorf("the routes are %+v", routes)
	}
	if err := s.Join(theirs("ecs-1", "more", strings.NewReplacer("orders.mesh", "more.mesh", "orders.example.com", "shop.example.com").Replace(service))); err == nil || !strings.Contains(err.Error(), "users of shop.example.com") {
		t.Errorf("a host of the stack: %v", err)
	}
}

func TestRefusedServicesOfAnotherStack(t *testing.T) {
	namespace := stacktest.New(home).Clusters["ecs-1"].Namespace
	good := `{"hostname": "a.b", "namespace": "` + namespace + `", "serviceAccount": "ecs"}`
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"no JSON", []byte("{"), "cannot be read"},
		{"no services", []byte(`{"hostname": "x"}`), "no output meshServices"},
		{"another cluster", theirs("ecs-9", "orders", good), "the cluster ecs-9, which this stack does not have"},
		{"a taken name", theirs("ecs-1", "echo-service", good), "ecs-1/echo-service is a service of this stack"},
		{"another namespace", theirs("ecs-1", "orders", strings.Replace(good, namespace, "kube-system", 1)), "which is no identity of the cluster"},
		{"another identity", theirs("ecs-1", "orders", strings.Replace(good, `"ecs"`, `"root"`, 1)), "which is no identity of the cluster"},
		{"a taken hostname", theirs("ecs-1", "orders", strings.Replace(good, "a.b", "taken.example", 1)), "is called taken.example, as a service of this stack is"},
	} {
		s := stacktest.New(home)
		s.TaskRoles = map[string]string{"ecs-1/ecs": "arn:aws:iam::111122223333:role/a"}
		s.Destinations = map[string]stack.Destination{"taken.example": {}}
		before := len(s.Clusters["ecs-1"].Services)
		if err := s.Join(c.data); err == nil || !strings.Contains(err.Error(), c.want) || len(s.Clusters["ecs-1"].Services) != before {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
