package tests

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/tests/recorder"
)

// promise is an order that holds for each resource of a kind. The resource is created after what it needs, and
// deleted before it.
type promise struct {
	words string
	of    func(*recorder.Resource) bool
	needs func(graph, *recorder.Resource) []*recorder.Resource
}

// promises are the orders that creations, updates and destroys need. For most of them no value flows between the
// resources. Then only a component.After or a dependency inside a component makes the order.
var promises = []promise{
	{"a Kubernetes object is under the cluster: its nodes, add-ons, private endpoint and istiod's identities", isKubernetes,
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(either(isType(eksComponent, nodeGroup, addon), isNamed("eks-api-from"), both(isType(association), at("namespace", "istio-system"))))
		}},
	{"a Kubernetes object is in a namespace that is there", both(isKubernetes, func(res *recorder.Resource) bool {
		return !slices.Contains([]string{"", "default", "kube-system"}, namespaceOf(res))
	}),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(both(isType(namespaceObject), at("metadata.name", namespaceOf(res))))
		}},
	{"a private subnet moves to a table only when the table leads out and to the other accounts", both(isType(tableAssociation), func(res *recorder.Resource) bool { return strings.Contains(res.Name, "-private-") }),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(both(isType(route), func(other *recorder.Resource) bool {
				return other.Provider == res.Provider && (strings.HasPrefix(other.Name, "peering-") || other.Inputs["natGatewayId"] != nil)
			}))
		}},
	{"nodes have their permissions and a way out", isType(nodeGroup),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return append(g.find(isType(roleAttachment)), g.wayOut(res.Providers["aws"])...)
		}},
	{"EKS finds its log group and its key", isType(eksComponent),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(either(isType(kmsKey), both(isType(logGroup), isNamed("eks-control-plane"))))
		}},
	{"an ECS cluster finds the log group that Container Insights would make", isType(ecsCluster),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(both(isType(logGroup), isNamed(res.Name+"-insights")))
		}},
	{"an identity is given to pods when its role may do something", isType(association),
		func(g graph, res *recorder.Resource) []*recorder.Resource { return g.policies(res.Inputs["roleArn"]) }},
	{"an istiod starts with its identity, its secrets, the roles it assumes and the Gateway API", isIstiod,
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(either(
				both(isType(association), at("serviceAccount", res.Name)), both(isType(secret), at("metadata.namespace", "istio-system")),
				both(isType(rolePolicy), isNamed("discovery-")), isType(definition, gatewayClass)))
		}},
	{"istio-cni is there before any pod of the mesh, and goes after the last", either(isType(deployment, namespacePatch, gatewayObject),
		both(isType(helmRelease), at("namespace", "istio-system"), func(res *recorder.Resource) bool { return res.Name != "istio-cni" && res.Name != "istio-base" })),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(both(isType(helmRelease), isNamed("istio-cni")))
		}},
	{"every istiod's webhook reads what is Istio's", either(isType(policyObject, gatewayObject, virtualService, httpRoute, telemetry)),
		func(g graph, res *recorder.Resource) []*recorder.Resource { return g.find(isIstiod) }},
	{"a waypoint has its policies and its defaults from its first request", both(isType(gatewayObject), func(res *recorder.Resource) bool {
		return !strings.HasPrefix(res.Name, "eastwest") && res.Name != "ingress"
	}),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(either(both(isType(policyObject), at("metadata.namespace", namespaceOf(res))), isNamed("waypoint-defaults")))
		}},
	{"the ingress has its replicas from its first pod", both(isType(gatewayObject), isNamed("ingress")),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(isNamed("ingress-parameters"))
		}},
	{"no user's request passes before its services' policies, waypoints and traffic are there", both(isType(httpRoute), isNamed("ingress-")),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(either(both(isType(gatewayObject), isNamed("ingress")), both(isType(policyObject, gatewayObject, virtualService, httpRoute),
				func(other *recorder.Resource) bool {
					return other.Name != "eastwest" && !strings.HasPrefix(other.Name, "ingress-")
				})))
		}},
	{"a service's tasks have the policies of both their roles", isType(ecsService),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			var all []*recorder.Resource
			for _, revision := range g.find(isType(taskDefinition)) {
				if family := revision.Inputs["family"].(string); strings.Contains(res.Inputs["taskDefinition"].(string), "/"+family+":") {
					all = append(all, g.policies(revision.Inputs["taskRoleArn"])...)
					all = append(all, g.policies(revision.Inputs["executionRoleArn"])...)
				}
			}
			return all
		}},
	{"a service's tasks have a way out and a way to the other accounts", isType(ecsService),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return slices.Concat(g.wayOut(res.Provider), g.peerings(res.Provider), g.transitRoutes())
		}},
	{"an endpoint service stands while its load balancer does, and goes before it", isType(endpointService),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(both(isType(gatewayObject), isNamed("eastwest")))
		}},
	{"an account sees the endpoint service to which it connects, and admits its tasks", both(isType(endpoint), isNamed("gateway-")),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(either(isType(servicePrincipal), both(isType(ingressRule), isNamed(res.Name+"-"))))
		}},
	{"tasks of an account that only calls find the gateway's name and its endpoint", both(isType(ecsService), func(res *recorder.Resource) bool { return strings.HasPrefix(res.Name, "branch/") }),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(either(isType(dnsRecord), both(isType(endpoint), isNamed("gateway-"))))
		}},
	{"a service's tasks have the rules of the security groups that they carry", isType(ecsService),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			carried := value(res, "networkConfiguration.securityGroups").([]any)
			return g.find(both(isType(egressRule, ingressRule), func(rule *recorder.Resource) bool { return slices.Contains(carried, rule.Inputs["securityGroupId"]) }))
		}},
	{"a service's tasks find their identity, its policies and what is in front of them", isType(ecsService),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			namespace := value(res, "tags").(map[string]any)["ecs.solo.io/namespace"]
			return g.find(either(both(isType(namespaceObject), at("metadata.name", namespace)),
				both(isType(serviceAccount, policyObject, gatewayObject, virtualService, httpRoute), isIdentityOrOther, at("metadata.namespace", namespace))))
		}},
	{"a service's tasks find the mesh", isType(ecsService),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(either(both(isType(gatewayObject), isNamed("eastwest")), both(isType(helmRelease), at("namespace", "istio-system"))))
		}},
	{"a standalone task has everything that a service's tasks have before it can start", either(isSchedule, isStandalone),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			definition := g.starts(res)
			namespace := value(definition, "tags").(map[string]any)[config.TagNamespace]
			all := slices.Concat(g.wayOut(res.Provider), g.peerings(res.Provider), g.policies(definition.Inputs["taskRoleArn"]), g.policies(definition.Inputs["executionRoleArn"]))
			return append(all, g.find(either(
				both(isType(namespaceObject), at("metadata.name", namespace)), both(isType(serviceAccount, policyObject), isIdentityOrOther, at("metadata.namespace", namespace)),
				both(isType(gatewayObject), isNamed("eastwest")), both(isType(helmRelease), at("namespace", "istio-system")),
			))...)
		}},
	{"a schedule finds the group that its role trusts, the role's permissions, the security groups' rules and the revision that it starts", isSchedule,
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			carried := value(res, "target.ecsParameters.networkConfiguration.securityGroups").([]any)
			return slices.Concat([]*recorder.Resource{g.starts(res)}, g.policies(value(res, "target.roleArn")), g.find(either(
				both(isType(scheduleGroup), at("name", res.Inputs["groupName"])),
				both(isType(egressRule), func(rule *recorder.Resource) bool { return slices.Contains(carried, rule.Inputs["securityGroupId"]) }),
			)))
		}},
	{"what looks on has its identities, what it may assume and a place for logs", both(isType(helmRelease), at("namespace", "observability")),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			return g.find(either(both(isType(association), isNamed(res.Name+"-")), both(isType(namespaceObject), isNamed("observability")),
				func(other *recorder.Resource) bool {
					return res.Name == "prometheus" && other.Type == rolePolicy && strings.HasPrefix(other.Name, "scrape-") ||
						res.Name == "fluent-bit" && other.Type == logGroup && other.Name == "mesh-logs"
				}))
		}},
	{"a team that finds a contract can deploy, and ECS keeps a cluster with a team's service before anything that it needs goes", both(either(isType(ecsCluster), isType(parameter)), func(res *recorder.Resource) bool { return res.Name != "branch" }),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			cluster, _, _ := strings.Cut(res.Name, "/")
			return slices.Concat(g.wayOut(res.Provider), g.peerings(res.Provider), g.find(either(
				both(isType(ecsCluster, logGroup), func(own *recorder.Resource) bool { return own.Name == cluster || own.Name == cluster+"-tasks" }),
				both(isType(rolePolicy), func(policy *recorder.Resource) bool {
					return policy.Provider == res.Provider && (strings.HasPrefix(policy.Name, "execution-") && !strings.Contains(policy.Name, "/") || strings.HasPrefix(policy.Name, "task-"+cluster+"-"))
				}),
				both(isType(ingressRule, egressRule), func(rule *recorder.Resource) bool {
					return rule.Provider == res.Provider && strings.HasPrefix(rule.Name, "tasks-")
				}),
				both(isType(gatewayObject), isNamed("eastwest")), both(isType(helmRelease), at("namespace", "istio-system")),
			)))
		}},
	{"a destroy sets no alarm off: the alarm goes before what it watches", isType(metricAlarm),
		func(g graph, res *recorder.Resource) []*recorder.Resource {
			_, watch, _ := strings.Cut(strings.TrimPrefix(res.Name, "alarms-"), "-")
			return g.find(either(both(isType(metricFilter), isNamed(res.Name)), func(other *recorder.Resource) bool {
				return other.Type == ecsService && watch == strings.ReplaceAll(other.Name, "/", "-")+"-below-desired" ||
					other.Type == natGateway && value(res, "dimensions.NatGatewayId") == other.Name+"-id" ||
					either(isType(eksComponent), both(isType(association), at("namespace", "istio-system")))(other) && watch == "eks-api-errors"
			}))
		}},
}

