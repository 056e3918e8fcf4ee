package compare_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/config"
	"ambient-ecs/eks/addon"
	eks "ambient-ecs/eks/existing"
	"ambient-ecs/living/compare"
	"ambient-ecs/network/existing"
)

const (
	prodEU  = "prod-eu"
	vpcEU   = "vpc-0123456789abcdef0"
	groupEU = "sg-0123456789abcdef0"
)

// guest has the home account in the network and the EKS cluster of somebody else.
func guest(c *config.Config) {
	c.ExistingEKS = config.ExistingEKS{Name: prodEU}
	home := c.Accounts[c.Home]
	home.Network = &config.ExistingNetwork{VPCID: vpcEU}
	c.Accounts = with1(c.Accounts, c.Home, home)
}

func with1(accounts map[string]config.Account, key string, account config.Account) map[string]config.Account {
	all := maps.Clone(accounts)
	all[key] = account
	return all
}

// joinable is an EKS cluster that a mesh can join, and who calls is its administrator.
func joinable(cfg config.Config) compare.World {
	return compare.World{
		Caller: ci, CallerPath: true, Entries: map[string]compare.Entry{ci: {}}, Unseen: map[string]string{},
		EKS: &eks.Cluster{
			Name: prodEU, ARN: cfg.EKSClusterARN(), Status: "ACTIVE", Version: "1.33", VPC: vpcEU, Mode: "API", Public: true, Private: true, ServiceCIDR: "172.20.0.0/16",
			Addons: map[string]eks.Addon{addon.PodIdentityAgent: {Version: "v1"}, addon.VPCCNI: {Version: "v1"}},
		},
	}
}

