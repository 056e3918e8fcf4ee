package mesh

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/kubernetes/api"
)

// Kinds of the Gateway API.
var (
	GatewayKind      = schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "Gateway"}
	GatewayClassKind = schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "GatewayClass"}
)

const (
	gatewayNameLabel  = "gateway.networking.k8s.io/gateway-name"
	gatewayClassLabel = "gateway.networking.k8s.io/gateway-class-name"
	statusPort        = 15021
)

// controller describes how istiod handles gateways of one controller name.
type controller struct {
	// label marks the pods; suffixed names them "<gateway>-<class>", otherwise they have the gateway's name.
	label       string
	suffixed    bool
	serviceType string
	// class is the gateway class that istiod makes by itself, "" for none.
	class, description string
}

// controllers are the gateway controllers of an istiod: those of upstream's ambient profile, and one more in
// Solo's builds.
func controllers(c *api.Cluster, pod api.Object) map[string]controller {
	known := map[string]controller{
		"istio.io/gateway-controller": {
			label: "istio.io-gateway-controller", suffixed: true, serviceType: "LoadBalancer",
			class: "istio", description: "The default Istio GatewayClass",
		},
		"istio.io/mesh-controller": {
			label: "istio.io-mesh-controller", serviceType: "ClusterIP",
			class: "istio-waypoint", description: "The default Istio waypoint GatewayClass",
		},
	}
	eastwest := controller{label: "istio.io-eastwest-controller", serviceType: "LoadBalancer"}
	if istiodEnvironment(c, pod)["AMBIENT_ENABLE_MULTI_NETWORK"] == "true" {
		eastwest.class, eastwest.description = "istio-east-west", "The default GatewayClass for Istio East West Gateways"
	}
	if eastwest.class != "" || soloBuild(pod) {
		known[eastwestController] = eastwest
	}
	return known
}

// keepGatewayClasses makes the classes that istiod brings, unless they exist, and accepts those it serves.
func keepGatewayClasses(c *api.Cluster) {
	pod := istiod(c)
	if _, err := c.Resolve(GatewayClassKind); err != nil || pod == nil {
		return
	}
	served := controllers(c, pod)
	for _, name := range slices.Sorted(maps.Keys(served)) {
		own := served[name]
		if own.class == "" || c.Get(GatewayClassKind, "", own.class) != nil {
			continue
		}
		write(c, api.Object{
			"apiVersion": GatewayClassKind.GroupVersion().String(), "kind": "GatewayClass",
			"metadata": api.Object{"name": own.class},
			"spec":     api.Object{"controllerName": name, "description": own.description},
		})
	}
	for _, class := range c.List(GatewayClassKind, "") {
		if _, ok := served[api.String(class, "spec", "controllerName")]; !ok {
			continue
		}
		class = api.Copy(class)
		api.SetCondition(class, "Accepted", "True", "Accepted", "Handled by Istio controller",
			api.Int(class, "metadata", "generation"), c.Tx.Now)
		write(c, class)
	}
}

// serves returns the istiod that a gateway belongs to and its controller, and whether both exist.
func serves(c *api.Cluster, gateway api.Object) (pod api.Object, own controller, ok bool) {
	if pod = programs(c, gateway); pod == nil {
		return nil, own, false
	}
	class := c.Get(GatewayClassKind, "", api.String(gateway, "spec", "gatewayClassName"))
	own, ok = controllers(c, pod)[api.String(class, "spec", "controllerName")]
	return pod, own, ok
}

// generatedName is the name of the objects that istiod makes for a gateway.
func generatedName(gateway api.Object, own controller) string {
	if name := api.Annotations(gateway)["gateway.istio.io/name-override"]; name != "" {
		return name
	}
	if own.suffixed {
		return api.Name(gateway) + "-" + api.String(gateway, "spec", "gatewayClassName")
	}
	return api.Name(gateway)
}

// deployGateways makes the service account, Deployment and Service of every gateway.
func deployGateways(c *api.Cluster) {
	for _, gateway := range c.List(GatewayKind, "") {
		pod, own, ok := serves(c, gateway)
		if !ok || api.Deleting(gateway) {
			continue
		}
		name := generatedName(gateway, own)
		objects, err := withDefaults(c, gateway, []api.Object{
			gatewayAccount(gateway, name), gatewayDeployment(gateway, own, name, pod), gatewayService(gateway, own, name), gatewayBudget(gateway, name),
		})
		if err != nil {
			continue // tried again in the next run, and until then the gateway is not programmed
		}
		for _, o := range objects {
			applyOwn(c, o)
		}
	}
}

