package components

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/eks"
	"ambient-ecs/eks/kubeconfig"
	"ambient-ecs/network"
	"ambient-ecs/tests/recorder"
)

const (
	awsCluster         = "aws:eks/cluster:Cluster"
	accessEntry        = "aws:eks/accessEntry:AccessEntry"
	eksPlugin          = "pulumi:providers:eks"
	kubernetesInstance = "pulumi:providers:kubernetes"
)

// oneEKS records a cluster with changed arguments, a probe behind it, and a resource that uses istiod's identity.
func oneEKS(t *testing.T, change func(*eks.ClusterArgs), options ...func(*recorder.Options)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validEKS(f)
		if change != nil {
			change(args)
		}
		made, err := eks.NewCluster(ctx, "eks", args)
		if err != nil {
			return err
		}
		if err := taker(ctx, made.PodIdentity["istiod"]); err != nil {
			return err
		}
		return probe(ctx, made.Ready)
	}, options...)
}

func TestTheClusterIsMadeInTheHomeAccount(t *testing.T) {
	r := oneEKS(t, nil)
	component := only(t, r, eks.ClusterTypeToken)
	for _, res := range own(r) {
		inside := slices.Contains(r.Ancestors(res), component.URN)
		switch {
		case res.Type == probeType, res.Type == takerType, res == component:
		case !inside:
			t.Errorf("%s %s is not under the component", res.Type, res.Name)
		case res.Remote:
			if res.Providers["aws"] != localProvider || res.Providers["eks"] != "eks" {
				t.Errorf("%s %s is handed the providers %v", res.Type, res.Name, res.Providers)
			}
		case strings.HasPrefix(res.Type, "aws:") && res.Provider != localProvider:
			t.Errorf("%s %s is made with %q", res.Type, res.Name, res.Provider)
		}
	}
	if n := len(r.OfType(awsCluster)); n != 0 {
		t.Errorf("%d clusters beside that of pulumi-eks", n)
	}
}

func TestTheAPIIsOpenToListedNetworksOnly(t *testing.T) {
	closed := only(t, oneEKS(t, nil), eksComponent)
	says(t, closed, true, "endpointPrivateAccess")
	says(t, closed, false, "endpointPublicAccess")
	says(t, closed, nil, "publicAccessCidrs")
	open := only(t, oneEKS(t, func(a *eks.ClusterArgs) { a.APICIDRs = []string{"203.0.113.7/32", "198.51.100.0/24"} }), eksComponent)
	says(t, open, true, "endpointPrivateAccess")
	says(t, open, true, "endpointPublicAccess")
	says(t, open, []any{"198.51.100.0/24", "203.0.113.7/32"}, "publicAccessCidrs")
}

func TestThePrivateAPIIsOpenToListedNetworksBeforeAnybodyTalksToIt(t *testing.T) {
	r := oneEKS(t, func(a *eks.ClusterArgs) { a.APIPrivateCIDRs = []string{"192.168.0.0/16", "10.8.0.0/24"} })
	if got := rules(t, r, ingressRule, "sg-cluster"); !slices.Equal(got, []string{"tcp 443 10.8.0.0/24", "tcp 443 192.168.0.0/16"}) {
		t.Errorf("rules %v", got)
	}
	for _, rule := range r.OfType(ingressRule) {
		needs(t, r, r.Get(t, kubernetesInstance, "eks"), rule)
		needs(t, r, only(t, r, probeType), rule)
	}
}

// If one of these inputs is missing, pulumi-eks decides by itself, and either fails or makes something that nobody
// asked for.
func TestPulumiEKSDecidesNothingByItself(t *testing.T) {
	cluster := only(t, oneEKS(t, nil), eksComponent)
	says(t, cluster, "API", "authenticationMode")
	says(t, cluster, true, "skipDefaultNodeGroup")
	says(t, cluster, true, "skipDefaultSecurityGroups")
	says(t, cluster, false, "createOidcProvider")
	says(t, cluster, "v1.21.1-eksbuild.1", "vpcCniOptions", "addonVersion")
	says(t, cluster, "v1.34.1-eksbuild.2", "kubeProxyAddonOptions", "version")
	says(t, cluster, nil, "coreDnsAddonOptions")
	says(t, cluster, "vpc-l", "vpcId")
	says(t, cluster, deployer, "providerCredentialOpts", "roleArn")
}

