package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/eks/access"
	"ambient-ecs/problem"
)

// AccountSettings are the AWS accounts.
type AccountSettings struct {
	// Home is the key in Accounts of the account that holds EKS and istiod.
	Home string `config:"home"`
	// Accounts are the AWS accounts of the mesh, by a short name of the user's choice.
	Accounts map[string]Account `config:"accounts" confidential:"true"`
}

// Account is one AWS account and how to reach it.
type Account struct {
	// ID is the 12-digit account id, in quotes. Required. One AWS account may be several entries, each in another region.
	ID string `config:"id"`
	// Region is the region of the account's network and ECS clusters (docs/regions.md). Empty: the stack's region, which the home
	// account always has. It is for the life of the account in the stack.
	Region string `config:"region"`
	// Profile is a profile of the AWS shared configuration. With roleArn it is the source of the credentials.
	Profile string `config:"profile"`
	// RoleARN is a role to assume, in the same account.
	RoleARN string `config:"roleArn"`
	// ExternalID goes with roleArn and is kept secret. The home account cannot have one: `aws eks get-token` does not
	// pass it on.
	ExternalID Secret `config:"externalId"`
	// SessionName goes with roleArn.
	SessionName string `config:"sessionName"`
	// Domain is the DNS domain of the account's ECS services, for example ecs.local. Required. The name of a service is
	// SERVICE.INSTALLNAME-CLUSTER.DOMAIN.
	Domain string `config:"domain"`
	// VPCCIDR is the IPv4 CIDR of the account's VPC, /16 to /24, apart from every other account's. Required. At home it
	// is for the life of a stack.
	VPCCIDR string `config:"vpcCidr"`
	// Network is a VPC that exists, with its subnets and gateways (docs/networks.md). vpcCidr is then its primary network.
	// Not set: the program makes the VPC.
	Network *ExistingNetwork `config:"network"`
	// Subnets fixes the subnets. Empty: they are computed from vpcCidr. At home they are for the life of a stack.
	Subnets *Subnets `config:"subnets"`
	// ZoneIDs are the availability zone ids of an account in another region than the stack's. Empty: the first three that the
	// region offers are looked up once and then kept.
	ZoneIDs []string `config:"zoneIds"`
	// DiscoveryValues are further values of the account's entry in platforms.ecs.accounts of Solo's istiod chart, as they are. Required
	// in another region than the stack's (docs/regions.md).
	DiscoveryValues map[string]any `config:"discoveryValues"`
	// Connect joins the account by itself, whatever the top-level connect says (docs/networks.md): privatelink, through an endpoint of
	// the east-west gateway, where the account's network may overlap others and its services only call; or none, where somebody else has
	// joined its network to all others. Not at home. Empty: the top-level connect joins it.
	Connect AccountConnect `config:"connect"`
	// Reach says how tasks get to EKS workloads: gateway, through the east-west gateway, or direct, to the pods, which
	// opens port 15008 on the nodes to this VPC. Empty: gateway.
	Reach Reach `config:"reach"`
	// RegistrySecrets are ARNs of Secrets Manager secrets with the credentials of registries, by registry host
	// (registry.example.com, docker.io), in this account and region. Every container whose image is there is pulled with
	// them, ztunnel too. The execution role may read these secrets and no other.
	RegistrySecrets map[string]string `config:"registrySecrets"`
	// PullThroughPrefixes are the repository prefixes of ECR pull-through cache rules, for example docker-hub, or ROOT for the
	// rule without a prefix. The execution role may then make the repositories of this account's images under them and
	// import the images from upstream, which the first pull needs. Empty: it only pulls what is there.
	PullThroughPrefixes []string `config:"pullThroughPrefixes"`
	// ExecutionRoleARN is a role that exists, with which ECS starts all tasks of the account, instead of the roles that the program
	// makes. Its owner gives it what the tasks need: their log groups, images and secrets. See docs/adoption.md.
	ExecutionRoleARN string `config:"executionRoleArn"`
	// Keys are KMS keys of your own for logs, topics and volumes of the account. Empty: AWS's own keys.
	Keys KMSKeys `config:"keys"`
	// Endpoints are the interface endpoints of this account, instead of the top-level endpoints.
	Endpoints *Endpoints `config:"endpoints"`
	// Egress says where the account's tasks may call by HTTPS: https, any address, or endpoints, the endpoints of the VPC and S3 alone.
	// A service's own egress adds to it (docs/controls.md). Empty: https.
	Egress TaskEgress `config:"egress"`
	// PermissionsBoundary bounds the roles of this account instead of the top-level permissionsBoundary: policy/NAME, or an ARN.
	PermissionsBoundary string `config:"permissionsBoundary"`
}

// Reach is the way from an ECS task to EKS workloads.
type Reach string

const (
	// ReachGateway goes through the east-west gateway: the task counts as remote.
	ReachGateway Reach = "gateway"
	// ReachDirect goes to the pods themselves, which needs port 15008 open on the nodes.
	ReachDirect Reach = "direct"
)

