package config

import (
	"slices"
	"strings"
	"testing"
)

// queried is a query for a metric of CloudWatch.
func queried(id, namespace, name, stat string, dimensions object) object {
	return object{"id": id, "returnData": false, "metricStat": object{"stat": stat, "metric": object{"namespace": namespace, "metricName": name, "dimensions": dimensions}}}
}

// backlog is AWS's example: messages for each task that runs.
func backlog(change func(all []any)) object {
	all := []any{
		queried("queued", "AWS/SQS", "ApproximateNumberOfMessagesVisible", "Sum", object{"QueueName": "orders"}),
		queried("running", "ECS/ContainerInsights", "RunningTaskCount", "Average", object{"ClusterName": "ambient-ecs-1", "ServiceName": "echo-service"}),
		object{"id": "backlogPerTask", "expression": "queued / MAX([running, 1])", "label": "messages per task", "returnData": true},
	}
	if change != nil {
		change(all)
	}
	return object{"metrics": list(object{"metrics": all, "target": 100})}
}

func TestRefusedMetricMath(t *testing.T) {
	const field = runsField + "scaling.metrics[0]"
	case_ := func(name string, change func(all []any), words ...string) refusal {
		return one(name, runsAt+"scaling", scaling(backlog(change)), words...)
	}
	at := func(i int, key string, value any) func([]any) {
		return func(all []any) { all[i].(object)[key] = value }
	}
	metricOf := func(all []any) object { return all[0].(object)["metricStat"].(object) }
	run(t, []refusal{
		case_("nothing returned", at(2, "returnData", false), field+`.metrics = "0 with returnData"`, "one result"),
		case_("two returned", at(0, "returnData", true), field+`.metrics = "2 with returnData"`, "false for every other"),
		case_("no id", at(0, "id", ""), field+".metrics[0].id is not set"),
		case_("an id in capitals", at(1, "id", "Running"), field+`.metrics[1].id = "Running"`, "small letter"),
		case_("an id twice", at(1, "id", "queued"), field+`.metrics[1].id = "queued"`, "metrics[0] has it already"),
		case_("a result of nothing", at(2, "expression", "queued / tasks"), field+".metrics[2].expression", "no metric beside it has the id tasks"),
		case_("a result of itself", at(2, "expression", "queued / backlogPerTask"), field+".metrics[2].expression", "from itself"),
		case_("a metric and an expression", at(0, "expression", "running"), field+".metrics[0].expression is set", "one of them"),
		case_("neither", func(all []any) { delete(all[2].(object), "expression") }, field+".metrics[2] is not set", "metricStat"),
		case_("too long", at(2, "expression", "queued"+strings.Repeat(" + 1", 600)), field+".metrics[2].expression is too long", "2048"),
		case_("no statistic", func(all []any) { metricOf(all)["stat"] = "" }, field+".metrics[0].metricStat.stat is not set", "Average"),
		case_("no namespace", func(all []any) { metricOf(all)["metric"].(object)["namespace"] = "" }, field+".metrics[0].metricStat.metric.namespace is not set"),
		case_("no name", func(all []any) { metricOf(all)["metric"].(object)["metricName"] = "" }, field+".metrics[0].metricStat.metric.metricName is not set"),
		case_("requests per target", func(all []any) { metricOf(all)["metric"].(object)["metricName"] = "RequestCountPerTarget" }, "metricStat.metric.metricName", "target group"),
		case_("a dimension without a value", func(all []any) { metricOf(all)["metric"].(object)["dimensions"] = object{"QueueName": ""} }, `metricStat.metric.dimensions = "QueueName"`),
		one("both forms", runsAt+"scaling", scaling(object{"metrics": list(object{"namespace": "AWS/SQS", "target": 1, "metrics": backlog(nil)["metrics"].([]any)[0].(object)["metrics"]})}),
			field+".namespace is set", "one metric, or several"),
		one("a result twice", runsAt+"scaling", scaling(object{"metrics": list(backlog(nil)["metrics"].([]any)[0], backlog(nil)["metrics"].([]any)[0])}),
			runsField+"scaling.metrics[1].metrics[2].id", "metrics[0] has the same"),
		one("a unit of an expression", runsAt+"scaling", scaling(object{"metrics": list(object{"unit": "Count", "target": 1, "metrics": backlog(nil)["metrics"].([]any)[0].(object)["metrics"]})}),
			field+".unit is set"),
	})
}

func TestMetricMathIsTakenAsAWSWritesIt(t *testing.T) {
	c := mustLoad(t, with(edit{runsAt + "scaling", scaling(backlog(nil))}))
	m := c.Clusters["ecs-1"].Services["echo-service"].Scaling.Metrics[0]
	if m.Name() != "backlogPerTask" || len(m.Metrics) != 3 || m.Metrics[2].Label != "messages per task" || m.Metrics[0].MetricStat.Stat != "Sum" || m.Metrics[0].MetricStat.Unit != "" {
		t.Errorf("%+v", m)
	}
	if slices.ContainsFunc(c.Warnings(), func(w string) bool { return strings.Contains(w, "in proportion") }) {
		t.Errorf("the backlog per task is warned of: %q", c.Warnings())
	}
}

func TestTheLengthOfAQueueIsWarnedOf(t *testing.T) {
	c := mustLoad(t, with(edit{runsAt + "scaling", scaling(metric(object{"metricName": "ApproximateNumberOfMessagesVisible"}))}))
	if !slices.ContainsFunc(c.Warnings(), func(w string) bool {
		return strings.HasPrefix(w, runsField+"scaling.metrics[0]: ApproximateNumberOfMessagesVisible") && strings.Contains(w, "Divide it")
	}) {
		t.Errorf("%q", c.Warnings())
	}
}
