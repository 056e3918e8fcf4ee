package compare

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"

	"ambient-ecs/eks/addon"
	"ambient-ecs/eks/existing"
	"ambient-ecs/eks/kubeconfig"
	"ambient-ecs/problem"
)

// AddonsSubject and NodeGroupSubject are keys of World.Unseen.
const (
	AddonsSubject    = "add-ons of the EKS cluster"
	NodeGroupSubject = "the security group of the EKS nodes"
)

// existingField is the field that names the cluster of somebody else.
const existingField = "existingEks.name"

// existingEKS checks the EKS cluster of somebody else.
func (c *comparison) existingEKS() {
	c.sameEKS()
	if !c.cfg.HasExistingEKS() || len(c.told) > 0 {
		return
	}
	name := c.cfg.ExistingEKS.Name
	refuse := func(reason string, args ...any) { c.problems.Refuse(existingField, name, reason, args...) }
	home := c.cfg.Accounts[c.cfg.Home]
	switch living := c.world.EKS; {
	case living == nil && c.world.Unseen[ClusterSubject] != "":
		refuse("the caller may not look the cluster up, and its endpoint is known from nowhere else: it needs eks:DescribeCluster, or a kubeconfig in existingEks.kubeconfig (docs/existing-eks.md): %s", c.world.Unseen[ClusterSubject])
	case living == nil:
	case living.Name == "":
		refuse("account %s (%s) has no EKS cluster of this name in %s", c.cfg.Home, home.ID, c.cfg.Region)
	case living.Told:
		c.toldEKS(living)
		c.existingNodesGroup(living)
		c.existingAddons(refuse, living)
		c.existingAccess(living)
	default:
		if want := c.cfg.EKSClusterARN(); living.ARN != want {
			refuse("AWS answers with %s, and the stack file means %s", living.ARN, want)
		}
		if !living.Usable() {
			refuse("its status is %s, and EKS changes nothing that belongs to a cluster before it is ACTIVE", living.Status)
		}
		if living.AutoMode {
			refuse("it has EKS Auto Mode, which runs another network plug-in and another load balancer controller than those that the program knows")
		}
		c.namedEKS(living)
		c.existingVersion(refuse, living)
		c.existingNetwork(refuse, living)
		c.existingEndpoint(refuse, living)
		c.existingAddons(refuse, living)
		c.existingAccess(living)
	}
}

// toldEKS asks for what the stack file has to tell of a cluster that the caller may not look up, and says what nobody checks then.
func (c *comparison) toldEKS(living *existing.Cluster) {
	const why = "the caller may not look %s up (%s): "
	if living.Endpoint == "" {
		c.problems.Missing("existingEks.endpoint", why+"name the URL of the API server as EKS gives it, because the kubeconfig has another address. By it the program knows its Kubernetes objects again, whatever leads to them", living.Name, c.world.Unseen[ClusterSubject])
	}
	if living.SecurityGroup == "" {
		c.problems.Missing("existingEks.clusterSecurityGroupId", why+"name the security group that EKS made for its control plane and nodes, for rules and outputs", living.Name, c.world.Unseen[ClusterSubject])
	}
	if c.lives() {
		return
	}
	c.warn("existingEks: without a look at %s nobody checks its status, its Kubernetes version, its VPC, its endpoints, the addresses of its services and its authentication mode (docs/existing-eks.md)", living.Name)
}

// namedEKS compares what the stack file tells of the cluster with what AWS says.
func (c *comparison) namedEKS(living *existing.Cluster) {
	named := c.cfg.ExistingEKS
	if endpoint := c.cfg.NamedEKSEndpoint(); endpoint != "" && endpoint != living.Endpoint {
		field := "existingEks.endpoint"
		if named.Endpoint == "" {
			field = "existingEks.kubeconfig"
		}
		c.problems.Add(field, "leads to another cluster", "its API server is %s, and that of %s is %s", endpoint, living.Name, living.Endpoint)
	}
	if group := named.ClusterSecurityGroupID; group != "" && group != living.SecurityGroup {
		c.problems.Refuse("existingEks.clusterSecurityGroupId", group, "AWS says that the one of %s is %s", living.Name, living.SecurityGroup)
	}
}

