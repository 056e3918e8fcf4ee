package mesh

import (
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/eks"
	"ambient-ecs/mesh/ingress"
	"ambient-ecs/mesh/loadbalancer"
	"ambient-ecs/mesh/traffic"
)

// The annotations with which EKS's controller ends TLS at a network load balancer. Without a backend protocol it
// speaks clear text to the nodes.
// (https://github.com/kubernetes/cloud-provider-aws, pkg/providers/v1/aws.go, 2026-11-29)
const (
	sslCertificate = loadbalancer.Prefix + "ssl-cert"
	sslPorts       = loadbalancer.Prefix + "ssl-ports"
)

// users registers the gateway for users outside the mesh, if there is to be one.
func (m *Mesh) users(ctx *pulumi.Context, cfg config.Config, plan *Plan, plane *ControlPlane, api *GatewayAPI, cluster *eks.Cluster) error {
	m.IngressAddress = pulumi.String("").ToStringOutput()
	if !cfg.Ingress.On() {
		return nil
	}
	var services []component.Dependency
	for _, name := range slices.Sorted(maps.Keys(m.Namespaces)) {
		services = append(services, m.Namespaces[name])
	}
	made, err := NewIngress(ctx, ingress.Name, &IngressArgs{
		Gateway:     *plan.ingress,
		Certificate: cfg.Ingress.Certificate,
		Key:         cfg.Ingress.Key.Reveal(),
		PodSecurity: cfg.PodSecurity,
		Provider:    cluster.Kubernetes,
		Istiod:      plane.Istiod,
		GatewayAPI:  api.Ready,
		Services:    component.All[Namespace](services...),
	})
	if err != nil {
		return err
	}
	m.IngressAddress = made.Address
	return nil
}

// envTunnel makes gateways reach tasks by HBONE. By itself Istio prefers the mTLS of sidecars for every endpoint with a
// service account, at the port of the application, and no task takes that.
// (istio 1.29.1, pilot/pkg/xds/endpoints/endpoint_builder.go)
const envTunnel = config.EnvPreferTunnel

// istiodEnv is istiod's environment: the configuration's, and what an ingress needs.
func istiodEnv(cfg config.Config) map[string]string {
	if !cfg.Ingress.On() {
		return cfg.PilotEnv
	}
	return with(cfg.PilotEnv, envTunnel, "true")
}

// ingressGateway is the gateway of the configuration, or nil.
func ingressGateway(cfg config.Config, restart map[string]string) *ingress.Gateway {
	if !cfg.Ingress.On() {
		return nil
	}
	balancer := loadbalancer.Settings{
		Controller: loadbalancer.Legacy,
		Public:     cfg.Ingress.SchemeOrDefault() == config.SchemePublic,
		Sources:    cfg.IngressSources(),
	}
	if arn := cfg.Ingress.CertificateARN; arn != "" {
		balancer.Extra = map[string]string{sslCertificate: arn, sslPorts: "443"}
	}
	g := &ingress.Gateway{
		Namespace: cfg.IngressNamespace(), Network: cfg.Network, LoadBalancer: balancer, CertificateARN: cfg.Ingress.CertificateARN,
		Revision: revisionLabel(cfg), Restart: restart,
	}
	for _, name := range cfg.Ingress.HostKeys() {
		host := ingress.Host{Name: name}
		for _, r := range cfg.Ingress.Hosts[name].Routes {
			route := ingress.Route{PathPrefix: r.PathPrefix}
			for _, to := range slices.Sorted(maps.Keys(r.To)) {
				if d, known := cfg.IngressBackend(to); known {
					route.To = append(route.To, traffic.Backend{Hostname: d.Hostname, Port: d.Port, Weight: r.To[to]})
				}
			}
			host.Routes = append(host.Routes, route)
		}
		g.Hosts = append(g.Hosts, host)
	}
	return g
}
