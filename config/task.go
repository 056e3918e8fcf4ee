package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"ambient-ecs/problem"
)

// Task is a standalone task: it starts by a schedule or by hand, calls others, and ends when its application does.
type Task struct {
	Workload
	// Enabled switches the task on. Empty: true.
	Enabled *bool `config:"enabled"`
	// Schedule starts the task by EventBridge Scheduler. Empty: nothing starts it, and the outputs have a command that does.
	Schedule *TaskSchedule `config:"schedule"`
}

// TaskSchedule is when EventBridge Scheduler starts a task.
type TaskSchedule struct {
	// Expression is the time: at(yyyy-mm-ddThh:mm:ss), rate(value unit), or cron(minutes hours day-of-month month day-of-week
	// year). Required.
	Expression string `config:"expression"`
	// Timezone is the IANA name of the time zone of at and cron. Empty: UTC.
	Timezone string `config:"timezone"`
	// FlexibleWindowMinutes is how many minutes late the task may start, so that not all start at once: 1 to 1440. Empty: none.
	FlexibleWindowMinutes int `config:"flexibleWindowMinutes"`
	// Paused keeps the schedule and starts nothing.
	Paused bool `config:"paused"`
	// RetryPolicy is how often and how long a start that ECS refuses is tried again. Empty: AWS's own.
	RetryPolicy *RetryPolicy `config:"retryPolicy"`
	// DeadLetterQueueARN is the standard queue of SQS that gets the starts that were given up. Empty: they are dropped.
	DeadLetterQueueARN string `config:"deadLetterQueueArn"`
}

// RetryPolicy is that of EventBridge Scheduler, as AWS names it.
type RetryPolicy struct {
	// MaximumRetryAttempts is how often a start is tried again, 0 to 185. Empty: 185.
	MaximumRetryAttempts *int `config:"maximumRetryAttempts"`
	// MaximumEventAgeInSeconds is for how long a start is tried again, 60 to 86400. Empty: 86400, a day.
	MaximumEventAgeInSeconds *int `config:"maximumEventAgeInSeconds"`
}

// What EventBridge Scheduler takes.
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html and API_FlexibleTimeWindow.html, 2026-11-29.
const (
	maxRetries         = 185
	minEventAge        = 60
	maxEventAge        = 24 * 3600
	maxFlexibleMinutes = 24 * 60
)

// EnabledOrDefault reports whether the task is there.
func (t Task) EnabledOrDefault() bool { return t.Enabled == nil || *t.Enabled }

// TimezoneOrDefault is the schedule's time zone.
func (s TaskSchedule) TimezoneOrDefault() string {
	if s.Timezone == "" {
		return DefaultTimezone
	}
	return s.Timezone
}

// Retries are the attempts and the age in seconds after which a start is given up, AWS's own where nothing is set.
func (s TaskSchedule) Retries() (attempts, age int) {
	attempts, age = maxRetries, maxEventAge
	if r := s.RetryPolicy; r != nil && r.MaximumRetryAttempts != nil {
		attempts = *r.MaximumRetryAttempts
	}
	if r := s.RetryPolicy; r != nil && r.MaximumEventAgeInSeconds != nil {
		age = *r.MaximumEventAgeInSeconds
	}
	return attempts, age
}

// asService is the task as a service that only calls others.
func (t Task) asService() Service { return Service{Workload: t.Workload, ClientOnly: true} }

// TaskKeys are the names of the cluster's standalone tasks, sorted.
func (c Cluster) TaskKeys() []string { return slices.Sorted(maps.Keys(c.Tasks)) }

// keysOf are the names of the cluster's services or tasks.
func (c Cluster) keysOf(kind SourceKind) []string {
	if kind == SourceTask {
		return c.TaskKeys()
	}
	return c.ServiceKeys()
}

// ScheduledTasks are the standalone tasks of a cluster that have a schedule, sorted.
func (c Config) ScheduledTasks(cluster string) []string {
	return slices.DeleteFunc(c.Clusters[cluster].TaskKeys(), func(name string) bool { return c.Clusters[cluster].Tasks[name].Schedule == nil })
}

// ScheduleGroup is the name of the group of a cluster's schedules. It equals the name of a cluster
// that the program makes.
func (c Config) ScheduleGroup(cluster string) string { return c.Prefix(cluster) }

// ScheduleRoleName is the role with which EventBridge Scheduler starts a task.
func (c Config) ScheduleRoleName(cluster, task string) string {
	return c.Prefix(cluster) + "-" + task + "-schedule"
}

// checkStandalone checks a standalone task by itself.
func (c Config) checkStandalone(p *problem.List, cluster, name string) {
	field, t := "clusters."+cluster+".tasks", c.Clusters[cluster].Tasks[name]
	if _, service := c.Clusters[cluster].Services[name]; service {
		p.Refuse(field, name, "a service of the cluster has the name, and so have its task definition and its hostname")
		return
	}
	field += "." + name
	c.checkService(p, field, cluster, name, t.asService())
	if t.Schedule != nil {
		checkTaskSchedule(p, field+".schedule", c.RegionOfCluster(cluster), *t.Schedule)
	}
}

