package fromworld

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/doctor/authz"
)

var (
	policyKind       = schema.GroupVersionKind{Group: "security.istio.io", Version: "v1", Kind: "AuthorizationPolicy"}
	serviceEntryKind = schema.GroupVersionKind{Group: "networking.istio.io", Version: "v1", Kind: "ServiceEntry"}
	routeKinds       = []schema.GroupVersionKind{
		{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"},
		{Group: "networking.istio.io", Version: "v1", Kind: "VirtualService"},
	}
	workloadEntryKind = schema.GroupVersionKind{Group: "networking.istio.io", Version: "v1", Kind: "WorkloadEntry"}
)

func (e *evidence) kubernetes(tx *world.Tx) *doctor.Kubernetes {
	c := e.cluster(tx)
	k := &doctor.Kubernetes{Root: mesh.Root(c), Istiod: istiod(c)}
	here := func(r *world.Resource) bool { return r.String("clusterName") == e.stack.EKSName }
	for _, r := range e.find(tx, addOnKind) {
		if here(r) {
			k.AddOns = append(k.AddOns, r.String("addonName"))
		}
	}
	for _, r := range e.find(tx, podIdentityKind) {
		if here(r) {
			k.Associations = append(k.Associations, doctor.Association{
				ID: r.ID, Namespace: r.String("namespace"), ServiceAccount: r.String("serviceAccount"), Role: r.String("roleArn"), Changed: r.Created,
			})
		}
	}
	for _, o := range c.List(api.NamespaceKind, "") {
		k.Namespaces = append(k.Namespaces, doctor.Namespace{Name: api.Name(o), Labels: api.Labels(o), Annotations: api.Annotations(o)})
	}
	for _, o := range c.List(api.ServiceAccountKind, "") {
		first, second := api.Annotations(o)["ecs.solo.io/role-arn"], api.Annotations(o)["eks.amazonaws.com/role-arn"]
		for i, role := range []string{cmp.Or(first, second), second} {
			if i == 0 || role != "" && first != "" {
				k.ServiceAccounts = append(k.ServiceAccounts, doctor.ServiceAccount{Namespace: api.Namespace(o), Name: api.Name(o), Role: role})
			}
		}
	}
	for _, o := range c.List(api.PodKind, "") {
		p := pod(o)
		if p.Ready {
			p.Authority = authority(mesh.CredentialsOfPod(c, o))
		}
		k.Pods = append(k.Pods, p)
	}
	for _, o := range c.List(policyKind, "") {
		k.Policies = append(k.Policies, authz.Policy{Namespace: api.Namespace(o), Name: api.Name(o), Spec: api.Map(o, "spec")})
	}
	for _, kind := range routeKinds {
		for _, o := range c.List(kind, "") {
			k.Routings = append(k.Routings, doctor.Routing{Kind: kind.Kind, Namespace: api.Namespace(o), Name: api.Name(o), Spec: api.Map(o, "spec")})
		}
	}
	if o := c.Get(api.ConfigMapKind, mesh.System, "istio-cni-config"); o != nil {
		k.DNSCapture = api.String(o, "data", "AMBIENT_DNS_CAPTURE") == "true"
	}
	k.Services, k.Gateways, k.Entries = services(c), gateways(c), entries(c)
	return k
}

// authority is what a proxy got with its certificate, nil if it has none.
func authority(a mesh.Authority, has bool) *doctor.Authority {
	if !has {
		return nil
	}
	return &doctor.Authority{Certificate: a.Certificate, Chain: a.Chain, Roots: a.Root}
}

func pod(o api.Object) doctor.Pod {
	p := doctor.Pod{
		Namespace: api.Namespace(o), Name: api.Name(o), ServiceAccount: api.String(o, "spec", "serviceAccountName"),
		Address: api.String(o, "status", "podIP"), Node: api.String(o, "spec", "nodeName"), Labels: api.Labels(o), Annotations: api.Annotations(o),
	}
	status, _, _ := api.Condition(o, "Ready")
	p.Ready = status == "True" && !api.Deleting(o)
	for _, owner := range api.Maps(o, "metadata", "ownerReferences") {
		p.Owner = api.String(owner, "name")
	}
	for _, container := range api.Maps(o, "spec", "containers") {
		for _, v := range api.Maps(container, "env") {
			if api.String(v, "name") == "NETWORK" {
				p.Network = api.String(v, "value")
			}
		}
	}
	return p
}

func services(c *api.Cluster) []doctor.KubernetesService {
	var all []doctor.KubernetesService
	for _, o := range c.List(api.ServiceKind, "") {
		s := doctor.KubernetesService{Namespace: api.Namespace(o), Name: api.Name(o), Type: api.String(o, "spec", "type"), Labels: api.Labels(o)}
		for _, ingress := range api.Maps(o, "status", "loadBalancer", "ingress") {
			if s.Address = api.String(ingress, "ip"); s.Address == "" {
				s.Address = api.String(ingress, "hostname")
			}
			break
		}
		for _, p := range api.Maps(o, "spec", "ports") {
			s.Ports = append(s.Ports, number(p, "port"))
		}
		all = append(all, s)
	}
	return all
}

func gateways(c *api.Cluster) []doctor.KubernetesGateway {
	var all []doctor.KubernetesGateway
	for _, o := range c.List(mesh.GatewayKind, "") {
		status, _, message := api.Condition(o, "Programmed")
		if status == "" {
			message = "no controller has taken its class " + api.String(o, "spec", "gatewayClassName")
		}
		g := doctor.KubernetesGateway{
			Namespace: api.Namespace(o), Name: api.Name(o), Class: api.String(o, "spec", "gatewayClassName"), Message: message,
			Labels: api.Labels(o), Programmed: status == "True", Listeners: map[string]int{},
		}
		for _, l := range api.Maps(o, "spec", "listeners") {
			g.Listeners[api.String(l, "name")] = number(l, "port")
		}
		if addresses := api.Maps(o, "status", "addresses"); len(addresses) > 0 {
			g.Address = api.String(addresses[0], "value")
		}
		all = append(all, g)
	}
	return all
}

func entries(c *api.Cluster) []doctor.Entry {
	var all []doctor.Entry
	for _, o := range slices.Concat(c.List(serviceEntryKind, ""), c.List(workloadEntryKind, "")) {
		e := doctor.Entry{
			Namespace: api.Namespace(o), Name: api.Name(o), Service: api.KindOf(o) == serviceEntryKind, ARN: api.Annotations(o)["ecs.solo.io/arn"],
			Labels: api.Labels(o), Annotations: api.Annotations(o), Hosts: texts(o, "spec", "hosts"),
			Address: api.String(o, "spec", "address"), Network: api.String(o, "spec", "network"), Account: api.String(o, "spec", "serviceAccount"),
		}
		for key, value := range api.Strings(o, "spec", "labels") {
			e.Labels[key] = value
		}
		for _, p := range api.Maps(o, "spec", "ports") {
			e.Ports = append(e.Ports, number(p, "number"))
		}
		all = append(all, e)
	}
	return all
}

// istiod is the youngest ready pod.
func istiod(c *api.Cluster) *doctor.Istiod {
	var youngest api.Object
	for _, o := range c.List(api.PodKind, mesh.System) {
		if api.Labels(o)["app"] == "istiod" && pod(o).Ready && (youngest == nil || api.Created(o).After(api.Created(youngest))) {
			youngest = o
		}
	}
	if youngest == nil {
		return nil
	}
	i := &doctor.Istiod{Name: api.Name(youngest), ServiceAccount: api.String(youngest, "spec", "serviceAccountName"), Created: api.Created(youngest), AutoAllocate: true}
	if fields := strings.Fields(api.Annotations(youngest)[mesh.IdentityAnnotation]); len(fields) == 3 {
		i.Identity = fields[0] + "/" + fields[2]
	}
	for _, container := range api.Maps(youngest, "spec", "containers") {
		if api.String(container, "name") != "discovery" {
			continue
		}
		i.Image = api.String(container, "image")
		env := environment(c, container)
		i.Accounts = accounts(env["ECS_ACCOUNTS"])
		i.AutoAllocate = env["PILOT_ENABLE_IP_AUTOALLOCATE"] != "false"
		namespace, name, _ := strings.Cut(env["SOLO_LICENSE_SECRET"], "/")
		secret := func(key string) string { return secretValue(c, namespace, name, key) }
		i.Licensed = strings.TrimSpace(env["SOLO_LICENSE_KEY"]+secret("license-key")+secret("gloo-mesh-license-key")+secret("gloo-trial-license-key")) != ""
	}
	return i
}

// environment is a container's, with what it takes from Secrets.
func environment(c *api.Cluster, container api.Object) map[string]string {
	env := map[string]string{}
	for _, v := range api.Maps(container, "env") {
		env[api.String(v, "name")] = api.String(v, "value")
		if ref := api.Map(v, "valueFrom", "secretKeyRef"); ref != nil {
			env[api.String(v, "name")] = secretValue(c, mesh.System, api.String(ref, "name"), api.String(ref, "key"))
		}
	}
	return env
}

func secretValue(c *api.Cluster, namespace, name, key string) string {
	o := c.Get(api.SecretKind, namespace, name)
	if o == nil {
		return ""
	}
	// A Secret holds base64; what is not, is no value.
	data, _ := base64.StdEncoding.DecodeString(api.String(o, "data", key))
	return string(data)
}

// accounts reads "domain1,role1,domain2,role2": domains by role.
func accounts(text string) map[string]string {
	byRole := map[string]string{}
	fields := strings.Split(text, ",")
	for i := 0; i+1 < len(fields); i += 2 {
		byRole[strings.TrimSpace(fields[i+1])] = strings.TrimSpace(fields[i])
	}
	return byRole
}
