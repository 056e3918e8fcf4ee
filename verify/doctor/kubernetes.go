package doctor

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor/authz"
	"ambient-ecs/verify/observability"
	"ambient-ecs/verify/stack"
)

// Objects gives access to the objects of the cluster. Each kind of Evidence implements it, and ReadKubernetes interprets
// the objects.
type Objects interface {
	// List returns the objects of a kind ("security.istio.io/v1", "AuthorizationPolicy") in every namespace.
	List(ctx context.Context, apiVersion, kind string) ([]backend.Object, error)
	// Get returns one object, nil if there is none.
	Get(ctx context.Context, apiVersion, kind, namespace, name string) (backend.Object, error)
}

// roleAnnotations are the annotations in which istiod finds a service account's roles. The program writes the
// first.
var roleAnnotations = []string{"ecs.solo.io/role-arn", "eks.amazonaws.com/role-arn"}

// ReadKubernetes reads the facts in the objects of a stack's cluster. It leaves out those that only EKS or the proxies
// know.
func ReadKubernetes(ctx context.Context, from Objects, s *stack.Stack) (*Kubernetes, error) {
	k := &Kubernetes{}
	var youngest backend.Object
	var certified []backend.Object
	for _, kind := range []struct {
		apiVersion, name string
		add              func(backend.Object)
	}{
		{"v1", "Namespace", func(o backend.Object) {
			k.Namespaces = append(k.Namespaces, Namespace{Name: backend.NameOf(o), Labels: backend.LabelsOf(o), Annotations: backend.AnnotationsOf(o)})
		}},
		{"v1", "ServiceAccount", func(o backend.Object) {
			for _, role := range rolesOf(o) {
				k.ServiceAccounts = append(k.ServiceAccounts, ServiceAccount{Namespace: backend.NamespaceOf(o), Name: backend.NameOf(o), Role: role})
			}
		}},
		{"v1", "Pod", func(o backend.Object) {
			p := podOf(o)
			k.Pods = append(k.Pods, p)
			if p.Namespace == system && p.Labels["app"] == "istiod" && p.Ready && (youngest == nil || backend.CreatedAt(o).After(backend.CreatedAt(youngest))) {
				youngest = o
			}
		}},
		{"v1", "Service", func(o backend.Object) { k.Services = append(k.Services, serviceOf(o)) }},
		{"gateway.networking.k8s.io/v1", "Gateway", func(o backend.Object) { k.Gateways, certified = append(k.Gateways, gatewayOf(o)), append(certified, o) }},
		{"gateway.networking.k8s.io/v1", "HTTPRoute", func(o backend.Object) { k.Routings = append(k.Routings, routingOf(o)) }},
		{"networking.istio.io/v1", "ServiceEntry", func(o backend.Object) { k.Entries = append(k.Entries, entryOf(o)) }},
		{"networking.istio.io/v1", "VirtualService", func(o backend.Object) { k.Routings = append(k.Routings, routingOf(o)) }},
		{"networking.istio.io/v1", "WorkloadEntry", func(o backend.Object) { k.Entries = append(k.Entries, entryOf(o)) }},
		{"security.istio.io/v1", "AuthorizationPolicy", func(o backend.Object) {
			k.Policies = append(k.Policies, authz.Policy{Namespace: backend.NamespaceOf(o), Name: backend.NameOf(o), Spec: backend.Map(o, "spec")})
		}},
	} {
		list, err := from.List(ctx, kind.apiVersion, kind.name)
		if err != nil {
			return nil, lockedOut(err)
		}
		for _, o := range list {
			kind.add(o)
		}
	}
	for i, o := range certified {
		missing, err := bare(ctx, from, o)
		if err != nil {
			return nil, err
		}
		k.Gateways[i].Bare = missing
	}
	cni, err := from.Get(ctx, "v1", "ConfigMap", system, "istio-cni-config")
	if err != nil {
		return nil, err
	}
	root, err := from.Get(ctx, "v1", "ConfigMap", system, "istio-ca-root-cert")
	if err != nil {
		return nil, err
	}
	k.DNSCapture, k.Root = backend.Text(cni, "data", "AMBIENT_DNS_CAPTURE") == "true", backend.Text(root, "data", "root-cert.pem")
	if youngest == nil {
		return k, nil // nothing goes before that
	}
	if k.Istiod, err = readIstiod(ctx, from, youngest); err != nil {
		return nil, err
	}
	return k, k.readLasting(ctx, from, pieces(s, backend.LabelsOf(youngest)[labelRevision]))
}

