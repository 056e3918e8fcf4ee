//go:build engine

package lifecycle

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

// deployers is the role, of another account, that deploys for the team.
const deployers = "arn:aws:iam::999999999999:role/ci/orders"

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

// tenant is a team that owns a cluster of the stack pair.
type tenant struct{ team, cluster string }

func (x tenant) arn(resource string) string  { return "arn:aws:iam::" + home + ":" + resource }
func (x tenant) role() string                { return x.arn("role/pair-team-" + x.team + "-local") }
func (x tenant) taskRole() string            { return x.arn("role/pair-" + x.cluster + "-ecs") }
func (x tenant) made() string                { return x.arn("role/teams/pair/" + x.team + "/pair_" + x.team + "_web") }
func (x tenant) boundary() string            { return x.arn("policy/pair-team-" + x.team + "-local-boundary") }
func (x tenant) namespace() string           { return "pair-" + x.cluster }
func (x tenant) hostname(name string) string { return name + "." + x.namespace() + ".ecs.local" }

func (x tenant) ecs(resource string) string {
	return "arn:aws:ecs:eu-central-1:" + home + ":" + resource
}
func (x tenant) clusterARN() string { return x.ecs("cluster/" + x.namespace()) }

// secret is a parameter of the team's.
func (x tenant) secret() string {
	return "arn:aws:ssm:eu-central-1:" + home + ":parameter/teams/pair/" + x.team + "/token"
}

// tags are the tags of a task of the team, as RunTask takes them, with some of them changed.
func (x tenant) tags(change map[string]string) (all []any) {
	tags := map[string]string{"ecs.solo.io/namespace": x.namespace(), "ecs.solo.io/service-account": "ecs"}
	maps.Copy(tags, change)
	for k, v := range tags {
		all = append(all, map[string]any{"key": k, "value": v})
	}
	return all
}

// bounded is a stack in which each of two clusters is a team's.
func bounded(t *testing.T) (s *stack, orders, billing tenant) {
	t.Helper()
	s = newStack(t, "pair")
	orders, billing = tenant{"orders", "ecs-1"}, tenant{"billing", "ecs-2"}
	s.configure("publishContract", true)
	teams := map[string]any{}
	for _, x := range []tenant{orders, billing} {
		teams[x.team] = map[string]any{"clusters": []any{x.cluster}, "deployers": []any{deployers + "/" + x.team}, "tagKeys": []any{"CostCenter"}}
	}
	s.configure("teams", teams)
	return s, orders, billing
}

