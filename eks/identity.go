package eks

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// istiodNamespace is the namespace of the pods that get IstiodRoleARN.
const istiodNamespace = "istio-system"

// Istiod is what the cluster hands to every istiod.
type Istiod struct {
	// IstiodAccounts are the service accounts of all istiods, in istio-system. At least one.
	IstiodAccounts []string
	// IstiodRoleARN is the role that istiod gets by Pod Identity. IstiodRoleID is IAM's unique id of it. Required.
	// The id distinguishes a new role from a replaced role of the same name.
	IstiodRoleARN, IstiodRoleID pulumi.StringInput
	// Effect is what waits until a new association takes effect. All associations of the cluster wait by it.
	Effect component.Effect
}

// check refuses an istiod that would have no role.
func (i Istiod) check(p *problem.List) {
	if len(i.IstiodAccounts) == 0 {
		p.Missing("IstiodAccounts", "no istiod would get the role")
	}
	if i.IstiodRoleARN == nil {
		p.Missing("IstiodRoleARN", "istiod could not read any ECS cluster")
	}
	if i.IstiodRoleID == nil {
		p.Missing("IstiodRoleID", "a running istiod would not notice another role")
	}
}

// istiodIdentity hands every istiod its role. The association must be in effect before istiod starts. A pod gets its
// credentials when it is made, and an istiod without credentials finds no ECS service.
func (c *Cluster) istiodIdentity(ctx *pulumi.Context, name string, istiod Istiod, behind ...pulumi.Resource) error {
	c.PodIdentity, c.Effect = map[string]pulumi.StringOutput{}, istiod.Effect
	for _, account := range istiod.IstiodAccounts {
		association, err := eks.NewPodIdentityAssociation(ctx, name+"-"+account, &eks.PodIdentityAssociationArgs{
			ClusterName:    c.Name,
			Namespace:      pulumi.String(istiodNamespace),
			ServiceAccount: pulumi.String(account),
			RoleArn:        istiod.IstiodRoleARN,
		}, component.Child(c, c.AWS, pulumi.DependsOn(behind), istiod.Effect.Option())...)
		if err != nil {
			return fmt.Errorf("register the Pod Identity association of %s: %w", account, err)
		}
		c.ready = append(c.ready, association)
		// Use the role's id, not its ARN: a replaced role has the same ARN.
		c.PodIdentity[account] = pulumi.Sprintf("%s/%s", association.AssociationId, istiod.IstiodRoleID)
	}
	return nil
}
