package observability

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/observability/alarms"
	"ambient-ecs/problem"
)

// AlarmsTypeToken is the Pulumi type of Alarms.
const AlarmsTypeToken = "ambient-ecs:observability:Alarms"

// AlarmsArgs configures Alarms.
type AlarmsArgs struct {
	// Prefix begins the names of alarms and metric filters. Required.
	Prefix string
	// TopicARN is an SNS topic that exists already. Empty: the component makes a topic named TopicName, and Emails
	// subscribe to it.
	TopicARN  string
	TopicName string
	Emails    []string
	// TopicKeyARN is the KMS key of that topic. Nil: it is not encrypted.
	TopicKeyARN pulumi.StringPtrInput
	// Watched are the alarms and what they watch.
	Watched []Watched
	// Provider is the AWS provider of the account of the metrics. Required.
	Provider pulumi.ProviderResource
}

// Watched is one alarm and what it watches.
type Watched struct {
	alarms.Alarm
	// Dimensions are the dimensions whose values are outputs. They are added to the dimensions of every metric.
	Dimensions pulumi.StringMap
	// Counter makes the alarm's metric from the lines of LogGroup. Nil: the metric is AWS's.
	Counter  *alarms.Counter
	LogGroup pulumi.StringInput
	// After is what the alarm watches. Required unless Dimensions or LogGroup imply it.
	After component.Dependency
}

// FullName is the alarm's name in its account, and that of the metric filter behind it.
func (w Watched) FullName(prefix string) string { return prefix + "-" + w.Name }

// Validate reports every problem of the arguments, or returns nil.
func (a *AlarmsArgs) Validate() error {
	var p problem.List
	if a.Prefix == "" {
		p.Missing("Prefix", "alarms of two installs would be one")
	}
	if a.TopicARN == "" && a.TopicName == "" {
		p.Missing("TopicName", "there is no TopicARN either: nobody hears of an alarm")
	}
	if a.TopicARN != "" && a.TopicName != "" {
		p.Refuse("TopicName", a.TopicName, "there is TopicARN too, %q: want one of the two", a.TopicARN)
	}
	if a.TopicARN != "" && len(a.Emails) > 0 {
		p.Refuse("Emails", a.Emails, "they are for the topic that is made here, and TopicARN exists already")
	}
	seen := map[string]bool{}
	for i, watched := range a.Watched {
		field := fmt.Sprintf("Watched[%d]", i)
		if seen[watched.Name] {
			p.Refuse(field+".Name", watched.Name, "it is there twice: one alarm would overwrite the other")
		}
		seen[watched.Name] = true
		if len(watched.Metrics) == 0 {
			p.Missing(field+".Metrics", "%s has nothing to look at", watched.Name)
		}
		if watched.Counter != nil && watched.LogGroup == nil {
			p.Missing(field+".LogGroup", "%s has a Counter, which counts its lines", watched.Name)
		}
		if watched.Counter == nil && watched.LogGroup != nil {
			p.Missing(field+".Counter", "%s has a LogGroup, whose lines it counts", watched.Name)
		}
		if watched.After == nil && len(watched.Dimensions) == 0 && watched.LogGroup == nil {
			p.Missing(field+".After", "a destroy would set %s off", watched.Name)
		}
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the alarms could land in another account")
	}
	return p.Err()
}

// Alarms are the alarms of one account.
type Alarms struct {
	pulumi.ResourceState

	// TopicARN is the SNS topic that they notify.
	TopicARN pulumi.StringOutput
}

// NewAlarms registers the topic, the metric filters and the alarms.
func NewAlarms(ctx *pulumi.Context, name string, args *AlarmsArgs, opts ...pulumi.ResourceOption) (*Alarms, error) {
	out := &Alarms{}
	return component.New(ctx, AlarmsTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		if err := out.topic(ctx, name, args); err != nil {
			return nil, err
		}
		for _, watched := range args.Watched {
			if err := out.alarm(ctx, name, args, watched); err != nil {
				return nil, fmt.Errorf("%s: %w", watched.Name, err)
			}
		}
		return pulumi.Map{"topicArn": out.TopicARN}, nil
	})
}

// topic makes the topic if the arguments name none. Without a key of the account the topic is not encrypted, because CloudWatch
// may not use AWS's own key for SNS.
func (a *Alarms) topic(ctx *pulumi.Context, name string, args *AlarmsArgs) error {
	if args.TopicARN != "" {
		a.TopicARN = pulumi.String(args.TopicARN).ToStringOutput()
		return nil
	}
	topic, err := sns.NewTopic(ctx, name, &sns.TopicArgs{Name: pulumi.String(args.TopicName), KmsMasterKeyId: args.TopicKeyARN},
		component.Child(a, args.Provider, pulumi.DeleteBeforeReplace(true))...)
	if err != nil {
		return fmt.Errorf("register the topic: %w", err)
	}
	a.TopicARN = topic.Arn
	for _, email := range slices.Sorted(slices.Values(args.Emails)) {
		// AWS sends a message with a link. It sends nothing else until somebody follows the link.
		if _, err := sns.NewTopicSubscription(ctx, name+"-"+email, &sns.TopicSubscriptionArgs{
			Topic: topic.Arn, Protocol: pulumi.String("email"), Endpoint: pulumi.String(email),
		}, component.Child(a, args.Provider)...); err != nil {
			return fmt.Errorf("subscribe %s: %w", email, err)
		}
	}
	return nil
}