// straight reports whether the program calls the endpoint of EKS itself, and nothing in front of it.
func (c *comparison) straight() bool {
	given := c.cfg.GivenKubeconfig()
	return c.cfg.ExistingEKS.Kubeconfig == "" || kubeconfig.ForEKS(given.Server) && !given.Proxied
}

// clusterOf is the EKS cluster in the trust policies of an install's roles.
var clusterOf = regexp.MustCompile(`arn:aws[a-z-]*:eks:[a-z0-9-]+:[0-9]{12}:cluster/([0-9A-Za-z_-]+)`)

// sameEKS compares the cluster in which the stack lives with the configured one. istiod's role names it.
func (c *comparison) sameEKS() {
	role, lives := c.world.Accounts[c.cfg.Home].Roles[c.cfg.IstiodRoleName()]
	if !lives || !c.ours(role.Tags) || len(c.told) > 0 {
		return
	}
	parts := clusterOf.FindStringSubmatch(role.Trust)
	if parts == nil || parts[1] == c.cfg.EKSName() {
		return
	}
	if parts[1] == c.cfg.Install {
		c.told[existingField] = true
		c.problems.Refuse(existingField, c.cfg.ExistingEKS.Name, "the mesh lives in the EKS cluster %s, which this stack made and would delete. The cluster is for the life of a stack, because nothing that lives can be moved to another: remove existingEks. "+
			"To move, make a second stack, move the callers, and destroy this one", parts[1])
		return
	}
	c.forLife(existingField, c.cfg.ExistingEKS.Name, parts[1], "the mesh lives in the EKS cluster "+parts[1])
}

// existingVersion compares the cluster's version with those that Istio runs on. Its owner may upgrade it below a stack that lives
// there. Istio follows one minor version at a time, so the steps in between are not refused: nothing else would lead out.
func (c *comparison) existingVersion(refuse func(string, ...any), living *existing.Cluster) {
	is := minor(living.Version)
	if is == 0 {
		return
	}
	tooOld, tooNew := c.cfg.OutsideOf(is)
	if tooOld != nil {
		refuse("it has Kubernetes %s: %s", living.Version, tooOld)
	}
	switch {
	case tooNew == nil:
	case !c.lives():
		refuse("it has Kubernetes %s: %s", living.Version, tooNew)
	default:
		way := "This program knows no Istio that runs on it: look for a newer release of the program"
		if steps := c.cfg.IstioSteps(is); len(steps) > 0 {
			way = "Bring up Istio " + strings.Join(steps, ", then ") + ", and let the nodes and the tasks follow each time (docs/upgrade.md)"
		}
		c.warn("existingEks: the stack lives in %s, which has Kubernetes %s: %s. %s", living.Name, living.Version, tooNew, way)
	}
}

// existingNetwork compares the network of the cluster with that of the home account and of the mesh.
func (c *comparison) existingNetwork(refuse func(string, ...any), living *existing.Cluster) {
	if network := c.cfg.Accounts[c.cfg.Home].Network; network != nil && living.VPC != network.VPCID {
		c.problems.Refuse("accounts."+c.cfg.Home+".network.vpcId", network.VPCID, "the EKS cluster %s is in %s: the load balancers of its gateways are there, and the home account is the one network with them", living.Name, living.VPC)
	}
	if living.IPv6 {
		refuse("its pods have IPv6 addresses, and Fargate tasks reach the mesh by IPv4")
	}
	services, err := netip.ParsePrefix(living.ServiceCIDR)
	for _, text := range c.cfg.MeshCIDRs() {
		if network, wrong := netip.ParsePrefix(text); err == nil && wrong == nil && network.Overlaps(services) {
			refuse("its Kubernetes services have addresses in %s, and pods do not reach the mesh's network %s there", living.ServiceCIDR, text)
		}
	}
	c.existingNodesGroup(living)
}

