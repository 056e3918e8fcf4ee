package onaws

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"ambient-ecs/verify/doctor"
)

const (
	// pagesOfInterface bounds the search of the records of one network interface.
	pagesOfInterface = 50
	protocolTCP      = "6"
)

// fieldsNeeded are the fields of a record that tell who was refused what.
var fieldsNeeded = []string{"srcaddr", "dstaddr", "srcport", "dstport", "protocol", "action", "start"}

// refused reads the TCP connections of tasks that the network refused, in the flow logs of every VPC of the stack. A security
// group may refuse a connection at either end, so the records of the interfaces of both are read. What cannot be read is added to
// unseen.
func (b *AWS) refused(ctx context.Context, q doctor.CallQuery, unseen *[]string) ([]doctor.Refusal, error) {
	const what = "connections that the network refused in account"
	var all []doctor.Refusal
	var without []string
	for _, key := range slices.Sorted(maps.Keys(q.Interfaces)) {
		flow, err := b.flowLog(ctx, key)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			*unseen = append(*unseen, fmt.Sprintf("%s %s: %v", what, key, short(err)))
			continue
		case flow == nil:
			without = append(without, key)
			continue
		}
		some, err := b.records(ctx, key, flow, q.Interfaces[key], q.Since)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		all = append(all, some...)
		if err != nil {
			*unseen = append(*unseen, fmt.Sprintf("%s %s: %v", what, key, err))
		}
	}
	if len(without) > 0 {
		*unseen = append(*unseen, fmt.Sprintf("%s %s: its VPC has no flow log that records them in CloudWatch Logs (the key flowLogs)", what, strings.Join(without, ", ")))
	}
	return all, nil
}

// flowLog is a flow log of an account's VPC that writes refused connections to CloudWatch Logs, or nil.
func (b *AWS) flowLog(ctx context.Context, key string) (*types.FlowLog, error) {
	config, err := b.accounts.Config(key, "")
	if err != nil {
		return nil, err
	}
	pages := ec2.NewDescribeFlowLogsPaginator(ec2.NewFromConfig(config), &ec2.DescribeFlowLogsInput{Filter: filter("resource-id", b.stack.VpcIDs[key])})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, f := range page.FlowLogs {
			if f.LogDestinationType == types.LogDestinationTypeCloudWatchLogs && f.TrafficType != types.TrafficTypeAccept && aws.ToString(f.FlowLogStatus) == "ACTIVE" {
				return &f, nil
			}
		}
	}
	return nil, nil
}

// records searches a flow log for refused TCP connections. EC2 writes the records of each interface to a stream whose name begins
// with the interface's id (https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html, 2026-11-29).
func (b *AWS) records(ctx context.Context, key string, flow *types.FlowLog, interfaces []string, since time.Time) ([]doctor.Refusal, error) {
	id := aws.ToString(flow.FlowLogId)
	if aws.ToString(flow.DeliverLogsStatus) == "FAILED" {
		return nil, fmt.Errorf("flow log %s cannot deliver its records: %s", id, aws.ToString(flow.DeliverLogsErrorMessage))
	}
	fields := fieldsOf(aws.ToString(flow.LogFormat))
	for _, name := range fieldsNeeded {
		if !slices.Contains(fields, name) {
			return nil, fmt.Errorf("the records of flow log %s have no field %s", id, name)
		}
	}
	config, err := b.accounts.Config(key, "")
	if err != nil {
		return nil, err
	}
	client := cloudwatchlogs.NewFromConfig(config)
	var all []doctor.Refusal
	for _, one := range interfaces {
		_, err := scan(ctx, client, pagesOfInterface, &cloudwatchlogs.FilterLogEventsInput{
			LogGroupName: flow.LogGroupName, LogStreamNamePrefix: aws.String(one), FilterPattern: aws.String(rejected(fields)), StartTime: aws.Int64(since.UnixMilli()),
		}, func(text string) bool {
			if r, ok := refusalOf(fields, text); ok {
				all = append(all, r)
			}
			return false
		})
		if err != nil {
			return all, err
		}
	}
	return all, nil
}

// fieldsOf are the names in a log format such as "${version} ${account-id}".
func fieldsOf(format string) []string {
	var all []string
	for _, word := range strings.Fields(format) {
		all = append(all, strings.TrimSuffix(strings.TrimPrefix(word, "${"), "}"))
	}
	return all
}

// rejected is a filter pattern for records of refused TCP connections
// (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html, 2026-11-29).
func rejected(fields []string) string {
	var words []string
	for _, name := range fields {
		word := strings.ReplaceAll(name, "-", "_")
		switch name {
		case "protocol":
			word += `="` + protocolTCP + `"`
		case "action":
			word += `="REJECT"`
		}
		words = append(words, word)
	}
	return "[" + strings.Join(words, ", ") + "]"
}

// refusalOf reads a record. ok is false for a record of anything but a refused TCP connection.
func refusalOf(fields []string, text string) (doctor.Refusal, bool) {
	values := strings.Fields(text)
	if len(values) != len(fields) {
		return doctor.Refusal{}, false
	}
	record := map[string]string{}
	for i, name := range fields {
		record[name] = values[i]
	}
	if record["action"] != "REJECT" || record["protocol"] != protocolTCP {
		return doctor.Refusal{}, false
	}
	from, err1 := strconv.Atoi(record["srcport"])
	to, err2 := strconv.Atoi(record["dstport"])
	start, err3 := strconv.ParseInt(record["start"], 10, 64)
	if err1 != nil || err2 != nil || err3 != nil {
		return doctor.Refusal{}, false
	}
	return doctor.Refusal{From: record["srcaddr"], To: record["dstaddr"], FromPort: from, Port: to, Time: time.Unix(start, 0)}, true
}
