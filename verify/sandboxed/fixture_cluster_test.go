package sandboxed_test

import (
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
)

func (f *fixture) write(c *api.Cluster, o api.Object) {
	f.Helper()
	if err := c.Write(o); err != nil {
		f.Fatal(err)
	}
}

func object(apiVersion, kind, namespace, name string) api.Object {
	o := api.Object{"apiVersion": apiVersion, "kind": kind, "metadata": api.Object{"name": name}}
	if namespace != "" {
		api.Set(o, namespace, "metadata", "namespace")
	}
	return o
}

// pod is a ready pod of a Deployment of the same name.
func pod(c *api.Cluster, namespace, name, ip string, container api.Object) api.Object {
	o := object("v1", "Pod", namespace, name)
	api.Set(o, api.Object{"app": name}, "metadata", "labels")
	api.Set(o, []any{api.Object{"kind": "Deployment", "name": name}}, "metadata", "ownerReferences")
	container["name"] = "main"
	o["spec"] = api.Object{"serviceAccountName": "default", "nodeName": "node", "containers": []any{container}}
	o["status"] = api.Object{"podIP": ip, "phase": "Running"}
	api.SetCondition(o, "Ready", "True", "", "", 0, c.Tx.Now)
	return o
}

func service(namespace, name, ip string, selector string, ports ...any) api.Object {
	o := object("v1", "Service", namespace, name)
	o["spec"] = api.Object{"clusterIP": ip, "clusterIPs": []any{ip}, "selector": api.Object{"app": selector}, "ports": ports}
	return o
}

// cluster is what runs in EKS: istiod, ztunnel, istio-cni, the gateway, and the two test workloads.
func (f *fixture) cluster(c *api.Cluster, definitions []api.Object) {
	for _, name := range []string{"default", mesh.System, "mesh-1", "mesh-2"} {
		ns := object("v1", "Namespace", "", name)
		labels := api.Object{"kubernetes.io/metadata.name": name}
		if name == mesh.System {
			labels["topology.istio.io/network"] = "eks"
		} else {
			labels["istio.io/dataplane-mode"] = "ambient"
		}
		api.Set(ns, labels, "metadata", "labels")
		f.write(c, ns)
	}
	for _, o := range definitions {
		f.write(c, o)
	}
	definition := object("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", "gateways.gateway.networking.k8s.io")
	definition["spec"] = api.Object{"group": "gateway.networking.k8s.io", "scope": "Namespaced", "names": api.Object{"kind": "Gateway", "plural": "gateways"},
		"versions": []any{api.Object{"name": "v1", "served": true, "storage": true}}}
	f.write(c, definition)
	for key, identity := range map[string]string{"ecs-1": "mesh-1", "ecs-2": "mesh-2"} {
		account := object("v1", "ServiceAccount", identity, "ecs")
		api.Set(account, api.Object{"ecs.solo.io/role-arn": "arn:aws:iam::" + f.stack.Accounts[f.stack.Clusters[key].Account].ID + ":role/" + identity + "-ecs"}, "metadata", "annotations")
		f.write(c, account)
	}
	secret := object("v1", "Secret", mesh.System, "istio-ca-secret")
	secret["data"] = api.Object{"ca-cert.pem": encode(root())}
	f.write(c, secret)
	cni := object("v1", "ConfigMap", mesh.System, "istio-cni-config")
	cni["data"] = api.Object{"AMBIENT_DNS_CAPTURE": "true"}
	f.write(c, cni)

	istiod := pod(c, mesh.System, "istiod", "192.168.1.20", api.Object{"image": "registry.example/pilot:1.28.3-solo"})
	api.Set(istiod, "istiod", "spec", "serviceAccountName")
	api.Maps(istiod, "spec", "containers")[0]["name"] = "discovery"
	api.Maps(istiod, "spec", "containers")[0]["env"] = []any{
		api.Object{"name": "PILOT_ENABLE_AMBIENT", "value": "true"}, api.Object{"name": "SOLO_LICENSE_KEY", "value": "any"},
		api.Object{"name": "ECS_ACCOUNTS", "value": "ecs.home,arn:aws:iam::" + home + ":role/discovery,ecs.away,arn:aws:iam::" + away + ":role/discovery"},
	}
	mesh.InjectIdentity(c, istiod)
	f.write(c, istiod)
	f.write(c, pod(c, mesh.System, "ztunnel", "192.168.1.21", api.Object{"env": []any{api.Object{"name": "NETWORK", "value": "eks"}}}))
	agent := pod(c, mesh.System, "istio-cni-node", "192.168.1.22", api.Object{})
	api.Set(agent, "istio-cni-node", "metadata", "labels", "k8s-app")
	f.write(c, agent)

	gateway := pod(c, mesh.System, "eastwest", "192.168.1.23", api.Object{})
	api.Set(gateway, "istio.io-eastwest-controller", "metadata", "labels", "gateway.istio.io/managed")
	api.Set(gateway, "eastwest", "metadata", "labels", "gateway.networking.k8s.io/gateway-name")
	f.write(c, gateway)
	declared := object("gateway.networking.k8s.io/v1", "Gateway", mesh.System, "eastwest")
	api.Set(declared, api.Object{"topology.istio.io/network": "eks"}, "metadata", "labels")
	declared["spec"] = api.Object{"gatewayClassName": "istio-eastwest", "listeners": []any{
		api.Object{"name": "cross-network", "port": int64(15008), "protocol": "HBONE"}, api.Object{"name": "xds-tls", "port": int64(15012), "protocol": "TLS"}}}
	declared["status"] = api.Object{"addresses": []any{api.Object{"type": "Hostname", "value": f.stack.GatewayAddress}}}
	f.write(c, declared)
	front := service(mesh.System, "eastwest", "172.20.0.2", "eastwest",
		api.Object{"name": "cross-network", "port": int64(15008), "protocol": "TCP"}, api.Object{"name": "xds-tls", "port": int64(15012), "protocol": "TCP"})
	api.Set(front, api.Object{"istio.io/expose-istiod": "15012", "topology.istio.io/network": "eks",
		"gateway.networking.k8s.io/gateway-name": "eastwest"}, "metadata", "labels")
	front["status"] = api.Object{"loadBalancer": api.Object{"ingress": []any{api.Object{"hostname": f.stack.GatewayAddress}}}}
	f.write(c, front)

	f.write(c, pod(c, "default", "eks-shell", "192.168.1.30", api.Object{}))
	f.write(c, pod(c, "default", "eks-echo", "192.168.1.31", api.Object{"ports": []any{api.Object{"containerPort": int64(8080)}}}))
	f.write(c, service("default", "eks-echo", "172.20.0.3", "eks-echo", api.Object{"name": "http", "port": int64(8080), "targetPort": int64(8080), "protocol": "TCP"}))
}