func TestCredentialsOfTheEnvironmentAreNotNamed(t *testing.T) {
	r := oneEKS(t, func(a *eks.ClusterArgs) { a.Credentials = kubeconfig.Credentials{} })
	says(t, only(t, r, eksComponent), nil, "providerCredentialOpts")
}

func TestSecretsAreEncryptedWithAKeyThatRotates(t *testing.T) {
	r := oneEKS(t, nil)
	key := only(t, r, kmsKey)
	says(t, key, true, "enableKeyRotation")
	says(t, only(t, r, eksComponent), "arn:aws:kms:eu-central-1:111122223333:key/k", "encryptionConfigKeyArn")
	needs(t, r, only(t, r, eksComponent), key)
}

func TestTheControlPlanesLogsGoToOurOwnGroup(t *testing.T) {
	r := oneEKS(t, nil)
	logs, cluster := only(t, r, logGroup), only(t, r, eksComponent)
	says(t, logs, "/aws/eks/mesh/cluster", "name")
	says(t, logs, 30.0, "retentionInDays")
	needs(t, r, cluster, logs)
	if types, _ := at(t, cluster, "enabledClusterLogTypes").([]any); len(types) != 5 {
		t.Errorf("logs of %v", types)
	}
}

func TestNodesComeAfterTheControlPlaneAndTheirWayOut(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validEKS(f)
		gateway, err := ec2.NewNatGateway(ctx, "way-out", &ec2.NatGatewayArgs{SubnetId: pulumi.String("s")}, pulumi.Provider(f.local))
		if err != nil {
			return err
		}
		args.Egress = component.Made[network.Network](gateway)
		_, err = eks.NewCluster(ctx, "eks", args)
		return err
	})
	nodes := only(t, r, nodeGroup)
	needs(t, r, nodes, only(t, r, eksComponent))
	needs(t, r, nodes, only(t, r, natGateway))
	attached := r.OfType(roleAttachment)
	if len(attached) != 3 {
		t.Errorf("%d policies of the nodes' role", len(attached))
	}
	for _, attachment := range attached {
		needs(t, r, nodes, attachment)
	}
	if r.Waits(only(t, r, eksComponent), only(t, r, natGateway)) {
		t.Error("the control plane waits for the nodes' way out, which it does not need")
	}
}

func TestNodesKeepTheirMetadataFromPods(t *testing.T) {
	r := oneEKS(t, nil)
	template := only(t, r, launchTemplate)
	says(t, template, "required", "metadataOptions", "httpTokens")
	says(t, template, 1.0, "metadataOptions", "httpPutResponseHopLimit")
	says(t, template, "true", "blockDeviceMappings", 0, "ebs", "encrypted")
	says(t, template, 30.0, "blockDeviceMappings", 0, "ebs", "volumeSize")
	// A group of the template would be a second one with the cluster's tag.
	says(t, template, nil, "vpcSecurityGroupIds")
	says(t, template, nil, "networkInterfaces")
	says(t, only(t, r, nodeGroup), "3", "launchTemplate", "version")
	for i, kind := range []string{"instance", "volume", "network-interface"} {
		says(t, template, kind, "tagSpecifications", i, "resourceType")
		says(t, template, "platform-team", "tagSpecifications", i, "tags", "owner")
	}
}

