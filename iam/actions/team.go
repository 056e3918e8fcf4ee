package actions

// Teams are the managed policies of teams. An update makes a version, and deletes the oldest where there are five.
var Teams = []Need{{
	Type: "aws:iam/policy:Policy", TeamsOnly: true,
	Create: iam("CreatePolicy", "TagPolicy"),
	Read:   iam("GetPolicy", "GetPolicyVersion"),
	Update: iam("CreatePolicyVersion", "DeletePolicyVersion", "ListPolicyVersions"),
	Tag:    iam("TagPolicy", "UntagPolicy"),
	Delete: iam("DeletePolicy", "DeletePolicyVersion", "ListPolicyVersions"),
}}
