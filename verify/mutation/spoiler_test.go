//go:build engine

package mutation

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/stack"
)

// Kinds of resources that are spoiled.
const (
	clusterKind     = "aws:ecs/cluster:Cluster"
	serviceKind     = "aws:ecs/service:Service"
	definitionKind  = "aws:ecs/taskDefinition:TaskDefinition"
	taskKind        = "ecs:task"
	scheduleKind    = "aws:scheduler/schedule:Schedule"
	roleKind        = "aws:iam/role:Role"
	rolePolicyKind  = "aws:iam/rolePolicy:RolePolicy"
	podIdentityKind = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
	peeringKind     = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection"
	routeKind       = "aws:ec2/route:Route"
	associationKind = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	natKind         = "aws:ec2/natGateway:NatGateway"
	logGroupKind    = "aws:cloudwatch/logGroup:LogGroup"
	groupKind       = "aws:ec2/securityGroup:SecurityGroup"
	ingressKind     = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	egressKind      = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	balancerKind    = "elb:loadBalancer"
	addOnKind       = "aws:eks/addon:Addon"
	flowLogKind     = "aws:ec2/flowLog:FlowLog"
	interfaceKind   = "aws:ec2/networkInterface:NetworkInterface"
)

// spoiler changes a locked world. It fails the test if there is nothing to change, because a mutation without
// effect would prove nothing.
type spoiler struct {
	*testing.T
	tx    *world.Tx
	stack *stack.Stack
}

// account is the id of a configured account.
func (s *spoiler) account(key string) string {
	s.Helper()
	account, ok := s.stack.Accounts[key]
	if !ok {
		s.Fatalf("the stack has no account %q", key)
	}
	return account.ID
}

// each visits the resources of a kind in an account ("" for all) whose id or properties contain all the words.
func (s *spoiler) each(account, kind string, visit func(*world.Resource), words ...string) {
	s.Helper()
	if account != "" {
		account = s.account(account)
	}
	found := s.tx.Find(account, kind, func(r *world.Resource) bool {
		text := r.ID + " " + encode(s, r.Props)
		for _, word := range words {
			if !strings.Contains(text, word) {
				return false
			}
		}
		return true
	})
	if len(found) == 0 {
		s.Fatalf("no %s in %s with %q", kind, account, words)
	}
	for _, r := range found {
		visit(r)
	}
}

// object changes an object of the cluster. A name that ends in * means all names with that prefix.
func (s *spoiler) object(apiVersion, kind, namespace, name string, change func(*api.Cluster, api.Object)) {
	s.Helper()
	c := api.At(s.tx, s.stack.EKSArn)
	prefix, many := strings.CutSuffix(name, "*")
	changed := false
	for _, o := range c.List(api.KindOf(api.Object{"apiVersion": apiVersion, "kind": kind}), namespace) {
		if api.Name(o) == name || many && strings.HasPrefix(api.Name(o), prefix) {
			change(c, o)
			changed = true
		}
	}
	if !changed {
		s.Fatalf("no %s %s/%s", kind, namespace, name)
	}
}

// forget removes istiod's entries for ECS.
func (s *spoiler) forget() {
	s.Helper()
	namespaces := map[string]bool{}
	for _, key := range s.stack.ClusterKeys() {
		for _, name := range s.stack.Clusters[key].ServiceKeys() {
			namespaces[s.stack.NamespaceOf(key, name)] = true
		}
	}
	for namespace := range namespaces {
		for _, kind := range []string{"ServiceEntry", "WorkloadEntry"} {
			without("networking.istio.io/v1", kind, namespace, "ecs-*")(s)
		}
	}
}

func encode(s *spoiler, v any) string {
	s.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		s.Fatal(err)
	}
	return string(data)
}

// remove drops resources.
func remove(account, kind string, words ...string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each(account, kind, s.tx.Drop, words...)
	}
}

// property sets a property of resources.
func property(account, kind, key string, value any, words ...string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each(account, kind, func(r *world.Resource) { r.Props[key] = value }, words...)
	}
}

