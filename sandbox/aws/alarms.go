package aws

import (
	"fmt"
	"strings"

	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/world"
)

const metricAlarmKind = "aws:cloudwatch/metricAlarm:MetricAlarm"

// The sandbox has no metrics, so an alarm keeps what it was told and never fires.
func metricAlarmType() *resourceType {
	return &resourceType{
		token: metricAlarmKind, service: "CloudWatch", noun: "CloudWatch Metric Alarm", creates: "PutMetricAlarm", updates: "PutMetricAlarm",
		inputs: map[string]input{
			"actionsEnabled":   {preset: true},
			"alarmActions":     {same: sameSet},
			"alarmDescription": {check: atMost("alarm_description", 1024)},
			"comparisonOperator": {required: true, check: oneOf("GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold",
				"LessThanOrEqualToThreshold", "LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")},
			"datapointsToAlarm":                 {check: between("datapoints_to_alarm", 1, 1440)},
			"dimensions":                        {},
			"evaluateLowSampleCountPercentiles": {computed: true, check: oneOf("evaluate", "ignore")},
			"evaluationPeriods":                 {required: true, check: between("evaluation_periods", 1, 1440)},
			"extendedStatistic":                 {},
			"insufficientDataActions":           {same: sameSet},
			"metricName":                        {check: atMost("metric_name", 255)},
			"metricQueries":                     {same: sameSet},
			"name":                              {replace: true, auto: 255, check: atMost("alarm_name", 255)},
			"namespace":                         {check: atMost("namespace", 255)},
			"okActions":                         {same: sameSet},
			"period":                            {check: isPeriod},
			"statistic":                         {check: oneOf("SampleCount", "Average", "Sum", "Minimum", "Maximum")},
			"tags":                              tags,
			"threshold":                         {},
			"thresholdMetricId":                 {},
			"treatMissingData":                  {preset: "missing", check: oneOf("breaching", "notBreaching", "ignore", "missing")},
			"unit":                              {},
		},
		validate: func(in map[string]any) []provider.Failure {
			if (in["metricName"] == nil) == (in["metricQueries"] == nil) {
				return []provider.Failure{{Property: "metricName", Reason: `one of "metric_name,metric_query" must be specified, and only one`}}
			}
			return nil
		},
		outputs: values{"arn": "${id}"},
		// PutMetricAlarm overwrites an alarm of the same name without a word.
		key:   arn("cloudwatch", "alarm:${name}"),
		known: "${name}",
		check: checkAlarm,
	}
}

// checkAlarm refuses what PutMetricAlarm refuses.
func checkAlarm(c *call, _ *world.Resource) error {
	refuse := func(format string, args ...any) error {
		return c.refuse("ValidationError", format, args...)
	}
	periods := number(c.in, "evaluationPeriods")
	if most := number(c.in, "datapointsToAlarm"); most > periods {
		return refuse("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
	}
	period := number(c.in, "period")
	returned := 0
	for _, entry := range list(c.in, "metricQueries") {
		query, _ := entry.(map[string]any)
		if flag(query, "returnData") {
			returned++
		}
		if (text(query, "expression") == "") == (query["metric"] == nil) {
			return refuse("Invalid metrics list: each entry has either an Expression or a MetricStat")
		}
		period = max(period, number(query, "metric", "period"))
	}
	if len(list(c.in, "metricQueries")) > 0 && returned != 1 {
		return refuse("Exactly one element of the metrics list should return data.")
	}
	if text(c.in, "metricName") != "" && (period == 0 || text(c.in, "namespace") == "" || text(c.in, "statistic")+text(c.in, "extendedStatistic") == "") {
		return refuse("Namespace, period and statistic are required for an alarm on one metric")
	}
	if period*periods > 24*3600 {
		return refuse("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
	}
	for _, kind := range []string{"alarmActions", "okActions", "insufficientDataActions"} {
		for _, arn := range texts(c.in, kind) {
			parts := strings.SplitN(arn, ":", 6)
			switch {
			case len(parts) != 6 || parts[0] != "arn":
				return refuse("Invalid arn syntax: %s", arn)
			case parts[2] == "sns" && parts[3] != c.region:
				return refuse("Invalid region %s specified. Only %s is supported.", parts[3], c.region)
			}
		}
	}
	return nil
}

func isPeriod(v any) string {
	n, ok := asNumber(v)
	if ok && n != 10 && n != 30 && (n <= 0 || n%60 != 0) {
		return fmt.Sprintf("expected period to be 10, 30 or a multiple of 60, got %d", n)
	}
	return ""
}

// atMost is a check for the length of a text.
func atMost(name string, length int) func(any) string {
	return func(v any) string {
		if s, _ := v.(string); len(s) > length {
			return fmt.Sprintf("expected length of %s to be in the range (0 - %d), got %d", name, length, len(s))
		}
		return ""
	}
}