// inherited returns the labels or annotations that a gateway passes on: those of spec.infrastructure if
// there are any, else its own.
func inherited(gateway api.Object, field string) api.Object {
	from := api.Map(gateway, "metadata", field)
	if infrastructure := api.Map(gateway, "spec", "infrastructure", field); infrastructure != nil {
		from = infrastructure
	}
	kept := api.Object{}
	for k, v := range from {
		switch k {
		case "kubectl.kubernetes.io/last-applied-configuration", "gateway.istio.io/name-override",
			"gateway.istio.io/service-account", "gateway.istio.io/controller-version":
			continue
		}
		if !strings.HasPrefix(k, "gateway.networking.k8s.io/") {
			kept[k] = v
		}
	}
	return kept
}

// generated starts an object that belongs to a gateway.
func generated(apiVersion, kind, name string, gateway api.Object) api.Object {
	labels := inherited(gateway, "labels")
	labels[gatewayNameLabel], labels[gatewayClassLabel] = api.Name(gateway), gateway["spec"].(map[string]any)["gatewayClassName"]
	return api.Object{"apiVersion": apiVersion, "kind": kind, "metadata": api.Object{
		"name": name, "namespace": api.Namespace(gateway), "labels": labels, "annotations": inherited(gateway, "annotations"),
		// Nothing blocks the gateway's deletion: it goes before its load balancer does.
		"ownerReferences": []any{api.Object{
			"apiVersion": GatewayKind.GroupVersion().String(), "kind": "Gateway", "name": api.Name(gateway), "uid": api.UID(gateway)}},
	}}
}

func gatewayAccount(gateway api.Object, name string) api.Object {
	return generated("v1", "ServiceAccount", name, gateway)
}

// gatewayDeployment is a gateway's Deployment. Its proxies connect to the istiod that makes it.
func gatewayDeployment(gateway api.Object, own controller, name string, istiod api.Object) api.Object {
	o := generated("apps/v1", "Deployment", name, gateway)
	api.Set(o, own.label, "metadata", "labels", "gateway.istio.io/managed")
	labels := api.Copy(api.Map(o, "metadata", "labels"))
	for k, v := range map[string]string{
		"sidecar.istio.io/inject": "false", dataplaneMode: "none",
		"service.istio.io/canonical-name": name, "service.istio.io/canonical-revision": "latest",
	} {
		if labels[k] == nil {
			labels[k] = v
		}
	}
	annotations := inherited(gateway, "annotations")
	annotations[revisionLabel] = revisionOf(istiod)
	o["spec"] = api.Object{
		"selector": api.Object{"matchLabels": api.Object{gatewayNameLabel: api.Name(gateway)}},
		"template": api.Object{
			"metadata": api.Object{"labels": labels, "annotations": annotations},
			"spec": api.Object{
				"serviceAccountName": name,
				"containers": []any{api.Object{
					"name": "istio-proxy", "image": proxyImage(istiod), "args": []any{"proxy", "waypoint"},
					"ports": []any{api.Object{"name": "status-port", "containerPort": int64(statusPort), "protocol": "TCP"}},
					"securityContext": api.Object{
						"privileged": false, "runAsGroup": int64(1337), "runAsUser": int64(1337), "allowPrivilegeEscalation": false,
						"readOnlyRootFilesystem": true, "runAsNonRoot": true, "capabilities": api.Object{"drop": []any{"ALL"}},
					},
				}},
				"volumes": []any{api.Object{"name": "istiod-ca-cert", "configMap": api.Object{"name": RootCertificate}}},
			},
		},
	}
	return o
}

func gatewayService(gateway api.Object, own controller, name string) api.Object {
	o := generated("v1", "Service", name, gateway)
	if api.Annotations(o)["networking.istio.io/traffic-distribution"] == "" && !own.suffixed {
		api.Set(o, "PreferClose", "metadata", "annotations", "networking.istio.io/traffic-distribution")
	}
	ports := []any{api.Object{"name": "status-port", "port": int64(statusPort), "protocol": "TCP", "appProtocol": "tcp"}}
	seen := map[int64]bool{statusPort: true}
	for _, listener := range api.Maps(gateway, "spec", "listeners") {
		port := api.Int(listener, "port")
		if seen[port] {
			continue
		}
		seen[port] = true
		ports = append(ports, api.Object{
			"name": api.String(listener, "name"), "port": port, "protocol": "TCP",
			"appProtocol": strings.ToLower(api.String(listener, "protocol")),
		})
	}
	serviceType := own.serviceType
	if override := api.Annotations(gateway)["networking.istio.io/service-type"]; override != "" {
		serviceType = override
	}
	o["spec"] = api.Object{
		"type": serviceType, "ipFamilyPolicy": "PreferDualStack", "ports": ports,
		"selector": api.Object{gatewayNameLabel: api.Name(gateway)},
	}
	return o
}

