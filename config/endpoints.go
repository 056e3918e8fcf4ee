package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// EndpointSettings are the ways to AWS's services within the VPCs.
type EndpointSettings struct {
	// Endpoints are the interface endpoints of every account.
	Endpoints Endpoints `config:"endpoints"`
}

// Endpoints are interface endpoints of AWS's services (PrivateLink), one for each service, in each private subnet. Calls to these
// services stay in the VPC and do not go through a NAT gateway.
type Endpoints struct {
	// Enabled makes the endpoints.
	Enabled bool `config:"enabled"`
	// Services are the services, as the last part of the endpoint's service name: ecr.api, logs. Empty: those that the mesh and the
	// stack's own definitions use in the account, which docs/controls.md lists.
	Services []string `config:"services"`
	// Also are more services, such as those that your own applications call.
	Also []string `config:"also"`
}

// endpointsIn is where an account's endpoints are described, with the field that does it: its own, or the stack's.
func (c Config) endpointsIn(account string) (Endpoints, string) {
	if own := c.Accounts[account].Endpoints; own != nil {
		return *own, "accounts." + account + ".endpoints"
	}
	return c.Endpoints, "endpoints"
}

// EndpointServices are the services for which an account's VPC gets an interface endpoint, sorted. An account in which nothing
// calls any has none.
func (c Config) EndpointServices(account string) []string {
	e, _ := c.endpointsIn(account)
	if !e.Enabled || c.Accounts[account].Network != nil {
		return nil
	}
	services := e.Services
	if len(services) == 0 {
		services = c.servicesUsed(account)
	}
	services = slices.Concat(services, e.Also)
	slices.Sort(services)
	return slices.Compact(services)
}

// ServicesAt are the services for which the VPC of an account that exists needs an interface endpoint of its owner, sorted: those of the
// tasks, and where the VPC has no other way out those of the control plane too. Without egress EgressEndpoints there are none.
func (c Config) ServicesAt(account string, isolated bool) (services []string) {
	if a := c.Accounts[account]; a.Network == nil || a.EgressOrDefault() != EgressEndpoints {
		return nil
	}
	services = c.servicesOfTasks(account)
	switch {
	case !isolated:
	case account == c.Home && c.HasExistingEKS():
		// The nodes are somebody else's. istiod gets credentials, assumes roles and lists tasks.
		services = append(services, "ecs", "eks-auth", "sts")
	default:
		services = append(services, c.servicesUsed(account)...)
	}
	slices.Sort(services)
	return slices.Compact(services)
}

// servicesUsed are the services of AWS that the mesh calls from an account's VPC, and that ECS and the tasks' agents call there for
// the stack's definitions. What applications call is not known.
//
// https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html and
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html, 2026-11-29. Fargate calls ECS itself another way.
func (c Config) servicesUsed(account string) []string {
	used := map[string]bool{}
	use := func(when bool, services ...string) {
		for _, service := range services {
			used[service] = used[service] || when
		}
	}
	if account == c.Home {
		// EKS's own images are in ECR, vpc-cni calls EC2, pods get their credentials from EKS Auth. istiod assumes roles and lists tasks.
		use(true, "ec2", "ecr.api", "ecr.dkr", "ecs", "eks-auth", "sts")
		use(c.HasDoor(DoorController), "elasticloadbalancing")
		use(c.Observability.ClusterLogs, "logs")
		use(c.Observability.Metrics && c.Observability.Alarms.Enabled, "sns")
	}
	use(true, c.servicesOfTasks(account)...)
	var all []string
	for service, is := range used {
		if is {
			all = append(all, service)
		}
	}
	return all
}

// servicesOfTasks are those among them that ECS calls through the network of the account's tasks, and their agents, sorted.
func (c Config) servicesOfTasks(account string) (all []string) {
	use := func(when bool, services ...string) {
		if when {
			all = append(all, services...)
		}
	}
	for _, cluster := range c.ClusterKeys() {
		if c.Clusters[cluster].Account != account {
			continue
		}
		use(true, "logs")
		for _, name := range c.Clusters[cluster].WorkloadKeys() {
			needs, _ := c.NeedsOf(cluster, name)
			use(len(needs.Secrets) > 0, "secretsmanager")
			use(len(needs.Parameters) > 0, "ssm")
			inRegion := func(image string) bool { return inRegistryOf(c.RegionOf(account), image) }
			use(slices.ContainsFunc(needs.Images, inRegion), "ecr.api", "ecr.dkr")
			use(true, c.servicesOfRouter(account, cluster, name)...)
		}
		for _, name := range c.Clusters[cluster].ServiceKeys() {
			use(c.ExecOn(cluster, name), "ssmmessages")
			use(c.ExecOn(cluster, name) && c.Exec.KMSKeyARN != "", "kms")
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// inRegistryOf reports whether an image is in a private registry of ECR in a region. An endpoint leads to those of its own region only.
func inRegistryOf(region, image string) bool {
	host, _, _ := strings.Cut(image, "/")
	return isECR(host) && strings.Contains(host, "."+region+".")
}

// endpointService is the last part of the name of an endpoint's service.
var endpointService = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)

// withGateway are the services that have gateway endpoints, which cost nothing.
var withGateway = []string{"s3", "dynamodb"}

func (c Config) checkEndpoints(p *problem.List) {
	c.checkEndpointList(p, "endpoints", c.Endpoints)
	for _, key := range c.AccountKeys() {
		if own := c.Accounts[key].Endpoints; own != nil {
			c.checkEndpointList(p, "accounts."+key+".endpoints", *own)
		}
	}
}

func (c Config) checkEndpointList(p *problem.List, field string, e Endpoints) {
	seen := map[string]string{}
	for _, list := range []struct {
		key      string
		services []string
	}{{"services", e.Services}, {"also", e.Also}} {
		for i, service := range list.services {
			at := fmt.Sprintf("%s.%s[%d]", field, list.key, i)
			switch {
			case !endpointService.MatchString(service):
				p.Refuse(at, service, "give the last part of the endpoint's service name, such as ecr.api of com.amazonaws.%s.ecr.api", c.Region)
			case strings.HasPrefix(service, "com.amazonaws."):
				p.Refuse(at, service, "leave out com.amazonaws and the region: ecr.api, not com.amazonaws.%s.ecr.api", c.Region)
			case slices.Contains(withGateway, service):
				p.Refuse(at, service, "this service has a gateway endpoint, which costs nothing: the VPC has one of S3, and one of DynamoDB is yours to make")
			case seen[service] != "":
				p.Refuse(at, service, "%s names it too", seen[service])
			default:
				seen[service] = at
			}
		}
		if len(list.services) > 0 && !e.Enabled {
			p.Add(field+"."+list.key, problem.IsSet, "no endpoint is made: set %s.enabled", field)
		}
	}
	if e.Enabled && c.Partition() == "aws-cn" {
		p.Refuse(field+".enabled", true, "in China the names of endpoint services do not follow one pattern: make the endpoints yourself")
	}
}

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
