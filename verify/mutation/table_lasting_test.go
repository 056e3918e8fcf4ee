//go:build engine

package mutation

const (
	rbacAPI     = "rbac.authorization.k8s.io/v1"
	budgetAPI   = "policy/v1"
	istioCharts = "https://github.com/istio/istio/tree/1.29.1/manifests/charts"
	controller  = "https://github.com/istio/istio/blob/1.29.1/pilot/pkg/config/kube/gateway/deploymentcontroller.go"
	disruptions = "https://kubernetes.io/docs/concepts/workloads/pods/disruptions/"

	connected = "proxies that are connected have what they were told; only later changes need it"
	captured  = "pods that run are in the mesh already"
	merged    = "istiod has made the pods with it; the next time it makes others"
	budgeted  = "only a drain of nodes asks for it"
)

// lasting are objects of the cluster that decide about later. No call shows that one is gone.
var lasting = []invisible{
	{mutation{name: "Service of istiod", spoil: without("v1", "Service", system, "istiod"), ingredient: "object", words: "Service istio-system/istiod does not exist"}, connected, istioCharts},
	{mutation{name: "key of the mesh's root", spoil: without("v1", "Secret", system, "istio-ca-secret"), ingredient: "object", words: "istio-ca-secret|another root certificate"},
		"istiod keeps it in memory until it starts anew", "https://istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert/"},
	{mutation{name: "templates of gateways", spoil: without("v1", "ConfigMap", system, "istio-sidecar-injector"), ingredient: "object", words: "istio-sidecar-injector"}, merged, istioCharts},
	{mutation{name: "rights of istiod", spoil: without(rbacAPI, "ClusterRole", "", "istiod-clusterrole-istio-system"), ingredient: "object", words: "ClusterRole istiod-clusterrole"}, connected, istioCharts},
	{mutation{name: "binding of the rights of istiod", spoil: without(rbacAPI, "ClusterRoleBinding", "", "istiod-clusterrole-istio-system"), ingredient: "object", words: "ClusterRoleBinding istiod-clusterrole"}, connected, istioCharts},
	{mutation{name: "rights to make gateways", spoil: without(rbacAPI, "ClusterRole", "", "istiod-gateway-controller-istio-system"), ingredient: "object", words: "ClusterRole istiod-gateway-controller"}, connected, istioCharts},
	{mutation{name: "binding of the rights to make gateways", spoil: without(rbacAPI, "ClusterRoleBinding", "", "istiod-gateway-controller-istio-system"), ingredient: "object", words: "ClusterRoleBinding istiod-gateway-controller"}, connected, istioCharts},
	{mutation{name: "rights of istiod in its namespace", spoil: without(rbacAPI, "Role", system, "istiod"), ingredient: "object", words: "Role istio-system/istiod"}, connected, istioCharts},
	{mutation{name: "binding of the rights of istiod in its namespace", spoil: without(rbacAPI, "RoleBinding", system, "istiod"), ingredient: "object", words: "RoleBinding istio-system/istiod"}, connected, istioCharts},
	{mutation{name: "rights of istio-cni", spoil: without(rbacAPI, "ClusterRole", "", "istio-cni"), ingredient: "object", words: "ClusterRole istio-cni |no new pod"}, captured, istioCharts},
	{mutation{name: "rights of istio-cni in ambient mode", spoil: without(rbacAPI, "ClusterRoleBinding", "", "istio-cni-ambient"), ingredient: "object", words: "ClusterRoleBinding istio-cni-ambient"}, captured, istioCharts},
	{mutation{name: "webhook that checks objects of Istio", spoil: without("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "", "istio-validator-istio-system"), ingredient: "object", words: "istio-validator-istio-system"},
		"it asks istiod about objects that somebody writes; those that are there stay", istioCharts},
	{mutation{name: "parameters of the gateway", spoil: without("v1", "ConfigMap", system, "eastwest-defaults"), ingredient: "object", words: "istio-system/eastwest-defaults|without spread"}, merged, controller},
	{mutation{name: "disruption budget of the gateway", spoil: without(budgetAPI, "PodDisruptionBudget", system, "eastwest-istio-eastwest"), ingredient: "disruption-budget", words: "the gateway"}, budgeted, disruptions},
	{mutation{name: "disruption budget of istiod", spoil: without(budgetAPI, "PodDisruptionBudget", system, "istiod"), ingredient: "disruption-budget", words: "istiod"}, budgeted, disruptions},
}

// lastingOpenings are those of the ingress and of the waypoint behind it.
var lastingOpenings = []invisible{
	{mutation{name: "parameters of the ingress", spoil: without("v1", "ConfigMap", entryNS, "ingress-parameters"), ingredient: "object", words: "ambient-ingress/ingress-parameters|neither its replicas"}, merged, controller},
	{mutation{name: "disruption budget of the ingress", spoil: without(budgetAPI, "PodDisruptionBudget", entryNS, "ingress-istio"), ingredient: "disruption-budget", words: "ambient-ingress|the ingress"}, budgeted, disruptions},
	{mutation{name: "parameters of waypoints", spoil: without("v1", "ConfigMap", system, "waypoint-defaults"), ingredient: "object", words: "istio-system/waypoint-defaults"}, merged, controller},
	{mutation{name: "disruption budget of a waypoint", spoil: without(budgetAPI, "PodDisruptionBudget", guarded, "*"), ingredient: "disruption-budget", words: "waypoint ambient-ecs-1/"}, budgeted, disruptions},
}
