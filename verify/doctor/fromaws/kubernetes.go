package fromaws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/doctor/authz"
)

const (
	system        = "istio-system"
	annotationARN = "ecs.solo.io/arn"
)

// roleAnnotations are those by which istiod finds a service account's roles. The program writes the first.
var roleAnnotations = []string{"ecs.solo.io/role-arn", "eks.amazonaws.com/role-arn"}

// Kubernetes implements doctor.Evidence.
func (e *evidence) Kubernetes(ctx context.Context) (*doctor.Kubernetes, error) {
	k := &doctor.Kubernetes{}
	if err := e.readEKS(ctx, k); err != nil {
		return nil, fmt.Errorf("EKS cluster %s: %w", e.stack.EKSName, err)
	}
	add := map[string]func(object){
		"v1 Namespace": func(o object) {
			k.Namespaces = append(k.Namespaces, doctor.Namespace{Name: o.name(), Labels: o.labels(), Annotations: o.annotations()})
		},
		"v1 ServiceAccount": func(o object) {
			for _, role := range roles(o) {
				k.ServiceAccounts = append(k.ServiceAccounts, doctor.ServiceAccount{Namespace: o.namespace(), Name: o.name(), Role: role})
			}
		},
		"v1 Pod":                                 func(o object) { k.Pods = append(k.Pods, pod(o)) },
		"v1 Service":                             func(o object) { k.Services = append(k.Services, coreService(o)) },
		"gateway.networking.k8s.io/v1 Gateway":   func(o object) { k.Gateways = append(k.Gateways, gateway(o)) },
		"networking.istio.io/v1 ServiceEntry":    func(o object) { k.Entries = append(k.Entries, entry(o)) },
		"networking.istio.io/v1 WorkloadEntry":   func(o object) { k.Entries = append(k.Entries, entry(o)) },
		"gateway.networking.k8s.io/v1 HTTPRoute": func(o object) { k.Routings = append(k.Routings, routing(o)) },
		"networking.istio.io/v1 VirtualService":  func(o object) { k.Routings = append(k.Routings, routing(o)) },
		"security.istio.io/v1 AuthorizationPolicy": func(o object) {
			spec, _ := o.at("spec").(map[string]any)
			k.Policies = append(k.Policies, authz.Policy{Namespace: o.namespace(), Name: o.name(), Spec: spec})
		},
	}
	for _, what := range slices.Sorted(maps.Keys(add)) {
		apiVersion, kind, _ := strings.Cut(what, " ")
		list, err := e.objects(ctx, apiVersion, kind)
		if err != nil {
			return nil, err
		}
		for _, o := range list {
			add[what](o)
		}
	}
	cni, err := e.object(ctx, "v1", "ConfigMap", system, "istio-cni-config")
	if err != nil {
		return nil, err
	}
	k.DNSCapture = cni.text("data", "AMBIENT_DNS_CAPTURE") == "true"
	root, err := e.object(ctx, "v1", "ConfigMap", system, "istio-ca-root-cert")
	if err != nil {
		return nil, err
	}
	k.Root = root.text("data", "root-cert.pem")
	k.Istiod, err = e.istiod(ctx)
	return k, err
}

// roles are those that a service account names, or "" for none: whoever has any of them may take its identity.
func roles(o object) []string {
	var all []string
	for _, key := range roleAnnotations {
		if role := o.annotations()[key]; role != "" {
			all = append(all, role)
		}
	}
	if len(all) == 0 {
		return []string{""}
	}
	return all
}

func pod(o object) doctor.Pod {
	p := doctor.Pod{
		Namespace: o.namespace(), Name: o.name(), ServiceAccount: o.text("spec", "serviceAccountName"), Address: o.text("status", "podIP"),
		Node: o.text("spec", "nodeName"), Labels: o.labels(), Annotations: o.annotations(),
	}
	status, _ := o.condition("Ready")
	p.Ready = status == "True" && o.text("metadata", "deletionTimestamp") == ""
	for _, owner := range o.objects("metadata", "ownerReferences") {
		p.Owner = owner.text("name")
		if owner.text("kind") == "ReplicaSet" {
			// The Deployment's name, and a hash.
			p.Owner = strings.TrimSuffix(p.Owner, "-"+p.Labels["pod-template-hash"])
		}
	}
	for _, container := range o.objects("spec", "containers") {
		for _, v := range container.objects("env") {
			if v.text("name") == "NETWORK" {
				p.Network = v.text("value")
			}
		}
	}
	return p
}

// coreService is a core/v1 Service.
func coreService(o object) doctor.KubernetesService {
	s := doctor.KubernetesService{Namespace: o.namespace(), Name: o.name(), Type: o.text("spec", "type"), Labels: o.labels()}
	if ingress := o.objects("status", "loadBalancer", "ingress"); len(ingress) > 0 {
		if s.Address = ingress[0].text("ip"); s.Address == "" {
			s.Address = ingress[0].text("hostname")
		}
	}
	for _, p := range o.objects("spec", "ports") {
		s.Ports = append(s.Ports, p.number("port"))
	}
	return s
}

func gateway(o object) doctor.KubernetesGateway {
	status, message := o.condition("Programmed")
	g := doctor.KubernetesGateway{
		Namespace: o.namespace(), Name: o.name(), Class: o.text("spec", "gatewayClassName"), Message: message, Labels: o.labels(),
		Programmed: status == "True", Listeners: map[string]int{},
	}
	if status == "" {
		g.Message = "no controller has taken its class " + g.Class
	}
	for _, l := range o.objects("spec", "listeners") {
		g.Listeners[l.text("name")] = l.number("port")
	}
	if addresses := o.objects("status", "addresses"); len(addresses) > 0 {
		g.Address = addresses[0].text("value")
	}
	return g
}

// routing is an HTTPRoute or a VirtualService.
func routing(o object) doctor.Routing {
	spec, _ := o.at("spec").(map[string]any)
	return doctor.Routing{Kind: o.text("kind"), Namespace: o.namespace(), Name: o.name(), Spec: spec}
}

func entry(o object) doctor.Entry {
	e := doctor.Entry{
		Namespace: o.namespace(), Name: o.name(), Service: o.text("kind") == "ServiceEntry", ARN: o.annotations()[annotationARN],
		Labels: o.labels(), Annotations: o.annotations(), Hosts: o.texts("spec", "hosts"),
		Address: o.text("spec", "address"), Network: o.text("spec", "network"), Account: o.text("spec", "serviceAccount"),
	}
	for key, value := range o.strings("spec", "labels") {
		e.Labels[key] = value
	}
	for _, p := range o.objects("spec", "ports") {
		e.Ports = append(e.Ports, p.number("number"))
	}
	return e
}
