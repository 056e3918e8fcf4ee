package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// Scaling lets Application Auto Scaling choose the number of a service's tasks. desiredCount is then the number that a new
// service begins with; the scaler changes it, and no update sets it back.
type Scaling struct {
	// Min is the least number of tasks. Required.
	Min *int `config:"min"`
	// Max is the greatest number of tasks. Required.
	Max *int `config:"max"`
	// CPU is the average use of the tasks' CPU that the scaler keeps, in percent. Empty: it does not look at the CPU.
	CPU *int `config:"cpu"`
	// Memory is the average use of the tasks' memory that the scaler keeps, in percent. Empty: it does not look at the memory.
	Memory *int `config:"memory"`
	// Metrics are metrics of CloudWatch that the scaler keeps at a target.
	Metrics []ScalingMetric `config:"metrics"`
	// ScaleOutCooldown is how long the scaler waits after it added tasks, in seconds. Empty: Application Auto Scaling's 300.
	ScaleOutCooldown *int `config:"scaleOutCooldown"`
	// ScaleInCooldown is how long the scaler waits after it removed tasks, in seconds. Empty: Application Auto Scaling's 300.
	ScaleInCooldown *int `config:"scaleInCooldown"`
	// DisableScaleIn keeps the scaler from removing tasks. Schedules still may.
	DisableScaleIn bool `config:"disableScaleIn"`
	// Schedules change min and max at given times, by a name of the user's choice. A bound that a schedule gives is then the
	// schedules': no update sets it back to that of scaling.
	Schedules map[string]ScalingSchedule `config:"schedules"`
}

// ScalingMetric is a metric of CloudWatch, or what is computed from several, with the target that the scaler keeps it at. It must
// fall in proportion when tasks are added.
type ScalingMetric struct {
	// Namespace is the metric's namespace, such as AWS/ECS. Required, unless metrics are given.
	Namespace string `config:"namespace"`
	// MetricName is the metric's name. Required, unless metrics are given. It is unique among the metrics of a service.
	MetricName string `config:"metricName"`
	// Dimensions are the metric's dimensions with their values, all that it is published with.
	Dimensions map[string]string `config:"dimensions"`
	// Statistic is Average, Minimum, Maximum, SampleCount or Sum. Required, unless metrics are given.
	Statistic string `config:"statistic"`
	// Unit is the unit that the metric is published with. Empty: it is published without one.
	Unit string `config:"unit"`
	// Metrics are metrics and expressions over them, as AWS writes metric math, instead of namespace, metricName, dimensions, statistic
	// and unit. The one with returnData is kept at the target, and its id is unique among the metrics of a service.
	Metrics []MetricQuery `config:"metrics"`
	// Target is the value that the scaler keeps the metric at, above 0. Required.
	Target float64 `config:"target"`
}

// ScalingSchedule sets min, max or both at a time. They hold until another schedule sets them.
type ScalingSchedule struct {
	// Schedule is when: at(yyyy-mm-ddThh:mm:ss), rate(VALUE UNIT) or cron(FIELDS). Required.
	Schedule string `config:"schedule"`
	// Timezone is the IANA name of the time zone of at and cron, such as Europe/Berlin. Empty: UTC.
	Timezone string `config:"timezone"`
	// Min is the least number of tasks from then on. Empty: as it is.
	Min *int `config:"min"`
	// Max is the greatest number of tasks from then on. Empty: as it is.
	Max *int `config:"max"`
}

// What Application Auto Scaling takes.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html and
// API_PutScheduledAction.html, 2026-11-29.
var (
	statistics = []string{"Average", "Minimum", "Maximum", "SampleCount", "Sum"}
	atTime     = regexp.MustCompile(`^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})\)$`)
	rateTime   = regexp.MustCompile(`^rate\(([1-9]\d*) (minute|minutes|hour|hours|day|days)\)$`)
	cronTime   = regexp.MustCompile(`^cron\(\S+( \S+){5}\)$`)
)

// ScalingTag is the tag of an ECS service with scaling. Without the tag nobody could tell a number that the scaler chose from one
// that somebody set by hand.
const ScalingTag = "ambient-ecs-scaling"

