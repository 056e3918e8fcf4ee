package actions

var identityNeeds = []Need{
	{
		Type:   "aws:iam/role:Role",
		Create: iam("CreateRole"),
		Read:   iam("GetRole", "GetRolePolicy", "ListAttachedRolePolicies", "ListRolePolicies"),
		Update: iam("UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription"),
		Tag:    iam("TagRole", "UntagRole"),
		Delete: iam("DeleteRole", "ListInstanceProfilesForRole"),
	},
	{
		Type:   "aws:iam/rolePolicy:RolePolicy",
		Create: iam("PutRolePolicy"),
		Read:   iam("GetRolePolicy"),
		Update: iam("PutRolePolicy"),
		Delete: iam("DeleteRolePolicy"),
	},
	{
		Type:     "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
		HomeOnly: true,
		Create:   iam("AttachRolePolicy"),
		Read:     iam("ListAttachedRolePolicies"),
		Delete:   iam("DetachRolePolicy"),
	},
	{
		Type:     "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
		HomeOnly: true,
		Create:   iam("CreateOpenIDConnectProvider"),
		Read:     iam("GetOpenIDConnectProvider"),
		Update:   iam("AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint"),
		Tag:      iam("TagOpenIDConnectProvider", "UntagOpenIDConnectProvider"),
		Delete:   iam("DeleteOpenIDConnectProvider"),
	},
}