func TestEveryResourceIsThereBeforeWhatNeedsItAndGoesAfterIt(t *testing.T) {
	kept := map[string]int{}
	for _, stack := range Stacks {
		g := graph{succeed(t, Record(t, stack, everything))}
		for _, p := range promises {
			for _, res := range g.find(p.of) {
				needed := g.needed(p, res)
				if len(needed) == 0 {
					t.Errorf("%s: %s: of %s %s the promise says nothing", stack, p.words, res.Type, res.Name)
				}
				for _, other := range needed {
					kept[p.words]++
					if !g.Waits(res, other) {
						t.Errorf("%s: %s: %s %s does not wait for %s %s", stack, p.words, res.Type, res.Name, other.Type, other.Name)
					}
				}
			}
		}
	}
	for _, p := range promises {
		if kept[p.words] == 0 {
			t.Errorf("no stack has anything of which it is promised: %s", p.words)
		}
	}
}

// everything switches on all examples of the stack files, and what the examples leave out.
func everything(o *recorder.Options) {
	seeing(o)
	set(o, "sharedServices", func(shared map[string]any) {
		for _, service := range shared {
			delete(service.(map[string]any), "enabled")
		}
	})
	set(o, "ingress", func(ingress map[string]any) { delete(ingress, "enabled") })
	set(o, "clusters", func(clusters map[string]any) {
		for _, cluster := range clusters {
			tasks, _ := cluster.(map[string]any)["tasks"].(map[string]any)
			for _, task := range tasks {
				delete(task.(map[string]any), "enabled")
			}
			for _, service := range cluster.(map[string]any)["services"].(map[string]any) {
				if s := service.(map[string]any); s["clientOnly"] == true {
					s["egress"] = []any{map[string]any{"cidr": "10.9.0.0/16", "port": 5432}}
				}
			}
		}
	})
	o.Config[config.Project+":apiPrivateCidrs"] = `["10.8.0.0/16"]`
	if !strings.Contains(o.Config[config.Project+":existingEks"], "name") {
		o.Config[config.Project+":testWorkloads"] = "true"
	}
	o.Config[config.Project+":endpoints"] = `{"enabled": true}`
	o.Config[config.Project+":networkPolicies"] = "true"
	o.Config[config.Project+":defaultServiceAccountTokens"] = "false"
	o.Config[config.Project+":publishContract"] = "true"
}

