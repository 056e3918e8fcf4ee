package config

import (
	"maps"
	"reflect"
	"regexp"
	"slices"

	"ambient-ecs/eks/kubeconfig"
	"ambient-ecs/problem"
)

// ExistingEKSSettings name an EKS cluster that exists.
type ExistingEKSSettings struct {
	// ExistingEKS is the cluster of somebody else into which the mesh comes. Without a name the program makes a cluster.
	ExistingEKS ExistingEKS `config:"existingEks" confidential:"true"`
}

// ExistingEKS is an EKS cluster in the home account that the program reads and does not make. See docs/existing-eks.md.
type ExistingEKS struct {
	// Name is the name of the cluster. Required. For the life of a stack.
	Name string `config:"name"`
	// Kubeconfig is the text of a kubeconfig with which the program talks to the cluster, instead of tokens of aws eks get-token. It
	// has one context and names no file. Encrypted in the stack file where it holds a token or a key. See docs/existing-eks.md.
	Kubeconfig Secret `config:"kubeconfig"`
	// Endpoint is the URL of the API server as EKS gives it. With a kubeconfig that leads to the cluster by another address, where the
	// deployer may not call eks:DescribeCluster. For the life of a stack.
	Endpoint string `config:"endpoint"`
	// ClusterSecurityGroupID is the security group that EKS made for control plane and nodes. With a kubeconfig, where the deployer
	// may not call eks:DescribeCluster.
	ClusterSecurityGroupID string `config:"clusterSecurityGroupId"`
	// NodeSecurityGroupID is the security group that the nodes carry. Empty: the one that EKS makes for every cluster.
	NodeSecurityGroupID string `config:"nodeSecurityGroupId"`
	// LoadBalancerController says that the cluster runs the AWS Load Balancer Controller: the program installs none. With
	// gatewayLoadBalancers [controller].
	LoadBalancerController bool `config:"loadBalancerController"`
	// GatewayAPI says that the cluster has the definitions of the Gateway API: the program makes none.
	GatewayAPI bool `config:"gatewayApi"`
}

// HasExistingEKS reports whether somebody else made the EKS cluster.
func (c Config) HasExistingEKS() bool { return c.ExistingEKS.Name != "" }

// GivenKubeconfig is what existingEks.kubeconfig says.
func (c Config) GivenKubeconfig() kubeconfig.Given {
	given, _ := kubeconfig.Read(c.ExistingEKS.Kubeconfig.Reveal()) // checkKubeconfig refuses what is wrong with it
	return given
}

// NamedEKSEndpoint is the endpoint of the EKS cluster as the stack file tells it: by its name, or by a kubeconfig that leads straight
// there. Empty: only AWS knows it.
func (c Config) NamedEKSEndpoint() string {
	if given := c.GivenKubeconfig(); c.ExistingEKS.Endpoint == "" && kubeconfig.ForEKS(given.Server) {
		return given.Server
	}
	return c.ExistingEKS.Endpoint
}

// InstallsBalancerController reports whether the program installs the AWS Load Balancer Controller.
func (c Config) InstallsBalancerController() bool {
	return c.HasDoor(DoorController) && !c.ExistingEKS.LoadBalancerController
}

// ofOurCluster are the keys that only a cluster of the program has, each with its default in Pulumi.yaml as the engine hands it
// over. The engine fills in defaults, so a key is known to be set where it has another value, or where the stack file says it.
var ofOurCluster = map[string]string{
	"addonVersions":          `{}`,
	"apiAccessCidrs":         `[]`,
	"clusterRoleSourceCheck": `false`,
	"controlPlaneLogs":       `["api","audit","authenticator","controllerManager","scheduler"]`,
	"kubernetesSupport":      ``,
	"kubernetesVersion":      `1.35`,
	"metricsServer":          `false`,
	"nodeAmiType":            ``,
	"nodeAutoscaling":        `false`,
	"nodeCount":              `2`,
	"nodeCountMax":           `4`,
	"nodeDiskGiB":            `30`,
	"nodeGroups":             `{}`,
	"nodeInstanceTypes":      `["t3.large"]`,
	"nodeReleaseVersion":     ``,
	"nodeRepair":             `false`,
	"serviceIpv4Cidr":        ``,
	"vpcCniRole":             `nodes`,
	"zonalShift":             `false`,
}

// clusterKeysSet are the keys of ofOurCluster that the stack sets, sorted.
func clusterKeysSet(f StackFile, values map[string]any) (keys []string) {
	for _, key := range slices.Sorted(maps.Keys(ofOurCluster)) {
		standard, _ := parse(&problem.List{}, key, ofOurCluster[key])
		value, given := values[key]
		if f.named[key] || given && !reflect.DeepEqual(value, standard) {
			keys = append(keys, key)
		}
	}
	return keys
}

var securityGroupID = regexp.MustCompile(`^sg-[0-9a-f]{8}(?:[0-9a-f]{9})?$`)

