package config

import (
	"slices"
	"strings"

	"ambient-ecs/contract"
	"ambient-ecs/mesh/bootstrap"
	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// ContractSettings are about what other teams' stacks read.
type ContractSettings struct {
	// PublishContract publishes a contract for each ECS cluster whose services can be called.
	PublishContract bool `config:"publishContract"`
}

// Contract is the contract of a cluster, as far as the configuration knows it. Network and Ztunnel.Labels are known only while
// resources are registered.
func (c Config) Contract(cluster string) contract.Contract {
	settings := c.Clusters[cluster]
	account, ztunnel := c.Accounts[settings.Account], c.GivenZtunnel()
	identities, used := map[string]contract.Identity{}, map[string]bool{}
	for _, i := range c.Identities() {
		if i.Cluster == cluster {
			used[i.Namespace] = true
			identities[i.ServiceAccount] = contract.Identity{
				Namespace: i.Namespace, TaskRoleARN: c.TaskRoleARN(i), TokenParameter: contract.TokenParameterName(c.Install, cluster, i.ServiceAccount),
			}
		}
	}
	domains, shared, waypoints := map[string]string{}, map[string]string{}, map[string]string{}
	for _, namespace := range c.Namespaces() {
		if waypoint := c.NamespaceWaypointOf(namespace); waypoint != "" && used[namespace.Name] {
			waypoints[namespace.Name] = waypoint
		}
	}
	for _, key := range c.ClusterKeys() {
		domains[key] = c.DomainOf(key)
	}
	for _, name := range c.SharedKeys() {
		shared[name] = c.SharedHostname(name)
	}
	return contract.Contract{
		Version: contract.Version, Install: c.Install, Partition: c.Partition(), Region: c.RegionOf(settings.Account), AccountID: account.ID,
		Cluster: contract.Cluster{
			Key: cluster, Name: c.ECSName(cluster), ARN: c.ECSClusterARN(cluster), LogGroup: c.TaskLogGroup(cluster), Domain: account.Domain,
			ExecutionRoleARN: c.ExecutionRoleOfGuests(cluster), CapacityProviders: c.CapacityProvidersOf(cluster),
		},
		Identities: identities, Team: c.contractTeam(cluster), Ingress: c.contractIngress(cluster),
		Mesh: contract.Mesh{TrustDomain: c.TrustDomain, Network: c.Network, Domains: domains, SharedHostnames: shared, Waypoints: waypoints},
		Ztunnel: contract.Ztunnel{
			Image: c.ZtunnelImage(cluster), Health: contract.Health(c.HealthCheck), CPU: ztunnel.CPU, Memory: ztunnel.Memory, User: ztunnel.User,
			ReadonlyRootFilesystem: ztunnel.ReadonlyRootFilesystem, Environment: ztunnel.Environment,
		},
		RegistrySecrets: account.RegistrySecrets,
	}
}

// contractTeam is what a contract says of the team that owns the cluster.
func (c Config) contractTeam(cluster string) contract.Team {
	team, account := c.TeamOf(cluster), c.Clusters[cluster].Account
	if team == "" {
		return contract.Team{}
	}
	of := contract.Team{
		Name: team, Namespace: c.Namespace(cluster), RoleARN: c.RoleARN(account, c.TeamRoleName(team, account)), RolePath: c.TeamPath(team),
		BoundaryARN: c.TeamBoundaryARN(team, account), NamePrefix: c.TeamPrefix(team), SecretPrefix: c.TeamSecrets(team),
		TagKeys: c.TeamTagKeys(team), EKSClusterARN: c.EKSClusterARN(), KubernetesRoleARN: c.RoleARN(c.Home, c.TeamRoleName(team, c.Home)), PolicyPrefix: TeamPolicyPrefix,
	}
	if of.BoundaryARN == "" {
		of.RolePath = ""
	}
	return of
}

// HasContract reports whether a cluster has a published contract. There is none where services could not be called.
func (c Config) HasContract(cluster string) bool {
	return c.PublishContract && !c.CallsOnly(c.Clusters[cluster].Account)
}

// ContractClusters are the clusters with a contract, sorted.
func (c Config) ContractClusters() []string {
	return slices.DeleteFunc(c.ClusterKeys(), func(key string) bool { return !c.HasContract(key) })
}

// contractIngress is what a contract says of the ingress: nothing, unless the cluster's team has hostnames.
func (c Config) contractIngress(cluster string) contract.Ingress {
	hostnames := c.TeamHosts(c.TeamOf(cluster))
	if len(hostnames) == 0 {
		return contract.Ingress{}
	}
	of := contract.Ingress{Hostnames: hostnames, ServiceAccount: IngressServiceAccount, TLSAtLoadBalancer: c.Ingress.CertificateARN != ""}
	for _, maker := range c.Doors() {
		of.Gateways = append(of.Gateways, contract.Gateway{Name: IngressName, Namespace: c.IngressNamespaceAt(maker)})
	}
	return of
}

// GuestsOfOthers are the keys of an account's clusters whose published contract may name a log group or an execution role that the program made,
// where now it is another team's, sorted.
func (c Config) GuestsOfOthers(account string) (keys []string) {
	for _, key := range c.ClustersOf(account) {
		if c.HasContract(key) && (c.Clusters[key].LogGroup != "" || c.TheirExecutionRole(account) != "") {
			keys = append(keys, key)
		}
	}
	return keys
}

// ContractPath is the path of the SSM parameters of a cluster's contract.
func (c Config) ContractPath(cluster string) string { return contract.Path(c.Install, cluster) }

// checkContract refuses contracts that no SSM parameter can hold.
func (c Config) checkContract(p *problem.List) {
	if !c.PublishContract {
		return
	}
	for _, key := range c.ContractClusters() {
		complete := c.Contract(key)
		// What is known only later is as long as here, or shorter.
		const id, zones = "subnet-0123456789abcdef0", 6
		complete.Network = contract.Network{
			VpcID: id, PrivateSubnetIDs: slices.Repeat([]string{id}, zones), ClientSecurityGroupID: id, ServerSecurityGroupID: id,
		}
		if len(complete.Ingress.Hostnames) > 0 {
			complete.Ingress.Address = strings.Repeat("x", maxBalancerName)
		}
		complete.Ztunnel.Labels = map[string]string{"ambient-ecs/certificate-authority": id + id + id}
		if size := len(complete.JSON()); size > quota.AdvancedParameter {
			p.Refuse("publishContract", true, "the contract of cluster %s would have %d bytes, and an SSM parameter holds %d: give it fewer service accounts, or ztunnel fewer variables",
				key, size, quota.AdvancedParameter)
		}
	}
	if !c.MeshCA.IsSet() {
		return // the root certificate of istiod's own authority is short
	}
	for _, i := range c.Identities() {
		token := bootstrap.Token{
			URL: bootstrap.URL(strings.Repeat("x", maxBalancerName)), CACert: strings.TrimSpace(c.MeshCA.Root) + "\n", Namespace: i.Namespace, ServiceAccount: i.ServiceAccount,
			Platform: bootstrap.PlatformECS, Network: c.Network, Remote: true,
		}
		if size := len(token.Encode()); size > quota.AdvancedParameter {
			p.Refuse("publishContract", true, "the bootstrap token of %s would have %d bytes, and an SSM parameter holds %d: meshCa.root is too long, so use elliptic curve keys, or fewer roots at a time",
				i.Key(), size, quota.AdvancedParameter)
			return
		}
	}
}

// maxBalancerName is the length of the DNS name of a load balancer, rounded up.
const maxBalancerName = 128