// set changes an object of the stack file, if the stack file has it.
func set(o *recorder.Options, key string, change func(map[string]any)) {
	var object map[string]any
	if err := json.Unmarshal([]byte(o.Config[config.Project+":"+key]), &object); err != nil {
		return
	}
	change(object)
	changed, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	o.Config[config.Project+":"+key] = string(changed)
}

// graph is a recording with the queries of the promises.
type graph struct{ *recorder.Recording }

// needed leaves out the resource itself, and look-ups, which have no order.
func (g graph) needed(p promise, res *recorder.Resource) []*recorder.Resource {
	return slices.DeleteFunc(p.needs(g, res), func(other *recorder.Resource) bool { return other == res || other.Read })
}

func (g graph) find(is func(*recorder.Resource) bool) (found []*recorder.Resource) {
	for _, res := range g.Resources {
		if is(res) && !res.Read {
			found = append(found, res)
		}
	}
	return found
}

// policies returns the policies of the role with an ARN.
func (g graph) policies(arn any) []*recorder.Resource {
	_, role, _ := strings.Cut(arn.(string), ":role/")
	return g.find(both(isType(rolePolicy), at("role", role)))
}

// starts returns the task definition that a schedule starts, or the definition itself.
func (g graph) starts(res *recorder.Resource) *recorder.Resource {
	if res.Type != schedule {
		return res
	}
	arn, _ := value(res, "target.ecsParameters.taskDefinitionArn").(string)
	for _, definition := range g.find(isStandalone) {
		if strings.Contains(arn, "/"+definition.Inputs["family"].(string)+":") {
			return definition
		}
	}
	panic("no task definition " + arn)
}