func checkTaskSchedule(p *problem.List, field, region string, s TaskSchedule) {
	checkExpression(p, field, "expression", s.Expression, s.Timezone)
	if reason := checkCron(s.Expression); reason != "" {
		p.Refuse(field+".expression", s.Expression, "%s", reason)
	}
	if s.FlexibleWindowMinutes != 0 {
		p.Between(field+".flexibleWindowMinutes", s.FlexibleWindowMinutes, 1, maxFlexibleMinutes, "EventBridge Scheduler allows no other")
	}
	attempts, age := s.Retries()
	p.Between(field+".retryPolicy.maximumRetryAttempts", attempts, 0, maxRetries, "EventBridge Scheduler allows no other")
	p.Between(field+".retryPolicy.maximumEventAgeInSeconds", age, minEventAge, maxEventAge, "EventBridge Scheduler allows no other")
	if queue := s.DeadLetterQueueARN; queue != "" {
		parts := strings.Split(queue, ":")
		switch {
		case len(parts) != 6 || parts[0] != "arn" || parts[2] != "sqs" || !queueName.MatchString(parts[5]) || !accountID.MatchString(parts[4]):
			p.Refuse(field+".deadLetterQueueArn", queue, "give the ARN of a queue of SQS, arn:aws:sqs:REGION:ACCOUNT:NAME")
		case strings.HasSuffix(parts[5], ".fifo"):
			p.Refuse(field+".deadLetterQueueArn", queue, "EventBridge Scheduler delivers to standard queues only")
		case parts[3] != region && region != "":
			p.Refuse(field+".deadLetterQueueArn", queue, "the queue is in %s, and the schedule is in %s", parts[3], region)
		}
	}
}

// queueName is the name of a queue of SQS.
var queueName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}(\.fifo)?$`)

// cronFields are the fields of cron and what each may hold beside numbers, lists, ranges and steps.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html, 2026-11-29.
var cronFields = []struct {
	name   string
	values *regexp.Regexp
}{
	{"minutes", cronValues(`[0-5]?[0-9]`)},
	{"hours", cronValues(`[01]?[0-9]|2[0-3]`)},
	{"day of the month", cronValues(`0?[1-9]|[12][0-9]|3[01]|L|(?:[1-9]|[12][0-9]|3[01])W|LW|\?`)},
	{"month", cronValues(`0?[1-9]|1[0-2]|JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC`)},
	{"day of the week", cronValues(`[1-7](?:L|#[1-5])?|(?:SUN|MON|TUE|WED|THU|FRI|SAT)(?:L|#[1-5])?|L|\?`)},
	{"year", cronValues(`19[7-9][0-9]|20[0-9]{2}|21[0-9]{2}`)},
}

// cronValues matches a list of values, ranges and steps of a field.
func cronValues(one string) *regexp.Regexp {
	item := `(?:\*|(?:` + one + `)(?:-(?:` + one + `))?)(?:/[0-9]+)?`
	return regexp.MustCompile(`^` + item + `(?:,` + item + `)*$`)
}

// checkCron says why EventBridge Scheduler would refuse an expression of six fields, or returns "".
func checkCron(expression string) string {
	if !cronTime.MatchString(expression) {
		return ""
	}
	fields := strings.Fields(strings.TrimSuffix(strings.TrimPrefix(expression, "cron("), ")"))
	for i, field := range cronFields {
		if !field.values.MatchString(fields[i]) {
			return fmt.Sprintf("%q is no %s", fields[i], field.name)
		}
	}
	if (fields[2] == "?") == (fields[4] == "?") {
		return "of the day of the month and the day of the week, one must be ? and the other says the day"
	}
	return ""
}

// withoutTasks leaves out the standalone tasks that are switched off, and every place that names them as a caller.
func (c Config) withoutTasks() Config {
	on := func(s Source) bool { return c.Clusters[s.Name].Tasks[s.Service].EnabledOrDefault() }
	off := func(s Source) bool { return s.Kind == SourceTask && !on(s) }
	c = c.withoutCallers(off)
	for key, cluster := range c.Clusters {
		tasks := map[string]Task{}
		for name, t := range cluster.Tasks {
			if t.EnabledOrDefault() {
				tasks[name] = t
			}
		}
		cluster.Tasks = tasks
		c.Clusters[key] = cluster
	}
	return c
}

// past warns of schedules for one time that has passed. What was made before it does nothing any more, and EventBridge Scheduler
// refuses to make it anew (https://github.com/DefangLabs/pulumi-defang/pull/425, 2026-11-30): in another stack, or after a replacement.
// What Application Auto Scaling does is not documented.
func (c Config) past() (all []string) {
	warn := func(field, expression, timezone string) {
		if c.passed(expression, timezone) {
			all = append(all, fmt.Sprintf("%s: %s has passed. The schedule does nothing any more, and AWS may refuse it where it is made anew, for example with its service: remove it, or set another time", field, expression))
		}
	}
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			if s := c.Clusters[key].Services[name].Scaling; s != nil {
				for _, schedule := range slices.Sorted(maps.Keys(s.Schedules)) {
					warn(c.Field(key, name)+".scaling.schedules."+schedule+".schedule", s.Schedules[schedule].Schedule, s.Schedules[schedule].Timezone)
				}
			}
		}
		for _, name := range c.Clusters[key].TaskKeys() {
			if s := c.Clusters[key].Tasks[name].Schedule; s != nil {
				warn(c.Field(key, name)+".schedule.expression", s.Expression, s.Timezone)
			}
		}
	}
	return all
}

// westernmost is how far the last time zone is behind UTC. The machine may not know where the named zone is.
const westernmost = 12 * time.Hour

// passed reports whether an expression is one time that has passed in its time zone for certain.
func (c Config) passed(expression, timezone string) bool {
	parts := atTime.FindStringSubmatch(expression)
	if parts == nil {
		return false
	}
	at, err := time.Parse("2006-01-02T15:04:05", parts[1])
	if err != nil {
		return false // that is refused
	}
	if timezone != "" && timezone != DefaultTimezone {
		at = at.Add(westernmost)
	}
	return at.Before(c.clock())
}
