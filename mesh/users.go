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
	"ambient-ecs/mesh/networkpolicy"
	"ambient-ecs/mesh/traffic"
)

// The annotations with which EKS's controller ends TLS at a network load balancer. Unless the backend protocol is ssl, it
// speaks clear text to the nodes. (EnsureLoadBalancer of
// https://github.com/kubernetes/cloud-provider-aws/blob/master/pkg/providers/v1/aws.go, 2026-11-29)
const (
	sslCertificate = loadbalancer.Prefix + "ssl-cert"
	sslPorts       = loadbalancer.Prefix + "ssl-ports"
)

// users registers the gateways for users outside the mesh: one behind each door, if there is to be an ingress.
func (m *Mesh) users(ctx *pulumi.Context, cfg config.Config, plan *Plan, plane *ControlPlane, api *GatewayAPI, cluster *eks.Cluster, balancer component.Dependency) error {
	m.IngressAddress = pulumi.String("").ToStringOutput()
	var services []component.Dependency
	for _, name := range slices.Sorted(maps.Keys(m.Namespaces)) {
		services = append(services, m.Namespaces[name])
	}
	for i, gateway := range plan.entrances {
		args := &IngressArgs{
			Gateway:     gateway,
			Certificate: cfg.Ingress.Certificate,
			Key:         cfg.Ingress.Key.Reveal(),
			PodSecurity: cfg.PodSecurity,
			Provider:    cluster.Kubernetes,
			Istiod:      plane.Istiod,
			GatewayAPI:  api.Ready,
			Services:    component.All[Namespace](services...),
		}
		if len(m.routed) > 0 {
			args.Guests = component.All[Team](m.routed...)
		}
		name := ingress.Name
		if gateway.LoadBalancer.Controller == loadbalancer.AWS {
			name, args.Balancer = ingress.Name+"-"+string(loadbalancer.AWS), balancer
		}
		made, err := NewIngress(ctx, name, args)
		if err != nil {
			return err
		}
		if err := Guard(ctx, cfg, cluster.Kubernetes, gateway.Namespace, networkpolicy.Ingress(ingress.PortHTTP, ingress.PortHTTPS), made.Namespace); err != nil {
			return err
		}
		// Users are given the first door, as tasks are.
		if i == 0 {
			m.IngressAddress = made.Address
		}
	}
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

// entrances are the ingress gateways of the configuration, one for each door.
func entrances(cfg config.Config, restart map[string]string) []ingress.Gateway {
	if !cfg.Ingress.On() {
		return nil
	}
	var all []ingress.Gateway
	for _, maker := range cfg.Doors() {
		all = append(all, ingress.Gateway{
			Namespace: cfg.IngressNamespaceAt(maker), Network: cfg.Network, LoadBalancer: ingressBalancer(cfg, loadbalancer.Controller(maker)),
			CertificateARN: cfg.Ingress.CertificateARN, Revision: revisionLabel(cfg), Restart: restart, Hosts: ingressHosts(cfg), Guests: ingressGuests(cfg),
		})
	}
	return all
}

// ingressBalancer is the load balancer of the ingress, by one maker.
func ingressBalancer(cfg config.Config, maker loadbalancer.Controller) loadbalancer.Settings {
	in := cfg.Ingress
	balancer := loadbalancer.Settings{Controller: maker, Public: in.SchemeOrDefault() == config.SchemePublic, Sources: cfg.IngressSources(), Subnets: cfg.IngressSubnets()}
	if maker == loadbalancer.Legacy {
		if in.CertificateARN != "" {
			balancer.Extra = map[string]string{sslCertificate: in.CertificateARN, sslPorts: "443"}
		}
		return balancer
	}
	balancer.SecurityGroup, balancer.DeletionProtection = cfg.IngressGroupTag(), in.DeletionProtection
	if in.AccessLogs.Bucket != "" {
		balancer.AccessLogs = &loadbalancer.AccessLogs{Bucket: in.AccessLogs.Bucket, Prefix: in.AccessLogs.Prefix}
	}
	if in.CertificateARN != "" {
		balancer.TLS = &loadbalancer.TLS{CertificateARNs: []string{in.CertificateARN}, Ports: []int{ingress.PortHTTPS}}
	}
	return balancer
}

// ingressGuests are the teams that route hosts of their own.
func ingressGuests(cfg config.Config) []ingress.Guest {
	var all []ingress.Guest
	for _, team := range cfg.TeamKeys() {
		if hosts := cfg.TeamHosts(team); len(hosts) > 0 {
			all = append(all, ingress.Guest{Name: team, Namespaces: cfg.TeamNamespaces(team), Hosts: hosts})
		}
	}
	return all
}

// ingressHosts are the names that users ask for, with their routes.
func ingressHosts(cfg config.Config) []ingress.Host {
	var all []ingress.Host
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
		all = append(all, host)
	}
	return all
}
