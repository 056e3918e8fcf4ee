package aws

import (
	"testing"

	"ambient-ecs/sandbox/world"
)

func alarmProps() props {
	return props{
		"name": "mesh-nat", "comparisonOperator": "GreaterThanThreshold", "threshold": 0.0, "evaluationPeriods": 1.0,
		"namespace": "AWS/NATGateway", "metricName": "ErrorPortAllocation", "statistic": "Sum", "period": 300.0,
		"dimensions": props{"NatGatewayId": "nat-1"}, "treatMissingData": "notBreaching",
		"alarmActions": []any{"arn:aws:sns:eu-central-1:111111111111:mesh-alarms"},
	}
}

func TestAlarmIsChangedInPlaceAndItsNameReplacesIt(t *testing.T) {
	u := newSandbox(t).login(home)
	alarm := u.create(metricAlarmKind, "a", alarmProps())
	if alarm.ID != "mesh-nat" || alarm.out("arn") != "arn:aws:cloudwatch:eu-central-1:111111111111:alarm:mesh-nat" {
		t.Errorf("the alarm is %s, %s", alarm.ID, alarm.out("arn"))
	}
	if err := u.change(alarm, with(alarmProps(), props{"threshold": 5.0, "alarmDescription": "look"})); err != nil {
		t.Fatal(err)
	}
	if changes := u.diff(alarm, with(alarmProps(), props{"name": "other"})); len(changes.Replace) != 1 {
		t.Errorf("another name replaces %v", changes.Replace)
	}
	u.mustDelete(alarm)
}

func TestAlarmOnACalculation(t *testing.T) {
	u := newSandbox(t).login(home)
	metric := props{"namespace": "ECS/ContainerInsights", "metricName": "RunningTaskCount", "stat": "Average", "period": 60.0}
	in := props{
		"name": "short", "comparisonOperator": "GreaterThanThreshold", "threshold": 0.0, "evaluationPeriods": 15.0, "datapointsToAlarm": 15.0,
		"metricQueries": []any{props{"id": "running", "metric": metric}, props{"id": "e", "expression": "1 - running", "label": "short", "returnData": true}},
	}
	u.mustDelete(u.create(metricAlarmKind, "a", in))
	u.refuses(metricAlarmKind, "nothing", with(in, props{"metricQueries": []any{props{"id": "running", "metric": metric}}}), "ValidationError", "should return data")
}

func TestAlarmRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	for name, c := range map[string]struct {
		change props
		words  string
	}{
		"more than a day":      {props{"evaluationPeriods": 300.0}, "more than a day"},
		"more points":          {props{"datapointsToAlarm": 2.0}, "less than or equal"},
		"topic of a region":    {props{"alarmActions": []any{"arn:aws:sns:us-east-1:111111111111:mesh-alarms"}}, "Only eu-central-1 is supported"},
		"topic that is a name": {props{"alarmActions": []any{"mesh-alarms"}}, "Invalid arn syntax"},
	} {
		u.refuses(metricAlarmKind, name, with(alarmProps(), c.change), "ValidationError", c.words)
	}
	for name, change := range map[string]props{
		"period":      {"period": 45.0},
		"two metrics": {"metricQueries": []any{props{"id": "a", "expression": "1"}}},
		"missing":     {"treatMissingData": "good"},
	} {
		if _, failures := u.check(metricAlarmKind, "odd", with(alarmProps(), change)); len(failures) != 1 {
			t.Errorf("%s: %v", name, failures)
		}
	}
}

func TestMetricFilterLivesInItsLogGroup(t *testing.T) {
	u := newSandbox(t).login(home)
	in := props{"name": "errors", "logGroupName": "/ecs/x", "pattern": `"failed"`, "metricTransformation": props{"name": "Errors", "namespace": "mesh", "value": "1"}}
	u.refuses(metricFilterKind, "f", in, "ResourceNotFoundException")
	group := u.create(logGroupKind, "g", props{"name": "/ecs/x", "retentionInDays": 14.0})
	filter := u.create(metricFilterKind, "f", in)
	u.imported(filter, "/ecs/x:errors")
	if err := u.change(filter, with(in, props{"pattern": `"refused"`})); err != nil {
		t.Fatal(err)
	}
	u.refuses(metricFilterKind, "odd", with(in, props{"name": "odd", "pattern": `"failed`}), "InvalidParameterException", "pattern")
	u.mustDelete(group)
	if _, _, state, err := u.session.Read(t.Context(), filter.Resource); err != nil || state != nil {
		t.Errorf("the filter outlives its log group: %v %v", state, err)
	}
	u.mustDelete(filter)
}

func TestSavedQueries(t *testing.T) {
	u := newSandbox(t).login(home)
	in := props{"name": "mesh/denied", "queryString": "filter @message like /denied/\n| stats count(*) by bin(5m)", "logGroupNames": []any{"/ecs/x"}}
	query := u.create(queryDefinitionKind, "q", in)
	u.imported(query, "arn:aws:logs:"+region+":"+home+":query-definition:"+query.ID)
	if query.ID != query.out("queryDefinitionId") {
		t.Errorf("the query is %s", query.ID)
	}
	if err := u.change(query, with(in, props{"logGroupNames": []any{"/ecs/x", "/ecs/y"}})); err != nil {
		t.Fatal(err)
	}
	u.refuses(queryDefinitionKind, "bad", with(in, props{"queryString": "select * from logs"}), "MalformedQueryException")
	u.mustDelete(query)
}

func TestTopicAndItsSubscriptions(t *testing.T) {
	s := newSandbox(t)
	u := s.login(home)
	topic := u.create(topicKind, "t", props{"name": "mesh-alarms", "tags": props{"install": "mesh"}})
	if topic.ID != "arn:aws:sns:eu-central-1:111111111111:mesh-alarms" || topic.out("policy") == "" {
		t.Errorf("the topic is %s with the policy %q", topic.ID, topic.out("policy"))
	}
	u.refuses(topicKind, "again", props{"name": "mesh-alarms", "tags": props{"install": "other"}}, "InvalidParameter", "different tags")
	subscription := u.create(subscriptionKind, "s", props{"topic": topic.ID, "protocol": "email", "endpoint": "ops@example.com"})
	if subscription.State["pendingConfirmation"] != true {
		t.Error("nobody has to confirm the subscription")
	}
	u.refuses(subscriptionKind, "nobody", props{"topic": topic.ID, "protocol": "email", "endpoint": "ops"}, "InvalidParameter")
	u.refuses(subscriptionKind, "nowhere", props{"topic": topic.ID + "x", "protocol": "email", "endpoint": "ops@example.com"}, "NotFound")
	u.mustDelete(subscription)
	count := func() (n int) {
		s.see(func(tx *world.Tx) { n = len(tx.Find(home, subscriptionKind, nil)) })
		return n
	}
	if count() != 1 {
		t.Error("AWS forgets a subscription that nobody confirmed at once")
	}
	u.mustDelete(topic)
	if count() != 0 {
		t.Error("a subscription outlives its topic")
	}
}
