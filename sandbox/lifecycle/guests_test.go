//go:build engine

package lifecycle

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// kubeconfig is that of the stack's EKS cluster for a principal, as `aws eks update-kubeconfig` writes it.
func (s *stack) kubeconfig(role string) (text string) {
	s.t.Helper()
	s.look(func(tx *world.Tx) {
		cluster := tx.Find(home, kubernetes.ClusterResource, nil)[0]
		data, _ := cluster.Props["certificateAuthority"].(map[string]any)
		text = fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"aws","clusters":[{"name":"k","cluster":{"server":%q,"certificate-authority-data":%q}}],
			"contexts":[{"name":"aws","context":{"cluster":"k","user":"aws"}}],
			"users":[{"name":"aws","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1beta1","command":"aws","args":["eks","get-token","--cluster-name",%q,"--role-arn",%q]}}}]}`,
			cluster.String("endpoint"), data["data"], cluster.String("name"), role)
	})
	return text
}

// A team lets users in with a host of its own, by the platform's ingress and through the waypoint of its namespace. Its role is all that it has. It takes no
// host and no service of others.
func TestATeamsUsersComeThroughThePlatformsIngress(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	const host, role = "greeter.example.org", "arn:aws:iam::" + home + ":role/single-team-orders-local"
	s.configure("publishContract", true)
	// Roles have a boundary, so the team makes none: its secrets come by its execution role alone.
	s.configure("permissionsBoundary", "arn:aws:iam::aws:policy/PowerUserAccess")
	s.configure("teams", map[string]any{"orders": map[string]any{"clusters": []any{"ecs-1"}, "deployers": []any{deployers}, "hostnames": []any{host}, "tagKeys": []any{"CostCenter"}}})
	s.configure("clusters.ecs-1.waypoint", true)
	s.configure("clusters.ecs-1.capacityProviders", []any{"FARGATE", "FARGATE_SPOT"})
	s.configure("clusters.ecs-1.services.echo-service.allow", []any{map[string]any{"from": []any{"ingress"}}})
	s.configure("ingress", map[string]any{
		"scheme": "public", "sources": []any{"0.0.0.0/0"},
		"certificateArn": "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012",
		"hosts":          map[string]any{"shop.example.com": map[string]any{"routes": []any{map[string]any{"to": map[string]any{"ecs-1/echo-service": 1}}}}},
	})
	s.up()
	s.nothingToDo()

	greeter := s.component(t)
	greeter.with("aws:assumeRole", map[string]any{"roleArn": role})
	greeter.with("kubernetes:kubeconfig", s.kubeconfig(role))
	properties := func(change map[string]any) {
		greeter.edit("Pulumi.yaml", func(project map[string]any) {
			all := project["resources"].(map[string]any)["greeter"].(map[string]any)["properties"].(map[string]any)
			for key, value := range change {
				all[key] = value
			}
		})
	}
	properties(map[string]any{
		"ingress": map[string]any{"hosts": []any{"shop.example.com"}}, "tags": map[string]any{"CostCenter": "7"},
		"capacityProviderStrategy": []any{map[string]any{"capacityProvider": "FARGATE", "base": 1, "weight": 1}, map[string]any{"capacityProvider": "FARGATE_SPOT", "weight": 3}},
	})
	if _, all, err := greeter.try("preview"); err == nil || !strings.Contains(all, "the platform has granted "+host+" to the team orders") {
		t.Errorf("a host of the platform: %v\n%s", err, all)
	}
	properties(map[string]any{"ingress": map[string]any{"hosts": []any{host}}, "secrets": map[string]any{"TOKEN": "/teams/single/billing/token"}})
	if _, all, err := greeter.try("preview"); err == nil || !strings.Contains(all, "parameters that begin with /teams/single/orders/") || strings.Contains(all, "of the team's own") {
		t.Errorf("a secret of others: %v\n%s", err, all)
	}
	properties(map[string]any{"secrets": map[string]any{"TOKEN": "/teams/single/orders/token"}})
	greeter.up()
	greeter.nothingToDo()
	s.running(t, "greeter", 1)
	s.nothingToDo()
	if out, err := s.together(greeter, "verify"); err != nil || !strings.Contains(out, "ingress/"+host+"/0/0") || !strings.Contains(out, "ingress/"+host+"/http") {
		t.Errorf("the verifier: %v\n%s", err, out)
	}
	if out, err := s.together(greeter, "topology"); err != nil || !strings.Contains(out, "https://"+host+"/") {
		t.Errorf("the topology: %v\n%s", err, out)
	}
	if out, err := s.together(greeter, "doctor"); err != nil {
		t.Errorf("the doctor: %v\n%s", err, out)
	}

	// By hand the team gets no further than by the component.
	const route = "gateway.networking.k8s.io/v1:HTTPRoute"
	spec := func(host, backend string) map[string]any {
		return map[string]any{
			"parentRefs": []any{map[string]any{"namespace": "single-ingress", "name": "ingress", "sectionName": "https"}}, "hostnames": []any{host},
			"rules": []any{map[string]any{"backendRefs": []any{map[string]any{"group": "networking.istio.io", "kind": "Hostname", "name": backend, "port": 8080}}}},
		}
	}
	const own = "greeter.single-ecs-1.ecs.local"
	s.asRole(role, func(session provider.Session) {
		for name, c := range map[string]struct {
			spec  map[string]any
			words string
		}{
			"the platform's host": {spec("shop.example.com", own), "a route for users names hosts of the team"},
			"a wildcard":          {spec("*.example.org", own), "a route for users names hosts of the team"},
			"a foreign service":   {spec(host, "echo.default.svc.cluster.local"), "a route for users leads to services of the team"},
		} {
			if err := applied(session, object(route, "single-ecs-1/taken", c.spec), false); err == nil || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := applied(session, object(route, "single-ingress/taken", spec(host, own)), false); err == nil || !strings.Contains(err.Error(), "forbidden") {
			t.Errorf("a route in the gateway's namespace: %v", err)
		}
	})

	// With policies nobody is admitted whom nobody has named: the team names the gateway, at the waypoint.
	s.configure("policyStage", "l4")
	s.up()
	greeter.unchanged()
	s.verified()
	const policy = "security.istio.io/v1:AuthorizationPolicy"
	admit := map[string]any{
		"action": "ALLOW", "targetRefs": []any{map[string]any{"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "waypoint"}},
		"rules": []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"principals": []any{"cluster.local/ns/single-ingress/sa/ingress-istio"}}}}}},
	}
	s.asRole(role, func(session provider.Session) {
		if err := applied(session, object(policy, "single-ecs-1/team-users", admit), false); err != nil {
			t.Errorf("the team cannot admit its users: %v", err)
		}
	})
	s.asRole(role, func(session provider.Session) {
		if err := session.Delete(context.Background(), object(policy, "single-ecs-1/team-users", nil)); err != nil {
			t.Error(err)
		}
	})

	// Callers of a service behind the waypoint are admitted there, for that service alone.
	team := s.team(t)
	team.with("team-go:roleArn", role)
	team.with("team-go:callers", []any{"single-ecs-1/ecs"})
	team.up()
	team.nothingToDo()
	if out, err := s.together(team, "verify"); err != nil || !strings.Contains(out, "rule/orders.single-ecs-1/allow/0") {
		t.Errorf("the verifier: %v\n%s", err, out)
	}
	for url, admitted := range map[string]bool{"http://orders.single-ecs-1.ecs.local:8080/": true, "http://greeter.single-ecs-1.ecs.local:8080/": false} {
		if out, err := s.ambient("call", "ecs-1/shell-task", url); (err == nil) != admitted {
			t.Errorf("%s admits the caller of orders: %v\n%s", url, err, out)
		}
	}
	team.run("destroy")

	greeter.run("destroy")
	s.nothingToDo()
	s.run("destroy")
	for _, r := range s.remains() {
		if !strings.Contains(r, "TaskDefinition") {
			t.Errorf("left after both: %s", r)
		}
	}
}
