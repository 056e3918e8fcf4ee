package config

import "testing"

func TestFlowLogsKeepTheirRecordsAsLongAsOtherLogs(t *testing.T) {
	c := mustLoad(t, with(edit{"flowLogs", object{"enabled": true}}))
	if c.FlowLogDays() != c.LogRetentionDays || c.FlowTrafficOrDefault() != FlowAll {
		t.Errorf("%d days of %s", c.FlowLogDays(), c.FlowTrafficOrDefault())
	}
	c = mustLoad(t, with(edit{"flowLogs", object{"enabled": true, "traffic": "reject", "retentionDays": 400}}))
	if c.FlowLogDays() != 400 || c.FlowTrafficOrDefault() != FlowReject {
		t.Errorf("%d days of %s", c.FlowLogDays(), c.FlowTrafficOrDefault())
	}
}

func TestRefusedFlowLogs(t *testing.T) {
	run(t, []refusal{
		one("traffic that AWS has not", "flowLogs", object{"enabled": true, "traffic": "deny"}, `flowLogs.traffic = "deny"`, "reject"),
		one("retention that CloudWatch has not", "flowLogs", object{"enabled": true, "retentionDays": 31}, "flowLogs.retentionDays = 31", "30, 60"),
		one("traffic of no flow log", "flowLogs", object{"traffic": "all"}, "flowLogs.traffic", "set flowLogs.enabled"),
		one("retention of no flow log", "flowLogs", object{"retentionDays": 30}, "flowLogs.retentionDays", "set flowLogs.enabled"),
	})
}
