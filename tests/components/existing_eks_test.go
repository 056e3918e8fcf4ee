package components

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/eks"
	"ambient-ecs/mesh"
	"ambient-ecs/tests/recorder"
)

const entryPolicy = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"

// joinedEKS records a cluster that exists, with changed arguments, and a probe behind it.
func joinedEKS(t *testing.T, change func(*eks.ExistingClusterArgs)) *recorder.Recording {
	t.Helper()
	return made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validExistingEKS(f)
		if change != nil {
			change(args)
		}
		joined, err := eks.NewExistingCluster(ctx, "eks", args)
		if err != nil {
			return err
		}
		if err := probe(ctx, joined.ControlPlane); err != nil {
			return err
		}
		return taker(ctx, joined.SecurityGroupID)
	})
}

// A kubeconfig of the owner takes the place of tokens. The cluster is known by the endpoint of EKS, whatever leads there.
func TestAKubeconfigOfTheOwnerLeadsIntoAClusterThatExists(t *testing.T) {
	const text = "{current-context: p, clusters: [{name: p, cluster: {server: 'https://bastion.example.com'}}], contexts: [{name: p, context: {cluster: p, user: u}}], users: [{name: u, user: {token: very-secret}}]}"
	r := joinedEKS(t, func(a *eks.ExistingClusterArgs) { a.Kubeconfig, a.Found.CertificateAuthority = text, "" })
	provider := r.Get(t, kubernetesInstance, "eks")
	says(t, provider, text, "kubeconfig")
	says(t, provider, "https://prod.example", "clusterIdentifier")
	if !slices.Contains(provider.Secrets, "kubeconfig") {
		t.Errorf("secret are %v", provider.Secrets)
	}
	needs(t, r, provider, only(t, r, association))
}

func TestOnlyTheIdentityOfIstiodJoinsAClusterThatExists(t *testing.T) {
	r := joinedEKS(t, nil)
	component := only(t, r, eks.ExistingClusterTypeToken)
	var types []string
	for _, res := range own(r) {
		if res.Type != probeType && res.Type != takerType && res != component {
			types = append(types, res.Type)
		}
	}
	slices.Sort(types)
	if want := []string{association, kubernetesInstance}; !slices.Equal(types, want) {
		t.Errorf("the program makes %v, want %v", types, want)
	}
	says(t, only(t, r, association), "prod-eu", "clusterName")
	says(t, only(t, r, association), "istiod", "serviceAccount")
	needs(t, r, r.Get(t, kubernetesInstance, "eks"), only(t, r, association))
	config, _ := at(t, r.Get(t, kubernetesInstance, "eks"), "kubeconfig").(string)
	for _, word := range []string{`"https://prod.example"`, `"--cluster-name","prod-eu"`, `"--role-arn","` + deployer + `"`, `"Y2E="`} {
		if !strings.Contains(config, word) {
			t.Errorf("the kubeconfig lacks %s: %s", word, config)
		}
	}
	says(t, only(t, r, takerType), "sg-theirs", "value")
}

func TestRulesOfTheNodesAreInTheGroupThatIsNamedForThem(t *testing.T) {
	r := joinedEKS(t, func(a *eks.ExistingClusterArgs) {
		a.NodesGroupID, a.DirectCIDRs, a.APIPrivateCIDRs = "sg-nodes", map[string]string{"external": "10.1.0.0/16"}, []string{"10.8.0.0/24"}
	})
	if got := rules(t, r, ingressRule, "sg-nodes"); !slices.Equal(got, []string{"tcp 15008 10.1.0.0/16"}) {
		t.Errorf("rules of the nodes %v", got)
	}
	// The private endpoint has the group that EKS made.
	if got := rules(t, r, ingressRule, "sg-theirs"); !slices.Equal(got, []string{"tcp 443 10.8.0.0/24"}) {
		t.Errorf("rules of the endpoint %v", got)
	}
	says(t, only(t, r, takerType), "sg-nodes", "value")
}

func TestAccessEntriesAreMadeWhereTheyAreAskedFor(t *testing.T) {
	const admin, reader = "arn:aws:iam::111122223333:role/team/admin", "arn:aws:iam::444455556666:user/auditor"
	r := joinedEKS(t, func(a *eks.ExistingClusterArgs) {
		a.AdminPrincipals, a.ReaderPrincipals = []string{admin}, []string{reader}
	})
	for name, want := range map[string][2]string{
		"eks-111122223333-role.team.admin": {admin, "AmazonEKSClusterAdminPolicy"}, "eks-444455556666-user.auditor": {reader, "AmazonEKSViewPolicy"},
	} {
		entry, policy := r.Get(t, accessEntry, name), r.Get(t, entryPolicy, name)
		says(t, entry, want[0], "principalArn")
		says(t, policy, want[0], "principalArn")
		says(t, policy, "arn:aws:eks::aws:cluster-access-policy/"+want[1], "policyArn")
		says(t, policy, "cluster", "accessScope", "type")
		// The deployer's entry may be among them, and an entry cannot go before its policy.
		needs(t, r, r.Get(t, kubernetesInstance, "eks"), policy)
		needs(t, r, policy, entry)
	}
}

// With a definition Kubernetes deletes every object of its kind.
func TestDefinitionsThatOthersMayUseStayInTheCluster(t *testing.T) {
	for name, change := range map[string]func(*mesh.GatewayAPIArgs){
		"our cluster": func(*mesh.GatewayAPIArgs) {}, "theirs": func(a *mesh.GatewayAPIArgs) { a.Shared = true }, "theirs, with the definitions": func(a *mesh.GatewayAPIArgs) { a.Shared, a.Theirs = true, true },
	} {
		var args *mesh.GatewayAPIArgs
		r := made(t, func(ctx *pulumi.Context, f *fixture) error {
			args = validGatewayAPI(f)
			change(args)
			_, err := mesh.NewGatewayAPI(ctx, "gateway-api", args)
			return err
		})
		definitions := 0
		for _, res := range own(r) {
			if at(t, res, "kind") == "CustomResourceDefinition" {
				definitions++
				if res.RetainOnDelete != args.Shared {
					t.Errorf("%s: %s stays: %v", name, res.Name, res.RetainOnDelete)
				}
			}
		}
		if (definitions == 0) != args.Theirs {
			t.Errorf("%s: the program makes %d definitions", name, definitions)
		}
	}
}
