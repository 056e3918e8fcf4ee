package onaws

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/onaws/proxy"
)

// Calls are searched with FilterLogEvents and not with Logs Insights, which charges every run by the data that it scans, and would
// scan the applications' lines of the log group as well. FilterLogEvents has no price, is limited to some calls a second for each
// account, and may read a stream from the beginning of the time to the first match
// (https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html,
// https://aws.amazon.com/cloudwatch/pricing/, 2026-11-29).

const (
	// pagesOfTask bounds the search of one log stream. A page has up to 1 MB or 10,000 lines.
	pagesOfTask = 100
	// linesAtOnce is the size of a page: one line is enough.
	linesAtOnce = 25
)

var _ doctor.Recorder = (*AWS)(nil)

// Calls implements doctor.Recorder.
func (b *AWS) Calls(ctx context.Context, q doctor.CallQuery) (*doctor.Calls, error) {
	facts, err := b.ECS(ctx)
	if err != nil {
		return nil, err
	}
	seen := &doctor.Calls{Outbound: map[string]doctor.Outbound{}}
	for _, caller := range q.Callers {
		log, err := b.outbound(ctx, caller, facts, q.Since)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			seen.Unseen = append(seen.Unseen, fmt.Sprintf("whether the calls of %s reach its ztunnel: %v", caller, err))
			continue
		}
		seen.Outbound[caller] = log
	}
	seen.Refused, err = b.refused(ctx, q, &seen.Unseen)
	return seen, err
}

// outbound searches the access logs of the tasks of a service. An error says why they cannot tell.
func (b *AWS) outbound(ctx context.Context, caller string, facts *doctor.ECS, since time.Time) (doctor.Outbound, error) {
	key, name := cutSlash(caller)
	c := b.stack.Clusters[key]
	client, err := b.logs(c)
	if err != nil {
		return doctor.Outbound{}, err
	}
	var log doctor.Outbound
	asked := 0
	for _, task := range facts.Tasks {
		if task.Service != c.Services[name].ARN || task.Started.IsZero() {
			continue
		}
		group, stream, err := streamOf(task, facts.Definitions)
		if err != nil {
			return log, err
		}
		if asked == 0 || task.Started.Before(log.Since) {
			log.Since = task.Started
		}
		asked++
		if log.Called, err = called(ctx, client, group, stream, later(since, task.Started)); err != nil || log.Called {
			return log, err
		}
	}
	if asked == 0 {
		return log, errors.New("no task of it has started within the last hour, or runs")
	}
	log.Since = later(since, log.Since)
	return log, nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// streamOf is the log stream of a task's ztunnel, "prefix/container/task id"
// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html, 2026-11-29).
func streamOf(task doctor.Task, definitions []doctor.Definition) (group, stream string, err error) {
	for _, d := range definitions {
		if d.ARN != task.Definition {
			continue
		}
		for _, c := range d.Containers {
			switch {
			case c.Name != ztunnel:
			case c.LogGroup == "" || c.LogPrefix == "":
				return "", "", fmt.Errorf("container %s of %s does not log to CloudWatch", c.Name, lastPart(d.ARN))
			case !logsAccess(c.Environment[logLevels]):
				return "", "", fmt.Errorf("%s=%s of container %s in %s keeps it from writing an access log", logLevels, c.Environment[logLevels], c.Name, lastPart(d.ARN))
			default:
				return c.LogGroup, strings.Join([]string{c.LogPrefix, c.Name, lastPart(task.ARN)}, "/"), nil
			}
		}
	}
	return "", "", fmt.Errorf("the definition of task %s has no container %s, or is gone", lastPart(task.ARN), ztunnel)
}

func lastPart(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }

// logLevels is the variable with ztunnel's log levels: "level" or "target=level", joined by commas. The access log has the target
// "access" and the level info (istio/ztunnel, src/telemetry.rs and src/proxy/metrics.rs, 2026-11-29).
const logLevels = "RUST_LOG"

// logsAccess reports whether log levels let the access log through. Without any ztunnel logs at info.
func logsAccess(levels string) bool {
	level := "info"
	for i, directive := range strings.Split(levels, ",") {
		target, of, specific := strings.Cut(strings.TrimSpace(directive), "=")
		switch {
		case specific && target == "access":
			return informs(of)
		case !specific && (target != "" || i > 0):
			level = target
		}
	}
	return informs(level)
}

func informs(level string) bool {
	return slices.Contains([]string{"info", "debug", "trace"}, strings.ToLower(level))
}

// called reports whether a stream has a line about a connection that the task opened. ztunnel writes it when the connection ends.
func called(ctx context.Context, client *cloudwatchlogs.Client, group, stream string, since time.Time) (bool, error) {
	found := false
	wrote, err := scan(ctx, client, pagesOfTask, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(group), LogStreamNamePrefix: aws.String(stream), FilterPattern: aws.String(`"connection" "outbound"`),
		StartTime: aws.Int64(since.UnixMilli()), Limit: aws.Int32(linesAtOnce),
	}, func(text string) bool {
		line, ok := proxy.ParseConnection(text)
		found = ok && !line.Inbound
		return found
	})
	if err != nil || found || wrote {
		return found, err
	}
	// Silence and a log that does not arrive look the same, so look for any line: a ztunnel writes some when it starts.
	any := false
	if _, err := scan(ctx, client, pagesOfTask, &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String(group), LogStreamNamePrefix: aws.String(stream), Limit: aws.Int32(1),
	}, func(string) bool { any = true; return true }); err != nil {
		return false, err
	}
	if !any {
		return false, fmt.Errorf("log group %s has no line of %s", group, stream)
	}
	return false, nil
}

// scan reads pages until a line is the right one. It says whether there was any line.
func scan(ctx context.Context, client *cloudwatchlogs.Client, pages int, in *cloudwatchlogs.FilterLogEventsInput, right func(text string) bool) (lines bool, err error) {
	paginator := cloudwatchlogs.NewFilterLogEventsPaginator(client, in)
	for read := 0; paginator.HasMorePages(); read++ {
		if read == pages {
			return lines, fmt.Errorf("log group %s has more than %d pages of %s; look less far back", aws.ToString(in.LogGroupName), pages, aws.ToString(in.LogStreamNamePrefix))
		}
		page, err := paginator.NextPage(ctx)
		if err != nil {
			return lines, fmt.Errorf("log group %s cannot be read: %w", aws.ToString(in.LogGroupName), short(err))
		}
		for _, event := range page.Events {
			lines = true
			if right(aws.ToString(event.Message)) {
				return true, nil
			}
		}
	}
	return lines, nil
}

// short is AWS's own reason without the request around it.
func short(err error) error {
	var answer interface {
		ErrorCode() string
		ErrorMessage() string
	}
	if errors.As(err, &answer) {
		return fmt.Errorf("%s: %s", answer.ErrorCode(), answer.ErrorMessage())
	}
	return err
}
