package config

import (
	"fmt"
	"regexp"
	"strings"

	"ambient-ecs/problem"
)

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