// existingNodesGroup checks the group of the nodes that the stack file names.
func (c *comparison) existingNodesGroup(living *existing.Cluster) {
	group := c.cfg.ExistingEKS.NodeSecurityGroupID
	switch named := living.NodeGroup; {
	case named == nil:
	case named.VPC == "":
		c.problems.Refuse("existingEks.nodeSecurityGroupId", group, "account %s has no such security group in %s", c.cfg.Home, c.cfg.Region)
	case named.VPC != living.VPC:
		c.problems.Refuse("existingEks.nodeSecurityGroupId", group, "it is in %s, and the EKS cluster %s is in %s", named.VPC, living.Name, living.VPC)
	default:
		c.existingWebhooks(living)
	}
}

// existingWebhooks warns where the control plane does not reach the webhooks of the mesh in the nodes.
func (c *comparison) existingWebhooks(living *existing.Cluster) {
	ports := []int{existing.IstiodWebhook}
	if c.cfg.InstallsBalancerController() {
		ports = append(ports, existing.ControllerWebhook)
	}
	for _, port := range living.Shut(c.cfg.Accounts[c.cfg.Home].CIDRs(), ports...) {
		sentence, fix := living.ShutWebhook(c.cfg.Region, port)
		c.warn("existingEks.nodeSecurityGroupId: %s: %s", sentence, fix)
	}
}

// existingEndpoint compares the endpoints of the API with where Pulumi runs.
func (c *comparison) existingEndpoint(refuse func(string, ...any), living *existing.Cluster) {
	switch {
	case !c.straight():
	case !living.Public && !c.cfg.DeployerInside:
		c.problems.Missing("deployerInsideNetwork", "%s answers at its private endpoint only: say true where Pulumi runs inside that network, or where a VPN or a peering leads there", living.Name)
	case c.cfg.DeployerInside && !living.Private:
		refuse("it answers at its public endpoint only, and deployerInsideNetwork says that Pulumi calls the private one: remove that key")
	}
	if len(c.cfg.APIPrivateCIDRs) > 0 && !living.Private {
		c.problems.Add("apiPrivateCidrs", "is set", "%s has no private endpoint to which they would lead", living.Name)
	}
}

// existingAddons checks what the mesh needs of the cluster's add-ons.
func (c *comparison) existingAddons(refuse func(string, ...any), living *existing.Cluster) {
	if living.Addons == nil || living.AutoMode {
		return
	}
	if _, installed := living.Addons[addon.PodIdentityAgent]; !installed {
		refuse("it has no add-on %[1]s, which hands istiod its IAM role. Let the owner add it: aws eks create-addon --region %[2]s --cluster-name %[3]s --addon-name %[1]s", addon.PodIdentityAgent, c.cfg.Region, living.Name)
	}
	network, managed := living.Addons[addon.VPCCNI]
	switch {
	case !managed && c.cfg.NetworkPolicies && c.lives():
		// It was said before.
	case !managed && c.cfg.NetworkPolicies:
		c.warn("networkPolicies: vpc-cni of %s is no add-on of EKS, so nobody sees here whether it enforces network policies. The program makes them and does not switch that on", living.Name)
	case managed && c.cfg.NetworkPolicies && !network.EnforcesPolicies():
		c.problems.Refuse("networkPolicies", true, "vpc-cni of %s does not enforce them, and the add-on is its owner's. Let the owner set enableNetworkPolicy in its configuration, or switch networkPolicies off", living.Name)
	}
	if c.lives() {
		return // what its owner has to look at was said before
	}
	if home := c.cfg.Accounts[c.cfg.Home]; network.PodNetworks() && home.Network != nil && len(home.Network.UnroutedCIDRs) > 0 {
		c.warn("accounts.%s.network.unroutedCidrs: vpc-cni of %s gives pods addresses of the subnets that its ENIConfigs name (AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG; kubectl get eniconfigs). If these are in %s, the pods' calls to tasks of their own VPC time out, "+
			"because no rule of the tasks admits these addresses: name the network in secondaryCidrs. No other account may have it then (docs/networks.md#secondary-networks)", c.cfg.Home, living.Name, strings.Join(home.Network.UnroutedCIDRs, ", "))
	}
	if network.StrictGroups() {
		c.warn("existingEks: vpc-cni of %s enforces the security groups of pods strictly (POD_SECURITY_GROUP_ENFORCING_MODE). Probes of pods that have such a group fail as soon as they are in the mesh, until it says standard", living.Name)
	}
}

