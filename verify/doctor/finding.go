package doctor

import (
	"fmt"
	"slices"

	"ambient-ecs/verify/doctor/network"
)

// Finding is one missing piece.
type Finding struct {
	// Ingredient is the kind of piece, one of Ingredients. Subject is the resource that lacks the piece.
	Ingredient, Subject string
	// Affects are the pairs ("ecs-1/shell-task → ecs-2/echo-service") or the services that do not work without it.
	Affects []string
	// Sentence says what is wrong, Fix what to do.
	Sentence, Fix string
	// Latent means that the fault stops no call now. The sentence says what it stops later: the next task, say, or a shell in one.
	Latent bool
	// Warning means that nothing may be wrong: the evidence also fits a mesh that works as declared.
	Warning bool
}

// rank orders findings: those that stop calls, the latent ones, warnings.
func (f Finding) rank() int {
	switch {
	case f.Warning:
		return 2
	case f.Latent:
		return 1
	}
	return 0
}

// String is the finding on one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s. Fix: %s.", f.Ingredient, f.Sentence, f.Fix)
}

const remade = network.Remade

// missing makes a finding. A nil finding means that nothing is missing.
func missing(ingredient, subject, fix, format string, args ...any) *Finding {
	return &Finding{Ingredient: ingredient, Subject: subject, Fix: fix, Sentence: fmt.Sprintf(format, args...)}
}

// report collects findings, each once, in the order in which they were found.
type report struct{ findings []*Finding }

// add notes that a finding affects a pair or a service.
func (r *report) add(f *Finding, affected ...string) {
	known := r.known(f)
	if known == nil {
		known = f
		r.findings = append(r.findings, f)
	}
	for _, name := range affected {
		if !slices.Contains(known.Affects, name) {
			known.Affects = append(known.Affects, name)
		}
	}
}

// known is the earlier finding about the same piece, or nil.
func (r *report) known(f *Finding) *Finding {
	i := slices.IndexFunc(r.findings, func(o *Finding) bool { return o.Ingredient == f.Ingredient && o.Subject == f.Subject })
	if i < 0 {
		return nil
	}
	return r.findings[i]
}

// Ingredients are all kinds of findings, with what they mean, in the order of the walk.
var Ingredients = append(stopping, watchIngredients...)

