package living

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2transitgateway"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// leaving looks for what this stack attached of an account whose network somebody else joins from now on.
func (l *looking) leaving(account *providers.Account) error {
	attachments, found, err := ask(l, account, compare.AttachmentsSubject(account.Key), func(o pulumi.InvokeOption) (*ec2transitgateway.GetVpcAttachmentsResult, error) {
		return ec2transitgateway.GetVpcAttachments(l.ctx, &ec2transitgateway.GetVpcAttachmentsArgs{Filters: []ec2transitgateway.GetVpcAttachmentsFilter{
			{Name: "tag:" + config.InstallTag, Values: []string{l.cfg.Install}}, {Name: "state", Values: attachmentStates[true]},
		}}, o)
	})
	if err == nil && found {
		l.note(func(w *compare.World) { w.Leaving[account.Key] = slices.Sorted(slices.Values(attachments.Ids)) })
	}
	return err
}