// A team with the rights of its role alone brings up its service and admits its callers. Nobody takes anything of another, and the
// platform's denial holds against a team.
func TestTeamsInBoundsDeployAndTakeNothing(t *testing.T) {
	t.Parallel()
	s, orders, billing := bounded(t)
	team := s.team(t)
	team.with("team-go:install", "pair")
	team.with("team-go:roleArn", orders.role())
	s.up()
	s.nothingToDo()
	team.up()
	team.nothingToDo()
	s.nothingToDo()

	// The component keeps to the role by itself, at a new revision and at the end too.
	t.Run("the component", func(t *testing.T) {
		greeter := s.component(t)
		greeter.with("team-yaml:install", "pair")
		greeter.with("aws:assumeRole", map[string]any{"roleArn": orders.role()})
		greeter.up()
		greeter.nothingToDo()
		if revision, _ := s.revision("greeter"); !strings.Contains(revision, ":task-definition/pair_orders_greeter:") {
			t.Errorf("it runs %s", revision)
		}
		greeter.with("team-yaml:image", "public.ecr.aws/j8r2p7b6/echo-server:next")
		greeter.up()
		greeter.unchanged()
		greeter.run("destroy")
	})

	t.Run("by Pulumi", func(t *testing.T) {
		for name, c := range map[string]struct {
			key   string
			value any
			words string
		}{
			"an execution role of others": {"executionRoleArn", orders.arn("role/pair-execution-local"), "is not authorized to perform: iam:PassRole on resource: " + orders.arn("role/pair-execution-local")},
			"a secret of others":          {"secrets", map[string]any{"TOKEN": billing.secret()}, "is not authorized to perform: ssm:GetParameters on resource: " + billing.secret()},
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

	// The team's own secrets come by its execution role, or by a role that it makes.
	team.with("team-go:secrets", map[string]any{"TOKEN": orders.secret()})
	team.up()
	team.nothingToDo()
	s.running(t, "orders", 1)
	t.Run("a role of its own", func(t *testing.T) {
		s, teams := allOf(t, s, team)
		s.startsByOwnRole(t, teams[0], orders, billing)
	})

	url, shell := "http://"+orders.hostname("orders")+":8080/", "ecs-1/shell-task"
	calls := func(from string) error { _, err := s.ambient("call", from, url); return err }
	if calls(shell) == nil {
		t.Error("the team's service admits callers that nobody admitted")
	}
	// The team's stack admits its own callers, and nobody else's.
	team.with("team-go:callers", []any{orders.namespace() + "/ecs"})
	if steps := team.preview(); len(steps) != 3 || !strings.HasPrefix(steps[0], "create kubernetes:security.istio.io/v1:AuthorizationPolicy orders-callers") {
		t.Errorf("callers are %s", strings.Join(steps, "\n"))
	}
	team.up()
	team.unchanged()
	s.unchanged()
	if out, err := s.together(team, "verify"); err != nil || !strings.Contains(out, "rule/orders."+orders.namespace()+"/allow/0") {
		t.Errorf("the verifier: %v\n%s", err, out)
	}
	if err := calls(shell); err != nil {
		t.Errorf("the team's callers: %v", err)
	}
	if calls("ecs-2/shell-task") == nil {
		t.Error("the team's policy admits others than its callers")
	}
	for _, x := range []struct{ by, of tenant }{{orders, billing}, {billing, orders}} {
		t.Run(x.by.team+" takes from "+x.of.team, func(t *testing.T) {
			s.takesInAWS(t, x.by, x.of)
			s.takesInKubernetes(t, x.by, x.of)
		})
	}
	s.verified()

	// A denial of the platform holds against the team's own ALLOW.
	s.asRole(s.creator(), func(session provider.Session) {
		deny := object(callersToken, orders.namespace()+"/deny-to-orders", map[string]any{
			"action": "DENY", "selector": map[string]any{"matchLabels": map[string]any{"ecs.solo.io/hostname": orders.hostname("orders")}},
			"rules": []any{map[string]any{"from": []any{map[string]any{"source": map[string]any{"namespaces": []any{orders.namespace()}}}}}},
		})
		if err := applied(session, deny, false); err != nil {
			t.Fatal(err)
		}
	})
	if calls(shell) == nil {
		t.Error("the team's ALLOW overrides the platform's denial")
	}
	s.asRole(s.creator(), func(session provider.Session) {
		if err := session.Delete(context.Background(), object(callersToken, orders.namespace()+"/deny-to-orders", nil)); err != nil {
			t.Error(err)
		}
	})

	gone := func(s *stack) {
		for _, r := range s.remains() {
			if !strings.Contains(r, aws.TaskDefinitionKind) {
				t.Errorf("left after both: %s", r)
			}
		}
	}
	t.Run("the platform tries to leave first", func(t *testing.T) {
		s, teams := allOf(t, s, team)
		if _, all, err := s.try("destroy"); err == nil || !strings.Contains(all, "The Cluster cannot be deleted while Services are active") {
			t.Fatalf("the platform is gone under the team's service: %v\n%s", err, all)
		}
		// The team still has its role and its policy, and leaves by itself.
		teams[0].run("destroy")
		s.run("destroy")
		gone(s)
	})
	team.run("destroy")
	s.nothingToDo()
	s.run("destroy")
	gone(s)
}
