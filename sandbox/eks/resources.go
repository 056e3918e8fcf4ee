package eks

import (
	"reflect"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The resources that the components register, with the outputs that they read.

const awsClusterType = "aws:eks/cluster:Cluster"

type awsCluster struct {
	pulumi.CustomResourceState
	Name                 pulumi.StringOutput `pulumi:"name"`
	ARN                  pulumi.StringOutput `pulumi:"arn"`
	Endpoint             pulumi.StringOutput `pulumi:"endpoint"`
	Version              pulumi.StringOutput `pulumi:"version"`
	CertificateAuthority pulumi.MapOutput    `pulumi:"certificateAuthority"`
	VpcConfig            pulumi.MapOutput    `pulumi:"vpcConfig"`
	Identities           pulumi.ArrayOutput  `pulumi:"identities"`
}

// issuer is the URL of the cluster's OIDC issuer.
func (c *awsCluster) issuer() pulumi.StringOutput {
	return c.Identities.ApplyT(func(identities []any) string {
		for _, identity := range identities {
			oidcs, _ := field(identity, "oidcs").([]any)
			for _, oidc := range oidcs {
				issuer, _ := field(oidc, "issuer").(string)
				return issuer
			}
		}
		return ""
	}).(pulumi.StringOutput)
}

// securityGroup is the group that EKS makes for the cluster.
func (c *awsCluster) securityGroup() pulumi.StringOutput {
	return c.VpcConfig.ApplyT(func(config map[string]any) string {
		id, _ := config["clusterSecurityGroupId"].(string)
		return id
	}).(pulumi.StringOutput)
}

type awsRole struct {
	pulumi.CustomResourceState
	ARN  pulumi.StringOutput `pulumi:"arn"`
	Name pulumi.StringOutput `pulumi:"name"`
}

type launchTemplate struct {
	pulumi.CustomResourceState
	LatestVersion pulumi.IntOutput `pulumi:"latestVersion"`
}

// other is a resource without any output that the components read.
type other struct{ pulumi.CustomResourceState }

type component struct{ pulumi.ResourceState }

func field(object any, key string) any {
	m, _ := object.(map[string]any)
	return m[key]
}

// present drops the arguments that were not given.
func present(m pulumi.Map) pulumi.Map {
	for key, value := range m {
		if v := reflect.ValueOf(value); !v.IsValid() || (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) && v.IsNil() {
			delete(m, key)
		}
	}
	return m
}