func (a *Alarms) alarm(ctx *pulumi.Context, name string, args *AlarmsArgs, w Watched) error {
	var options []pulumi.ResourceOption
	if w.After != nil {
		options = append(options, component.DependsOn(w.After))
	}
	if w.Counter != nil {
		filter, err := cloudwatch.NewLogMetricFilter(ctx, name+"-"+w.Name, &cloudwatch.LogMetricFilterArgs{
			Name:         pulumi.String(w.FullName(args.Prefix)),
			LogGroupName: w.LogGroup,
			Pattern:      pulumi.String(w.Counter.Pattern),
			MetricTransformation: cloudwatch.LogMetricFilterMetricTransformationArgs{
				Name: pulumi.String(w.Counter.Name), Namespace: pulumi.String(w.Counter.Namespace), Value: pulumi.String("1"),
			},
		}, component.Child(a, args.Provider, pulumi.DeleteBeforeReplace(true))...)
		if err != nil {
			return fmt.Errorf("register the metric filter: %w", err)
		}
		options = append(options, pulumi.DependsOn([]pulumi.Resource{filter}))
	}
	actions := pulumi.Array{a.TopicARN}
	inputs := &cloudwatch.MetricAlarmArgs{
		Name:               pulumi.String(w.FullName(args.Prefix)),
		AlarmDescription:   pulumi.String(w.Description),
		ComparisonOperator: pulumi.String(w.Comparison),
		Threshold:          pulumi.Float64(w.Threshold),
		EvaluationPeriods:  pulumi.Int(w.Periods),
		DatapointsToAlarm:  pulumi.Int(w.DataPoints),
		TreatMissingData:   pulumi.String(w.MissingData),
		AlarmActions:       actions,
		OkActions:          actions,
	}
	if w.Silence {
		inputs.InsufficientDataActions = actions
	}
	if len(w.Metrics) == 1 {
		metric := w.Metrics[0]
		inputs.Namespace, inputs.MetricName = pulumi.String(metric.Namespace), pulumi.String(metric.Name)
		inputs.Statistic, inputs.Period = pulumi.String(metric.Statistic), pulumi.Int(w.Period)
		if dimensions := w.MetricDimensions(metric); len(dimensions) > 0 {
			inputs.Dimensions = dimensions
		}
	} else {
		inputs.MetricQueries = w.queries()
	}
	options = append(options, pulumi.DeleteBeforeReplace(true))
	_, err := cloudwatch.NewMetricAlarm(ctx, name+"-"+w.Name, inputs, component.Child(a, args.Provider, options...)...)
	if err != nil {
		return fmt.Errorf("register the alarm: %w", err)
	}
	return nil
}

// queries returns the metrics and the calculation with them. CloudWatch compares only the calculation with the
// threshold.
func (w Watched) queries() cloudwatch.MetricAlarmMetricQueryArray {
	var all cloudwatch.MetricAlarmMetricQueryArray
	for _, metric := range w.Metrics {
		query := cloudwatch.MetricAlarmMetricQueryArgs{Id: pulumi.String(metric.ID)}
		if metric.Expression != "" {
			query.Expression, query.Label, query.ReturnData = pulumi.String(metric.Expression), pulumi.String(metric.Label), pulumi.Bool(true)
		} else {
			query.Metric = cloudwatch.MetricAlarmMetricQueryMetricArgs{
				Namespace: pulumi.String(metric.Namespace), MetricName: pulumi.String(metric.Name),
				Stat: pulumi.String(metric.Statistic), Period: pulumi.Int(w.Period), Dimensions: w.MetricDimensions(metric),
			}
		}
		all = append(all, query)
	}
	return all
}

// MetricDimensions returns the dimensions of one of the alarm's metrics, with those of Dimensions.
func (w Watched) MetricDimensions(metric alarms.Metric) pulumi.StringMap {
	all := pulumi.StringMap{}
	for _, key := range slices.Sorted(maps.Keys(metric.Dimensions)) {
		all[key] = pulumi.String(metric.Dimensions[key])
	}
	for _, key := range slices.Sorted(maps.Keys(w.Dimensions)) {
		all[key] = w.Dimensions[key]
	}
	return all
}
