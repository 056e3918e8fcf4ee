package actions

import "slices"

// scheduleNeeds are the types of EventBridge Scheduler. A schedule has no tags: its group has them.
var scheduleNeeds = []Need{
	{
		Type:   "aws:scheduler/scheduleGroup:ScheduleGroup",
		Create: schedules("CreateScheduleGroup", "TagResource"),
		Read:   schedules("GetScheduleGroup", "ListTagsForResource"),
		Tag:    schedules("TagResource", "UntagResource"),
		// With the group AWS deletes its schedules, for the caller.
		Delete: schedules("DeleteSchedule", "DeleteScheduleGroup"),
	},
	{
		Type:   "aws:scheduler/schedule:Schedule",
		Create: slices.Concat(schedules("CreateSchedule"), iam("PassRole")),
		Read:   schedules("GetSchedule"),
		Update: slices.Concat(schedules("UpdateSchedule"), iam("PassRole")),
		Delete: schedules("DeleteSchedule"),
	},
}