// ReadTracing reads the tracing providers in istiod's configuration, and those that a Telemetry of the mesh names.
func ReadTracing(ctx context.Context, from Objects) (providers []string, traces []observability.Trace, err error) {
	telemetries, err := from.List(ctx, "telemetry.istio.io/v1", "Telemetry")
	if err != nil {
		return nil, nil, err
	}
	for _, o := range telemetries {
		if backend.NamespaceOf(o) == system {
			traces = append(traces, observability.Traces(backend.Map(o, "spec"))...)
		}
	}
	configuration, err := from.Get(ctx, "v1", "ConfigMap", system, "istio")
	if err != nil {
		return nil, nil, err
	}
	providers, err = observability.Providers(backend.Text(configuration, "data", "mesh"))
	return providers, traces, err
}

// rolesOf are the roles that a service account names, or "" for none. The bearer of any of them may take its
// identity.
func rolesOf(o backend.Object) []string {
	var all []string
	for _, key := range roleAnnotations {
		if role := backend.AnnotationsOf(o)[key]; role != "" {
			all = append(all, role)
		}
	}
	if len(all) == 0 {
		return []string{""}
	}
	return all
}

func podOf(o backend.Object) Pod {
	p := Pod{
		Namespace: backend.NamespaceOf(o), Name: backend.NameOf(o), ServiceAccount: backend.Text(o, "spec", "serviceAccountName"),
		Address: backend.Text(o, "status", "podIP"), Node: backend.Text(o, "spec", "nodeName"), Labels: backend.LabelsOf(o), Annotations: backend.AnnotationsOf(o),
	}
	status, _ := backend.ConditionOf(o, "Ready")
	p.Ready = status == "True" && backend.Text(o, "metadata", "deletionTimestamp") == ""
	for _, owner := range backend.Objects(o, "metadata", "ownerReferences") {
		p.Owner = backend.Text(owner, "name")
		if backend.Text(owner, "kind") == "ReplicaSet" {
			// The Deployment's name, and a hash.
			p.Owner = strings.TrimSuffix(p.Owner, "-"+p.Labels["pod-template-hash"])
		}
	}
	for _, container := range backend.Objects(o, "spec", "containers") {
		for _, v := range backend.Objects(container, "env") {
			switch backend.Text(v, "name") {
			case "NETWORK":
				p.Network = backend.Text(v, "value")
			case credentialsVariable:
				p.Credentials = backend.Text(v, "value") != ""
			}
		}
	}
	return p
}

func serviceOf(o backend.Object) KubernetesService {
	s := KubernetesService{Namespace: backend.NamespaceOf(o), Name: backend.NameOf(o), Type: backend.Text(o, "spec", "type"), Labels: backend.LabelsOf(o), Annotations: backend.AnnotationsOf(o)}
	if ingress := backend.Objects(o, "status", "loadBalancer", "ingress"); len(ingress) > 0 {
		if s.Address = backend.Text(ingress[0], "ip"); s.Address == "" {
			s.Address = backend.Text(ingress[0], "hostname")
		}
	}
	for _, p := range backend.Objects(o, "spec", "ports") {
		s.Ports = append(s.Ports, backend.Number(p, "port"))
	}
	return s
}

// SourceRanges are the networks from which a Service lets clients reach its load balancer, none for all.
func SourceRanges(service backend.Object) []string {
	ranges := backend.Texts(service, "spec", "loadBalancerSourceRanges")
	// The annotation means the same as the field.
	for _, cidr := range strings.Split(backend.AnnotationsOf(service)["service.beta.kubernetes.io/load-balancer-source-ranges"], ",") {
		if cidr = strings.TrimSpace(cidr); cidr != "" {
			ranges = append(ranges, cidr)
		}
	}
	return ranges
}

func gatewayOf(o backend.Object) KubernetesGateway {
	status, message := backend.ConditionOf(o, "Programmed")
	g := KubernetesGateway{
		Namespace: backend.NamespaceOf(o), Name: backend.NameOf(o), Class: backend.Text(o, "spec", "gatewayClassName"), Message: message, Labels: backend.LabelsOf(o),
		Programmed: status == "True", Listeners: map[string]int{},
	}
	if status == "" {
		g.Message = "no controller has taken its class " + g.Class
	}
	for _, l := range backend.Objects(o, "spec", "listeners") {
		g.Listeners[backend.Text(l, "name")] = backend.Number(l, "port")
	}
	if addresses := backend.Objects(o, "status", "addresses"); len(addresses) > 0 {
		g.Address = backend.Text(addresses[0], "value")
	}
	return g
}

// bare are the Secrets of a Gateway's certificates that lack certificate or key.
func bare(ctx context.Context, from Objects, gateway backend.Object) ([]string, error) {
	var all []string
	for _, listener := range backend.Objects(gateway, "spec", "listeners") {
		for _, ref := range backend.Objects(listener, "tls", "certificateRefs") {
			name := backend.Text(ref, "name")
			values, err := readSecret(ctx, from, backend.NamespaceOf(gateway), name)
			if err != nil {
				return nil, err
			}
			if values["tls.crt"] == "" || values["tls.key"] == "" {
				all = append(all, backend.NamespaceOf(gateway)+"/"+name)
			}
		}
	}
	return all, nil
}

