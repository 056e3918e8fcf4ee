package aws

import (
	"strings"

	"ambient-ecs/sandbox/world"
)

// defaultLogFormat are the fields of a record. They look like templates of the table and are none.
const defaultLogFormat = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"

const flowLogKind = "aws:ec2/flowLog:FlowLog"

// Only flow logs of a VPC that write to CloudWatch Logs are modelled. AWS deletes them with their VPC.
func flowLogType() *resourceType {
	return &resourceType{
		token: flowLogKind, service: "EC2", noun: "Flow Log", creates: "CreateFlowLogs",
		inputs: map[string]input{
			"iamRoleArn":             {required: true, replace: true},
			"logDestination":         {replace: true},
			"logDestinationType":     {replace: true, preset: "cloud-watch-logs", check: oneOf("cloud-watch-logs")},
			"logFormat":              {replace: true, computed: true},
			"maxAggregationInterval": {replace: true, preset: 600.0, check: between("max_aggregation_interval", 60, 600)},
			"tags":                   tags,
			"trafficType":            {required: true, replace: true, check: oneOf("ACCEPT", "ALL", "REJECT")},
			"vpcId":                  {required: true, replace: true, refers: vpcKind},
		},
		outputs: values{"arn": arn("ec2", "vpc-flow-log/${id}"), "logGroupName": nil},
		newID:   ec2ID("fl"),
		create:  createFlowLog,
	}
}

// createFlowLog refuses a flow log without a destination, a second one like one that is there, and a role that does not exist. EC2 does not try the
// role: if the role cannot write, the flow log only says so later.
func createFlowLog(c *call, res *world.Resource) error {
	if text(c.in, "logDestination") == "" {
		return c.refuse("InvalidParameter", "LogDestination can't be empty if LogGroupName is not provided.")
	}
	if len(c.each(roleKind, Has("arn", text(c.in, "iamRoleArn")))) == 0 {
		return c.refuse("InvalidParameter", "LogDestinationPermissionIssue: the role %s does not exist", text(c.in, "iamRoleArn"))
	}
	for _, other := range c.each(flowLogKind, Has("vpcId", text(c.in, "vpcId"))) {
		if other.String("trafficType") == text(c.in, "trafficType") && other.String("logDestination") == text(c.in, "logDestination") {
			return c.refuse("FlowLogAlreadyExists", "Error. There is an existing Flow Log with the same configuration and log destination.")
		}
	}
	if text(c.in, "logFormat") == "" {
		res.Props["logFormat"] = defaultLogFormat
	}
	_, res.Props["logGroupName"], _ = strings.Cut(text(c.in, "logDestination"), ":log-group:")
	return nil
}