// DefaultTimezone is the time zone of a schedule that names none.
const DefaultTimezone = "UTC"

// TimezoneOrDefault is the schedule's time zone.
func (s ScalingSchedule) TimezoneOrDefault() string {
	if s.Timezone == "" {
		return DefaultTimezone
	}
	return s.Timezone
}

// MinOrZero and MaxOrZero are the bounds, 0 where they are not set.
func (s Scaling) MinOrZero() int { return orZero(s.Min) }

// MaxOrZero is the greatest number of tasks, 0 where it is not set.
func (s Scaling) MaxOrZero() int { return orZero(s.Max) }

func orZero(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// checkScaling checks how a service scales.
func checkScaling(p *problem.List, field string, s Service) {
	scaling := s.Scaling
	if scaling == nil {
		return
	}
	at := field + ".scaling"
	bounded := checkBounds(p, at, *scaling)
	if n := s.DesiredCountOrDefault(); bounded && s.DesiredCount != nil && (n < scaling.MinOrZero() || n > scaling.MaxOrZero()) {
		p.Refuse(field+".desiredCount", n, "the scaler keeps the tasks between min %d and max %d, and would change the number at once: begin within them, or leave desiredCount out to begin with min", scaling.MinOrZero(), scaling.MaxOrZero())
	}
	for _, percent := range []struct {
		key   string
		value *int
	}{{"cpu", scaling.CPU}, {"memory", scaling.Memory}} {
		if percent.value != nil {
			p.Between(at+"."+percent.key, *percent.value, 1, 100, "it is the average use in percent of what the tasks have")
		}
	}
	checkMetrics(p, at, scaling.Metrics)
	checkSchedules(p, at, *scaling)
	tracked := scaling.CPU != nil || scaling.Memory != nil || len(scaling.Metrics) > 0
	switch {
	case !tracked && len(scaling.Schedules) == 0:
		p.Missing(at, "the scaler has nothing to scale by: give cpu, memory, metrics or schedules")
	case bounded && scaling.MinOrZero() == 0 && len(scaling.Metrics) == 0 && len(scaling.Schedules) == 0:
		p.Refuse(at+".min", 0, "a service without tasks uses no CPU and no memory, so the scaler would never start the first task: take 1, or add metrics or schedules")
	}
	for _, cooldown := range []struct {
		key   string
		value *int
	}{{"scaleOutCooldown", scaling.ScaleOutCooldown}, {"scaleInCooldown", scaling.ScaleInCooldown}} {
		switch {
		case cooldown.value == nil:
		case !tracked:
			p.Refuse(at+"."+cooldown.key, *cooldown.value, "only targets have a cooldown, and there is none: schedules act at their times")
		default:
			p.Between(at+"."+cooldown.key, *cooldown.value, 0, maxCooldown, "it is the time in seconds between two actions of the scaler")
		}
	}
	if scaling.DisableScaleIn && !tracked {
		p.Refuse(at+".disableScaleIn", true, "only targets remove tasks by themselves, and there is none")
	}
}

// maxCooldown is a day. AWS names no limit; a longer pause is a mistake in the unit.
const maxCooldown = 24 * 3600

// checkBounds reports whether min and max are right.
func checkBounds(p *problem.List, at string, s Scaling) bool {
	before := len(*p)
	if s.Min == nil {
		p.Missing(at+".min", "give the least number of tasks")
	} else if *s.Min < 0 || *s.Min > quota.TasksPerECS.Default {
		p.Refuse(at+".min", *s.Min, "an ECS service has between 0 and %d tasks", quota.TasksPerECS.Default)
	}
	switch {
	case s.Max == nil:
		p.Missing(at+".max", "give the greatest number of tasks: each is paid for")
	case *s.Max < 1 || *s.Max > quota.TasksPerECS.Default:
		p.Refuse(at+".max", *s.Max, "an ECS service that scales has between 1 and %d tasks", quota.TasksPerECS.Default)
	case s.Min != nil && *s.Max < *s.Min:
		p.Refuse(at+".max", *s.Max, "it is below min, which is %d", *s.Min)
	}
	return len(*p) == before
}

func checkMetrics(p *problem.List, at string, metrics []ScalingMetric) {
	if most := quota.ScalingPolicies.Default; len(metrics) > most-2 {
		p.Refuse(at+".metrics", len(metrics), "a service has at most %d scaling policies, and two are for cpu and memory", most)
	}
	seen := map[string]string{}
	for i, m := range metrics {
		field := fmt.Sprintf("%s.metrics[%d]", at, i)
		if m.Target <= 0 {
			p.Refuse(field+".target", m.Target, "the scaler divides by it: give a value above 0")
		}
		if len(m.Metrics) > 0 {
			checkMetricMath(p, field, m, seen)
			continue
		}
		if m.Namespace == "" {
			p.Missing(field+".namespace", "give the metric in full: CloudWatch knows a metric by namespace, name and dimensions")
		}
		switch {
		case m.MetricName == "":
			p.Missing(field+".metricName", "give the metric in full: CloudWatch knows a metric by namespace, name and dimensions")
		case strings.HasPrefix(m.MetricName, "RequestCountPerTarget"):
			p.Refuse(field+".metricName", m.MetricName, "%s", noTargetGroup)
		case seen[m.MetricName] != "":
			p.Refuse(field+".metricName", m.MetricName, "%s has the same, and it names the scaling policy", seen[m.MetricName])
		}
		seen[m.MetricName] = field
		if m.Statistic == "" {
			p.Missing(field+".statistic", "choose %s", strings.Join(statistics, ", "))
		} else if !slices.Contains(statistics, m.Statistic) {
			p.Refuse(field+".statistic", m.Statistic, "choose %s", strings.Join(statistics, ", "))
		}
		checkDimensions(p, field, m.Dimensions)
	}
}

func checkDimensions(p *problem.List, field string, dimensions map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(dimensions)) {
		if name == "" || dimensions[name] == "" {
			p.Refuse(field+".dimensions", name, "a dimension has a name and a value")
		}
	}
}

