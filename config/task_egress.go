package config

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// TaskEgress is where the tasks of an account may call by HTTPS, besides what their services' own egress says.
type TaskEgress string

const (
	// EgressHTTPS is any address.
	EgressHTTPS TaskEgress = "https"
	// EgressEndpoints are the interface endpoints of the VPC, and S3 by its gateway endpoint: the program's, or those of the owner of a VPC
	// that exists.
	EgressEndpoints TaskEgress = "endpoints"
)

// DefaultTaskEgress lets tasks call registries and AWS's services, which have no fixed addresses.
const DefaultTaskEgress = EgressHTTPS

// EgressOrDefault is where the account's tasks may call by HTTPS.
func (a Account) EgressOrDefault() TaskEgress {
	if a.Egress == "" {
		return DefaultTaskEgress
	}
	return a.Egress
}

// portHTTPS is the port of registries and of AWS's services.
const portHTTPS = 443

// callsByHTTPS reports whether a service has a rule of its own to call by HTTPS. Where to, the program cannot compare with a registry.
func (s Service) callsByHTTPS() bool {
	return slices.ContainsFunc(s.Egress, func(e Egress) bool { return e.ProtocolOrDefault() == DefaultProtocol && e.Port == portHTTPS })
}

// checkTaskEgress refuses to close HTTPS where tasks could not start then: ECS pulls images and reads secrets through the network
// of the task (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html, 2026-11-29).
func (c Config) checkTaskEgress(p *problem.List) {
	for _, key := range c.AccountKeys() {
		account, field := c.Accounts[key], "accounts."+key+".egress"
		egress := account.EgressOrDefault()
		problem.OneOf(p, field, egress, EgressHTTPS, EgressEndpoints)
		if egress != EgressEndpoints {
			continue
		}
		endpoints, at := c.endpointsIn(key)
		switch {
		case account.Network != nil:
			// The preview looks for the owner's endpoints.
			c.checkEgressImages(p, key, field)
		case !endpoints.Enabled:
			p.Refuse(field, string(egress), "the account has no endpoints, and its tasks could not start: set %s.enabled", at)
		default:
			c.checkEgressServices(p, key, at)
			c.checkEgressImages(p, key, field)
		}
	}
}

// checkEgressServices refuses a list of endpoints without a service that ECS or the tasks' agents call.
func (c Config) checkEgressServices(p *problem.List, account, field string) {
	offered := c.EndpointServices(account)
	for _, service := range c.servicesOfTasks(account) {
		if !slices.Contains(offered, service) {
			p.Missing(field+".services", "the tasks of accounts.%s call %s and, with egress %s, no other address by HTTPS: name it, or leave services out", account, service, EgressEndpoints)
		}
	}
}

// checkEgressImages refuses images that no endpoint leads to.
func (c Config) checkEgressImages(p *problem.List, account, field string) {
	region, ztunnel := c.RegionOf(account), []string{}
	for _, cluster := range c.ClusterKeys() {
		if c.Clusters[cluster].Account != account {
			continue
		}
		for _, name := range c.Clusters[cluster].WorkloadKeys() {
			needs, known := c.NeedsOf(cluster, name)
			if !known || c.asService(cluster, name).callsByHTTPS() {
				continue
			}
			for _, image := range needs.Images {
				switch {
				case inRegistryOf(region, image):
				case strings.HasPrefix(image, c.ImageHub+"/ztunnel"):
					ztunnel = append(ztunnel, c.Field(cluster, name))
				default:
					p.Refuse(c.Field(cluster, name)+".image", image, "it is in no private registry of ECR in %s, and with %s %s nothing else is reached: copy it there, or give the service an egress rule on port %d to its registry", region, field, EgressEndpoints, portHTTPS)
				}
			}
		}
	}
	if len(ztunnel) > 0 {
		p.Refuse("imageHub", c.ImageHub, "it is no private registry of ECR in %s, and with %s %s the tasks of %s reach nothing else: copy Istio's images there (docs/controls.md#calls-of-tasks)", region, field, EgressEndpoints, fmt.Sprint(ztunnel))
	}
}
