//go:build engine

package mutation

import "ambient-ecs/sandbox/kubernetes/api"

// shares are the ingredients by which waypoints split requests.
var shares = []mutation{
	{name: "VirtualService", spoil: without(istioAPI, "VirtualService", ordersNS, "orders"),
		red: "route/orders.*/* traffic/orders.*", ingredient: "traffic", words: orders},
	{name: "weights", spoil: part(1, weights(50, 50)),
		red: "traffic/orders.*", ingredient: "traffic", words: "50 % to " + canary},
	{name: "weights the other way", spoil: part(1, weights(10, 90)),
		red: "traffic/orders.*", ingredient: "traffic", words: "90 % to " + canary},
	{name: "header of a route", spoil: part(0, func(http api.Object) {
		http["match"] = []any{map[string]any{"headers": map[string]any{"x-canary": map[string]any{"exact": "no"}}}}
	}),
		red: "route/orders.*/* traffic/orders.*", ingredient: "traffic", words: "x-canary: no"},
	{name: "match of a route", spoil: part(0, func(http api.Object) { delete(http, "match") }),
		red: "traffic/orders.*", ingredient: "traffic", words: "all requests"},
	{name: "time-out", spoil: part(1, func(http api.Object) { http["timeout"] = "50s" }),
		red: "traffic/orders.*", ingredient: "traffic", words: "50s"},
	{name: "fault", spoil: part(1, func(http api.Object) {
		http["fault"] = map[string]any{"abort": map[string]any{"percentage": map[string]any{"value": 100.0}, "httpStatus": int64(418)}}
	}),
		red: "traffic/orders.*", blind: "*→orders -route/orders.*/*", ingredient: "traffic", words: "status 418"},
	{name: "backend that nobody knows", spoil: part(1, destination(0, "nobody.ecs.local")),
		red: "traffic/orders.*", blind: "*→orders -route/orders.*/*", ingredient: "traffic-backend", words: "nobody.ecs.local"},
	{name: "tasks of the canary", spoil: remove(home, taskKind, `"service:orders-canary"`),
		red: "route/orders.*/* *→orders-canary revision/ecs-2/orders-canary", ingredient: "no-task", words: "ecs-2/orders-canary", frozen: true},
	{name: "HTTPRoute", spoil: without(gatewayAPI, "HTTPRoute", "ambient-ecs-2", "*"),
		red: "route/echo-service.*/* traffic/echo-service.*", ingredient: "traffic", words: "echo-service.ambient-ecs-2.ecs.local"},
	{name: "path of an HTTPRoute", spoil: rule0(func(rule api.Object) { api.Set(api.Maps(rule, "matches")[0], "/new", "path", "value") }),
		red: "route/echo-service.*/* traffic/echo-service.*", ingredient: "traffic", words: "/new"},
	{name: "backend of an HTTPRoute", spoil: rule0(func(rule api.Object) {
		api.Maps(rule, "backendRefs")[0]["name"] = "echo-service.ambient-ecs-2.ecs.local"
	}),
		red: "route/echo-service.*/* traffic/echo-service.*", ingredient: "traffic", words: "echo-service.ambient-ecs-1.ecs.local"},
	{name: "entry that an HTTPRoute is bound to", spoil: set(gatewayAPI, "HTTPRoute", "ambient-ecs-2", "*", []any{map[string]any{"group": "networking.istio.io", "kind": "ServiceEntry", "name": "other"}}, "spec", "parentRefs"),
		red: "route/echo-service.*/* traffic/echo-service.*", ingredient: "traffic", words: "echo-service.ambient-ecs-2.ecs.local"},
}

// rule0 changes the first rule of the HTTPRoute of ecs-2.
func rule0(change func(api.Object)) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.object(gatewayAPI, "HTTPRoute", "ambient-ecs-2", "*", func(_ *api.Cluster, o api.Object) { change(api.Maps(o, "spec", "rules")[0]) })
	}
}

const (
	clients     = "verify calls with curl, which obeys them"
	clientsPage = "docs/clients.md"
)

