package components

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/eks"
	"ambient-ecs/eks/kubeconfig"
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

// A tag names a key of others, since the look-up of a cluster does not tell it.
func TestSecretsMayBeEncryptedWithAKeyOfOthers(t *testing.T) {
	const theirs = "arn:aws:kms:eu-central-1:111122223333:key/theirs"
	r := oneEKS(t, func(a *eks.ClusterArgs) { a.SecretsKeyARN = theirs })
	if made := r.OfType(kmsKey); len(made) > 0 {
		t.Errorf("%d keys are made", len(made))
	}
	says(t, only(t, r, eksComponent), theirs, "encryptionConfigKeyArn")
	says(t, only(t, r, eksComponent), theirs, "clusterTags", "ambient-ecs-secrets-key")
	says(t, only(t, oneEKS(t, nil), eksComponent), nil, "clusterTags")
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