// Each group has a launch template of its own, and the first group is as it was before there were more.
func TestMoreNodeGroupsStandBesideTheFirst(t *testing.T) {
	before := oneEKS(t, nil)
	r := oneEKS(t, func(a *eks.ClusterArgs) {
		a.Autoscaling = true
		a.Nodes = append(a.Nodes, eks.NodeGroup{Key: "big", InstanceTypes: []string{"m7g.large"}, AMIType: "BOTTLEROCKET_ARM_64", ReleaseVersion: "1.47.0-6154605b",
			Min: 0, Desired: 1, Max: 9, DiskGiB: 100, Labels: map[string]string{"team": "data"}, Taints: []eks.Taint{{Key: "dedicated", Value: "data", Effect: "NO_SCHEDULE"}, {Key: "gone", Effect: "NO_EXECUTE"}},
			Spot: true, Zones: []int{2}})
	})
	first, big := r.Get(t, nodeGroup, "eks-nodes"), r.Get(t, nodeGroup, "eks-nodes-big")
	was := only(t, before, nodeGroup)
	if first.URN != was.URN {
		t.Errorf("the first group moves from %s to %s", was.URN, first.URN)
	}
	unscaled := maps.Clone(first.Inputs)
	delete(unscaled, "ignoreScalingChanges")
	if !reflect.DeepEqual(unscaled, was.Inputs) {
		t.Errorf("the first group changes from %v to %v", was.Inputs, unscaled)
	}
	says(t, first, true, "ignoreScalingChanges")
	for path, want := range map[string]any{
		"amiType": "BOTTLEROCKET_ARM_64", "operatingSystem": nil, "releaseVersion": "1.47.0-6154605b", "version": "1.34", "capacityType": "SPOT", "ignoreScalingChanges": true,
		"labels": map[string]any{"team": "data"}, "subnetIds": []any{"subnet-2"}, "scalingConfig": map[string]any{"minSize": 0.0, "desiredSize": 1.0, "maxSize": 9.0},
		"taints": []any{map[string]any{"key": "dedicated", "value": "data", "effect": "NO_SCHEDULE"}, map[string]any{"key": "gone", "effect": "NO_EXECUTE"}},
	} {
		says(t, big, want, path)
	}
	template := r.Get(t, launchTemplate, "eks-nodes-big")
	needs(t, r, big, template)
	says(t, template, "mesh-node-big", "tagSpecifications", 0, "tags", "Name")
	for i, volume := range []struct{ device, size any }{{"/dev/xvda", nil}, {"/dev/xvdb", 100.0}} {
		says(t, template, volume.device, "blockDeviceMappings", i, "deviceName")
		says(t, template, volume.size, "blockDeviceMappings", i, "ebs", "volumeSize")
		says(t, template, "true", "blockDeviceMappings", i, "ebs", "encrypted")
	}
	for _, attachment := range r.OfType(roleAttachment) {
		needs(t, r, big, attachment)
	}
	// Kubernetes objects go before any of the nodes that may run their pods.
	needs(t, r, only(t, r, probeType), big)
	needs(t, r, r.Get(t, kubernetesInstance, "eks"), big)
}

func TestTheMetricsServerIsAnAddOnThatSomebodySwitchesOn(t *testing.T) {
	r := oneEKS(t, func(a *eks.ClusterArgs) { a.AddonVersions["metrics-server"] = "v0.8.1-eksbuild.4" })
	server := r.Get(t, addonResource, "eks-metrics-server")
	says(t, server, "v0.8.1-eksbuild.4", "addonVersion")
	needs(t, r, server, only(t, r, nodeGroup))
	needs(t, r, only(t, r, probeType), server)
}

// The agent's pods run on every node, so it needs none to become active, and takes no time after them.
func TestAddOnsThatNeedNodesWaitForThem(t *testing.T) {
	r := oneEKS(t, nil)
	versions := map[any]any{}
	for _, installed := range r.OfType(addonResource) {
		needs(t, r, installed, only(t, r, eksComponent))
		if waits := r.Waits(installed, only(t, r, nodeGroup)); waits != (installed.Name != "eks-eks-pod-identity-agent") {
			t.Errorf("%s waits for the nodes: %t", installed.Name, waits)
		}
		versions[at(t, installed, "addonName")] = at(t, installed, "addonVersion")
	}
	if len(versions) != 2 || versions["coredns"] != "v1.12.4-eksbuild.1" || versions["eks-pod-identity-agent"] != "v1.3.10-eksbuild.1" {
		t.Errorf("add-ons %v", versions)
	}
}

