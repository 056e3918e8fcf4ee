package outputs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
)

// ingress says who may reach which services from outside the mesh, and how. It is empty if there is no ingress. It
// exports what was declared, with the backends by hostname.
func ingress(cfg config.Config) pulumi.Map {
	if !cfg.Ingress.On() {
		return pulumi.Map{}
	}
	hosts := pulumi.Map{}
	for _, name := range cfg.Ingress.HostKeys() {
		routes := pulumi.Array{}
		for _, r := range cfg.Ingress.Hosts[name].Routes {
			to := pulumi.IntMap{}
			for backend, weight := range r.To {
				if d, known := cfg.IngressBackend(backend); known {
					to[d.Hostname] = pulumi.Int(weight)
				}
			}
			routes = append(routes, pulumi.Map{"pathPrefix": pulumi.String(r.PathPrefix), "to": to})
		}
		hosts[name] = pulumi.Map{"routes": routes}
	}
	return pulumi.Map{
		"scheme":         pulumi.String(string(cfg.Ingress.SchemeOrDefault())),
		"sources":        pulumi.ToStringArray(cfg.IngressSources()),
		"namespace":      pulumi.String(cfg.IngressNamespace()),
		"serviceAccount": pulumi.String(config.IngressServiceAccount),
		"certificateArn": pulumi.String(cfg.Ingress.CertificateARN),
		"hosts":          hosts,
	}
}