// unseenInShowcase are the ingredients of shared services, waypoints and traffic that no call shows.
var unseenInShowcase = []invisible{
	{mutation{name: "client that obeys its variables", spoil: ignoresProxy("ambient-ecs-1-shell-task"), ingredient: "past-ztunnel", words: "ecs-1/shell-task|orders"},
		clients, clientsPage},
	{mutation{name: "client that obeys its variables, without flow logs", spoil: all(remove("", flowLogKind), ignoresProxy("ambient-ecs-1-shell-task")),
		ingredient: "calls-nobody", words: "ecs-1/shell-task"}, clients, clientsPage},
	{mutation{name: "schedule of a task", spoil: remove(home, scheduleKind), ingredient: "schedule", words: "ecs-1/report"},
		"no task starts by it now", schedulerGuide + "what-is-scheduler.html"},
	{mutation{name: "state of a schedule", spoil: text(home, scheduleKind, "state", "ENABLED", "DISABLED"), ingredient: "schedule", words: "ecs-1/report|paused"},
		"no task starts by it now", schedulerGuide + "managing-schedule-state.html"},
	{mutation{name: "permissions of a schedule's role", spoil: remove(home, rolePolicyKind, "ambient-ecs-1-report-schedule:"), ingredient: "schedule-role", words: "ambient-ecs-1-report-schedule|ecs:RunTask"},
		"EventBridge Scheduler takes the role when it starts a task", schedulerGuide + "setting-up.html"},
	{mutation{name: "trust of a schedule's role", spoil: text(home, roleKind, "assumeRolePolicy", "schedule-group/", "schedule-group/other-", "role/ambient-ecs-1-report-schedule"), ingredient: "schedule-role", words: "ambient-ecs-1-report-schedule"},
		"EventBridge Scheduler takes the role when it starts a task", schedulerGuide + "cross-service-confused-deputy-prevention.html"},
	{mutation{name: "tag of a task's definition", spoil: tag(home, definitionKind, "ecs.solo.io/service-account", "", "/ambient-ecs-1-report:"), ingredient: "definition-tags", words: "ambient-ecs-1-report"},
		"a task gets its tags when it starts", ecsGuide + "ecs-using-tags.html"},
	{mutation{name: "deny-all at the waypoint", spoil: without(securityAPI, "AuthorizationPolicy", ordersNS, "deny-all-at-waypoint"), ingredient: "policy-missing", words: "deny-all-at-waypoint"},
		"another policy allows something there, and so everything else is refused; it closes the waypoint while there is none", authorization},
	{mutation{name: "deny-all of the tasks", spoil: without(securityAPI, "AuthorizationPolicy", ordersNS, "deny-all"), ingredient: "policy-missing", words: "ambient-orders/deny-all"},
		"the guard selects all tasks that are there and refuses everybody else; deny-all closes those that come", authorization},
	{mutation{name: "policies of a cluster that everybody may call", spoil: without(securityAPI, "AuthorizationPolicy", "ambient-ecs-1", "*"), ingredient: "policy-missing", words: "ambient-ecs-1/"},
		"access: mesh admits every namespace that a call can be made from", "docs/policies.md"},
	{mutation{name: "policy for the waypoint of another service", spoil: without(securityAPI, "AuthorizationPolicy", "ambient-ecs-1", "allow-traffic-to-echo-service"), ingredient: "policy-missing", words: "allow-traffic-to-echo-service"},
		"access: mesh admits the waypoint's namespace as well", "docs/traffic.md"},
	{mutation{name: "hostname of a member's service", spoil: tag(away, serviceKind, hostnameTag, "other.ecs.local", "service/ambient-ecs-3/checkout"), ingredient: "service-tags", words: "ecs-3/checkout|other.ecs.local"},
		"the other member's ServiceEntry selects the tasks of both, by their own tags", "docs/shared-services.md"},
	{mutation{name: "ports of a member", spoil: tag(away, serviceKind, portsTag, "http:9090", "service/ambient-ecs-3/checkout"), ingredient: "service-tags", words: "ecs-3/checkout|9090"},
		"the other member's ServiceEntry has the port", "docs/shared-services.md"},
}

const authorization = "https://istio.io/latest/docs/reference/config/security/authorization-policy/"
