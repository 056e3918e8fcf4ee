package living

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2transitgateway"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// gateway looks up the transit gateway that the configuration names, as an account sees it.
func (l *looking) gateway(account *providers.Account) error {
	subject := "the transit gateway in account " + account.Key
	gateway, exists, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2transitgateway.LookupTransitGatewayResult, error) {
		return ec2transitgateway.LookupTransitGateway(l.ctx, &ec2transitgateway.LookupTransitGatewayArgs{Id: &l.cfg.TransitGateway.ID}, o)
	})
	if err != nil || l.unseen(subject) {
		return err
	}
	var seen *compare.Gateway
	if exists {
		seen = &compare.Gateway{Associates: gateway.DefaultRouteTableAssociation, Propagates: gateway.DefaultRouteTablePropagation}
	}
	l.note(func(w *compare.World) { w.Gateways[account.Key] = seen })
	return nil
}

// attachmentStates are the states of an attachment that is there, by whether it carries traffic.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TransitGatewayVpcAttachment.html, 2026-11-30.
var attachmentStates = map[bool][]string{true: {"available", "modifying"}, false: {"initiating", "initiatingRequest", "pendingAcceptance", "pending", "rollingBack"}}

// attachments looks up what attaches the network that the configuration names for an account, to whichever gateway and by whomever.
func (l *looking) attachments(account *providers.Account) error {
	vpc, subject := l.cfg.Accounts[account.Key].Network.VPCID, compare.AttachmentsSubject(account.Key)
	all := map[string]compare.Attachment{}
	for carries, states := range attachmentStates {
		listed, found, err := l.attachmentIDs(account, states, "vpc-id", vpc)
		if err != nil || !found {
			return err
		}
		for _, id := range listed {
			one, found, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2transitgateway.LookupVpcAttachmentResult, error) {
				return ec2transitgateway.LookupVpcAttachment(l.ctx, &ec2transitgateway.LookupVpcAttachmentArgs{Id: &id}, o)
			})
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			attachment := compare.Attachment{Gateway: one.TransitGatewayId, Carries: carries, Ours: one.Tags[config.InstallTag] == l.cfg.Install}
			if id == l.cfg.Accounts[account.Key].Network.AttachmentID {
				if attachment.ZoneIDs, err = l.zones(account, subject, one.SubnetIds); err != nil {
					return err
				}
			}
			all[id] = attachment
		}
	}
	if !l.unseen(subject) {
		l.note(func(w *compare.World) { w.Attachments[account.Key] = all })
	}
	return nil
}

// attachmentIDs are the attachments in some states that a filter of EC2 finds in an account.
func (l *looking) attachmentIDs(account *providers.Account, states []string, filter, value string) (ids []string, found bool, err error) {
	listed, found, err := ask(l, account, compare.AttachmentsSubject(account.Key), func(o pulumi.InvokeOption) (*ec2transitgateway.GetVpcAttachmentsResult, error) {
		return ec2transitgateway.GetVpcAttachments(l.ctx, &ec2transitgateway.GetVpcAttachmentsArgs{Filters: []ec2transitgateway.GetVpcAttachmentsFilter{
			{Name: filter, Values: []string{value}}, {Name: "state", Values: states},
		}}, o)
	})
	if err != nil || !found {
		return nil, false, err
	}
	return listed.Ids, true, nil
}

// leaving looks for what this stack attached of an account whose network somebody else joins from now on.
func (l *looking) leaving(account *providers.Account) error {
	attachments, found, err := l.attachmentIDs(account, attachmentStates[true], "tag:"+config.InstallTag, l.cfg.Install)
	if err == nil && found {
		l.note(func(w *compare.World) { w.Leaving[account.Key] = slices.Sorted(slices.Values(attachments)) })
	}
	return err
}

// zones are the zones of subnets, without those of subnets that the caller does not see.
func (l *looking) zones(account *providers.Account, subject string, subnets []string) (ids []string, err error) {
	for _, id := range subnets {
		subnet, found, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*ec2.LookupSubnetResult, error) {
			return ec2.LookupSubnet(l.ctx, &ec2.LookupSubnetArgs{Id: &id}, o)
		})
		if err != nil {
			return nil, err
		}
		if found {
			ids = append(ids, subnet.AvailabilityZoneId)
		}
	}
	return ids, nil
}
