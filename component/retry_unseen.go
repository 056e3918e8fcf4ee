package component

import (
	"fmt"
	"regexp"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// SettlingSince is the first Pulumi CLI that tries again when a Go program asks for it
// (https://github.com/pulumi/pulumi/pull/21562, 2026-11-29).
const SettlingSince = ">=3.217.1"

// Settling lets a resource be tried again when AWS does not see yet what another account made a moment ago. The AWS provider does not
// try these again itself. The zero value fails the first time.
type Settling struct{ hook *pulumi.ErrorHook }

// NewSettling registers the hook by which the engine asks whether to try again. A program registers it once. An older CLI knows no such
// hooks: there the result is the zero value, and a second `pulumi up` goes on.
func NewSettling(ctx *pulumi.Context) (Settling, error) {
	if ctx.RequirePulumiVersion(SettlingSince) != nil {
		return Settling{}, nil
	}
	hook, err := ctx.RegisterErrorHook("until-aws-sees-it", func(args *pulumi.ErrorHookArgs) (bool, error) {
		wait, again := unseen(args.FailedOperation, args.Errors)
		return again && pause(ctx.Context(), wait), nil
	})
	if err != nil {
		return Settling{}, fmt.Errorf("register the hook that tries again: %w", err)
	}
	return Settling{hook: hook}, nil
}

// Option is the option of a resource that names what another account made. A second attempt must be harmless: it must make nothing
// before AWS finds what it names.
func (s Settling) Option() pulumi.ResourceOption {
	if s.hook == nil {
		return pulumi.Composite()
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{OnError: []*pulumi.ErrorHook{s.hook}})
}

// invisible matches what EC2 and the AWS provider say of a peering, a transit gateway, an attachment or an endpoint service that the account does not see
// (https://github.com/hashicorp/terraform-provider-aws/issues/7178 and
// https://github.com/terraform-aws-modules/terraform-aws-transit-gateway/issues/89; the provider's own words are in its source,
// internal/service/ec2; 2026-11-29).
//
// An attachment is made anew only where the request itself was refused: what the provider reads after it exists already.
var invisible = regexp.MustCompile(`(?s)InvalidVpcPeeringConnectionI[dD]\.NotFound|InvalidTransitGatewayAttachmentID\.NotFound|creating EC2 Transit Gateway VPC Attachment: .*InvalidTransitGatewayID\.NotFound|creating EC2 VPC Endpoint \(com\.amazonaws\.vpce\..*InvalidServiceName|` +
	`reading EC2 (VPC Peering Connection|Transit Gateway VPC Attachment) \([^)]*\): (couldn't find resource|empty result)`)

// pauses are how long to wait before each further attempt: about two minutes together, which is what the AWS provider waits for IAM.
var pauses = []time.Duration{1, 2, 4, 8, 15, 30, 60}

// unseen reports whether a failed attempt is tried again, and after which pause. failures are all of them, the newest first.
func unseen(operation string, failures []string) (pause time.Duration, again bool) {
	if operation != "create" || len(failures) == 0 || len(failures) > len(pauses) || !invisible.MatchString(failures[0]) {
		return 0, false
	}
	return pauses[len(failures)-1] * time.Second, true
}
