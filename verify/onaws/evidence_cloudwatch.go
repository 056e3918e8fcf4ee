package onaws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awscloudwatch "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// alarmsAtOnce is the largest number of alarms that one call describes.
const alarmsAtOnce = 100

// CloudWatch reads alarms, metric filters and saved queries of every account, by the accounts' keys. It reads only those that the
// stack declares, because accounts can have thousands of each.
func (b *AWS) CloudWatch(ctx context.Context) (map[string]backend.CloudWatch, error) {
	all := map[string]backend.CloudWatch{}
	if b.stack.Observability == nil {
		return all, nil
	}
	for _, key := range slices.Sorted(maps.Keys(b.stack.Accounts)) {
		config, err := b.accounts.Config(key, "")
		if err != nil {
			return nil, err
		}
		r := &reader{stack: b.stack, account: key, metrics: awscloudwatch.NewFromConfig(config), logs: cloudwatchlogs.NewFromConfig(config)}
		if all[key], err = r.read(ctx); err != nil {
			return nil, fmt.Errorf("CloudWatch of account %s: %w", key, err)
		}
	}
	return all, nil
}

// reader reads one account.
type reader struct {
	stack   *stack.Stack
	account string
	metrics *awscloudwatch.Client
	logs    *cloudwatchlogs.Client
}

func (r *reader) read(ctx context.Context) (backend.CloudWatch, error) {
	var one backend.CloudWatch
	var err error
	groups := map[string]bool{}
	if r.account == r.stack.HomeAccount && r.stack.MeshLogGroup != "" {
		groups[r.stack.MeshLogGroup] = true
	}
	declared := r.stack.Observability.Alarms[r.account]
	names := slices.Sorted(maps.Keys(declared))
	for some := range slices.Chunk(names, alarmsAtOnce) {
		described, err := r.metrics.DescribeAlarms(ctx, &awscloudwatch.DescribeAlarmsInput{
			AlarmNames: some, AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm}, MaxRecords: aws.Int32(alarmsAtOnce),
		})
		if err != nil {
			return one, fmt.Errorf("describe alarms: %w", err)
		}
		for _, found := range described.MetricAlarms {
			a := alarm(found)
			if declared[a.Name].Counts == nil {
				if err := r.published(ctx, &a); err != nil {
					return one, err
				}
			}
			one.Alarms = append(one.Alarms, a)
		}
	}
	counting := map[string]bool{}
	for _, name := range names {
		if counts := declared[name].Counts; counts != nil {
			counting[counts.LogGroup], groups[counts.LogGroup] = true, true
		}
	}
	for _, group := range slices.Sorted(maps.Keys(counting)) {
		if err := r.filters(ctx, group, &one); err != nil {
			return one, err
		}
	}
	if one.Queries, err = r.queries(ctx); err != nil {
		return one, err
	}
	for _, query := range one.Queries {
		for _, group := range query.LogGroups {
			groups[group] = true
		}
	}
	one.LogGroups, err = existing(ctx, r.logs, groups)
	return one, err
}

func alarm(found types.MetricAlarm) backend.Alarm {
	a := backend.Alarm{Name: aws.ToString(found.AlarmName), Actions: found.AlarmActions, Silent: found.ActionsEnabled != nil && !*found.ActionsEnabled}
	if found.MetricName != nil {
		a.Metrics = append(a.Metrics, metric(found.Namespace, found.MetricName, found.Dimensions))
	}
	for _, query := range found.Metrics {
		if query.MetricStat != nil && query.MetricStat.Metric != nil {
			of := query.MetricStat.Metric
			a.Metrics = append(a.Metrics, metric(of.Namespace, of.MetricName, of.Dimensions))
		}
	}
	return a
}

func metric(namespace, name *string, dimensions []types.Dimension) stack.Metric {
	m := stack.Metric{Namespace: aws.ToString(namespace), Name: aws.ToString(name), Dimensions: map[string]string{}}
	for _, d := range dimensions {
		m.Dimensions[aws.ToString(d.Name)] = aws.ToString(d.Value)
	}
	return m
}