// stopping are the kinds of findings about the mesh itself.
var stopping = [][2]string{
	{"istiod", "no pod of istiod is ready"},
	{"istiod-build", "istiod is not Solo's build, which alone knows ECS"},
	{"licence", "istiod finds no licence"},
	{"istiod-webhook", "no rule of the nodes' security group admits the EKS control plane to istiod's webhook"},
	{"ip-autoallocate", "istiod gives services of ECS no virtual addresses, so no name resolves"},
	{"root-certificate", "istiod has no root certificate"},
	{"network-label", "a label that names the mesh's network is missing or names another"},
	{"ecs-accounts", "istiod is not told to look into an account, or under another domain"},
	{"pod-identity-agent", "the EKS add-on that hands out istiod's credentials is missing"},
	{"pod-identity-missing", "istiod's service account has no Pod Identity association"},
	{"pod-identity-late", "a pod was made before its Pod Identity association took effect, and has no AWS credentials"},
	{"pod-identity-role", "istiod's association names another role"},
	{"istiod-role", "istiod's role does not exist"},
	{"istiod-role-trust", "istiod's role does not trust Pod Identity"},
	{"pod-identity-stale", "istiod runs with an identity from before its association was changed"},
	{"discovery-role", "an account's discovery role does not exist"},
	{"discovery-stale-principal", "a discovery role trusts a role that was deleted since"},
	{"discovery-trust", "a discovery role does not trust istiod's role"},
	{"discovery-permission", "istiod's role may not assume a discovery role"},
	{"discovery-tag-session", "the session tags of Pod Identity are not let through"},
	{"discovery-ecs-permission", "a discovery role may not read ECS"},
	{"gateway", "the east-west gateway does not exist"},
	{"gateway-listener", "the gateway lacks a listener"},
	{"gateway-expose-label", "the gateway's Service is not marked as the way to istiod"},
	{"gateway-not-programmed", "the gateway has no address yet"},
	{"gateway-pods", "no pod of the gateway is ready"},
	{"gateway-address", "the gateway's address is not the one that tasks were given"},
	{"ingress", "the Gateway for users outside the mesh does not exist"},
	{"ingress-listener", "the ingress lacks a listener"},
	{"ingress-certificate", "the ingress has no certificate, or another than the stack's, for TLS"},
	{"ingress-not-programmed", "the ingress has no address yet"},
	{"ingress-pods", "no pod of the ingress is ready"},
	{"ingress-address", "the address of the ingress is not the one in the stack's outputs"},
	{"ingress-load-balancer", "the load balancer of the ingress is missing, not active, not of the declared scheme or without targets"},
	{"ingress-source", "no rule admits a network of the clients to the load balancer of the ingress"},
	{"ingress-tunnel", "istiod makes the ingress call the ports of applications, which are closed"},
	{"ingress-route", "a route of the ingress is missing, or shares requests out otherwise than the stack declares"},
	{"ingress-not-admitted", "a route of the ingress leads to a service whose rules do not admit it"},
	{"ingress-waypoint-label", "nothing leads the ingress through the waypoint of a service"},
	{"cluster", "an ECS cluster does not exist"},
	{"cluster-tag", "an ECS cluster is not tagged for discovery"},
	{"namespace", "a namespace of ECS services does not exist"},
	{"service", "an ECS service does not exist"},
	{"deployment-rolled-back", "a service runs another revision than the declared one"},
	{"import-unchanged", "a service that the stack has taken over waits for its enrolment"},
	{"enrol-stamp", "the revision of a pipeline or an owner was enrolled before the mesh changed, or not at all"},
	{"service-connect", "a service that its owner keeps uses Service Connect"},
	{"service-shut", "a load balancer checks a port of an owner's service that no security group of the tasks opens"},
	{"service-open", "something besides the mesh reaches the tasks of an owner's service"},
	{"service-tags", "a service's tags say something else than the stack, or nothing"},
	{"task-definition", "a task definition does not exist"},
	{"ztunnel-container", "a task has no container named ztunnel"},
	{"task-role", "a task definition names another task role, or none"},
	{"task-role-trust", "a task role is missing or does not trust ECS"},
	{"token", "the bootstrap token is missing or cannot be read"},
	{"token-namespace", "the token's namespace is not that of the tags"},
	{"token-service-account", "the token's service account is not that of the tags"},
	{"token-url", "the token's address is not the gateway's"},
	{"token-ca", "the token's certificate is not the mesh's root"},
	{"token-network", "the token's network is not the mesh's"},
	{"token-remote", "the token takes another way to EKS than the account's reach"},
	{"token-platform", "the token's platform is not ecs"},
	{"service-account", "a service account does not exist"},
	{"service-account-role", "a service account names no role, or another than the tasks'"},
	{"application-port", "no container serves the declared port"},
	{"no-task", "a service has no running task"},
	{"task-tags", "tags of the service are not on its tasks"},
	{"task-security-group", "a task lacks one of the stack's security groups"},
	{"route", "a route is missing or leads nowhere"},
	{"peering", "a peering connection is not active"},
	{"nat", "private hosts have no way out to AWS's APIs"},
	{"security-group", "a security group lets a connection through no more"},
	{"source-range", "the load balancer does not admit a network"},
	{"load-balancer", "the load balancer is missing, not active or without targets"},
	{"address", "a host has no address in the mesh's networks"},
	{"gateway-endpoint", "the endpoint of the gateway in an account that only calls is missing or not connected"},
	{"gateway-zone", "the private hosted zone by which an account that only calls finds the gateway is missing or does not lead to its endpoint"},
	{"task-unhealthy", "a task does not pass its health check"},
	{"hostname-unknown", "istiod has written no ServiceEntry for a service"},
	{"workload-entry", "istiod has written no WorkloadEntry for a task, or not as part of the mesh"},
	{"namespace-not-ambient", "a namespace is not labelled for ambient mode"},
	{"workload", "a workload of EKS does not run"},
	{"pod-not-captured", "a pod's traffic is not taken into the mesh"},
	{"ztunnel-node", "a node has no ready ztunnel or istio-cni"},
	{"dns-capture", "pods do not ask ztunnel for names, so those of ECS do not resolve in EKS"},
	{"certificate", "two proxies do not accept each other's certificates"},
	{"all-proxy", "an application is not told to use ztunnel's proxy"},
	{"past-ztunnel", "the network refused calls that a service made past its ztunnel"},
	{"calls-nobody", "a service that should call others called nobody through its ztunnel"},
	{"waypoint", "a waypoint is missing or not ready"},
	{"waypoint-label", "nothing leads the callers of a service to its waypoint"},
	{"waypoint-kept-out", "an L4 policy keeps the waypoint out"},
	{"policy", "a policy refuses what the stack admits"},
	{"policy-missing", "a policy of the stack does not exist"},
	{"policy-open", "what the stack refuses gets through"},
	{"traffic", "a waypoint is told to share requests out otherwise than the stack declares, or not at all"},
	{"traffic-backend", "a backend that gets a share of the requests is not known, or runs nowhere"},
	{"locality", "callers of a shared service are told to prefer other members than the stack declares"},
	{"identity-leak", "one role may take the identities of two service accounts"},
	{"role-policy", "a role lacks what the stack gives it: the permissions of a service, or its boundary"},
	{"object", "an object of the cluster does not exist that istiod, a gateway or a waypoint needs later"},
	{"disruption-budget", "no disruption budget keeps one pod of istiod, a gateway or a waypoint"},
	{"load-balancer-controller", "the AWS Load Balancer Controller does not work, so the gateway's load balancer follows no change"},
	{"ingress-open", "a network that the stack does not name gets to the ingress"},
	{"gateway-open", "a network outside of the mesh gets to the gateway"},
	{"add-on", "an EKS add-on that every cluster needs is missing"},
	{"propagate-tags", "a service does not put its tags on new tasks"},
	{"task-subnets", "a service puts its tasks into other subnets than the stack's private ones"},
	{"definition-tags", "the definition of a standalone task does not say who the task is"},
	{"schedule", "the schedule of a standalone task is missing or starts something else"},
	{"schedule-role", "the role of a schedule is missing or may not start the task"},
	{"depends-on", "an application does not wait for its ztunnel"},
	{"health-check", "ECS does not ask for ztunnel's health"},
	{"execution-role", "an execution role is missing or does not trust ECS"},
	{"execution-permission", "an execution role may not write logs, or not read a secret"},
	{"log-group", "a log group does not exist"},
	{"exec-disabled", "commands cannot be executed in a service's tasks"},
	{"exec-tasks", "commands cannot be executed in tasks that started before ECS Exec was on"},
	{"exec-permission", "a task role may not open the channels of ECS Exec"},
	{"exec-logs", "the sessions of ECS Exec are not logged where the stack says, so they do not begin"},
	{"scaler", "the scaler of a service is missing, or scales otherwise than the stack declares"},
	{"capacity-provider", "tasks run on other capacity than the stack declares, or the cluster does not have it"},
}