func TestAnExistingEKSIsFitToJoin(t *testing.T) {
	plain := dev(t, guest)
	network := plain.MeshCIDRs()[0]
	changed := func(change func(*config.Config)) config.Config {
		return dev(t, func(c *config.Config) { guest(c); change(c) })
	}
	inside := changed(func(c *config.Config) { c.DeployerInside = true })
	guarded := changed(func(c *config.Config) { c.NetworkPolicies = true })
	grouped := changed(func(c *config.Config) { c.ExistingEKS.NodeSecurityGroupID = groupEU })
	listed := changed(func(c *config.Config) { c.AdminPrincipals = []string{ci} })
	read := changed(func(c *config.Config) { c.ReaderPrincipals = []string{ci} })
	ours := map[string]string{config.InstallTag: plain.Install}
	for _, c := range []struct {
		name   string
		cfg    config.Config
		change func(w *compare.World)
		words  []string // of refusals. None: it is accepted
		warns  string   // of a warning. Empty: there is none
	}{
		{"as it should be", plain, func(w *compare.World) {}, nil, ""},
		{"while EKS updates it", plain, func(w *compare.World) { w.EKS.Status = "UPDATING" }, nil, ""},
		{"none", plain, func(w *compare.World) { w.EKS = &eks.Cluster{} }, []string{"existingEks.name", "has no EKS cluster of this name in eu-central-1"}, ""},
		{"who may not look", plain, func(w *compare.World) { w.EKS, w.Unseen[compare.ClusterSubject] = nil, "AccessDenied" }, []string{"existingEks.name", "needs eks:DescribeCluster", "AccessDenied"}, "the EKS cluster"},
		{"another account's", plain, func(w *compare.World) { w.EKS.ARN = strings.Replace(w.EKS.ARN, homeID, otherID, 1) }, []string{"the stack file means " + plain.EKSClusterARN()}, ""},
		{"still made", plain, func(w *compare.World) { w.EKS.Status = "CREATING" }, []string{"its status is CREATING"}, ""},
		{"Auto Mode", plain, func(w *compare.World) { w.EKS.AutoMode, w.EKS.Addons = true, map[string]eks.Addon{} }, []string{"EKS Auto Mode"}, ""},
		{"too new for Istio", plain, func(w *compare.World) { w.EKS.Version = "1.38" }, []string{"it has Kubernetes 1.38: it is too new for Istio 1.31"}, ""},
		{"too old for Istio", plain, func(w *compare.World) { w.EKS.Version = "1.29" }, []string{"it has Kubernetes 1.29: it is too old for Istio 1.31"}, ""},
		{"another VPC", plain, func(w *compare.World) { w.EKS.VPC = "vpc-1" }, []string{"accounts.local.network.vpcId", "prod-eu is in vpc-1"}, ""},
		{"pods with IPv6", plain, func(w *compare.World) { w.EKS.IPv6, w.EKS.ServiceCIDR = true, "" }, []string{"IPv6"}, ""},
		{"services in a network of the mesh", plain, func(w *compare.World) { w.EKS.ServiceCIDR = network }, []string{"Kubernetes services have addresses in " + network}, ""},
		{"no nodes' group of this id", grouped, func(w *compare.World) { w.EKS.NodeGroup = &eks.SecurityGroup{} }, []string{"existingEks.nodeSecurityGroupId", "has no such security group"}, ""},
		{"a nodes' group elsewhere", grouped, func(w *compare.World) { w.EKS.NodeGroup = &eks.SecurityGroup{VPC: "vpc-1"} }, []string{"existingEks.nodeSecurityGroupId", "it is in vpc-1"}, ""},
		{"the nodes' group", grouped, func(w *compare.World) { w.EKS.NodeGroup = &eks.SecurityGroup{VPC: vpcEU} }, nil, ""},
		{"a private endpoint alone", plain, func(w *compare.World) { w.EKS.Public = false }, []string{"deployerInsideNetwork is not set", "private endpoint only"}, ""},
		{"a private endpoint, from inside", inside, func(w *compare.World) { w.EKS.Public = false }, nil, ""},
		{"a public endpoint alone, from inside", inside, func(w *compare.World) { w.EKS.Private = false }, []string{"public endpoint only"}, ""},
		{"rules for no private endpoint", changed(func(c *config.Config) { c.APIPrivateCIDRs = []string{"10.8.0.0/16"} }), func(w *compare.World) { w.EKS.Private = false }, []string{"apiPrivateCidrs is set", "no private endpoint"}, ""},
		{"no Pod Identity agent", plain, func(w *compare.World) { delete(w.EKS.Addons, addon.PodIdentityAgent) }, []string{"aws eks create-addon --region eu-central-1 --cluster-name prod-eu --addon-name eks-pod-identity-agent"}, ""},
		{"add-ons that nobody may see", plain, func(w *compare.World) { w.EKS.Addons, w.Unseen[compare.AddonsSubject] = nil, "AccessDenied" }, nil, compare.AddonsSubject},
		{"policies that nobody enforces", guarded, func(w *compare.World) {}, []string{"networkPolicies = true", "does not enforce them"}, ""},
		{"policies that vpc-cni enforces", guarded, func(w *compare.World) {
			w.EKS.Addons[addon.VPCCNI] = eks.Addon{Configuration: `{"enableNetworkPolicy":"true"}`}
		}, nil, ""},
		{"policies, and a vpc-cni without add-on", guarded, func(w *compare.World) { delete(w.EKS.Addons, addon.VPCCNI) }, nil, "nobody sees here whether it enforces"},
		{"strict groups of pods", plain, func(w *compare.World) {
			w.EKS.Addons[addon.VPCCNI] = eks.Addon{Configuration: `{"env":{"ENABLE_POD_ENI":"true"}}`}
		}, nil, "POD_SECURITY_GROUP_ENFORCING_MODE"},
		{"pods with networks of their own", plain, func(w *compare.World) {
			w.EKS.Addons[addon.VPCCNI] = eks.Addon{Configuration: `{"env":{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"true"}}`}
		}, nil, ""},
		{"pods with networks of their own, beside one that leads nowhere", changed(func(c *config.Config) { c.Accounts["local"].Network.UnroutedCIDRs = []string{"100.64.0.0/16"} }), func(w *compare.World) {
			w.EKS.Addons[addon.VPCCNI] = eks.Addon{Configuration: `{"env":{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"true"}}`}
		}, nil, "accounts.local.network.unroutedCidrs: vpc-cni of prod-eu gives pods addresses"},
		{"a network that leads nowhere, and pods in that of their nodes", changed(func(c *config.Config) { c.Accounts["local"].Network.UnroutedCIDRs = []string{"100.64.0.0/16"} }), func(w *compare.World) {}, nil, ""},
		{"an administrator without entries", listed, func(w *compare.World) { w.EKS.Mode, w.Entries = "CONFIG_MAP", nil }, []string{"clusterAdmins[0]", "authentication mode of prod-eu is CONFIG_MAP"}, "ConfigMap aws-auth"},
		{"a team, and no entries", changed(func(c *config.Config) { c.Teams = map[string]config.Team{"shop": {}} }), func(w *compare.World) { w.EKS.Mode, w.Entries = "CONFIG_MAP", nil }, []string{"teams is set", "authentication mode of prod-eu is CONFIG_MAP"}, "ConfigMap aws-auth"},
		{"nobody listed, and no entries", plain, func(w *compare.World) { w.EKS.Mode, w.Entries = "CONFIG_MAP", nil }, nil, "It has to make " + ci + " an administrator"},
		{"an entry that the owner made", listed, func(w *compare.World) {}, []string{"clusterAdmins[0]", "this stack did not make"}, ""},
		{"an entry that the stack will make", listed, func(w *compare.World) { w.Entries = nil }, nil, ""},
		{"an entry that the stack made", listed, func(w *compare.World) { w.Entries = map[string]compare.Entry{ci: {Tags: ours}} }, nil, ""},
		{"the caller's own entry goes", plain, func(w *compare.World) { w.Entries = map[string]compare.Entry{ci: {Tags: ours}} }, []string{"clusterAdmins is not set", "would delete it"}, ""},
		{"a reader deploys", read, func(w *compare.World) { w.Entries = nil }, []string{"clusterReaders[0]", "a reader can change nothing"}, ""},
		{"the caller has no entry", plain, func(w *compare.World) { w.Entries = nil }, []string{"accounts.local", "has no access entry of the EKS cluster prod-eu"}, ""},
		{"the caller has no entry, and aws-auth counts", plain, func(w *compare.World) { w.Entries, w.EKS.Mode = nil, "API_AND_CONFIG_MAP" }, nil, "aws-auth may admit it"},
		{"the caller's path is not known", plain, func(w *compare.World) { w.Entries, w.CallerPath = nil, false }, nil, "its path is not known"},
		{"entries that nobody may see", plain, func(w *compare.World) { w.Entries, w.Unseen[compare.EntriesSubject] = nil, "AccessDenied" }, nil, compare.EntriesSubject},
		{"a webhook that is shut", grouped, func(w *compare.World) {
			w.EKS.SecurityGroup, w.EKS.NodeGroup = "sg-eks", &eks.SecurityGroup{ID: groupEU, VPC: vpcEU, Ingress: []eks.Rule{{Protocol: "tcp", From: 9443, To: 9443, Group: "sg-eks"}}}
		}, nil, "no rule of " + groupEU + " admits the control plane of prod-eu to port 15017, istiod's webhook"},
		{"a webhook that is open", grouped, func(w *compare.World) {
			w.EKS.SecurityGroup, w.EKS.NodeGroup = "sg-eks", &eks.SecurityGroup{ID: groupEU, VPC: vpcEU, Ingress: []eks.Rule{{Protocol: "-1", Group: "sg-eks"}}}
		}, nil, ""},
		{"the webhook of our controller", changed(func(c *config.Config) {
			c.ExistingEKS.NodeSecurityGroupID, c.GatewayLoadBalancers = groupEU, []string{config.DoorController}
		}), func(w *compare.World) {
			w.EKS.SecurityGroup, w.EKS.NodeGroup = "sg-eks", &eks.SecurityGroup{ID: groupEU, VPC: vpcEU, Ingress: []eks.Rule{{Protocol: "tcp", From: 15017, To: 15017, Group: "sg-eks"}}}
		}, nil, "to port 9443, the webhook of the AWS Load Balancer Controller"},
		{"everything at once", plain, func(w *compare.World) {
			w.EKS.Status, w.EKS.Version, w.EKS.Addons, w.Entries = "FAILED", "1.38", map[string]eks.Addon{}, nil
		}, []string{"its status is FAILED", "too new", "eks-pod-identity-agent", "has no access entry"}, ""},
	} {
		w := joinable(c.cfg)
		c.change(&w)
		warnings, err := compare.Compare(c.cfg, w)
		if !refuses(t, c.name, err, c.words) {
			continue
		}
		if told := slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, c.warns) }); c.warns != "" && !told || c.warns == "" && len(warnings) > 0 {
			t.Errorf("%s: the warnings are %q", c.name, warnings)
		}
	}
}