// tag sets a tag, or removes it if the value is empty.
func tag(account, kind, key, value string, words ...string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each(account, kind, func(r *world.Resource) {
			for _, name := range []string{"tags", "tagsAll"} {
				tags, ok := r.Props[name].(map[string]any)
				if !ok {
					continue
				}
				if _, ok := tags[key]; !ok && value == "" {
					s.Fatalf("%s has no tag %s", r.ID, key)
				}
				if tags[key] = value; value == "" {
					delete(tags, key)
				}
			}
		}, words...)
	}
}

// text replaces a text in a property.
func text(account, kind, key, old, new string, words ...string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each(account, kind, func(r *world.Resource) {
			have := r.String(key)
			if !strings.Contains(have, old) {
				s.Fatalf("%s of %s does not say %q: %s", key, r.ID, old, have)
			}
			r.Props[key] = strings.ReplaceAll(have, old, new)
		}, words...)
	}
}

// container replaces a text in the container definitions of a task definition.
func container(definition, old, new string) func(*spoiler) {
	return text("", definitionKind, "containerDefinitions", old, new, "/"+definition+":")
}

// ignoresProxy gives the application of a task definition a client that calls past every proxy, whatever its variables say.
func ignoresProxy(definition string) func(*spoiler) {
	const label = `"dockerLabels":{"ecs.solo.io/hostname"`
	return container(definition, label, strings.Replace(label, "{", `{"ambient-ecs.sandbox/client":"direct",`, 1))
}

// taskRole changes the role of a task definition and of its running tasks.
func taskRole(role, definition string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		property("", definitionKind, "taskRoleArn", role, definition)(s)
		property("", taskKind, "taskRoleArn", role, definition)(s)
	}
}

// token changes a field of the bootstrap token in a task definition.
func token(definition, field string, value any) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each("", definitionKind, func(r *world.Resource) {
			have := r.String("containerDefinitions")
			_, rest, _ := strings.Cut(have, `"BOOTSTRAP_TOKEN","value":"`)
			old, _, ok := strings.Cut(rest, `"`)
			if !ok {
				s.Fatalf("%s has no token", r.ID)
			}
			inner, err := base64.StdEncoding.DecodeString(old)
			if err != nil {
				s.Fatal(err)
			}
			data, err := base64.StdEncoding.DecodeString(string(inner))
			if err != nil {
				s.Fatal(err)
			}
			var fields map[string]any
			if err := json.Unmarshal(data, &fields); err != nil {
				s.Fatal(err)
			}
			if _, ok := fields[field]; !ok {
				s.Fatalf("the token has no %s: %s", field, data)
			}
			fields[field] = value
			again := base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(encode(s, fields)))))
			r.Props["containerDefinitions"] = strings.ReplaceAll(have, old, again)
		}, "/"+definition+":")
	}
}

// set changes a field of objects.
func set(apiVersion, kind, namespace, name string, value any, path ...string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.object(apiVersion, kind, namespace, name, func(_ *api.Cluster, o api.Object) { api.Set(o, value, path...) })
	}
}

// unset removes a field of objects.
func unset(apiVersion, kind, namespace, name string, path ...string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.object(apiVersion, kind, namespace, name, func(_ *api.Cluster, o api.Object) {
			if api.Value(o, path...) == nil {
				s.Fatalf("%s has no %v", api.ID(o), path)
			}
			api.Unset(o, path...)
		})
	}
}

// without deletes objects.
func without(apiVersion, kind, namespace, name string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.object(apiVersion, kind, namespace, name, func(c *api.Cluster, o api.Object) {
			if err := c.Delete(api.KindOf(o), api.Namespace(o), api.Name(o)); err != nil {
				s.Fatal(err)
			}
		})
	}
}

// with adds an object.
func with(o api.Object) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		if _, err := api.At(s.tx, s.stack.EKSArn).Create(o, "mutation"); err != nil {
			s.Fatal(err)
		}
	}
}

// rule drops the rules of the security group whose description holds a word.
func rule(account, kind, group string, words ...string) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.each(account, groupKind, func(g *world.Resource) {
			s.each(account, kind, s.tx.Drop, append([]string{g.ID}, words...)...)
		}, group)
	}
}
