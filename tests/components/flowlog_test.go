package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/network"
)

func TestAFlowLogWritesToItsOwnGroupWithItsOwnRole(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		_, err := network.NewFlowLog(ctx, "flows", validFlowLog(f))
		return err
	})
	children(t, r, network.FlowLogTypeToken, localProvider)
	group := only(t, r, logGroup)
	says(t, group, "/vpc/mesh-local", "name")
	says(t, group, 365.0, "retentionInDays")
	writer := only(t, r, role)
	says(t, writer, "mesh-flow-logs-local", "name")
	permissions := only(t, r, rolePolicy)
	if text := at(t, permissions, "policy").(string); strings.Contains(text, "logs:CreateLogGroup") || !strings.Contains(text, "log-group:/vpc/mesh-local:log-stream:*") {
		t.Errorf("the role may %s", text)
	}
	flows := only(t, r, flowLog)
	says(t, flows, "ALL", "trafficType")
	says(t, flows, "vpc-l", "vpcId")
	says(t, flows, "arn:aws:iam::"+local+":role/mesh-flow-logs-local", "iamRoleArn")
	// A destroy ends the flow log before its role loses the permission and the group goes.
	needs(t, r, flows, permissions)
	needs(t, r, flows, group)
}
