package aws

import (
	"ambient-ecs/sandbox/world"
)

const (
	shareKind          = "aws:ram/resourceShare:ResourceShare"
	shareResourceKind  = "aws:ram/resourceAssociation:ResourceAssociation"
	sharePrincipalKind = "aws:ram/principalAssociation:PrincipalAssociation"
	shareAccepterKind  = "aws:ram/resourceShareAccepter:ResourceShareAccepter"
	organizationKind   = "aws:organizations/organization:Organization"
	shareMissing       = "ResourceShareArn ${id} could not be found."
	notInOrganization  = "The resource you are attempting to share can only be shared within your AWS Organization. This error may also occur if you have not enabled sharing with your AWS organization, or that onboarding process is still in progress."
	noInvitation       = "No RAM Resource Share (%s) invitation found\n\nNOTE: If both AWS accounts are in the same AWS Organization and RAM Sharing with AWS Organizations is enabled, this resource is not necessary"
)

// organizationType is an AWS Organization of all accounts of the world, with resource sharing switched on. It is there if anybody made it.
func organizationType() *resourceType {
	return &resourceType{
		token: organizationKind, service: "Organizations", noun: "Organizations Organization", creates: "CreateOrganization", global: true,
		inputs: map[string]input{"featureSet": {preset: "ALL"}},
		newID:  func(tx *world.Tx) string { return "o-" + digest(tx, "organization")[:10] },
	}
}

func organized(tx *world.Tx) bool { return len(tx.Find("", organizationKind, nil)) > 0 }

func shareType() *resourceType {
	return &resourceType{
		token: shareKind, service: "RAM", noun: "RAM Resource Share", creates: "CreateResourceShare", updates: "UpdateResourceShare",
		inputs: map[string]input{
			"allowExternalPrincipals": {preset: false},
			"name":                    {required: true},
			"permissionArns":          {replace: true, chosen: []any{}},
			"tags":                    tags,
		},
		outputs: values{"arn": nil},
		newID:   func(tx *world.Tx) string { return newUUID(tx, "share") },
		create: func(c *call, res *world.Resource) error {
			res.ID = c.arn("ram", "resource-share/"+res.ID)
			res.Props["arn"] = res.ID
			return nil
		},
		missing: refusal{"UnknownResourceException", shareMissing},
		parts:   []link{{kind: shareResourceKind, property: "resourceShareArn"}, {kind: sharePrincipalKind, property: "resourceShareArn"}},
	}
}

func shareResourceType() *resourceType {
	return &resourceType{
		token: shareResourceKind, service: "RAM", noun: "RAM Resource Association", creates: "AssociateResourceShare",
		inputs: map[string]input{"resourceArn": {required: true, replace: true}, "resourceShareArn": {required: true, replace: true, refers: shareKind}},
		key:    "${resourceShareArn},${resourceArn}",
	}
}

func sharePrincipalType() *resourceType {
	return &resourceType{
		token: sharePrincipalKind, service: "RAM", noun: "RAM Principal Association", creates: "AssociateResourceShare",
		inputs: map[string]input{"principal": {required: true, replace: true}, "resourceShareArn": {required: true, replace: true, refers: shareKind}},
		key:    "${resourceShareArn},${principal}",
		check: func(c *call, _ *world.Resource) error {
			if !organized(c.Tx) && !flag(c.get(shareKind, text(c.in, "resourceShareArn")).Props, "allowExternalPrincipals") {
				return c.refuse("OperationNotPermittedException", notInOrganization)
			}
			return nil
		},
	}
}

// The accepter is in the account with which something is shared. Inside an organization there is no invitation.
func shareAccepterType() *resourceType {
	return &resourceType{
		token: shareAccepterKind, service: "RAM", noun: "RAM Resource Share Accepter", creates: "AcceptResourceShareInvitation",
		inputs:  map[string]input{"shareArn": {required: true, replace: true}},
		outputs: values{"invitationArn": arn("ram", "resource-share-invitation/${id}"), "receiverAccountId": "${Account}", "resources": []any{}, "senderAccountId": nil, "shareId": nil, "shareName": nil, "status": "ACTIVE"},
		key:     "${shareArn}",
		create: func(c *call, res *world.Resource) error {
			share := first(c.Find("", shareKind, func(r *world.Resource) bool { return r.ID == res.ID }))
			if share == nil || organized(c.Tx) || len(c.Find("", sharePrincipalKind, Has("resourceShareArn", res.ID, "principal", c.account))) == 0 {
				return c.refuse("ResourceShareInvitationArnNotFoundException", noInvitation, res.ID)
			}
			res.Props["senderAccountId"], res.Props["shareId"], res.Props["shareName"] = share.Account, "rs-"+NameOf(share.ID), share.String("name")
			return nil
		},
	}
}

// sharedWith reports whether an account may use another's resource.
func sharedWith(tx *world.Tx, res *world.Resource, account string) bool {
	for _, association := range tx.Find(res.Account, shareResourceKind, Has("resourceArn", res.String("arn"))) {
		share := association.String("resourceShareArn")
		invited := len(tx.Find(res.Account, sharePrincipalKind, Has("resourceShareArn", share, "principal", account))) > 0
		if invited && (organized(tx) || tx.Get(account, shareAccepterKind, share) != nil) {
			return true
		}
	}
	return false
}
