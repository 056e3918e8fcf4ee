//go:build engine

package lifecycle

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

const (
	callersToken  = "security.istio.io/v1:AuthorizationPolicy"
	accountsToken = "core/v1:ServiceAccount"
)

// inAccount opens AWS with a role of the account.
func (s *stack) inAccount(role string, do func(session provider.Session)) {
	s.t.Helper()
	w, err := world.Open(s.state)
	if err != nil {
		s.t.Fatal(err)
	}
	session, err := aws.New(w).Open(s.t.Context(), map[string]any{"region": "eu-central-1", "assumeRole": map[string]any{"roleArn": role}})
	if err != nil {
		s.t.Fatal(err)
	}
	do(session)
	if err := w.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// updates changes some inputs of what exists, as the engine does. A nil takes an input away.
func updates(t *testing.T, session provider.Session, living *world.Resource, change map[string]any) error {
	t.Helper()
	inputs := map[string]any{}
	for k, v := range living.Props {
		if !strings.HasPrefix(k, "_") {
			inputs[k] = v
		}
	}
	for k, v := range change {
		if inputs[k] = v; v == nil {
			delete(inputs, k)
		}
	}
	_, err := session.Update(t.Context(), provider.Resource{
		URN: "urn:pulumi:taking::team::" + living.Kind + "::taken", Token: living.Kind, Name: "taken", ID: living.ID, Inputs: inputs, OldInputs: living.Props, State: living.Props,
	})
	return err
}

// takesInAWS has a team try to take what is another's by AWS's API. IAM refuses each attempt.
func (s *stack) takesInAWS(t *testing.T, by, of tenant) {
	t.Helper()
	echo := map[string]*world.Resource{}
	var bounds *world.Resource
	s.look(func(tx *world.Tx) {
		for _, service := range tx.Find(home, aws.ServiceKind, aws.Has("name", "echo-service")) {
			for _, x := range []tenant{by, of} {
				if strings.Contains(service.ID, "/"+x.namespace()+"/") {
					echo[x.team] = service
				}
			}
		}
		bounds = tx.Get(home, "aws:iam/policy:Policy", by.boundary())
	})
	living := echo[of.team]
	if living == nil || echo[by.team] == nil || bounds == nil {
		t.Fatalf("%s and %s have no service, or no boundary", of.team, by.team)
	}
	ecs := func(resource string) string { return "arn:aws:ecs:eu-central-1:" + home + ":" + resource }
	service := func(cluster string, tag, value string) map[string]any {
		tags := map[string]any{"ecs.solo.io/namespace": by.namespace(), "ecs.solo.io/service-account": "ecs", "ecs.solo.io/hostname": by.hostname("taken")}
		tags[tag] = value
		return map[string]any{
			"cluster": ecs("cluster/" + cluster), "name": "taken", "taskDefinition": ecs("task-definition/pair_" + by.team + "_taken:1"), "propagateTags": "SERVICE", "launchType": "FARGATE", "desiredCount": 1,
			"tags": tags, "networkConfiguration": map[string]any{"subnets": []any{"subnet-1"}, "securityGroups": []any{"sg-1"}, "assignPublicIp": false},
		}
	}
	revision := func(team, taskRole, executionRole string) map[string]any {
		return map[string]any{
			"family": "pair_" + team + "_taken", "networkMode": "awsvpc", "requiresCompatibilities": []any{"FARGATE"}, "cpu": "256", "memory": "512", "taskRoleArn": taskRole, "executionRoleArn": executionRole,
			"containerDefinitions": `[{"name":"web","image":"registry.example/web:1","essential":true}]`, "skipDestroy": true,
		}
	}
	execution := func(x tenant) string { return x.arn("role/pair-team-" + x.team + "-execution-local") }
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	const definitions, roles, inlines = aws.TaskDefinitionKind, "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
	create := func(token string, inputs map[string]any) func(provider.Session) error {
		return func(session provider.Session) error {
			_, _, err := session.Create(t.Context(), provider.Resource{URN: "urn:pulumi:taking::team::" + token + "::taken", Token: token, Name: "taken", Inputs: inputs, Seed: []byte(strings.Repeat("taken", 8))})
			return err
		}
	}
	asks := func(parameter string) func(provider.Session) error {
		return func(session provider.Session) error {
			_, err := session.Invoke(t.Context(), "aws:ssm/getParameter:getParameter", map[string]any{"name": "/ambient-ecs/pair/v1/" + of.cluster + parameter})
			return err
		}
	}
	change := func(living *world.Resource, change map[string]any) func(provider.Session) error {
		return func(session provider.Session) error { return updates(t, session, living, change) }
	}
	retagged := func(key string, value any) map[string]any {
		tags := maps.Clone(echo[by.team].Props["tags"].(map[string]any))
		if tags[key] = value; value == nil {
			delete(tags, key)
		}
		return map[string]any{"tags": tags}
	}
	runs := func(request map[string]any) func(provider.Session) error {
		return func(provider.Session) (err error) {
			s.look(func(tx *world.Tx) { _, err = aws.RunTaskAs(tx, by.role(), home, request) })
			return err
		}
	}
	s.inAccount(by.role(), func(session provider.Session) {
		own := s.makes(t, session, by)
		defer own.goes(session)
		for _, c := range []struct {
			subject, what string
			try           func(provider.Session) error
			action        string
		}{
			{"identity", "pass the other's task role", create(definitions, revision(by.team, of.taskRole(), execution(by))), "iam:PassRole on resource: " + of.taskRole()},
			{"identity", "pass a role that the other made", create(definitions, revision(by.team, of.made(), execution(by))), "iam:PassRole on resource: " + of.made()},
			{"identity", "pass the other's execution role", create(definitions, revision(by.team, by.taskRole(), execution(of))), "iam:PassRole on resource: " + execution(of)},
			{"identity", "register a revision of the other's family", create(definitions, revision(of.team, by.taskRole(), execution(by))), "ecs:RegisterTaskDefinition"},
			{"identity", "make a role under the other's path", create(roles, map[string]any{"name": "pair_" + of.team + "_web", "path": "/teams/pair/" + of.team + "/", "assumeRolePolicy": trust}), "iam:CreateRole"},
			{"identity", "write a policy of the other's task role", create(inlines, map[string]any{"name": "more", "role": "pair-" + of.cluster + "-ecs", "policy": trust}), "iam:PutRolePolicy"},
			{"identity", "make a role without the boundary", create(roles, map[string]any{"name": "pair_" + by.team + "_free", "path": "/teams/pair/" + by.team + "/", "assumeRolePolicy": trust}), "iam:CreateRole"},
			{"identity", "take the boundary off its role", change(own.role, map[string]any{"permissionsBoundary": nil}), "iam:DeleteRolePermissionsBoundary on resource: " + by.made()},
			{"identity", "put another boundary on its role", change(own.role, map[string]any{"permissionsBoundary": "arn:aws:iam::aws:policy/AdministratorAccess"}), "iam:PutRolePermissionsBoundary on resource: " + by.made()},
			{"identity", "edit its boundary", change(bounds, map[string]any{"policy": trust}), "iam:CreatePolicyVersion on resource: " + by.boundary()},
			{"identity", "tag its role as a policy of others may trust", change(own.role, map[string]any{"tags": map[string]any{"team": of.team}}), "iam:TagRole on resource: " + by.made()},
			{"identity", "run a task of the other's", runs(map[string]any{"cluster": by.clusterARN(), "taskDefinition": living.Props["taskDefinition"], "tags": by.tags(nil)}), "ecs:RunTask on resource: "},
			{"namespace", "run a task in it", runs(map[string]any{"cluster": by.clusterARN(), "taskDefinition": own.task.ID, "tags": by.tags(map[string]string{"ecs.solo.io/namespace": of.namespace()})}), "ecs:RunTask on resource: "},
			{"namespace", "run a task without tags", runs(map[string]any{"cluster": by.clusterARN(), "taskDefinition": own.task.ID}), "ecs:RunTask on resource: "},
			{"endpoint", "run a task in the other's cluster", runs(map[string]any{"cluster": of.clusterARN(), "taskDefinition": own.task.ID, "tags": by.tags(nil)}), "ecs:RunTask on resource: "},
			{"namespace", "tag a living service with it", change(echo[by.team], retagged("ecs.solo.io/namespace", of.namespace())), "ecs:TagResource"},
			{"namespace", "take the tag off a living service", change(echo[by.team], retagged("ecs.solo.io/namespace", nil)), "ecs:UntagResource"},
			{"hostname", "tag a living service with it", change(echo[by.team], retagged("ecs.solo.io/hostname", of.hostname("echo-service"))), "ecs:TagResource"},
			{"labels", "tag a living service with another's waypoint", change(echo[by.team], retagged("istio.io/use-waypoint", "waypoint")), "ecs:TagResource"},
			{"namespace", "create a service in it", create(aws.ServiceKind, service(by.namespace(), "ecs.solo.io/namespace", of.namespace())), "ecs:CreateService"},
			{"hostname", "create a service with it", create(aws.ServiceKind, service(by.namespace(), "ecs.solo.io/hostname", of.hostname("echo-service"))), "ecs:CreateService"},
			{"endpoint", "create a service in the other's cluster", create(aws.ServiceKind, service(of.namespace(), "ecs.solo.io/namespace", by.namespace())), "ecs:CreateService"},
			{"endpoint", "delete the other's service", func(session provider.Session) error {
				return session.Delete(t.Context(), provider.Resource{URN: "urn:pulumi:taking::team::" + living.Kind + "::taken", Token: living.Kind, Name: "taken", ID: living.ID, Inputs: living.Props, State: living.Props})
			}, "ecs:"},
			{"labels", "send callers through another's waypoint", create(aws.ServiceKind, service(by.namespace(), "istio.io/use-waypoint", "waypoint")), "ecs:CreateService"},
			{"labels", "say that its service is the platform's", create(aws.ServiceKind, service(by.namespace(), "ambient-ecs-install", "pair")), "ecs:CreateService"},
			{"secrets", "read the other's contract", asks("/contract"), "ssm:GetParameter"},
			{"secrets", "read the other's token", asks("/tokens/ecs"), "ssm:GetParameter"},
		} {
			if err := c.try(session); err == nil || !strings.Contains(err.Error(), "AccessDenied") || !strings.Contains(err.Error(), "is not authorized to perform: "+c.action) {
				t.Errorf("%s: %s: %v", c.subject, c.what, err)
			}
		}
		// Its own task the team may run, if it says where.
		if err := runs(map[string]any{"cluster": by.clusterARN(), "taskDefinition": own.task.ID, "tags": by.tags(nil)})(session); err == nil || !strings.Contains(err.Error(), "No subnet of the request exists") {
			t.Errorf("%s runs a task of its own: %v", by.team, err)
		}
	})
}

// takesInKubernetes has a team try to take what is another's, or the platform's, by Kubernetes' API, and make what is its own.
func (s *stack) takesInKubernetes(t *testing.T, by, of tenant) {
	t.Helper()
	own, theirs := by.namespace()+"/", of.namespace()+"/"
	refusal := func(group string) func(verb, resource, namespace string) string {
		return func(verb, resource, namespace string) string {
			return fmt.Sprintf("cannot %s resource %q in API group %q in the namespace %q", verb, resource, group, strings.TrimSuffix(namespace, "/"))
		}
	}
	core, istio := refusal(""), refusal("networking.istio.io")
	const confined = "the AuthorizationPolicies of a team begin with team-"
	const makes, changes, deletes, reads = "make", "change", "delete", "read"
	s.asRole(by.role(), func(session provider.Session) {
		try := func(how string, r provider.Resource) error {
			switch how {
			case deletes:
				return session.Delete(t.Context(), r)
			case reads:
				_, _, _, err := session.Read(t.Context(), provider.Resource{URN: r.URN, Token: r.Token, Name: r.Name, ID: r.ID})
				return err
			}
			return applied(session, r, how == changes)
		}
		for _, c := range []struct{ subject, how, token, id, words string }{
			{"identity", makes, accountsToken, theirs + "taken", core("patch", "serviceaccounts", theirs)},
			{"identity", changes, accountsToken, theirs + "ecs", core("patch", "serviceaccounts", theirs)},
			{"identity", changes, accountsToken, "istio-system/istiod", core("patch", "serviceaccounts", "istio-system")},
			{"identity", changes, accountsToken, "default/default", core("patch", "serviceaccounts", "default")},
			{"namespace", makes, "core/v1:Namespace", "/pair-ecs-9", `cannot patch resource "namespaces" in API group "" at the cluster scope`},
			{"namespace", changes, "core/v1:Namespace", "/" + of.namespace(), `cannot patch resource "namespaces"`},
			{"namespace", makes, callersToken, theirs + "team-taken", `in the namespace "` + of.namespace() + `"`},
			{"namespace", deletes, callersToken, theirs + "deny-all", `cannot delete resource "authorizationpolicies"`},
			{"namespace", makes, callersToken, "istio-system/team-taken", `cannot patch resource "authorizationpolicies" in API group "security.istio.io" in the namespace "istio-system"`},
			{"namespace", makes, callersToken, own + "allow-everybody", confined},
			{"namespace", changes, callersToken, own + "deny-all", confined},
			{"namespace", deletes, callersToken, own + "deny-all", confined},
			{"namespace", changes, "admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding", "/pair-teams", `cannot patch resource "validatingadmissionpolicybindings"`},
			{"namespace", makes, "rbac.authorization.k8s.io/v1:Role", own + "more", `cannot patch resource "roles"`},
			{"namespace", changes, "rbac.authorization.k8s.io/v1:RoleBinding", own + "team-" + by.team, `cannot patch resource "rolebindings"`},
			{"namespace", changes, "rbac.authorization.k8s.io/v1:RoleBinding", theirs + "team-" + of.team, `cannot patch resource "rolebindings"`},
			{"hostname", makes, "networking.istio.io/v1:ServiceEntry", own + "taken", istio("patch", "serviceentries", own)},
			{"hostname", makes, "gateway.networking.k8s.io/v1:HTTPRoute", theirs + "taken", `cannot patch resource "httproutes"`},
			{"hostname", makes, "gateway.networking.k8s.io/v1:Gateway", own + "taken", `cannot patch resource "gateways"`},
			{"endpoint", makes, "networking.istio.io/v1:WorkloadEntry", own + "taken", istio("patch", "workloadentries", own)},
			{"endpoint", makes, "networking.istio.io/v1:WorkloadEntry", theirs + "taken", istio("patch", "workloadentries", theirs)},
			{"endpoint", makes, "core/v1:Pod", own + "taken", core("patch", "pods", own)},
			{"labels", makes, "networking.istio.io/v1:VirtualService", own + "taken", istio("patch", "virtualservices", own)},
			{"labels", makes, "networking.istio.io/v1alpha3:EnvoyFilter", own + "taken", istio("patch", "envoyfilters", own)},
			{"secrets", makes, "core/v1:Secret", own + "taken", core("patch", "secrets", own)},
			{"secrets", reads, "core/v1:Secret", theirs + "taken", core("get", "secrets", theirs)},
			{"secrets", reads, "core/v1:Secret", "istio-system/cacerts", core("get", "secrets", "istio-system")},
			{"", makes, accountsToken, own + "own", ""},
			{"", deletes, accountsToken, own + "own", ""},
		} {
			err := try(c.how, object(c.token, c.id, nil))
			if c.words == "" && err != nil || c.words != "" && (err == nil || !strings.Contains(err.Error(), "forbidden") || !strings.Contains(err.Error(), c.words)) {
				t.Errorf("%s: %s %s %s: %v", c.subject, c.how, c.token, c.id, err)
			}
		}
		// A service account names a role of the team's own, or none.
		for _, c := range []struct{ name, role, words string }{
			{"own", by.taskRole(), ""},
			{"made", by.made(), ""},
			{"taken", of.taskRole(), "names one of the team's own roles"},
			{"taken", of.made(), "names one of the team's own roles"},
			{"taken", by.arn("role/pair-istiod"), "names one of the team's own roles"},
			{"alike", by.arn("role/pair_" + by.team + "_web/istiod"), "names one of the team's own roles"},
			{"waypoint", by.taskRole(), "identity of a waypoint"},
		} {
			for _, note := range []string{"ecs.solo.io/role-arn", "eks.amazonaws.com/role-arn"} {
				identity := object(accountsToken, own+c.name, nil)
				identity.Inputs["metadata"].(map[string]any)["annotations"] = map[string]any{note: c.role}
				err := try(makes, identity)
				if c.words == "" && err != nil || c.words != "" && (err == nil || !strings.Contains(err.Error(), c.words)) {
					t.Errorf("identity: %s with the role %s: %v", c.name, c.role, err)
				}
				if err == nil {
					if err := try(deletes, identity); err != nil {
						t.Errorf("delete %s: %v", c.name, err)
					}
				}
			}
		}
	})
}
