package policy

import (
	"strings"
)

var scheduleRules = []rule{
	{
		policy: SchedulePolicy, sid: "OwnSchedules",
		covers: func(a string) bool { return strings.HasPrefix(a, "scheduler:") },
		resources: func(d Deployer, _ AccountKind) []string {
			return []string{d.Place.ARN("scheduler", "schedule-group/"+d.Install+"-*"), d.Place.ARN("scheduler", "schedule/"+d.Install+"-*/*")}
		},
	},
}