// vpc-cni gives addresses to pods. With a role of its own the nodes may not, and it must have the role before the first node: the
// association is a part of the add-on, and the agent that hands out the role comes before the nodes. The policy of the nodes comes
// before an add-on that needs it, so that no step of a move has neither.
func TestTheNetworkPluginHasTheNodesRoleOrItsOwn(t *testing.T) {
	const cniRole, cniPolicy = "arn:aws:iam::111122223333:role/mesh-vpc-cni", "eks-mesh-nodes-AmazonEKS_CNI_Policy"
	associated := []any{map[string]any{"roleArn": cniRole, "serviceAccount": "aws-node"}}
	for name, c := range map[string]struct {
		plugin       eks.NetworkPlugin
		associations any
		nodes        bool
	}{
		"the nodes' role":   {eks.NetworkPlugin{}, nil, true},
		"both":              {eks.NetworkPlugin{RoleARN: pulumi.String(cniRole), NodesToo: true}, associated, true},
		"a role of its own": {eks.NetworkPlugin{RoleARN: pulumi.String(cniRole)}, associated, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := oneEKS(t, func(a *eks.ClusterArgs) { a.NetworkPlugin = c.plugin }, answering(eksComponent, map[string]any{
				"cni":   recorder.Reference{Type: addonResource, Name: "cni", State: map[string]any{"addonName": "vpc-cni"}},
				"proxy": recorder.Reference{Type: addonResource, Name: "proxy", State: map[string]any{"addonName": "kube-proxy"}},
			}))
			agent, policy := r.Get(t, addonResource, "eks-eks-pod-identity-agent"), (*recorder.Resource)(nil)
			for _, attachment := range r.OfType(roleAttachment) {
				if attachment.Name == cniPolicy {
					policy = attachment
				}
			}
			if (policy != nil) != c.nodes {
				t.Fatalf("the nodes have the policy: %t, want %t", policy != nil, c.nodes)
			}
			for _, part := range r.Made {
				switch part.Name {
				case "cni":
					if !reflect.DeepEqual(part.Inputs["podIdentityAssociations"], c.associations) {
						t.Errorf("vpc-cni has the associations %v, want %v", part.Inputs["podIdentityAssociations"], c.associations)
					}
					if policy != nil && !slices.Contains(part.Dependencies, policy.URN) {
						t.Errorf("vpc-cni waits for %v, and not for the policy of the nodes", part.Dependencies)
					}
				case "proxy":
					if part.Inputs["podIdentityAssociations"] != nil || len(part.Dependencies) > 0 {
						t.Errorf("kube-proxy has %v and waits for %v", part.Inputs, part.Dependencies)
					}
				}
			}
			if waits := r.Waits(only(t, r, nodeGroup), agent); waits != (c.associations != nil) {
				t.Errorf("the nodes wait for the agent: %t", waits)
			}
			needs(t, r, only(t, r, probeType), agent)
		})
	}
}

func TestIstiodsRoleIsAssociatedOnceThereIsACluster(t *testing.T) {
	r := oneEKS(t, nil)
	res := only(t, r, association)
	says(t, res, "istio-system", "namespace")
	says(t, res, "istiod", "serviceAccount")
	says(t, res, istiodRoleARN, "roleArn")
	says(t, res, "mesh", "clusterName")
	// The trust policies of the discovery roles test Pod Identity's session tags.
	says(t, res, nil, "disableSessionTags")
	needs(t, r, res, only(t, r, eksComponent))
}

func TestEachIstiodHasAnAssociationOfItsOwnToTheSameRole(t *testing.T) {
	r := oneEKS(t, func(a *eks.ClusterArgs) { a.IstiodAccounts = []string{"istiod", "istiod-1-29-1"} })
	for _, account := range []string{"istiod", "istiod-1-29-1"} {
		res := r.Get(t, association, "eks-"+account)
		says(t, res, account, "serviceAccount")
		says(t, res, istiodRoleARN, "roleArn")
		needs(t, r, only(t, r, probeType), res)
	}
}

func TestAReplacedIstiodRoleChangesTheIdentityThatIstiodRestartsBy(t *testing.T) {
	identity := func(role string) any {
		r := oneEKS(t, func(a *eks.ClusterArgs) { a.IstiodRoleID = pulumi.String(role) })
		return at(t, only(t, r, takerType), "value")
	}
	if before, after := identity("AROABEFORE"), identity("AROAAFTER"); before == after {
		t.Errorf("istiod's identity stays %v", before)
	}
	if again := identity("AROABEFORE"); again != identity("AROABEFORE") {
		t.Errorf("istiod's identity changes by itself: %v", again)
	}
}

func TestKubernetesObjectsOutliveNothingOfTheCluster(t *testing.T) {
	r := oneEKS(t, nil)
	provider, waiting := r.Get(t, kubernetesInstance, "eks"), only(t, r, probeType)
	for _, res := range slices.Concat(r.OfType(eksComponent), r.OfType(nodeGroup), r.OfType(addonResource), r.OfType(association)) {
		needs(t, r, provider, res)
		needs(t, r, waiting, res)
	}
}