// DefaultReach goes through the east-west gateway, which needs no open port on the nodes.
const DefaultReach = ReachGateway

// ReachOrDefault is the account's way to EKS workloads.
func (a Account) ReachOrDefault() Reach {
	if a.Reach == "" {
		return DefaultReach
	}
	return a.Reach
}

// AccountKeys are the keys of Accounts, sorted.
func (c Config) AccountKeys() []string { return slices.Sorted(maps.Keys(c.Accounts)) }

// DiscoveryRoleName is the IAM role that istiod assumes to read an account's ECS services.
func (c Config) DiscoveryRoleName(account string) string { return c.Install + "-discovery-" + account }

// ExecutionRoleName is the IAM role with which ECS starts an account's tasks.
func (c Config) ExecutionRoleName(account string) string { return c.Install + "-execution-" + account }

var (
	accountID   = regexp.MustCompile(`^[0-9]{12}$`)
	roleARN     = regexp.MustCompile(`^arn:([a-z-]+):iam::([0-9]{12}):role/([\w+=,.@/-]+)$`)
	externalID  = regexp.MustCompile(`^[\w+=,.@:/-]{2,}$`)
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	// secretARN ends in the six characters that Secrets Manager adds to a name. IAM compares them too.
	secretARN = regexp.MustCompile(`^arn:([a-z-]+):secretsmanager:([a-z0-9-]+):([0-9]{12}):secret:[\w/+=.@-]+-[A-Za-z0-9]{6}$`)
	// registryHost is the host of an image reference, as it stands there.
	registryHost = regexp.MustCompile(`^(?:localhost|[a-z0-9]([a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)(?::[0-9]{1,5})?$|^[a-z0-9]([a-z0-9-]*[a-z0-9])?:[0-9]{1,5}$`)
)

// maxExternalID is the limit of STS.
const maxExternalID = 1224

func (c Config) checkAccounts(p *problem.List) {
	if len(c.Accounts) == 0 {
		p.Missing("accounts", "the mesh needs at least the account that holds EKS")
	}
	_, known := c.Accounts[c.Home]
	switch {
	case c.Home == "":
		p.Missing("home", "name the key in accounts of the account that holds EKS and istiod")
	case !known:
		p.Refuse("home", c.Home, "%s", noSuchAccount(c, c.Home))
	}
	ids := map[string]string{}
	reached := map[string]string{}
	for _, key := range c.AccountKeys() {
		field := "accounts." + key
		account := c.Accounts[key]
		if !label.MatchString(key) {
			p.Refuse("accounts", key, "the key of an account becomes part of names: %s", labelRule)
		}
		place := account.ID + " " + c.RegionOf(key)
		switch other, taken := ids[place]; {
		case account.ID == "":
			p.Missing(field+".id", "give the 12 digits of the AWS account")
		case !accountID.MatchString(account.ID):
			p.Refuse(field+".id", account.ID, "an AWS account id has 12 digits (in quotes, or YAML may read another number)")
		case taken:
			p.Refuse(field+".id", account.ID, "accounts.%s has the same id; one AWS account is one entry in each region, and holds as many ECS clusters as you like", other)
		default:
			ids[place] = key
		}
		c.checkAccess(p, field, key)
		if account.RoleARN == "" {
			if other, taken := reached[account.Profile]; taken && c.Accounts[other].ID != account.ID {
				p.Refuse(field+".profile", account.Profile, "accounts.%s is reached with the same credentials, and they belong to one account only: give a profile or a roleArn of its own", other)
			} else {
				reached[account.Profile] = key
			}
		}
		switch {
		case account.Domain == "":
			p.Missing(field+".domain", "the account's ECS services need a DNS domain, for example ecs.local")
		case !domainName.MatchString(account.Domain):
			p.Refuse(field+".domain", account.Domain, "this is no DNS domain in lower case, such as ecs.local")
		case account.Domain == "cluster.local" || strings.HasSuffix(account.Domain, ".cluster.local"):
			p.Refuse(field+".domain", account.Domain, "Kubernetes keeps cluster.local for its own services")
		}
		if account.Reach != "" {
			problem.OneOf(p, field+".reach", account.Reach, ReachGateway, ReachDirect)
		}
		c.checkRegistrySecrets(p, field+".registrySecrets", key)
		checkPullThroughPrefixes(p, field+".pullThroughPrefixes", account.PullThroughPrefixes)
		c.checkExecutionRole(p, key)
	}
}