// Without eks:DescribeCluster a kubeconfig and what is named beside it stand for AWS's answer. With it the two must agree.
func TestAKubeconfigStandsForWhatNobodyMayLookUp(t *testing.T) {
	const endpoint = "https://0123456789ABCDEF0123456789ABCDEF.gr7.eu-central-1.eks.amazonaws.com"
	by := func(server, more string, change func(*config.ExistingEKS)) config.Config {
		return dev(t, func(c *config.Config) {
			guest(c)
			c.ExistingEKS.Kubeconfig = config.Secret("{current-context: p, clusters: [{name: p, cluster: {server: '" + server + "', certificate-authority-data: LS0t" + more + "}}], contexts: [{name: p, context: {cluster: p, user: u}}], users: [{name: u, user: {token: t}}]}")
			if change != nil {
				change(&c.ExistingEKS)
			}
		})
	}
	straight, behind := by(endpoint, "", nil), by("https://bastion.example.com", "", nil)
	named := by("https://bastion.example.com", "", func(e *config.ExistingEKS) { e.Endpoint, e.ClusterSecurityGroupID = endpoint, groupEU })
	told := func(w *compare.World, endpoint, group string) {
		w.EKS = &eks.Cluster{Told: true, Name: prodEU, VPC: vpcEU, Endpoint: endpoint, SecurityGroup: group, Addons: w.EKS.Addons}
		w.Unseen[compare.ClusterSubject] = "AccessDenied"
	}
	for _, c := range []struct {
		name   string
		cfg    config.Config
		change func(w *compare.World)
		words  []string
		warns  string
	}{
		{"told nothing", behind, func(w *compare.World) { told(w, "", "") }, []string{"existingEks.endpoint is not set", "existingEks.clusterSecurityGroupId is not set", "AccessDenied"}, ""},
		{"the kubeconfig tells the endpoint", straight, func(w *compare.World) { told(w, endpoint, "") }, []string{"existingEks.clusterSecurityGroupId is not set"}, ""},
		{"told everything", named, func(w *compare.World) { told(w, endpoint, groupEU) }, nil, "nobody checks its status"},
		{"told everything, and no agent", named, func(w *compare.World) {
			told(w, endpoint, groupEU)
			delete(w.EKS.Addons, addon.PodIdentityAgent)
		}, []string{"eks-pod-identity-agent"}, ""},
		{"told everything, and the caller has no entry", named, func(w *compare.World) {
			told(w, endpoint, groupEU)
			w.Entries = nil
		}, nil, "nobody checks its status"},
		{"seen, and the caller has no entry", straight, func(w *compare.World) { w.EKS.Endpoint, w.Entries = endpoint, nil }, nil, ""},
		{"seen, and private", straight, func(w *compare.World) { w.EKS.Endpoint, w.EKS.Public = endpoint, false }, []string{"deployerInsideNetwork is not set"}, ""},
		{"seen, private, and behind a bastion", behind, func(w *compare.World) { w.EKS.Public = false }, nil, ""},
		{"seen, private, and behind a proxy", by(endpoint, ", proxy-url: 'socks5://bastion:1080'", nil), func(w *compare.World) { w.EKS.Endpoint, w.EKS.Public = endpoint, false }, nil, ""},
		{"seen, and another cluster", straight, func(w *compare.World) { w.EKS.Endpoint = endpoint + "/other" }, []string{"existingEks.kubeconfig leads to another cluster", endpoint + "/other"}, ""},
		{"seen, and another endpoint is named", named, func(w *compare.World) { w.EKS.Endpoint, w.EKS.SecurityGroup = endpoint+"/other", groupEU }, []string{"existingEks.endpoint leads to another cluster"}, ""},
		{"seen, and another group is named", named, func(w *compare.World) { w.EKS.Endpoint, w.EKS.SecurityGroup = endpoint, "sg-1" }, []string{"existingEks.clusterSecurityGroupId", "is sg-1"}, ""},
	} {
		w := joinable(c.cfg)
		c.change(&w)
		warnings, err := compare.Compare(c.cfg, w)
		if !refuses(t, c.name, err, c.words) {
			continue
		}
		if told := slices.ContainsFunc(warnings, func(w string) bool { return strings.Contains(w, c.warns) }); c.words == nil && (c.warns != "" && !told || c.warns == "" && len(warnings) > 0) {
			t.Errorf("%s: the warnings are %q", c.name, warnings)
		}
	}
}