// noTargetGroup is why a service does not scale by the requests that a load balancer counts.
const noTargetGroup = "a load balancer counts requests per target, in its target group, and a service of the mesh has none: it is called through the mesh. Scale by cpu or memory, or publish a metric of your own"

// maxScheduledAction is the limit of the name of a scheduled action
// (https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html, 2026-11-29).
const maxScheduledAction = 256

func checkSchedules(p *problem.List, at string, s Scaling) {
	if most := quota.ScheduledActions.Default; len(s.Schedules) > most {
		p.Refuse(at+".schedules", len(s.Schedules), "a service has at most %d scheduled actions", most)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Schedules)) {
		schedule, field := s.Schedules[name], at+".schedules."+name
		if !label.MatchString(name) {
			p.Refuse(at+".schedules", name, "the name becomes that of a scheduled action: %s", labelRule)
		}
		tooLong(p, at+".schedules", name, "name of the scheduled action", name, maxScheduledAction)
		checkExpression(p, field, "schedule", schedule.Schedule, schedule.Timezone)
		if schedule.Min == nil && schedule.Max == nil {
			p.Missing(field, "it changes nothing: give min, max or both")
		}
		least, most := schedule.Min, schedule.Max
		if least == nil {
			least = s.Min
		}
		if most == nil {
			most = s.Max
		}
		for _, bound := range []struct {
			key   string
			value *int
		}{{"min", schedule.Min}, {"max", schedule.Max}} {
			if bound.value != nil && (*bound.value < 0 || *bound.value > quota.TasksPerECS.Default) {
				p.Refuse(field+"."+bound.key, *bound.value, "an ECS service has between 0 and %d tasks", quota.TasksPerECS.Default)
			}
		}
		if least != nil && most != nil && *most < *least {
			p.Refuse(field, fmt.Sprintf("min %d, max %d", *least, *most), "max is below min: a bound that the schedule does not give is that of scaling")
		}
	}
}

