package eks

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/eks/kubeconfig"
)

// kubernetes makes the kubeconfig and the provider that uses it. It does not use the kubeconfig of pulumi-eks, whose
// output leaves out the profile.
func (c *Cluster) kubernetes(ctx *pulumi.Context, name, region string, credentials kubeconfig.Credentials) error {
	text := pulumi.All(c.Name, c.Endpoint, c.CertificateAuthority).ApplyT(func(values []any) (string, error) {
		return kubeconfig.New(kubeconfig.Cluster{
			Name: values[0].(string), Region: region, Endpoint: values[1].(string), CertificateAuthority: values[2].(string),
		}, credentials)
	}).(pulumi.StringOutput)
	return c.kubernetesBy(ctx, name, text)
}

// kubernetesBy makes the provider that uses a kubeconfig. The kubeconfig stays secret in state and outputs.
func (c *Cluster) kubernetesBy(ctx *pulumi.Context, name string, text pulumi.StringOutput) error {
	c.Kubeconfig = pulumi.ToSecret(text).(pulumi.StringOutput)
	provider, err := kubernetes.NewProvider(ctx, name, &kubernetes.ProviderArgs{
		Kubeconfig: c.Kubeconfig.ToStringPtrOutput(),
		// The endpoint distinguishes clusters of the same name. Without this, the provider would take another profile
		// in the kubeconfig for another cluster, and would replace every object.
		ClusterIdentifier:     c.Endpoint.ToStringPtrOutput(),
		EnableServerSideApply: pulumi.Bool(true),
		// Without this, another licence would delete its Secret and make a new one, and an istiod that starts in
		// between would find none.
		EnableSecretMutable: pulumi.Bool(true),
		// The ConfigMaps say how many pods gateways have. While one is replaced, istiod would go back to a single pod.
		EnableConfigMapMutable: pulumi.Bool(true),
		// DeleteUnreachable stays off. It would forget objects when the API does not answer, and with the Gateway a
		// load balancer that nothing removes later. Ready makes the cluster outlive its objects instead.
	}, pulumi.Parent(c), component.DependsOn(c.Ready))
	if err != nil {
		return fmt.Errorf("register the Kubernetes provider: %w", err)
	}
	c.Kubernetes = provider
	return nil
}
