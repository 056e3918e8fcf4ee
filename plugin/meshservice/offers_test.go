package meshservice

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/contract"
	"ambient-ecs/problem"
	"ambient-ecs/tests/recorder"
)

const httpRoute = "kubernetes:gateway.networking.k8s.io/v1:HTTPRoute"

// open is a service with all that the contract of a team's cluster offers.
func open() *MeshServiceArgs {
	a := valid()
	a.Ports = append(a.Ports, Port{Port: 9090, Protocol: pointer("http2")})
	a.Ingress = &Ingress{Hosts: []string{"cart.example.com", "shop.example.com"}, PathPrefix: pointer("/cart"), Port: pointer(9090)}
	a.CapacityProviderStrategy = []CapacityProvider{{CapacityProvider: "FARGATE", Base: pointer(1), Weight: pointer(1)}, {CapacityProvider: "FARGATE_SPOT", Weight: pointer(3)}}
	a.Tags = map[string]string{"CostCenter": "7"}
	return a
}

func TestUsersReachAServiceByARouteOfTheTeam(t *testing.T) {
	r := recorder.Run(t, recorder.Options{Invoke: func(_ string, in map[string]any) (map[string]any, error) {
		switch fmt.Sprint(in["name"]) {
		case contract.ParameterName("mesh", "shop"):
			return map[string]any{"insecureValue": teams().JSON()}, nil
		case contract.TokenParameterName("mesh", "shop", "cart"):
			return map[string]any{"insecureValue": bootstrapToken}, nil
		}
		return nil, errors.New("ParameterNotFound")
	}}, func(ctx *pulumi.Context) error {
		theirs, err := kubernetes.NewProvider(ctx, "mesh", &kubernetes.ProviderArgs{Kubeconfig: pulumi.String("{}")})
		if err != nil {
			return err
		}
		made, err := NewMeshService(ctx, "cart", open(), pulumi.Providers(theirs))
		if err != nil {
			return err
		}
		ctx.Export("ingressAddress", made.IngressAddress)
		ctx.Export("waypoint", made.Waypoint)
		ctx.Export("service", made.Service)
		return nil
	})
	route, service := one(t, r, httpRoute), one(t, r, ecsService)
	if route.Provider != "mesh" || !r.Waits(route, service) {
		t.Errorf("the route has the provider %q; it waits for the service: %v", route.Provider, r.Waits(route, service))
	}
	if metadata := fmt.Sprint(route.Inputs["metadata"]); metadata != "map[name:cart namespace:mesh-shop]" {
		t.Errorf("the route is %s", metadata)
	}
	const want = `{"hostnames":["cart.example.com","shop.example.com"],"parentRefs":[` +
		`{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"ingress","namespace":"mesh-ingress-controller","sectionName":"https"},` +
		`{"group":"gateway.networking.k8s.io","kind":"Gateway","name":"ingress","namespace":"mesh-ingress","sectionName":"https"}],` +
		`"rules":[{"backendRefs":[{"group":"networking.istio.io","kind":"Hostname","name":"cart.mesh-shop.ecs.home","port":9090,"weight":1}],` +
		`"filters":[{"requestHeaderModifier":{"set":[{"name":"x-forwarded-proto","value":"https"}]},"type":"RequestHeaderModifier"}],` +
		`"matches":[{"path":{"type":"PathPrefix","value":"/cart"}}]}]}`
	if text, err := json.Marshal(route.Inputs["spec"]); err != nil || string(text) != want {
		t.Errorf("the route is\n%s\nwant\n%s", text, want)
	}
	if r.Outputs["ingressAddress"] != "ingress.elb.example" || r.Outputs["waypoint"] != "waypoint" || r.Outputs["service"].(map[string]any)["waypoint"] != "waypoint" {
		t.Errorf("the outputs are %v", r.Outputs)
	}
}

// The waypoint stands for the namespace: the service itself names none, and cannot, since the team's role sets no such tag.
func TestAServiceStandsBehindTheWaypointOfItsNamespace(t *testing.T) {
	r := recorded(t, teams(), open())
	tags := one(t, r, ecsService).Inputs["tags"].(map[string]any)
	for key := range tags {
		if strings.HasPrefix(key, "istio.io/") {
			t.Errorf("the service has the tag %s", key)
		}
	}
	if tags["CostCenter"] != "7" || tags["ecs.solo.io/namespace"] != "mesh-shop" {
		t.Errorf("the tags are %v", tags)
	}
	alone := valid()
	alone.Ports = nil
	if got := recorded(t, teams(), alone).Outputs["service"].(map[string]any)["waypoint"]; got != "" {
		t.Errorf("in front of a service that nobody calls is %v", got)
	}
}

func TestTasksAreSharedBetweenCapacityProviders(t *testing.T) {
	service := one(t, recorded(t, teams(), open()), ecsService)
	const want = "[map[base:1 capacityProvider:FARGATE weight:1] map[base:0 capacityProvider:FARGATE_SPOT weight:3]]"
	if got := fmt.Sprint(service.Inputs["capacityProviderStrategies"]); got != want || service.Inputs["launchType"] != nil {
		t.Errorf("the tasks run on %s, with the launch type %v", got, service.Inputs["launchType"])
	}
	if plain := one(t, recorded(t, teams(), valid()), ecsService); plain.Inputs["launchType"] != "FARGATE" || plain.Inputs["capacityProviderStrategies"] != nil {
		t.Errorf("without a strategy it is %v", plain.Inputs)
	}
}

// A contract of a platform from before tells no keys of tags. The role decides then.
func TestAnOlderContractRefusesNoTag(t *testing.T) {
	before := teams()
	args := valid()
	args.Tags = map[string]string{"Version": "2"}
	read, err := contract.Parse(strings.Replace(before.JSON(), `"tagKeys":["CostCenter"],`, "", 1))
	if err != nil || read.Team.TagKeys != nil {
		t.Fatalf("%v, %v", err, read.Team.TagKeys)
	}
	m := &member{design: &design{args: args, name: "cart"}, contract: read}
	var p problem.List
	if m.checkTags(&p); p.Err() != nil {
		t.Error(p.Err())
	}
}