// eksName is what EKS accepts as the name of a cluster.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html, 2026-11-29.
var eksName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)

// checkExistingEKS checks the cluster of somebody else, and refuses what would make or change one.
func (c Config) checkExistingEKS(p *problem.List) {
	e, field := c.ExistingEKS, "existingEks"
	if !c.HasExistingEKS() {
		if e != (ExistingEKS{}) {
			p.Missing(field+".name", "name the EKS cluster, or leave existingEks out and the program makes one")
		}
		return
	}
	switch {
	case !eksName.MatchString(e.Name):
		p.Refuse(field+".name", e.Name, "the name of an EKS cluster has at most 100 letters, digits, - and _, and is no ARN")
	case e.Name == c.Install:
		p.Refuse(field+".name", e.Name, "the program gives this name to the cluster that it makes itself: choose another installName, or remove existingEks")
	}
	c.checkKubeconfig(p)
	if id := e.NodeSecurityGroupID; id != "" && !securityGroupID.MatchString(id) {
		p.Refuse(field+".nodeSecurityGroupId", id, "this is not the id of a security group, such as sg-0123456789abcdef0")
	}
	if e.LoadBalancerController && !c.HasDoor(DoorController) {
		p.Add(field+".loadBalancerController", problem.IsSet, "gatewayLoadBalancers does not name %s, so nothing of the program would use it: set gatewayLoadBalancers to [%s]", DoorController, DoorController)
	}
	for _, key := range c.clusterKeys {
		p.Add(key, problem.IsSet, "it is for the cluster that the program makes, and %s belongs to somebody else, who decides about it: remove the key", e.Name)
	}
	if home, known := c.Accounts[c.Home]; known {
		if home.Network == nil {
			p.Missing("accounts."+c.Home+".network", "%s lives in a VPC that exists: name that VPC, where the load balancers and the tasks of the home account are too (docs/networks.md)", e.Name)
		}
		if key := c.KeyFor(c.Home, KeyForVolumes); key != "" {
			p.Refuse("accounts."+c.Home+".keys.volumes", key, "the nodes of %s belong to somebody else, with their volumes: remove the key", e.Name)
		}
		if key := c.KeyFor(c.Home, KeyForSecrets); key != "" {
			p.Refuse("accounts."+c.Home+".keys.secrets", key, "%s belongs to somebody else, who decides what encrypts it: remove the key", e.Name)
		}
	}
	if c.TestWorkloads {
		p.Refuse("testWorkloads", true, "it takes the namespace default of %s into the mesh, with all that runs there: set it to false", e.Name)
	}
}

// checkKubeconfig checks the kubeconfig and what is named beside it.
func (c Config) checkKubeconfig(p *problem.List) {
	e, field := c.ExistingEKS, "existingEks.kubeconfig"
	given, err := kubeconfig.Read(e.Kubeconfig.Reveal())
	switch {
	case e.Kubeconfig == "":
		for key, value := range map[string]string{"endpoint": e.Endpoint, "clusterSecurityGroupId": e.ClusterSecurityGroupID} {
			if value != "" {
				p.Add("existingEks."+key, problem.IsSet, "AWS answers it: it is for a cluster that is reached by %s", field)
			}
		}
		return
	case err != nil:
		p.Because(field, e.Kubeconfig, err)
	case given.Credential && !c.IsSecret("existingEks"):
		p.Add(field, "is not encrypted", "it holds a credential of the cluster: pulumi config set --secret --path existingEks.kubeconfig")
	}
	if id := e.ClusterSecurityGroupID; id != "" && !securityGroupID.MatchString(id) {
		p.Refuse("existingEks.clusterSecurityGroupId", id, "this is not the id of a security group, such as sg-0123456789abcdef0")
	}
	switch endpoint := e.Endpoint; {
	case endpoint == "":
	case !kubeconfig.ForEKS(endpoint):
		p.Refuse("existingEks.endpoint", endpoint, "this is not the URL of an API server as EKS gives it, such as https://0123456789ABCDEF0123456789ABCDEF.gr7.%s.eks.amazonaws.com", c.Region)
	case err == nil && kubeconfig.ForEKS(given.Server) && given.Server != endpoint:
		p.Refuse("existingEks.endpoint", endpoint, "%s leads to another cluster, %s", field, given.Server)
	}
}

// balancerOfTheirs warns of an AWS Load Balancer Controller that the program cannot see. Its webhook takes Services from EKS's own
// controller since 2.5 (https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/installation/, 2026-11-29).
func (c Config) balancerOfTheirs() []string {
	if !c.HasExistingEKS() || !c.HasDoor(DoorLegacy) || c.ExistingEKS.LoadBalancerController {
		return nil
	}
	return []string{"gatewayLoadBalancers: the controller that EKS runs makes the gateway's load balancer. If " + c.ExistingEKS.Name + " runs the AWS Load Balancer Controller, its webhook takes the Service away from that one: " +
		"say [" + DoorController + "], and existingEks.loadBalancerController: true (docs/existing-eks.md)"}
}