func TestTheKubeconfigAuthenticatesAsTheHomeProviderDoes(t *testing.T) {
	r := oneEKS(t, func(a *eks.ClusterArgs) { a.Credentials.Profile = "local" })
	provider := r.Get(t, kubernetesInstance, "eks")
	if !slices.Contains(provider.Secrets, "kubeconfig") {
		t.Errorf("the provider's secrets are %v", provider.Secrets)
	}
	config, _ := at(t, provider, "kubeconfig").(string)
	var decoded any
	if err := json.Unmarshal([]byte(config), &decoded); err != nil {
		t.Fatalf("%v: %s", err, config)
	}
	for _, word := range []string{`"--profile","local"`, `"--role-arn","` + deployer + `"`, `"--cluster-name","mesh"`, `"https://cluster.example"`} {
		if !strings.Contains(config, word) {
			t.Errorf("the kubeconfig lacks %s: %s", word, config)
		}
	}
	says(t, provider, "https://cluster.example", "clusterIdentifier")
	says(t, provider, nil, "deleteUnreachable")
	says(t, provider, true, "enableSecretMutable")
	says(t, provider, true, "enableConfigMapMutable")
}

func TestDirectAccountsReachPodsOnTheMeshsPort(t *testing.T) {
	if n := len(oneEKS(t, nil).OfType(ingressRule)); n != 0 {
		t.Errorf("%d rules though every account takes the gateway", n)
	}
	r := oneEKS(t, func(a *eks.ClusterArgs) { a.DirectCIDRs = map[string]string{"external": "10.1.0.0/16"} })
	if got := rules(t, r, ingressRule, "sg-cluster"); !slices.Equal(got, []string{"tcp 15008 10.1.0.0/16"}) {
		t.Errorf("rules %v", got)
	}
}

