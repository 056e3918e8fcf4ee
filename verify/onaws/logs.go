package onaws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"ambient-ecs/verify/onaws/proxy"
	"ambient-ecs/verify/stack"
)

// lines are the lines about ended connections in the access logs of services, oldest first. For services in EKS they come
// from the ztunnels of the nodes.
func (b *AWS) lines(ctx context.Context, services []string, since time.Time) ([]proxy.Connection, error) {
	var texts []string
	byCluster := map[string][]string{}
	for _, service := range services {
		if service == inEKS {
			logged, err := b.nodeLogs(ctx, since)
			if err != nil {
				return nil, err
			}
			texts = append(texts, logged...)
			continue
		}
		key, name := cutSlash(service)
		byCluster[key] = append(byCluster[key], name)
	}
	for _, key := range b.stack.ClusterKeys() {
		logged, err := b.taskLogs(ctx, key, byCluster[key], since)
		if err != nil {
			return nil, err
		}
		texts = append(texts, logged...)
	}
	var lines []proxy.Connection
	for _, text := range texts {
		if line, ok := proxy.ParseConnection(text); ok && !line.Time.Before(since) {
			lines = append(lines, line)
		}
	}
	slices.SortStableFunc(lines, func(a, b proxy.Connection) int { return a.Time.Compare(b.Time) })
	return lines, nil
}

func (b *AWS) nodeLogs(ctx context.Context, since time.Time) ([]string, error) {
	ztunnels, err := b.ztunnels(ctx)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, pod := range ztunnels {
		lines, err := b.cluster.Logs(ctx, pod, proxyContainer, since)
		if err != nil {
			return nil, err
		}
		all = append(all, lines...)
	}
	return all, nil
}

// taskLogs reads the log streams of the ztunnel containers of a cluster's services, "ztunnel/ztunnel/<task id>", which are all in the
// cluster's log group. Services without a task have none.
func (b *AWS) taskLogs(ctx context.Context, key string, services []string, since time.Time) ([]string, error) {
	var tasks []task
	for _, name := range services {
		found, err := b.tasks(ctx, key, name)
		if err != nil {
			return nil, err
		}
		tasks = append(tasks, found...)
	}
	if len(tasks) == 0 {
		return nil, nil
	}
	c := b.stack.Clusters[key]
	client, err := b.logs(c)
	if err != nil {
		return nil, err
	}
	var all []string
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(client, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(c.LogGroup), LogStreamNamePrefix: aws.String(ztunnel + "/" + ztunnel + "/"),
		FilterPattern: aws.String(`"connection"`), StartTime: aws.Int64(since.UnixMilli()),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read log group %s in account %s: %w", c.LogGroup, c.Account, err)
		}
		for _, event := range page.Events {
			stream := aws.ToString(event.LogStreamName)
			if slices.ContainsFunc(tasks, func(t task) bool { return strings.HasSuffix(stream, "/"+t.id) }) {
				all = append(all, aws.ToString(event.Message))
			}
		}
	}
	return all, nil
}

func (b *AWS) logs(c stack.Cluster) (*cloudwatchlogs.Client, error) {
	config, err := b.accounts.Config(c.Account, c.Region)
	if err != nil {
		return nil, err
	}
	return cloudwatchlogs.NewFromConfig(config), nil
}