// checkExpression checks the form of a schedule, whose expression is under a key of field. AWS itself judges the fields of cron.
func checkExpression(p *problem.List, field, key, expression, timezone string) {
	const forms = "write at(2027-01-31T06:00:00), rate(12 hours) or cron(0 6 ? * MON-FRI *)"
	switch {
	case expression == "":
		p.Missing(field+"."+key, "%s", forms)
	case atTime.MatchString(expression):
		if _, err := time.Parse("2006-01-02T15:04:05", atTime.FindStringSubmatch(expression)[1]); err != nil {
			p.Refuse(field+"."+key, expression, "there is no such time")
		}
	case cronTime.MatchString(expression), rateTime.MatchString(expression):
	case strings.HasPrefix(expression, "cron("):
		p.Refuse(field+"."+key, expression, "cron has six fields here: minutes, hours, day of the month, month, day of the week, year")
	default:
		p.Refuse(field+"."+key, expression, "%s", forms)
	}
	if timezone != "" && (timezone == "Local" || !zoneName.MatchString(timezone)) {
		p.Refuse(field+".timezone", timezone, "give the IANA name of a time zone, such as Europe/Berlin")
	}
	if timezone != "" && strings.HasPrefix(expression, "rate(") {
		p.Refuse(field+".timezone", timezone, "a rate has no time of day")
	}
}

// zoneName matches the names of time zones. Which exist is AWS's to say: the machine may lack their data.
var zoneName = regexp.MustCompile(`^(UTC|Etc/[A-Za-z0-9+-]+|[A-Z][A-Za-z_]+(/[A-Z][A-Za-z0-9_+-]+){1,2})$`)

// MetricQuery is one of the metrics and expressions that a scaling policy computes its metric from. Either expression or metricStat is
// given.
type MetricQuery struct {
	// ID names the result for the expressions: letters, digits and underscores, the first a small letter. Required.
	ID string `config:"id"`
	// Expression computes from the results of others, by their ids, such as queued / running.
	Expression string `config:"expression"`
	// MetricStat is a metric of CloudWatch.
	MetricStat *MetricStat `config:"metricStat"`
	// Label is a name for people.
	Label string `config:"label"`
	// ReturnData marks what the scaler keeps at the target: true for one, and false for every other. Empty: true.
	ReturnData *bool `config:"returnData"`
}

// MetricStat is a statistic of a metric.
type MetricStat struct {
	// Metric is the metric. Required.
	Metric QueriedMetric `config:"metric"`
	// Stat is a statistic of CloudWatch, such as Average, Sum or p90. Required.
	Stat string `config:"stat"`
	// Unit is the unit that the metric is published with. Empty: any.
	Unit string `config:"unit"`
}

// QueriedMetric is a metric of CloudWatch.
type QueriedMetric struct {
	// Namespace is the metric's namespace, such as AWS/SQS. Required.
	Namespace string `config:"namespace"`
	// MetricName is the metric's name. Required.
	MetricName string `config:"metricName"`
	// Dimensions are the metric's dimensions with their values, all that it is published with.
	Dimensions map[string]string `config:"dimensions"`
}

// Returns reports whether the scaler keeps the query's result at the target.
func (q MetricQuery) Returns() bool { return q.ReturnData == nil || *q.ReturnData }

// Name is the name of the metric among those of a service: the metric's own, or the id of what is computed.
func (m ScalingMetric) Name() string {
	for _, q := range m.Metrics {
		if q.Returns() {
			return q.ID
		}
	}
	return m.MetricName
}

// What Application Auto Scaling takes as metric math.
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingMetricDataQuery.html, 2026-11-30.
const longestExpression = 2048

var (
	queryID = regexp.MustCompile(`^[a-z][A-Za-z0-9_]{0,63}$`)
	// quoted and identifier are the parts of an expression: functions and constants are in capitals, ids begin with a small letter.
	quoted     = regexp.MustCompile(`'[^']*'|"[^"]*"`)
	identifier = regexp.MustCompile(`\b[a-z][A-Za-z0-9_]*\b`)
)