func TestAccessEntriesAreNamedByTheirPrincipal(t *testing.T) {
	cluster := only(t, oneEKS(t, func(a *eks.ClusterArgs) {
		a.AdminPrincipals = []string{"arn:aws:iam::111122223333:role/team/admin"}
		a.ReaderPrincipals = []string{"arn:aws:iam::444455556666:user/auditor"}
	}), eksComponent)
	entries, _ := at(t, cluster, "accessEntries").(map[string]any)
	if len(entries) != 2 {
		t.Errorf("entries %v", entries)
	}
	admin, reader := "111122223333-role.team.admin", "444455556666-user.auditor"
	says(t, cluster, "arn:aws:iam::111122223333:role/team/admin", "accessEntries", admin, "principalArn")
	says(t, cluster, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy", "accessEntries", admin, "accessPolicies", "cluster", "policyArn")
	says(t, cluster, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy", "accessEntries", reader, "accessPolicies", "cluster", "policyArn")
}

// The names of two principals differ only in a dot in place of a slash. Each keeps an entry, and the living one keeps
// its own.
func TestPrincipalsWithOneNameBetweenThemKeepTheirEntries(t *testing.T) {
	path, dot := "arn:aws:iam::111122223333:role/team/ops", "arn:aws:iam::111122223333:role/team.ops"
	part := func(typ, name string) recorder.Reference {
		return recorder.Reference{Type: typ, Name: name, State: map[string]any{"clusterName": "mesh"}}
	}
	const base = "eks-mesh-111122223333-role"
	r := oneEKS(t, func(a *eks.ClusterArgs) {
		a.AdminPrincipals, a.ReaderPrincipals, a.LivingPrincipals = []string{path}, []string{dot}, []string{path}
	}, answering(eksComponent, map[string]any{
		"a": part(accessEntry, base+"~team~ops"), "b": part("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", base+"~team~ops-cluster"),
		"c": part(accessEntry, base+"~team.ops"), "d": part("aws:eks/accessPolicyAssociation:AccessPolicyAssociation", base+"~team.ops-cluster"),
	}))
	entries, _ := at(t, only(t, r, eksComponent), "accessEntries").(map[string]any)
	if len(entries) != 2 {
		t.Errorf("entries %v", entries)
	}
	got := map[string][]string{}
	for _, made := range r.Made {
		if made.AliasNames != nil {
			got[made.Name] = made.AliasNames
		}
	}
	want := map[string][]string{base + "~team~ops": {base + ".team.ops"}, base + "~team~ops-cluster": {base + ".team.ops-cluster"}}
	if !maps.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Errorf("aliases %v, want %v", got, want)
	}
}

func TestAReaderWhoBecomesAnAdministratorKeepsHisEntry(t *testing.T) {
	who := []string{"arn:aws:iam::111122223333:role/team/admin"}
	entries := func(change func(*eks.ClusterArgs)) map[string]any {
		all, _ := at(t, only(t, oneEKS(t, change), eksComponent), "accessEntries").(map[string]any)
		return all
	}
	before := entries(func(a *eks.ClusterArgs) { a.ReaderPrincipals = who })
	after := entries(func(a *eks.ClusterArgs) { a.AdminPrincipals = who })
	if len(before) != 1 || !slices.Equal(slices.Collect(maps.Keys(before)), slices.Collect(maps.Keys(after))) {
		t.Errorf("entries before %v and after %v", before, after)
	}
}

// pulumi-eks has no inputs for these, so a transform sets them on its parts. Off, the parts are as pulumi-eks makes them.
func TestSettingsThatPulumiEKSDoesNotKnowReachItsParts(t *testing.T) {
	part := func(component, typ string) func(*recorder.Options) {
		return answering(component, map[string]any{"part": recorder.Reference{Type: typ, Name: "part", State: map[string]any{"clusterName": "mesh"}}})
	}
	inputs := func(change func(*eks.ClusterArgs), component, typ string) map[string]any {
		for _, made := range oneEKS(t, change, part(component, typ)).Made {
			if made.Type == typ && made.Name == "part" {
				return made.Inputs
			}
		}
		t.Fatalf("%s has no part", component)
		return nil
	}
	on := func(a *eks.ClusterArgs) { a.Support, a.ZonalShift, a.NodeRepair = "STANDARD", true, true }
	const awsNodeGroup = "aws:eks/nodeGroup:NodeGroup"
	for _, c := range []struct {
		name           string
		change         func(*eks.ClusterArgs)
		component, typ string
		want           map[string]any
	}{
		{"the cluster", on, eksComponent, awsCluster, map[string]any{
			"clusterName": "mesh", "upgradePolicy": map[string]any{"supportType": "STANDARD"}, "zonalShiftConfig": map[string]any{"enabled": true}}},
		{"the cluster, off", nil, eksComponent, awsCluster, map[string]any{"clusterName": "mesh"}},
		{"the nodes", on, nodeGroup, awsNodeGroup, map[string]any{"clusterName": "mesh", "nodeRepairConfig": map[string]any{"enabled": true}}},
		{"the nodes, off", nil, nodeGroup, awsNodeGroup, map[string]any{"clusterName": "mesh"}},
		{"another part", on, eksComponent, accessEntry, map[string]any{"clusterName": "mesh"}},
	} {
		if got := inputs(c.change, c.component, c.typ); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s has %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTheIssuerIsTrustedWithoutAskingIt(t *testing.T) {
	oidc := only(t, oneEKS(t, nil), oidcProvider)
	says(t, oidc, "https://oidc.example/id/A", "url")
	says(t, oidc, nil, "thumbprintLists")
}

func TestProtectReachesTheClusterAndItsKeyAlone(t *testing.T) {
	if got := protected(oneEKS(t, nil)); len(got) != 0 {
		t.Errorf("protected without being asked to: %v", got)
	}
	// Besides the cluster, a part that must stay removable.
	entry := recorder.Reference{Type: accessEntry, Name: "admin", State: map[string]any{"clusterName": "mesh"}}
	r := oneEKS(t, func(a *eks.ClusterArgs) { a.Protect = true }, answering(eksComponent, map[string]any{"entry": entry}))
	if len(r.Made) != 2 {
		t.Fatalf("%d parts of the component, want the cluster and the entry", len(r.Made))
	}
	want := []string{awsCluster + " " + only(t, r, eksComponent).Name, kmsKey + " " + only(t, r, kmsKey).Name}
	if got := protected(r); !slices.Equal(got, want) {
		t.Errorf("protected are %v, want %v", got, want)
	}
}

func TestAClusterPreviewsBeforeItExists(t *testing.T) {
	before, after := oneEKS(t, nil, preview), oneEKS(t, nil)
	if !slices.Equal(urns(before), urns(after)) {
		t.Errorf("the preview shows\n%v\nand the update makes\n%v", urns(before), urns(after))
	}
}
