package components

import (
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/contract"
	"ambient-ecs/contract/publish"
)

func validContract(f *fixture) *publish.ContractArgs {
	return &publish.ContractArgs{
		Contract: contract.Contract{
			Version: contract.Version, Install: "mesh", Region: region, AccountID: external,
			Cluster: contract.Cluster{Key: "shop", Name: "mesh-shop", ARN: "planned", ExecutionRoleARN: "arn:aws:iam::444455556666:role/mesh-execution-external"},
			Identities: map[string]contract.Identity{
				"cart":  {TaskRoleARN: "arn:aws:iam::444455556666:role/mesh-shop-cart", TokenParameter: contract.TokenParameterName("mesh", "shop", "cart")},
				"order": {TaskRoleARN: "arn:aws:iam::444455556666:role/mesh-shop-order", TokenParameter: contract.TokenParameterName("mesh", "shop", "order")},
			},
			Ztunnel: contract.Ztunnel{Image: "registry.example/ztunnel:1"},
		},
		VpcID: settled("vpc-1"), PrivateSubnetIDs: several("subnet-1", "subnet-2"), ClusterARN: settled("arn:aws:ecs:eu-central-1:444455556666:cluster/mesh-shop"),
		ClientSecurityGroupID: settled("sg-1"), ServerSecurityGroupID: settled("sg-2"),
		Tokens:   map[string]pulumi.StringOutput{"cart": settled("Y2FydA=="), "order": settled("b3JkZXI=")},
		Provider: f.external,
	}
}

func contractSubjects() []subject {
	return []subject{
		of("contract", publish.NewContract, validContract,
			word("Contract", "VpcID", "PrivateSubnetIDs", "ClusterARN", "Provider"),
			[]bad[publish.ContractArgs]{
				{"no cluster", func(a *publish.ContractArgs) { a.Contract.Cluster.Key = "" }, word("Contract is not set", "names the install and the cluster")},
				{"no VPC", func(a *publish.ContractArgs) { a.VpcID = nil }, word("VpcID is not set")},
				{"no subnets", func(a *publish.ContractArgs) { a.PrivateSubnetIDs = nil }, word("PrivateSubnetIDs is not set")},
				{"no security group", func(a *publish.ContractArgs) { a.ServerSecurityGroupID = nil }, word("ServerSecurityGroupID is not set")},
				{"no cluster's ARN", func(a *publish.ContractArgs) { a.ClusterARN = nil }, word("ClusterARN is not set")},
				{"an identity without a token", func(a *publish.ContractArgs) { delete(a.Tokens, "order") }, word("Tokens.order is not set")},
				{"hosts without an address", func(a *publish.ContractArgs) { a.Contract.Ingress.Hostnames = []string{"cart.example.com"} }, word("IngressAddress is not set")},
				{"no provider", func(a *publish.ContractArgs) { a.Provider = nil }, word("Provider is not set", "another account")},
			}),
	}
}

func TestAContractIsPublishedAsPlainParametersInTheClustersAccount(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		_, err := publish.NewContract(ctx, "shop", validContract(f))
		return err
	})
	children(t, r, publish.TypeToken, externalProvider)
	var paths []string
	for _, res := range r.OfType(parameter) {
		paths = append(paths, at(t, res, "name").(string))
		says(t, res, "String", "type")
		says(t, res, "Intelligent-Tiering", "tier")
		if len(res.Secrets) > 0 {
			t.Errorf("%s keeps %v secret, and nothing in it is", res.Name, res.Secrets)
		}
	}
	if want := []string{"/ambient-ecs/mesh/v1/shop/contract", "/ambient-ecs/mesh/v1/shop/tokens/cart", "/ambient-ecs/mesh/v1/shop/tokens/order"}; !slices.Equal(paths, want) {
		t.Errorf("the parameters are %v", paths)
	}
	says(t, r.Get(t, parameter, "shop/tokens/cart"), "Y2FydA==", "insecureValue")
	read, err := contract.Parse(at(t, r.Get(t, parameter, "shop/contract"), "insecureValue").(string))
	if err != nil {
		t.Fatal(err)
	}
	if read.Network.VpcID != "vpc-1" || len(read.Network.PrivateSubnetIDs) != 2 || read.Network.ClientSecurityGroupID != "sg-1" || read.Network.ServerSecurityGroupID != "sg-2" ||
		read.Cluster.ARN != "arn:aws:ecs:eu-central-1:444455556666:cluster/mesh-shop" || len(read.Identities) != 2 {
		t.Errorf("the contract is %+v", read)
	}
}