// checkMetricMath checks a metric that is computed. Seen are the names of the service's metrics before it, with their fields.
func checkMetricMath(p *problem.List, field string, m ScalingMetric, seen map[string]string) {
	for _, simple := range []struct {
		key string
		set bool
	}{{"namespace", m.Namespace != ""}, {"metricName", m.MetricName != ""}, {"dimensions", len(m.Dimensions) > 0}, {"statistic", m.Statistic != ""}, {"unit", m.Unit != ""}} {
		if simple.set {
			p.Add(field+"."+simple.key, problem.IsSet, "metrics are given too: AWS takes one metric, or several under metrics")
		}
	}
	ids, returned, named := map[string]string{}, 0, true
	for i, q := range m.Metrics {
		at := fmt.Sprintf("%s.metrics[%d]", field, i)
		named = named && queryID.MatchString(q.ID) && ids[q.ID] == ""
		switch {
		case q.ID == "":
			p.Missing(at+".id", "expressions name the result by it")
		case !queryID.MatchString(q.ID):
			p.Refuse(at+".id", q.ID, "it has up to 64 letters, digits and _, and begins with a small letter")
		case ids[q.ID] != "":
			p.Refuse(at+".id", q.ID, "%s has it already", ids[q.ID])
		}
		ids[q.ID] = at
		if q.Returns() {
			returned++
			if other := seen[q.ID]; other != "" && returned == 1 {
				p.Refuse(at+".id", q.ID, "%s has the same, and it names the scaling policy", other)
			}
		}
		checkQuery(p, at, q)
	}
	if returned != 1 {
		p.Refuse(field+".metrics", fmt.Sprintf("%d with returnData", returned), "the scaler keeps one result at the target: set returnData false for every other (it is true where it is not set)")
	}
	for i, q := range m.Metrics {
		if !named {
			break // whom an expression means is open
		}
		for _, id := range identifier.FindAllString(quoted.ReplaceAllString(q.Expression, ""), -1) {
			if at := fmt.Sprintf("%s.metrics[%d].expression", field, i); ids[id] == "" {
				p.Refuse(at, q.Expression, "no metric beside it has the id %s", id)
			} else if id == q.ID {
				p.Refuse(at, q.Expression, "it would compute %s from itself", id)
			}
		}
	}
	seen[m.Name()] = field
}

// checkQuery checks one query by itself.
func checkQuery(p *problem.List, at string, q MetricQuery) {
	switch stat := q.MetricStat; {
	case stat == nil && q.Expression == "":
		p.Missing(at, "give an expression, or a metric with metricStat")
	case stat != nil && q.Expression != "":
		p.Add(at+".expression", problem.IsSet, "metricStat is given too: AWS takes one of them")
	case len(q.Expression) > longestExpression:
		p.Add(at+".expression", "is too long", "AWS takes %d characters", longestExpression)
	case stat != nil:
		const full = "give the metric in full: CloudWatch knows a metric by namespace, name and dimensions"
		if stat.Metric.Namespace == "" {
			p.Missing(at+".metricStat.metric.namespace", full)
		}
		switch name := stat.Metric.MetricName; {
		case name == "":
			p.Missing(at+".metricStat.metric.metricName", full)
		case strings.HasPrefix(name, "RequestCountPerTarget"):
			p.Refuse(at+".metricStat.metric.metricName", name, "%s", noTargetGroup)
		}
		if stat.Stat == "" {
			p.Missing(at+".metricStat.stat", "name a statistic of CloudWatch, such as Average or Sum")
		}
		checkDimensions(p, at+".metricStat.metric", stat.Metric.Dimensions)
	}
}

// unproportional warns of the length of a queue as a target, which does not say how many tasks it takes.
// https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html, 2026-11-30.
func (c Config) unproportional() (all []string) {
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].ServiceKeys() {
			scaling := c.Clusters[key].Services[name].Scaling
			if scaling == nil {
				continue
			}
			for i, m := range scaling.Metrics {
				if m.Namespace == "AWS/SQS" && strings.HasPrefix(m.MetricName, "ApproximateNumberOfMessages") {
					all = append(all, fmt.Sprintf("%s.scaling.metrics[%d]: %s is the length of the whole queue, which does not fall in proportion to the tasks: the scaler adds too many or too few. "+
						"Divide it by the number of tasks with metrics (docs/running.md#scaling)", c.Field(key, name), i, m.MetricName))
				}
			}
		}
	}
	return all
}