// The cluster is for the life of a stack: from one of ours to theirs, back, and from one of theirs to another.
func TestALivingStackKeepsItsEKSCluster(t *testing.T) {
	lived := func(cfg config.Config, cluster string) compare.World {
		w := lives(cfg)
		w.Cluster, w.Nodes = nil, nil
		role := compare.Role{Tags: cfg.ResourceTags(), Path: cfg.IAMPathOrDefault(), Trust: strings.Replace(trust(cfg.Region, homeID), "cluster/ambient", "cluster/"+cluster, 1)}
		w.Accounts[cfg.Home].Roles[cfg.IstiodRoleName()] = role
		w.EKS = joinable(cfg).EKS
		return w
	}
	own, theirs := dev(t, nil), dev(t, guest)
	for _, c := range []struct {
		name  string
		cfg   config.Config
		was   string
		words []string
	}{
		{"ours becomes theirs", theirs, theirs.Install, []string{`existingEks.name = "prod-eu"`, "which this stack made and would delete", "remove existingEks"}},
		{"theirs becomes ours", own, prodEU, []string{`existingEks.name = ""`, "the mesh lives in the EKS cluster prod-eu", "Set it to prod-eu again"}},
		{"theirs becomes another", theirs, "prod-us", []string{`existingEks.name = "prod-eu"`, "Set it to prod-us again"}},
		{"theirs stays", theirs, prodEU, nil},
	} {
		w := lived(c.cfg, c.was)
		if c.cfg.ExistingEKS.Name == "" {
			w.EKS = nil
		}
		_, err := compare.Compare(c.cfg, w)
		if (err != nil) != (c.words != nil) || err != nil && strings.Count(err.Error(), "\n") > 0 {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, word := range c.words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: the refusal does not say %q: %v", c.name, word, err)
			}
		}
	}
}

