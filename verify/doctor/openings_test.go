package doctor

import (
	"slices"
	"strings"
	"testing"

	"ambient-ecs/verify/doctor/network"
)

// A load balancer in front of an owner's service needs a way past the mesh, and nothing but the doctor sees how wide the way is.
func TestTheWaysPastTheMeshToAnOwnersServiceAreSaid(t *testing.T) {
	keeps := func(rules ...network.Rule) func(*facts) {
		return func(f *facts) {
			f.network.Groups = append(f.network.Groups, network.Group{ID: "sg-theirs", Ingress: rules})
			service := f.service("echo")
			service.Groups = append(service.Groups, "sg-theirs")
		}
	}
	balanced := func(f *facts) { f.service("echo").Balancers = []int{8080} }
	for _, c := range []struct {
		name   string
		change []func(*facts)
		// want is what is found, by kind, with words of its sentence.
		want map[string]string
	}{
		{"nothing besides the mesh", nil, nil},
		{"a group that admits nothing to the application", []func(*facts){keeps(network.Rule{Protocol: "tcp", CIDR: "10.9.0.0/16", From: 22, To: 22})}, nil},
		{"a load balancer that is kept out", []func(*facts){balanced}, map[string]string{"service-shut": "a load balancer checks port 8080 of service ecs-1/echo"}},
		{"a load balancer with the group that admits it", []func(*facts){balanced, keeps(network.Rule{Protocol: "tcp", Group: "sg-alb", From: 8080, To: 8080})},
			map[string]string{"service-open": "group sg-theirs admits sg-alb to port 8080 of service ecs-1/echo, without mTLS and policy"}},
		{"a group that is open to the world", []func(*facts){keeps(network.Rule{Protocol: "-1", CIDR: "0.0.0.0/0"})}, map[string]string{"service-open": "group sg-theirs admits 0.0.0.0/0 to port 8080"}},
		{"Service Connect", []func(*facts){func(f *facts) { f.service("echo").Connect = true }}, map[string]string{"service-connect": "whose proxy takes the same calls"}},
	} {
		f := owned()
		for _, change := range c.change {
			change(f)
		}
		found := examine(t, f)
		if len(found) != len(c.want) {
			t.Errorf("%s: found %v", c.name, found)
		}
		for kind, words := range c.want {
			i := slices.IndexFunc(found, func(one Finding) bool { return one.Ingredient == kind })
			if i < 0 || !strings.Contains(found[i].Sentence, words) {
				t.Errorf("%s: no %s says %q: %v", c.name, kind, words, found)
				continue
			}
			if found[i].Warning != (kind == "service-open") || !strings.Contains(found[i].Fix, "its owner") {
				t.Errorf("%s: %+v", c.name, found[i])
			}
		}
	}
	// Of the program's services the groups are the program's, and of one that has not joined they are still its owner's alone.
	f := healthy()
	balanced(f)
	if found := examine(t, f); len(found) > 0 {
		t.Errorf("of a service of the program: %v", found)
	}
	f = owned()
	balanced(f)
	d := f.definition("m-ecs-1-echo:1")
	d.Containers = slices.DeleteFunc(d.Containers, func(c Container) bool { return c.Name == ztunnel })
	if slices.ContainsFunc(examine(t, f), func(one Finding) bool { return strings.HasPrefix(one.Ingredient, "service-s") }) {
		t.Error("a service that has not joined has the mesh's groups already")
	}
}