// existingAccess compares who may call the API with who deploys.
func (c *comparison) existingAccess(living *existing.Cluster) {
	if len(c.cfg.Teams) > 0 && !living.HasEntries() {
		c.problems.Add("teams", problem.IsSet, "the authentication mode of %s is %s, so EKS refuses the access entries by which teams reach their namespaces: let its owner change the mode to API_AND_CONFIG_MAP", living.Name, living.Mode)
	}
	listed := map[string][]string{"clusterAdmins": c.cfg.AdminPrincipals, "clusterReaders": c.cfg.ReaderPrincipals}
	for key, arns := range listed {
		for i, arn := range arns {
			field := fmt.Sprintf("%s[%d]", key, i)
			entry, lives := c.world.Entries[arn]
			switch {
			case !living.HasEntries():
				c.problems.Refuse(field, arn, "the authentication mode of %s is %s, so EKS refuses access entries: list nobody, and let its owner add the principal to the ConfigMap aws-auth, or change the mode", living.Name, living.Mode)
			case lives && !c.ours(entry.Tags):
				c.problems.Refuse(field, arn, "it has an access entry of %s that this stack did not make, and EKS refuses a second one. Take it out of the list: it keeps its access", living.Name)
			}
		}
	}
	if c.cfg.ExistingEKS.Kubeconfig != "" {
		return // its user, whom AWS need not know, talks to Kubernetes
	}
	if reader := c.listed(c.cfg.ReaderPrincipals); c.world.Caller != "" && reader >= 0 {
		c.problems.Refuse(fmt.Sprintf("clusterReaders[%d]", reader), c.cfg.ReaderPrincipals[reader], "this principal deploys, and a reader can change nothing in the cluster: list it in clusterAdmins")
		return
	}
	c.existingCaller(living)
}

// existingCaller says how a caller without an access entry gets one.
func (c *comparison) existingCaller(living *existing.Cluster) {
	entry, lives := c.world.Entries[c.world.Caller]
	admin := c.listed(c.cfg.AdminPrincipals) >= 0
	_, denied := c.world.Unseen[EntriesSubject]
	const how = "List it in clusterAdmins, and this stack makes the entry, or let the owner of the cluster make it an administrator"
	switch {
	case c.world.Caller == "" || denied:
	case c.lives() && living.Mode != existing.ModeAPI && !lives:
		// aws-auth admits whoever has brought the mesh up.
	case !living.HasEntries():
		c.warn("existingEks: the ConfigMap aws-auth of %s says who may call its API, and it is not read here. It has to make %s an administrator", living.Name, c.world.Caller)
	case lives && c.ours(entry.Tags) && !admin:
		c.problems.Missing("clusterAdmins", "it must list %s, which runs now: this stack made its access entry and would delete it, and with it the way to everything in the cluster. To take it out, let another administrator run", c.world.Caller)
	case lives || admin:
	case living.Mode != existing.ModeAPI:
		c.warn("existingEks: %s has no access entry of %s. Its ConfigMap aws-auth may admit it, and is not read here. If Kubernetes answers \"the server has asked for the client to provide credentials\": %s", c.world.Caller, living.Name, how)
	case c.world.CallerPath:
		c.problems.Refuse("accounts."+c.cfg.Home, c.world.Caller, "this principal has no access entry of the EKS cluster %s, so Kubernetes refuses it. %s", living.Name, how)
	default:
		c.warn("existingEks: the access entry of %s was not found, and its path is not known (iam:GetRole of its own role would tell it). If Kubernetes answers \"the server has asked for the client to provide credentials\": %s", c.world.Caller, how)
	}
}