// wayOut returns what leads out of the private subnets of an account.
func (g graph) wayOut(provider string) []*recorder.Resource {
	return g.find(func(res *recorder.Resource) bool {
		return res.Provider == provider && (res.Type == natGateway || res.Type == endpoint || res.Type == route && res.Inputs["natGatewayId"] != nil ||
			res.Type == tableAssociation && strings.Contains(res.Name, "-private-"))
	})
}

// peerings returns the routes and options, on both sides, of the peerings of an account.
func (g graph) peerings(provider string) []*recorder.Resource {
	return g.find(func(res *recorder.Resource) bool {
		return (res.Type == peeringOptions || res.Type == route && res.Inputs["vpcPeeringConnectionId"] != nil) && slices.ContainsFunc(g.Resources, func(side *recorder.Resource) bool {
			return side.Parent == res.Parent && side.Provider == provider
		})
	})
}

// transitRoutes returns the routes to the networks behind a transit gateway, on all sides.
func (g graph) transitRoutes() []*recorder.Resource {
	return g.find(func(res *recorder.Resource) bool {
		return res.Type == route && res.Inputs["transitGatewayId"] != nil
	})
}

func isType(types ...string) func(*recorder.Resource) bool {
	return func(res *recorder.Resource) bool { return slices.Contains(types, res.Type) }
}

func isNamed(prefix string) func(*recorder.Resource) bool {
	return func(res *recorder.Resource) bool { return strings.HasPrefix(res.Name, prefix) }
}

func isSchedule(res *recorder.Resource) bool { return res.Type == schedule }

// isStandalone matches the task definition of a standalone task: it has the tags that a service's tasks get from their service.
func isStandalone(res *recorder.Resource) bool {
	tags, _ := res.Inputs["tags"].(map[string]any)
	return res.Type == taskDefinition && tags[config.TagNamespace] != nil
}

func isKubernetes(res *recorder.Resource) bool { return strings.HasPrefix(res.Type, "kubernetes:") }

// isIdentityOrOther leaves out the service account default, which is nobody's identity: Kubernetes gives it to pods that name none.
func isIdentityOrOther(res *recorder.Resource) bool {
	return res.Type != serviceAccount || value(res, "metadata.name") != "default"
}

func isIstiod(res *recorder.Resource) bool {
	return res.Type == helmRelease && strings.HasPrefix(res.Name, "istiod")
}

// at matches a resource that has a value at a path of its inputs.
func at(path string, want any) func(*recorder.Resource) bool {
	return func(res *recorder.Resource) bool { return value(res, path) == want }
}

func both(all ...func(*recorder.Resource) bool) func(*recorder.Resource) bool {
	return func(res *recorder.Resource) bool {
		return !slices.ContainsFunc(all, func(is func(*recorder.Resource) bool) bool { return !is(res) })
	}
}

func either(some ...func(*recorder.Resource) bool) func(*recorder.Resource) bool {
	return func(res *recorder.Resource) bool {
		return slices.ContainsFunc(some, func(is func(*recorder.Resource) bool) bool { return is(res) })
	}
}

// value returns the input of a resource at a path, or nil.
func value(res *recorder.Resource, path string) any {
	var at any = res.Inputs
	for _, key := range strings.Split(path, ".") {
		inside, _ := at.(map[string]any)
		at = inside[key]
	}
	return at
}

// namespaceOf is where a Kubernetes object is, or "".
func namespaceOf(res *recorder.Resource) string {
	path := "metadata.namespace"
	if res.Type == helmRelease {
		path = "namespace"
	}
	namespace, _ := value(res, path).(string)
	return namespace
}