// The owner upgrades the cluster, and Istio follows one minor version at a time. Each step is let through, with the way on.
func TestAnOwnersUpgradeLeavesALivingStackAWayOn(t *testing.T) {
	for _, c := range []struct {
		name, istio, kubernetes string
		lives                   bool
		refused, warned         string // "": not
	}{
		{"far too new", "1.28.3-solo", "1.36", true, "", "too new for Istio 1.28.3-solo, which supports Kubernetes 1.30 to 1.34: upgrade Istio first. Bring up Istio 1.29, then 1.30, "},
		{"the step between", "1.29.1-solo", "1.36", true, "", "too new for Istio 1.29.1-solo, which supports Kubernetes 1.31 to 1.35: upgrade Istio first. Bring up Istio 1.30, "},
		{"the last step", "1.30.0-solo", "1.36", true, "", ""},
		{"newer than anything known", "1.31.0-solo", "1.60", true, "", "knows no Istio that runs on it"},
		{"a stack that is new there", "1.28.3-solo", "1.36", false, "it has Kubernetes 1.36: it is too new for Istio 1.28.3-solo", ""},
		// The owner's cluster does not go back: this is a step of the stack's own.
		{"an Istio that is too new for it", "1.31.0-solo", "1.31", true, "it has Kubernetes 1.31: it is too old for Istio 1.31.0-solo", ""},
	} {
		cfg := dev(t, func(f *config.Config) { guest(f); f.IstioVersion, f.IstioRevisions = c.istio, nil })
		w := joinable(cfg)
		w.EKS.Version = c.kubernetes
		if c.lives {
			w.Accounts = lives(cfg).Accounts
			w.Accounts[cfg.Home].Roles[cfg.IstiodRoleName()] = compare.Role{
				Tags: cfg.ResourceTags(), Path: cfg.IAMPathOrDefault(), Trust: strings.Replace(trust(cfg.Region, homeID), "cluster/ambient", "cluster/"+prodEU, 1),
			}
		}
		warnings, err := compare.Compare(cfg, w)
		if (err != nil) != (c.refused != "") || err != nil && !strings.Contains(err.Error(), c.refused) {
			t.Errorf("%s: %v", c.name, err)
		}
		if told := strings.Join(warnings, "\n"); strings.Contains(told, "Kubernetes") != (c.warned != "") || !strings.Contains(told, c.warned) {
			t.Errorf("%s: the warnings are %q", c.name, warnings)
		}
	}
}

