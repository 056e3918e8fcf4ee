package component

import (
	"fmt"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// takesEffect is how long a Pod Identity association is waited for. EKS answers before its webhook knows the association. AWS speaks of several seconds
// (https://docs.aws.amazon.com/eks/latest/APIReference/API_CreatePodIdentityAssociation.html), users measured five to ten
// (https://github.com/aws/eks-pod-identity-agent/issues/52), and no call tells
// (https://github.com/aws/containers-roadmap/issues/2507; all 2026-11-30).
const takesEffect = 15 * time.Second

// Effect lets EKS take a Pod Identity association into effect before anything goes on that waits for the association. The webhook looks
// at associations when a pod is made, and never again: a pod that is made too early has no credentials as long as it lives. The zero value
// does not wait.
type Effect struct{ made, changed *pulumi.ResourceHook }

// NewEffect registers the hooks that wait. A program registers them once. An older CLI than SettlingSince gets a warning and the zero value.
func NewEffect(ctx *pulumi.Context) (Effect, error) {
	if ctx.RequirePulumiVersion(SettlingSince) != nil {
		return Effect{}, ctx.Log.Warn("this Pulumi CLI cannot wait until a new Pod Identity association takes effect ("+SettlingSince+
			" can): a pod that starts within seconds of its association may have no credentials until it is restarted", nil)
	}
	wait := func(*pulumi.ResourceHookArgs) error {
		pause(ctx.Context(), takesEffect)
		return nil
	}
	made, err := ctx.RegisterResourceHook("until-pods-get-a-new-role", wait, nil)
	if err != nil {
		return Effect{}, fmt.Errorf("register the hook that waits for a new association: %w", err)
	}
	changed, err := ctx.RegisterResourceHook("until-pods-get-another-role", func(args *pulumi.ResourceHookArgs) error {
		if sameRole(args.OldInputs, args.NewInputs) {
			return nil
		}
		return wait(args)
	}, nil)
	if err != nil {
		return Effect{}, fmt.Errorf("register the hook that waits for a changed association: %w", err)
	}
	return Effect{made, changed}, nil
}

// sameRole reports whether an update of an association leaves its role. Tags take effect by themselves.
func sameRole(old, now resource.PropertyMap) bool { return old["roleArn"].DeepEquals(now["roleArn"]) }

// Option is the option of every Pod Identity association.
func (e Effect) Option() pulumi.ResourceOption {
	if e.made == nil {
		return pulumi.Composite()
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{AfterCreate: []*pulumi.ResourceHook{e.made}, AfterUpdate: []*pulumi.ResourceHook{e.changed}})
}
