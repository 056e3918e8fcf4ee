package actions

// contractNeeds are the SSM parameters of the contracts. A put that makes a parameter with tags needs AddTagsToResource.
var contractNeeds = []Need{{
	Type:   "aws:ssm/parameter:Parameter",
	Create: ssm("AddTagsToResource", "PutParameter"),
	Read:   ssm("DescribeParameters", "GetParameter", "ListTagsForResource"),
	Update: ssm("PutParameter"),
	Tag:    ssm("AddTagsToResource", "RemoveTagsFromResource"),
	Delete: ssm("DeleteParameter"),
}, {
	// A preview reads what the last `up` recorded for guests and for the owners of services.
	Type: "aws:ssm/getParameter:getParameter",
	Read: ssm("GetParameter"),
}}