// The subnets of a living stack may be full: its load balancers have their addresses.
func TestALivingGuestNeedsNoFurtherAddresses(t *testing.T) {
	const a, b = "subnet-0123456789abcdefa", "subnet-0123456789abcdefb"
	cfg := dev(t, func(c *config.Config) {
		guest(c)
		home := c.Accounts[c.Home]
		home.Network.PrivateSubnetIDs = []string{a, b}
		home.Network.RouteTableIDs = []string{"rtb-1"}
	})
	for name, lived := range map[string]bool{"before the first up": false, "afterwards": true} {
		w := joinable(cfg)
		subnet := func(id, zone string) existing.Subnet {
			return existing.Subnet{ID: id, VPC: vpcEU, ZoneID: zone, Table: "rtb-1", Free: 4}
		}
		w.Networks = map[string]existing.Network{cfg.Home: {
			VPC:     &existing.VPC{ID: vpcEU, Owner: homeID, CIDR: cfg.Accounts[cfg.Home].VPCCIDR, DNSSupport: true, DNSHostnames: true},
			Subnets: map[string]existing.Subnet{a: subnet(a, "euc1-az1"), b: subnet(b, "euc1-az2")},
			Tables:  map[string]existing.Table{"rtb-1": {ID: "rtb-1", VPC: vpcEU, Routes: []existing.Route{{CIDR: "0.0.0.0/0", Target: "nat-1"}}}},
		}}
		w.Services = lives(cfg).Services
		if lived {
			w.Accounts = lives(cfg).Accounts
			for key, account := range w.Accounts {
				for name, role := range account.Roles {
					role.Trust = strings.Replace(role.Trust, "cluster/ambient", "cluster/"+prodEU, 1)
					w.Accounts[key].Roles[name] = role
				}
			}
		}
		_, err := compare.Compare(cfg, w)
		if lived && err != nil || !lived && (err == nil || strings.Count(err.Error(), "a load balancer needs 8") != 2) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
