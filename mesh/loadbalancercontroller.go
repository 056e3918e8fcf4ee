package mesh

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/mesh/helm"
	"ambient-ecs/mesh/loadbalancer"
	"ambient-ecs/problem"
)

// LoadBalancerControllerTypeToken is the Pulumi type of LoadBalancerController.
const LoadBalancerControllerTypeToken = "ambient-ecs:mesh:LoadBalancerController"

// LoadBalancerControllerArgs configures a LoadBalancerController.
type LoadBalancerControllerArgs struct {
	// Values are the chart's values. Required.
	Values loadbalancer.ChartValues
	// ClusterName and VpcID are the EKS cluster's name and VPC. Required.
	ClusterName, VpcID pulumi.StringInput
	// RoleARN is the controller's role, RoleID IAM's unique id of it. Required.
	RoleARN, RoleID pulumi.StringInput
	// Home is the AWS provider of the EKS cluster's account. Required.
	Home pulumi.ProviderResource
	// Provider is the cluster's provider. Required.
	Provider *kubernetes.Provider
	// Cluster is what the identity waits for: the control plane, so that the identity is older than its pods. Required.
	Cluster component.After[eks.Cluster]
	// Effect is what waits until the identity takes effect.
	Effect component.Effect
	// Role is the role's policy. The controller needs it while it deletes a load balancer. Required.
	Role component.After[iam.PodRole]
}

// Validate reports every problem of the arguments, or returns nil.
func (a *LoadBalancerControllerArgs) Validate() error {
	var p problem.List
	if a.Values.Cluster == "" {
		p.Missing("Values.Cluster", "the controller marks what it makes with it, and its role is limited to this mark")
	}
	if a.Values.Region == "" {
		p.Missing("Values.Region", "the controller cannot ask the instance metadata")
	}
	for name, value := range map[string]pulumi.StringInput{"ClusterName": a.ClusterName, "VpcID": a.VpcID, "RoleARN": a.RoleARN, "RoleID": a.RoleID} {
		if value == nil {
			p.Missing(name, "the controller could make nothing")
		}
	}
	if a.Home == nil {
		p.Missing("Home", "without one the identity could land in another account")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one there is no cluster")
	}
	return p.Err()
}

// LoadBalancerController is the AWS Load Balancer Controller: its identity and its release.
type LoadBalancerController struct {
	pulumi.ResourceState

	// Ready is the release. Helm waits for its pods, so its webhooks answer. Whatever has a load balancer waits for
	// it, and is removed before it: without the controller the finalizers of Services stay for ever.
	Ready component.After[LoadBalancerController]
}

// NewLoadBalancerController registers the Pod Identity association and then the release. A pod gets its credentials when
// it is made.
func NewLoadBalancerController(ctx *pulumi.Context, name string, args *LoadBalancerControllerArgs, opts ...pulumi.ResourceOption) (*LoadBalancerController, error) {
	out := &LoadBalancerController{}
	return component.New(ctx, LoadBalancerControllerTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		association, err := awseks.NewPodIdentityAssociation(ctx, name, &awseks.PodIdentityAssociationArgs{
			ClusterName:    args.ClusterName,
			Namespace:      pulumi.String(loadbalancer.Namespace),
			ServiceAccount: pulumi.String(loadbalancer.ServiceAccount),
			RoleArn:        args.RoleARN,
		}, component.Child(out, args.Home, component.DependsOn(args.Cluster, args.Role), args.Effect.Option())...)
		if err != nil {
			return nil, fmt.Errorf("register the Pod Identity association: %w", err)
		}
		values := helm.Values(args.Values.Values())
		values["vpcId"] = args.VpcID
		values["podAnnotations"] = pulumi.StringMap{AnnotationIdentity: pulumi.Sprintf("%s/%s", association.AssociationId, args.RoleID)}
		release, err := helm.NewRelease(ctx, name, &helm.ReleaseArgs{
			Name:       loadbalancer.Chart,
			Namespace:  loadbalancer.Namespace,
			Chart:      loadbalancer.Chart,
			Version:    loadbalancer.Version,
			Repository: loadbalancer.Repository,
			Values:     values,
			Timeout:    releaseTimeout,
			After:      []component.Dependency{component.Behind(association)},
		}, component.Child(out, args.Provider)...)
		if err != nil {
			return nil, err
		}
		out.Ready = component.Made[LoadBalancerController](release)
		return pulumi.Map{"version": pulumi.String(loadbalancer.Version)}, nil
	})
}
