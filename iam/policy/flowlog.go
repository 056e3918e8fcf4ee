package policy

// FlowLogTrust lets VPC flow logs, for the flow logs of one account and region, and nothing else assume a role. AWS
// recommends both conditions (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html, 2026-11-29).
// The id of a flow log is not known before the role.
func FlowLogTrust(place Place) Document {
	return Document{Statements: []Statement{{
		Sid:       "VPCFlowLogs",
		Principal: &Principal{Service: Values{"vpc-flow-logs.amazonaws.com"}},
		Actions:   []string{"sts:AssumeRole"},
		Condition: Condition{
			"StringEquals": {"aws:SourceAccount": {place.Account}},
			"ArnLike":      {"aws:SourceArn": {place.ARN("ec2", "vpc-flow-log/*")}},
		},
	}}}
}

// FlowLogPermissions lets a flow log write to one log group. It may not make the group, so that a record that arrives
// after a destroy brings no group back.
func FlowLogPermissions(place Place, group string) Document {
	return Document{Statements: []Statement{
		{
			Sid:       "FindTheGroup",
			Actions:   []string{"logs:DescribeLogGroups"},
			Resources: []string{"*"},
			Condition: Condition{"StringEquals": {"aws:RequestedRegion": {place.Region}}},
		},
		{
			Sid:       "FindStreams",
			Actions:   []string{"logs:DescribeLogStreams"},
			Resources: []string{place.ARN("logs", "log-group:"+group+":*")},
		},
		{
			Sid:       "WriteRecords",
			Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: []string{place.ARN("logs", "log-group:"+group+":log-stream:*")},
		},
	}}
}