// proxyImage is the image of Envoy that comes with an istiod.
func proxyImage(istiod api.Object) string {
	for _, container := range api.Maps(istiod, "spec", "containers") {
		if image := api.String(container, "image"); strings.Contains(image, "/pilot:") {
			return strings.Replace(image, "/pilot:", "/proxyv2:", 1)
		}
	}
	return "docker.io/istio/proxyv2:latest"
}

// reportGateways writes the status of every gateway: programmed as soon as its Service has an address.
func reportGateways(c *api.Cluster) {
	for _, gateway := range c.List(GatewayKind, "") {
		_, own, ok := serves(c, gateway)
		if !ok || api.Deleting(gateway) {
			continue
		}
		service := c.Get(api.ServiceKind, api.Namespace(gateway), generatedName(gateway, own))
		if service == nil || own.serviceType == "ClusterIP" && !hasServed(c, gateway) {
			continue
		}
		report(c, api.Copy(gateway), service)
	}
}

func report(c *api.Cluster, gateway, service api.Object) {
	generation, now := api.Int(gateway, "metadata", "generation"), c.Tx.Now.Truncate(time.Second)
	host := fmt.Sprintf("%s.%s.svc.cluster.local", api.Name(service), api.Namespace(service))
	api.SetCondition(gateway, "Accepted", "True", "Accepted", "Resource accepted", generation, now)
	addresses := addressesOf(service, host)
	if len(addresses) == 0 {
		message := fmt.Sprintf("Failed to assign to any requested addresses: address pending for hostname %q", host)
		if why := c.Complaints(service); why != "" {
			message += "; " + why
		}
		api.SetCondition(gateway, "Programmed", "False", "AddressNotAssigned", message, generation, now)
	} else {
		api.Set(gateway, addresses, "status", "addresses")
		ports := make([]string, 0, 2)
		for _, listener := range api.Maps(gateway, "spec", "listeners") {
			ports = append(ports, fmt.Sprintf("%s:%d", host, api.Int(listener, "port")))
		}
		api.SetCondition(gateway, "Programmed", "True", "Programmed",
			"Resource programmed, assigned to service(s) "+strings.Join(ports, " and "), generation, now)
	}
	reportListeners(gateway, generation, now)
	write(c, gateway)
}

// addressesOf returns what a gateway's status says: the load balancer's address, or the Service's own.
func addressesOf(service api.Object, host string) []any {
	var addresses []any
	for _, ingress := range api.Maps(service, "status", "loadBalancer", "ingress") {
		if ip := api.String(ingress, "ip"); ip != "" {
			addresses = append(addresses, api.Object{"type": "IPAddress", "value": ip})
		} else if name := api.String(ingress, "hostname"); name != "" {
			addresses = append(addresses, api.Object{"type": "Hostname", "value": name})
		}
	}
	if len(addresses) == 0 && api.String(service, "spec", "type") != "LoadBalancer" {
		addresses = append(addresses, api.Object{"type": "Hostname", "value": host})
	}
	return addresses
}

func reportListeners(gateway api.Object, generation int64, now time.Time) {
	var listeners []any
	old := map[string]api.Object{}
	for _, l := range api.Maps(gateway, "status", "listeners") {
		old[api.String(l, "name")] = l
	}
	for _, l := range api.Maps(gateway, "spec", "listeners") {
		name := api.String(l, "name")
		status := api.Object{"status": api.Object{"conditions": []any{}}}
		if before := old[name]; before != nil {
			api.Set(status, api.Copy(before)["conditions"], "status", "conditions")
		}
		for _, condition := range [][3]string{
			{"Accepted", "True", "Accepted"}, {"Conflicted", "False", "NoConflicts"},
			{"Programmed", "True", "Programmed"}, {"ResolvedRefs", "True", "ResolvedRefs"},
		} {
			api.SetCondition(status, condition[0], condition[1], condition[2], "No errors found", generation, now)
		}
		listeners = append(listeners, api.Object{
			"name": name, "attachedRoutes": int64(0), "supportedKinds": []any{}, "conditions": api.List(status, "status", "conditions"),
		})
	}
	api.Set(gateway, listeners, "status", "listeners")
}
