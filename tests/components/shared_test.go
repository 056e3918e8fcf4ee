package components

import (
	"encoding/json"
	"strings"
	"testing"
)

// sharing returns two clusters, one in each account, that share one service. The service has a waypoint if one is
// given.
func sharing(hostname string) map[string]string {
	member := `{"image":"example.com/cart:1","shared":"cart"}`
	return map[string]string{
		"sharedServices": `{"cart":{"port":8080,"hostname":"` + hostname + `"}}`,
		"clusters":       `{"a":{"account":"local","services":{"cart":` + member + `}},"b":{"account":"external","services":{"cart":` + member + `}}}`,
	}
}

func TestMembersOfASharedServiceAreTaggedAlikeAndRunUnderTheirOwnRoles(t *testing.T) {
	r := fleet(t, devConfig(t, sharing("cart.mesh.example")))
	services := r.OfType(ecsService)
	if len(services) != 2 {
		t.Fatalf("%d services", len(services))
	}
	accounts := map[any]bool{}
	for _, service := range services {
		for tag, want := range map[string]string{
			"ecs.solo.io/hostname": "cart.mesh.example", "ecs.solo.io/namespace": "ambient-cart", "ecs.solo.io/ports": "http:8080",
		} {
			if got := at(t, service, "tags", tag); got != want {
				t.Errorf("%s has the tag %s=%v, want %s", service.Name, tag, got, want)
			}
		}
		accounts[at(t, service, "tags", "ecs.solo.io/service-account")] = true
	}
	if !accounts["cart-a"] || !accounts["cart-b"] {
		t.Errorf("the members run as %v, want each as its own service account", accounts)
	}
}

func TestAnotherHostnameIsAnotherRevision(t *testing.T) {
	definitions := func(hostname string) string {
		r := fleet(t, devConfig(t, sharing(hostname)))
		var all []string
		for _, definition := range r.OfType("aws:ecs/taskDefinition:TaskDefinition") {
			var containers []struct{ DockerLabels map[string]string }
			text := at(t, definition, "containerDefinitions").(string)
			if err := json.Unmarshal([]byte(text), &containers); err != nil {
				t.Fatal(err)
			}
			if got := containers[0].DockerLabels["ecs.solo.io/hostname"]; got != hostname {
				t.Errorf("the application's container is labelled %q, want %q", got, hostname)
			}
			all = append(all, text)
		}
		return strings.Join(all, "\n")
	}
	if definitions("cart.mesh.example") == definitions("basket.mesh.example") {
		t.Error("running tasks would go on under the old name: ECS tags a task when it starts it")
	}
}

func TestAServiceWithAWaypointOfItsOwnIsTaggedWithIt(t *testing.T) {
	r := fleet(t, devConfig(t, shop(`{"image":"example.com/cart:1","port":8080,"waypoint":true}`)))
	if got := at(t, only(t, r, ecsService), "tags", "istio.io/use-waypoint"); got != "cart-waypoint" {
		t.Errorf("the tag is %v", got)
	}
}