// checkAccess checks how the AWS provider of an account gets its credentials.
func (c Config) checkAccess(p *problem.List, field, key string) {
	account := c.Accounts[key]
	if account.RoleARN == "" {
		if account.ExternalID != "" {
			p.Refuse(field+".externalId", account.ExternalID, "it goes with a roleArn, and there is none")
		}
		if account.SessionName != "" {
			p.Refuse(field+".sessionName", account.SessionName, "it goes with a roleArn, and there is none")
		}
		return
	}
	parts := roleARN.FindStringSubmatch(account.RoleARN)
	switch {
	case parts == nil:
		p.Refuse(field+".roleArn", account.RoleARN, "this is not the ARN of an IAM role (arn:aws:iam::123456789012:role/name)")
	case access.Reserved(account.RoleARN):
		p.Refuse(field+".roleArn", account.RoleARN, "nobody can assume a role of IAM Identity Center but by signing in there: name a profile of `aws configure sso` in %s.profile", field)
	case checkPrincipalPath("role", parts[3]) != "":
		p.Refuse(field+".roleArn", account.RoleARN, "%s", checkPrincipalPath("role", parts[3]))
	case parts[1] != c.Partition():
		p.Refuse(field+".roleArn", account.RoleARN, "region %s is in the partition %s", c.Region, c.Partition())
	case parts[2] != account.ID:
		p.Refuse(field+".roleArn", account.RoleARN, "this role is in another account than %s", account.ID)
	}
	if id := account.ExternalID; id != "" && (!externalID.MatchString(id.Reveal()) || len(id) > maxExternalID) {
		p.Refuse(field+".externalId", id, "an external id has 2 to %d letters, digits and _ + = , . @ : / -", maxExternalID)
	}
	if account.SessionName != "" && !sessionName.MatchString(account.SessionName) {
		p.Refuse(field+".sessionName", account.SessionName, "a session name has 2 to 64 letters, digits and _ + = , . @ -")
	}
	if key == c.Home && account.ExternalID != "" {
		p.Refuse(field+".externalId", account.ExternalID, "the kubeconfig authenticates with `aws eks get-token`, which cannot pass an external id: "+
			"put role_arn and external_id into a profile of the AWS configuration and name it in %s.profile instead", field)
	}
}

// dockerHub are other names of Docker Hub, which image references leave out or write as docker.io.
var dockerHub = []string{"index.docker.io", "registry-1.docker.io", "registry.hub.docker.com", "hub.docker.com"}

// checkRegistrySecrets checks the hosts, and that ECS can read the secrets with the account's execution role.
func (c Config) checkRegistrySecrets(p *problem.List, field, key string) {
	account := c.Accounts[key]
	for _, host := range slices.Sorted(maps.Keys(account.RegistrySecrets)) {
		switch {
		case !registryHost.MatchString(host):
			p.Refuse(field, host, "this is not the host of a registry as image references begin with it, such as registry.example.com (no https://, no path)")
		case slices.Contains(dockerHub, host):
			p.Refuse(field, host, "the host of images on Docker Hub is docker.io")
		case isECR(host):
			p.Refuse(field, host, "ECS pulls from ECR with the execution role, which may read the repositories of the account's images: it takes no credentials")
		}
		at, secret := field+"."+host, account.RegistrySecrets[host]
		parts := secretARN.FindStringSubmatch(secret)
		switch {
		case secret == "":
			p.Missing(at, "give the ARN of the Secrets Manager secret with the registry's credentials")
		case parts == nil:
			p.Refuse(at, secret, "this is not the whole ARN of a Secrets Manager secret (arn:aws:secretsmanager:region:account:secret:name-AbCdEf)")
		case parts[1] != c.Partition() || parts[2] != c.RegionOf(key):
			p.Refuse(at, secret, "ECS reads registry credentials in the region of the task only, which is %s", c.RegionOf(key))
		case parts[3] != account.ID:
			p.Refuse(at, secret, "the secret must be in the account itself, %s: another account's would need a policy and a key that the program does not manage", account.ID)
		}
	}
}

// pullThroughPrefix is the repository prefix of a pull-through cache rule.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html, 2026-11-29.
var pullThroughPrefix = regexp.MustCompile(`^(?:ROOT|(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*)$`)

// minPrefix and maxPrefix are the lengths that ECR allows.
const minPrefix, maxPrefix = 2, 30

func checkPullThroughPrefixes(p *problem.List, field string, prefixes []string) {
	for i, prefix := range prefixes {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch {
		case !pullThroughPrefix.MatchString(prefix) || len(prefix) < minPrefix || len(prefix) > maxPrefix:
			p.Refuse(at, prefix, "the repository prefix of a pull-through cache rule has %d to %d lower-case letters, digits and . _ - /, without a / at its ends, or is ROOT", minPrefix, maxPrefix)
		case slices.Contains(prefixes[:i], prefix):
			p.Refuse(at, prefix, "it is in the list twice")
		}
	}
}

// isECR reports whether a host is that of a private ECR registry.
func isECR(host string) bool {
	return strings.Contains(host, ".dkr.ecr") || strings.Contains(host, ".dkr-ecr")
}

// noSuchAccount is the reason to refuse the key of an account that is not configured.
func noSuchAccount(c Config, key string) string {
	keys := c.AccountKeys()
	if len(keys) == 0 {
		return "there are no accounts"
	}
	return "there is no such account" + problem.DidYouMean(key, keys) + "; the accounts are " + strings.Join(keys, ", ")
}