// published reports whether an alarm's metrics have been published. CloudWatch lists a metric some minutes after its
// first data point, and until two weeks after its last.
func (r *reader) published(ctx context.Context, a *backend.Alarm) error {
	for _, m := range a.Metrics {
		var filters []types.DimensionFilter
		for _, key := range slices.Sorted(maps.Keys(m.Dimensions)) {
			filters = append(filters, types.DimensionFilter{Name: aws.String(key), Value: aws.String(m.Dimensions[key])})
		}
		listed, err := r.metrics.ListMetrics(ctx, &awscloudwatch.ListMetricsInput{Namespace: aws.String(m.Namespace), MetricName: aws.String(m.Name), Dimensions: filters})
		if err != nil {
			return fmt.Errorf("look for metric %s: %w", m, err)
		}
		if len(listed.Metrics) == 0 && listed.NextToken == nil {
			a.Blind, a.Unsure = m.String()+" has no numbers: nobody has published any in two weeks, or only in the last quarter of an hour", true
			return nil
		}
	}
	return nil
}

// filters are the metric filters of a log group. They are deleted with it.
func (r *reader) filters(ctx context.Context, group string, into *backend.CloudWatch) error {
	pages := cloudwatchlogs.NewDescribeMetricFiltersPaginator(r.logs, &cloudwatchlogs.DescribeMetricFiltersInput{LogGroupName: aws.String(group)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		var gone *logtypes.ResourceNotFoundException
		if errors.As(err, &gone) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("describe the metric filters of log group %s: %w", group, err)
		}
		for _, f := range page.MetricFilters {
			for _, made := range f.MetricTransformations {
				into.Filters = append(into.Filters, backend.Filter{
					Name: aws.ToString(f.FilterName), LogGroup: group, Pattern: aws.ToString(f.FilterPattern),
					Metric: stack.Metric{Namespace: aws.ToString(made.MetricNamespace), Name: aws.ToString(made.MetricName)},
				})
			}
		}
	}
	return nil
}

// queries are the saved queries in the folder of the install.
func (r *reader) queries(ctx context.Context) ([]backend.SavedQuery, error) {
	if len(r.stack.Observability.Queries[r.account]) == 0 {
		return nil, nil
	}
	var all []backend.SavedQuery
	var next *string
	for {
		page, err := r.logs.DescribeQueryDefinitions(ctx, &cloudwatchlogs.DescribeQueryDefinitionsInput{QueryDefinitionNamePrefix: aws.String(r.stack.InstallName + "/"), NextToken: next})
		if err != nil {
			return nil, fmt.Errorf("describe saved queries: %w", err)
		}
		for _, q := range page.QueryDefinitions {
			all = append(all, backend.SavedQuery{Name: aws.ToString(q.Name), LogGroups: q.LogGroupNames})
		}
		if next = page.NextToken; aws.ToString(next) == "" {
			return all, nil
		}
	}
}

// existing are the existing ones among the named log groups. An account can have thousands, so it asks for each by its
// name.
func existing(ctx context.Context, client *cloudwatchlogs.Client, named map[string]bool) ([]string, error) {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(named)) {
		found, err := client.DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String(name)})
		if err != nil {
			return nil, fmt.Errorf("look for log group %s: %w", name, err)
		}
		if slices.ContainsFunc(found.LogGroups, func(g logtypes.LogGroup) bool { return aws.ToString(g.LogGroupName) == name }) {
			all = append(all, name)
		}
	}
	return all, nil
}

// Counts makes the account's CloudWatch Logs try a pattern on lines.
func (b *AWS) Counts(ctx context.Context, account, pattern string, lines []string) ([]bool, error) {
	config, err := b.accounts.Config(account, "")
	if err != nil {
		return nil, err
	}
	tried, err := cloudwatchlogs.NewFromConfig(config).TestMetricFilter(ctx, &cloudwatchlogs.TestMetricFilterInput{FilterPattern: aws.String(pattern), LogEventMessages: lines})
	if err != nil {
		return nil, fmt.Errorf("try the pattern %s: %w", pattern, err)
	}
	matched := make([]bool, len(lines))
	for _, m := range tried.Matches {
		// CloudWatch Logs numbers the lines from 1.
		if n := int(m.EventNumber); n >= 1 && n <= len(matched) {
			matched[n-1] = true
		}
	}
	return matched, nil
}
