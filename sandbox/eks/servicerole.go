package eks

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// controlPlanePolicy is the managed policy of the role that EKS works with. Its ARN in the partition aws also
// names the attachment, in every partition.
const controlPlanePolicy = "AmazonEKSClusterPolicy"

// serviceRole registers the role that EKS itself assumes, in a component of its own.
func serviceRole(ctx *pulumi.Context, name string, parent pulumi.Resource, tags pulumi.StringMapInput) (*awsRole, []pulumi.Resource, error) {
	var c component
	if err := ctx.RegisterComponentResource(serviceRoleType, name, &c, pulumi.Parent(parent)); err != nil {
		return nil, nil, err
	}
	var partition struct {
		Partition string `pulumi:"partition"`
	}
	if err := ctx.Invoke("aws:index/getPartition:getPartition", struct{}{}, &partition, pulumi.Parent(parent)); err != nil {
		return nil, nil, err
	}
	role := &awsRole{}
	if err := ctx.RegisterResource("aws:iam/role:Role", name+"-role", present(pulumi.Map{
		"description":      pulumi.String("Allows EKS to manage clusters on your behalf."),
		"assumeRolePolicy": pulumi.String(`{"Version":"2012-10-17","Statement":[{"Action":["sts:AssumeRole","sts:TagSession"],"Effect":"Allow","Principal":{"Service":["eks.amazonaws.com"]}}]}`),
		"tags":             tags,
	}), role, pulumi.Parent(&c)); err != nil {
		return nil, nil, err
	}
	sum := sha1.Sum([]byte("arn:aws:iam::aws:policy/" + controlPlanePolicy))
	attachment := &other{}
	if err := ctx.RegisterResource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", name+"-"+hex.EncodeToString(sum[:4]), pulumi.Map{
		"policyArn": pulumi.String(fmt.Sprintf("arn:%s:iam::aws:policy/%s", partition.Partition, controlPlanePolicy)),
		"role":      role.Name,
	}, attachment, pulumi.Parent(&c)); err != nil {
		return nil, nil, err
	}
	return role, []pulumi.Resource{attachment}, ctx.RegisterResourceOutputs(&c, pulumi.Map{"role": pulumi.NewResourceInput(role)})
}