// routingOf reads an HTTPRoute or a VirtualService.
func routingOf(o backend.Object) Routing {
	return Routing{Kind: backend.Text(o, "kind"), Namespace: backend.NamespaceOf(o), Name: backend.NameOf(o), Spec: backend.Map(o, "spec")}
}

func entryOf(o backend.Object) Entry {
	e := Entry{
		Namespace: backend.NamespaceOf(o), Name: backend.NameOf(o), Service: backend.Text(o, "kind") == "ServiceEntry", ARN: backend.AnnotationsOf(o)["ecs.solo.io/arn"],
		Labels: backend.LabelsOf(o), Annotations: backend.AnnotationsOf(o), Hosts: backend.Texts(o, "spec", "hosts"),
		Address: backend.Text(o, "spec", "address"), Network: backend.Text(o, "spec", "network"), Account: backend.Text(o, "spec", "serviceAccount"),
	}
	for key, value := range backend.Strings(o, "spec", "labels") {
		e.Labels[key] = value
	}
	for _, p := range backend.Objects(o, "spec", "ports") {
		e.Ports = append(e.Ports, backend.Number(p, "number"))
	}
	return e
}

// readIstiod reads a pod of istiod, with the Secrets that it takes values from.
func readIstiod(ctx context.Context, from Objects, pod backend.Object) (*Istiod, error) {
	i := &Istiod{Name: backend.NameOf(pod), ServiceAccount: backend.Text(pod, "spec", "serviceAccountName"), Created: backend.CreatedAt(pod), AutoAllocate: true}
	for _, container := range backend.Objects(pod, "spec", "containers") {
		if backend.Text(container, "name") != "discovery" {
			continue
		}
		i.Image = backend.Text(container, "image")
		environment, err := readEnvironment(ctx, from, container)
		if err != nil {
			return nil, err
		}
		i.Accounts = domains(environment["ECS_ACCOUNTS"])
		i.PrefersTunnel = environment["PILOT_PREFER_SENDING_HBONE"] == "true"
		i.AutoAllocate = environment["PILOT_ENABLE_IP_AUTOALLOCATE"] != "false"
		if i.Licensed, err = licensed(ctx, from, environment); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// readEnvironment is a container's, with what it takes from Secrets.
func readEnvironment(ctx context.Context, from Objects, container backend.Object) (map[string]string, error) {
	all := map[string]string{}
	for _, v := range backend.Objects(container, "env") {
		name := backend.Text(v, "name")
		all[name] = backend.Text(v, "value")
		secret := backend.Text(v, "valueFrom", "secretKeyRef", "name")
		if secret == "" {
			continue
		}
		values, err := readSecret(ctx, from, system, secret)
		if err != nil {
			return nil, err
		}
		all[name] = values[backend.Text(v, "valueFrom", "secretKeyRef", "key")]
	}
	return all, nil
}

// licenceKeys are the keys under which istiod looks for its licence in a Secret.
var licenceKeys = []string{"license-key", "gloo-mesh-license-key", "gloo-trial-license-key"}

func licensed(ctx context.Context, from Objects, environment map[string]string) (bool, error) {
	if strings.TrimSpace(environment["SOLO_LICENSE_KEY"]) != "" {
		return true, nil
	}
	namespace, name, named := strings.Cut(environment["SOLO_LICENSE_SECRET"], "/")
	if !named {
		return false, nil
	}
	values, err := readSecret(ctx, from, namespace, name)
	if err != nil {
		return false, err
	}
	for _, key := range licenceKeys {
		if strings.TrimSpace(values[key]) != "" {
			return true, nil
		}
	}
	return false, nil
}

// readSecret reads the values of a Secret. One that does not exist has none.
func readSecret(ctx context.Context, from Objects, namespace, name string) (map[string]string, error) {
	o, err := from.Get(ctx, "v1", "Secret", namespace, name)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for key, encoded := range backend.Strings(o, "data") {
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return nil, fmt.Errorf("secret %s/%s: key %s: %w", namespace, name, key, err)
		}
		values[key] = string(decoded)
	}
	return values, nil
}

// domains reads "domain1,role1,domain2,role2": domains by role.
func domains(text string) map[string]string {
	byRole := map[string]string{}
	fields := strings.Split(text, ",")
	for i := 0; i+1 < len(fields); i += 2 {
		byRole[strings.TrimSpace(fields[i+1])] = strings.TrimSpace(fields[i])
	}
	return byRole
}
