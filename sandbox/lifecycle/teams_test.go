//go:build engine

package lifecycle

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// deployers is the role, of another account, that deploys for the team.
const deployers = "arn:aws:iam::999999999999:role/ci/orders"

// inBounds gives the platform's only cluster to a team, and has the team's stack assume the team's role.
func (s *stack) inBounds(team *stack) {
	s.configure("publishContract", true)
	s.configure("teams", map[string]any{"orders": map[string]any{"clusters": []any{"ecs-1"}, "deployers": []any{deployers}}})
	team.with("team-go:roleArn", "arn:aws:iam::"+home+":role/single-team-orders-local")
}

// asRole opens the API server with the credentials of a principal, as a kubeconfig gives them.
func (s *stack) asRole(role string, do func(session provider.Session)) {
	s.t.Helper()
	w, err := world.Open(s.state)
	if err != nil {
		s.t.Fatal(err)
	}
	var endpoint, authority, name string
	if err := w.Do(func(tx *world.Tx) error {
		cluster := tx.Find(home, kubernetes.ClusterResource, nil)[0]
		endpoint, name = cluster.String("endpoint"), cluster.String("name")
		data, _ := cluster.Props["certificateAuthority"].(map[string]any)
		authority, _ = data["data"].(string)
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
	config := fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"aws","clusters":[{"name":"k","cluster":{"server":%q,"certificate-authority-data":%q}}],
		"contexts":[{"name":"aws","context":{"cluster":"k","user":"aws"}}],
		"users":[{"name":"aws","user":{"exec":{"apiVersion":"client.authentication.k8s.io/v1beta1","command":"aws","args":["eks","get-token","--cluster-name",%q,"--role-arn",%q]}}}]}`, endpoint, authority, name, role)
	session, err := kubernetes.New(w).Open(context.Background(), map[string]any{"kubeconfig": config})
	if err != nil {
		s.t.Fatal(err)
	}
	do(session)
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// object is a resource of Kubernetes by its token, "core/v1:Secret", and its id, "namespace/name".
func object(token, id string, spec map[string]any) provider.Resource {
	namespace, name, _ := strings.Cut(id, "/")
	inputs := map[string]any{"metadata": map[string]any{"namespace": namespace, "name": name}}
	if spec != nil {
		inputs["spec"] = spec
	}
	token = "kubernetes:" + token
	return provider.Resource{URN: "urn:pulumi:orders::team::" + token + "::" + name, Token: token, Name: name, ID: id, Inputs: inputs, Seed: []byte(name)}
}

// applied makes or changes an object as the engine does.
func applied(session provider.Session, r provider.Resource, change bool) error {
	ctx := context.Background()
	checked, _, err := session.Check(ctx, r)
	if err != nil {
		return err
	}
	if r.Inputs = checked; change {
		_, err = session.Update(ctx, r)
		return err
	}
	r.ID = ""
	_, _, err = session.Create(ctx, r)
	return err
}

// A team with the rights of its role alone brings up its service and admits its callers. It takes nothing of others, and the
// platform's denial holds against it.
func TestATeamInBoundsDeploysAndTakesNothing(t *testing.T) {
	t.Parallel()
	s := newStack(t, "single")
	team := s.team(t)
	s.inBounds(team)
	s.configure("policyStage", "l4")
	s.up()
	s.nothingToDo()
	team.up()
	team.nothingToDo()
	s.nothingToDo()

	// The component keeps to the role by itself, at a new revision and at the end too.
	t.Run("the component", func(t *testing.T) {
		greeter := s.component(t)
		greeter.with("aws:assumeRole", map[string]any{"roleArn": "arn:aws:iam::" + home + ":role/single-team-orders-local"})
		greeter.up()
		greeter.nothingToDo()
		if revision, _ := s.revision("greeter"); !strings.Contains(revision, ":task-definition/single_orders_greeter:") {
			t.Errorf("it runs %s", revision)
		}
		greeter.with("team-yaml:image", "public.ecr.aws/j8r2p7b6/echo-server:next")
		greeter.up()
		greeter.unchanged()
		greeter.run("destroy")
	})

	t.Run("AWS", func(t *testing.T) {
		for name, c := range map[string]struct {
			key   string
			value any
			words string
		}{
			"an execution role of others": {"executionRoleArn", "arn:aws:iam::" + home + ":role/single-execution-local", "is not authorized to perform: iam:PassRole on resource: arn:aws:iam::" + home + ":role/single-execution-local"},
			"a scaler":                    {"mostTasks", 3, "is not authorized to perform: application-autoscaling:"},
		} {
			mine, others := allOf(t, s, team)
			theirs := others[0]
			theirs.with("team-go:"+c.key, c.value)
			if _, all, err := theirs.try("up"); err == nil || !strings.Contains(all, "AccessDenied") || !strings.Contains(all, c.words) {
				t.Errorf("%s: %v\n%s", name, err, all)
			}
			mine.unchanged()
		}
	})

	const orders, shell = "http://orders.single-ecs-1.ecs.local:8080/", "ecs-1/shell-task"
	calls := func() error { _, err := s.ambient("call", shell, orders); return err }
	if calls() == nil {
		t.Error("the team's service admits callers that nobody admitted")
	}
	role := "arn:aws:iam::" + home + ":role/single-team-orders-local"
	const policy, account = "security.istio.io/v1:AuthorizationPolicy", "core/v1:ServiceAccount"
	admit := map[string]any{"action": "ALLOW", "selector": map[string]any{"matchLabels": map[string]any{"ecs.solo.io/hostname": "orders.single-ecs-1.ecs.local"}},
		"rules": []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"namespaces": []any{"single-ecs-1"}}}}, "to": []any{map[string]any{"operation": map[string]any{"ports": []any{"8080"}}}}}}}
	s.asRole(role, func(session provider.Session) {
		for _, r := range []provider.Resource{object(policy, "single-ecs-1/team-orders-callers", admit), object(account, "single-ecs-1/orders", nil)} {
			if err := applied(session, r, false); err != nil {
				t.Errorf("the team cannot make %s: %v", r.ID, err)
			}
		}
		const confined = "the AuthorizationPolicies of a team begin with team-"
		for _, c := range []struct {
			what, token, id string
			change          bool
			words           string
		}{
			{"another name", policy, "single-ecs-1/allow-everybody", false, confined},
			{"the platform's denial", policy, "single-ecs-1/deny-all", true, confined},
			{"a policy for the whole mesh", policy, "istio-system/team-orders", false, `cannot patch resource "authorizationpolicies" in API group "security.istio.io" in the namespace "istio-system"`},
			{"an identity of the mesh", account, "istio-system/istiod", true, `cannot patch resource "serviceaccounts"`},
			{"an identity of pods", account, "default/default", true, `in the namespace "default"`},
			{"a secret", "core/v1:Secret", "single-ecs-1/token", false, `cannot patch resource "secrets"`},
			{"a pod", "core/v1:Pod", "single-ecs-1/pod", false, `cannot patch resource "pods"`},
			{"a namespace", "core/v1:Namespace", "/single-ecs-9", false, `cannot patch resource "namespaces" in API group "" at the cluster scope`},
			{"a gateway", "gateway.networking.k8s.io/v1:Gateway", "single-ecs-1/gateway", false, `cannot patch resource "gateways"`},
			{"a hostname", "networking.istio.io/v1:ServiceEntry", "single-ecs-1/entry", false, `cannot patch resource "serviceentries"`},
			{"an endpoint", "networking.istio.io/v1:WorkloadEntry", "single-ecs-1/entry", false, `cannot patch resource "workloadentries"`},
			{"a route of everybody", "networking.istio.io/v1:VirtualService", "single-ecs-1/route", false, `cannot patch resource "virtualservices"`},
			{"a filter", "networking.istio.io/v1alpha3:EnvoyFilter", "single-ecs-1/filter", false, `cannot patch resource "envoyfilters"`},
			{"a right", "rbac.authorization.k8s.io/v1:Role", "single-ecs-1/more", false, `cannot patch resource "roles"`},
			{"a binding", "rbac.authorization.k8s.io/v1:RoleBinding", "single-ecs-1/team-orders", true, `cannot patch resource "rolebindings"`},
			{"its own confinement", "admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding", "/single-teams", true, `cannot patch resource "validatingadmissionpolicybindings"`},
		} {
			if err := applied(session, object(c.token, c.id, nil), c.change); err == nil || !strings.Contains(err.Error(), "forbidden") || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%s: %v", c.what, err)
			}
		}
		// A service account names a role of the team's own, or none.
		for id, c := range map[string]struct{ role, words string }{
			"single-ecs-1/own":      {"arn:aws:iam::" + home + ":role/single-ecs-1-ecs", ""},
			"single-ecs-1/made":     {"arn:aws:iam::" + home + ":role/teams/single/orders/single_orders_web", ""},
			"single-ecs-1/taken":    {"arn:aws:iam::" + home + ":role/single-istiod", "names one of the team's own roles"},
			"single-ecs-1/alike":    {"arn:aws:iam::" + home + ":role/single_orders_web/istiod", "names one of the team's own roles"},
			"single-ecs-1/waypoint": {"arn:aws:iam::" + home + ":role/single-ecs-1-ecs", "identity of a waypoint"},
		} {
			for _, note := range []string{"ecs.solo.io/role-arn", "eks.amazonaws.com/role-arn"} {
				identity := object(account, id, nil)
				identity.Inputs["metadata"].(map[string]any)["annotations"] = map[string]any{note: c.role}
				err := applied(session, identity, false)
				if c.words == "" && err != nil || c.words != "" && (err == nil || !strings.Contains(err.Error(), c.words)) {
					t.Errorf("%s with the role %s: %v", id, c.role, err)
				}
				if err == nil {
					if err := session.Delete(context.Background(), identity); err != nil {
						t.Errorf("delete %s: %v", id, err)
					}
				}
			}
		}
		if err := session.Delete(context.Background(), object(policy, "single-ecs-1/deny-all", nil)); err == nil || !strings.Contains(err.Error(), confined) {
			t.Errorf("the team deletes the platform's denial: %v", err)
		}
	})
	// The team's callers are admitted, and nobody else's.
	if err := calls(); err != nil {
		t.Errorf("the team's callers: %v", err)
	}
	s.verified()
	// A denial of the platform holds against the team's own ALLOW.
	s.asRole(s.creator(), func(session provider.Session) {
		deny := map[string]any{"action": "DENY", "rules": []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"namespaces": []any{"single-ecs-1"}}}}}}, "selector": admit["selector"]}
		if err := applied(session, object(policy, "single-ecs-1/deny-to-orders", deny), false); err != nil {
			t.Fatal(err)
		}
	})
	if calls() == nil {
		t.Error("the team's ALLOW overrides the platform's denial")
	}
	s.asRole(s.creator(), func(session provider.Session) {
		for _, r := range []provider.Resource{object(policy, "single-ecs-1/deny-to-orders", nil), object(policy, "single-ecs-1/team-orders-callers", nil), object(account, "single-ecs-1/orders", nil)} {
			if err := session.Delete(context.Background(), r); err != nil {
				t.Error(err)
			}
		}
	})

	team.run("destroy")
	s.run("destroy")
	for _, r := range s.remains() {
		if !strings.Contains(r, aws.TaskDefinitionKind) {
			t.Errorf("left after both: %s", r)
		}
	}
}
