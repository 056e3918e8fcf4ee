package config

import (
	"slices"

	"ambient-ecs/problem"
)

// FlowLogSettings are the records of connections.
type FlowLogSettings struct {
	// FlowLogs records the connections of every VPC.
	FlowLogs FlowLogs `config:"flowLogs"`
}

// FlowLogs records the connections of every VPC, each account's in a log group of its own.
type FlowLogs struct {
	// Enabled makes a flow log, a log group and a role in every account.
	Enabled bool `config:"enabled"`
	// Traffic says what is recorded: all, accept or reject. Empty: all.
	Traffic FlowTraffic `config:"traffic"`
	// RetentionDays is how long a record is kept, in days. Empty: logRetentionDays.
	RetentionDays int `config:"retentionDays"`
}

// FlowTraffic is what a flow log records.
type FlowTraffic string

const (
	FlowAll    FlowTraffic = "all"
	FlowAccept FlowTraffic = "accept"
	FlowReject FlowTraffic = "reject"
)

// FlowTrafficOrDefault is what the flow logs record.
func (c Config) FlowTrafficOrDefault() FlowTraffic {
	if c.FlowLogs.Traffic == "" {
		return FlowAll
	}
	return c.FlowLogs.Traffic
}

// FlowLogDays is how long a record is kept, in days.
func (c Config) FlowLogDays() int {
	if c.FlowLogs.RetentionDays == 0 {
		return c.LogRetentionDays
	}
	return c.FlowLogs.RetentionDays
}

// FlowLogGroup is the log group of an account's flow log.
func (c Config) FlowLogGroup(account string) string { return "/vpc/" + c.Install + "-" + account }

// FlowLogRoleName is the IAM role with which an account's flow log writes.
func (c Config) FlowLogRoleName(account string) string { return c.Install + "-flow-logs-" + account }

func (c Config) checkFlowLogs(p *problem.List) {
	f := c.FlowLogs
	if f.Traffic != "" {
		problem.OneOf(p, "flowLogs.traffic", f.Traffic, FlowAll, FlowAccept, FlowReject)
	}
	if f.RetentionDays != 0 && !slices.Contains(retentions, f.RetentionDays) {
		p.Refuse("flowLogs.retentionDays", f.RetentionDays, "CloudWatch Logs knows only %s", numbers(retentions))
	}
	if f.Enabled {
		return
	}
	const off = "nothing is recorded: set flowLogs.enabled"
	if f.Traffic != "" {
		p.Refuse("flowLogs.traffic", f.Traffic, off)
	}
	if f.RetentionDays != 0 {
		p.Refuse("flowLogs.retentionDays", f.RetentionDays, off)
	}
}
