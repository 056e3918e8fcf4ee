package onaws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/onaws/awstest"
)

const (
	outboundText = "2026-11-29T08:00:00.000000Z\tinfo\taccess\tconnection complete\tsrc.addr=127.0.0.1:40000 src.identity=\"spiffe://cluster.local/ns/mesh-1/sa/ecs\" dst.addr=10.0.1.30:15008 direction=\"outbound\" bytes_sent=1"
	outboundJSON = `{"time":"2026-11-29T08:00:00.000000Z","level":"error","message":"connection failed","scope":"access","src.addr":"127.0.0.1:40000","direction":"outbound","error":"connection refused"}`
	inboundText  = "2026-11-29T08:00:00.000000Z\tinfo\taccess\tconnection complete\tsrc.addr=10.0.1.30:40000 dst.service=\"outbound.mesh-1.ecs.local\" direction=\"inbound\" bytes_sent=1"
	startingText = "2026-11-29T07:59:00.000000Z\tinfo\tztunnel\tstarting"

	callerName   = "ecs-1/echo-service"
	logFormat    = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
	refusedV2    = "2 111122223333 eni-1 10.0.1.20 10.1.1.20 40000 8080 6 3 180 1796000000 1796000060 REJECT OK"
	acceptedV2   = "2 111122223333 eni-1 10.0.1.20 10.1.1.20 40000 15008 6 3 180 1796000000 1796000060 ACCEPT OK"
	datagramV2   = "2 111122223333 eni-1 10.0.1.20 10.1.1.20 40000 8080 17 3 180 1796000000 1796000060 REJECT OK"
	unreadableV2 = "2 111122223333 eni-1 - - - - - - - 1796000000 1796000060 - NODATA"
)

// newRecords is one running task of echo-service with the lines of its ztunnel, in an account whose flow log has some records.
func newRecords(t *testing.T, settings map[string]string, lines, records []string) (*AWS, *awstest.AWS) {
	t.Helper()
	b, aws := newEvidence(t, nil)
	b.evidence.read = &doctor.ECS{
		Tasks: []doctor.Task{
			{ARN: "arn:aws:ecs:eu-central-1:111122223333:task/mesh-1/aaaa", Service: serviceARN, Definition: firstRevision, Started: time.Now().Add(-48 * time.Hour)},
			{ARN: "arn:aws:ecs:eu-central-1:111122223333:task/mesh-1/starting", Service: serviceARN, Definition: firstRevision},
			{ARN: "arn:aws:ecs:eu-central-1:111122223333:task/mesh-1/other", Service: "other", Definition: firstRevision, Started: time.Now()},
		},
		Definitions: []doctor.Definition{{ARN: firstRevision, Containers: []doctor.Container{
			{Name: "echo-service", LogGroup: "/ecs/other", LogPrefix: "echo-service"}, {Name: "ztunnel", LogGroup: "/ecs/mesh-1", LogPrefix: "ztunnel", Environment: settings},
		}}},
	}
	one := b.stack.Clusters["ecs-1"]
	service := one.Services["echo-service"]
	service.ARN = serviceARN
	one.Services["echo-service"] = service
	filtered(t, aws, map[string][]string{"/ecs/mesh-1|ztunnel/ztunnel/aaaa": lines, "/vpc/mesh|eni-1": records})
	flows(aws, logFormat, "ALL", "SUCCESS")
	return b, aws
}

// filtered answers FilterLogEvents with the lines of a log group and a prefix of streams, in pages of one line, as the terms of a
// pattern select them.
func filtered(t *testing.T, aws *awstest.AWS, lines map[string][]string) {
	aws.On("logs:FilterLogEvents", func(in awstest.Input) any {
		if _, both := in["logStreamNames"]; both {
			t.Error("streams by name fail where one does not exist")
		}
		terms := []string{}
		if pattern := in.Text("filterPattern"); !strings.HasPrefix(pattern, "[") {
			terms = strings.Fields(strings.ReplaceAll(pattern, `"`, ""))
		}
		matching := slices.DeleteFunc(slices.Clone(lines[in.Text("logGroupName")+"|"+in.Text("logStreamNamePrefix")]), func(line string) bool {
			return slices.ContainsFunc(terms, func(term string) bool { return !strings.Contains(line, term) })
		})
		page := 0
		_, _ = fmt.Sscan(in.Text("nextToken"), &page)
		out := m{"events": l{}}
		if page < len(matching) {
			out = m{"events": l{m{"message": matching[page]}}, "nextToken": fmt.Sprint(page + 1)}
		}
		return out
	})
}

func flows(aws *awstest.AWS, format, traffic, delivery string) {
	recordNetwork(aws, map[string]string{"DescribeFlowLogs|flowLogSet": "<item><flowLogId>fl-1</flowLogId><flowLogStatus>ACTIVE</flowLogStatus><logDestinationType>cloud-watch-logs</logDestinationType>" +
		"<logGroupName>/vpc/mesh</logGroupName><trafficType>" + traffic + "</trafficType><deliverLogsStatus>" + delivery + "</deliverLogsStatus><deliverLogsErrorMessage>Access error</deliverLogsErrorMessage><logFormat>" + format + "</logFormat></item>"})
}

func ask(t *testing.T, b *AWS) *doctor.Calls {
	t.Helper()
	seen, err := b.Calls(context.Background(), doctor.CallQuery{
		Since: time.Now().Add(-24 * time.Hour), Callers: []string{callerName}, Interfaces: map[string][]string{b.stack.HomeAccount: {"eni-1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

func TestTheAccessLogOfATasksZtunnelSaysWhetherItCalled(t *testing.T) {
	for name, c := range map[string]struct {
		lines  []string
		called bool
	}{
		"a connection that it opened":                {[]string{startingText, outboundText}, true},
		"one that failed, as JSON":                   {[]string{startingText, outboundJSON}, true},
		"only connections of others":                 {[]string{startingText, inboundText}, false},
		"none, and lines about something else":       {[]string{startingText}, false},
		"a connection of others, and one of its own": {[]string{inboundText, outboundText}, true},
	} {
		t.Run(name, func(t *testing.T) {
			b, _ := newRecords(t, nil, c.lines, nil)
			seen := ask(t, b)
			log, read := seen.Outbound[callerName]
			if !read || log.Called != c.called || len(seen.Unseen) > 0 {
				t.Errorf("got %+v", seen)
			}
			if ago := time.Since(log.Since); !c.called && (ago < 24*time.Hour || ago > 25*time.Hour) {
				t.Errorf("the log begins %s ago; the task is older than the window", ago)
			}
		})
	}
}

func TestWhatCannotBeReadIsSaid(t *testing.T) {
	denied := func(awstest.Input) any {
		return awstest.Failure{Code: "AccessDeniedException", Message: "not authorized"}
	}
	for name, c := range map[string]struct {
		settings map[string]string
		lines    []string
		change   func(b *AWS, aws *awstest.AWS)
		want     string
	}{
		"no line at all": {nil, nil, nil, "log group /ecs/mesh-1 has no line of ztunnel/ztunnel/aaaa"},
		"no access log":  {map[string]string{"RUST_LOG": "info,access=warn"}, []string{startingText}, nil, "RUST_LOG=info,access=warn of container ztunnel"},
		"another log driver": {nil, []string{startingText}, func(b *AWS, _ *awstest.AWS) {
			b.evidence.read.Definitions[0].Containers[1].LogGroup = ""
		}, "does not log to CloudWatch"},
		"no permission": {nil, []string{startingText}, func(_ *AWS, aws *awstest.AWS) { aws.On("logs:FilterLogEvents", denied) },
			"log group /ecs/mesh-1 cannot be read: AccessDeniedException: not authorized"},
		"a log without an end": {nil, slices.Repeat([]string{inboundText}, pagesOfTask+1), nil, "more than 100 pages"},
		"no task":              {nil, nil, func(b *AWS, _ *awstest.AWS) { b.evidence.read.Tasks = nil }, "no task of it"},
		"no flow log": {nil, []string{outboundText}, func(_ *AWS, aws *awstest.AWS) {
			recordNetwork(aws, map[string]string{"DescribeFlowLogs|flowLogSet": ""})
		}, "its VPC has no flow log"},
		"a flow log of accepted connections": {nil, []string{outboundText}, func(_ *AWS, aws *awstest.AWS) { flows(aws, logFormat, "ACCEPT", "SUCCESS") }, "its VPC has no flow log"},
		"a flow log that cannot write":       {nil, []string{outboundText}, func(_ *AWS, aws *awstest.AWS) { flows(aws, logFormat, "ALL", "FAILED") }, "cannot deliver its records: Access error"},
		"a flow log without ports":           {nil, []string{outboundText}, func(_ *AWS, aws *awstest.AWS) { flows(aws, "${srcaddr} ${dstaddr} ${action}", "ALL", "SUCCESS") }, "have no field srcport"},
		"no permission for flow logs": {nil, []string{outboundText}, func(_ *AWS, aws *awstest.AWS) { aws.On("ec2:DescribeFlowLogs", denied) },
			"AccessDeniedException: not authorized"},
	} {
		t.Run(name, func(t *testing.T) {
			b, aws := newRecords(t, c.settings, c.lines, nil)
			if c.change != nil {
				c.change(b, aws)
			}
			seen := ask(t, b)
			if len(seen.Unseen) == 0 || !strings.Contains(strings.Join(seen.Unseen, "\n"), c.want) {
				t.Errorf("got %+v, want %q among what is unseen", seen, c.want)
			}
			if strings.HasSuffix(strings.Join(seen.Unseen, ""), ".") {
				t.Errorf("sentences end without a full stop: %q", seen.Unseen)
			}
		})
	}
}

func TestRefusedConnectionsAreReadInTheFormatOfTheFlowLog(t *testing.T) {
	want := doctor.Refusal{From: "10.0.1.20", To: "10.1.1.20", FromPort: 40000, Port: 8080, Time: time.Unix(1796000000, 0)}
	b, _ := newRecords(t, nil, []string{outboundText}, []string{unreadableV2, acceptedV2, refusedV2, datagramV2})
	if seen := ask(t, b); !slices.Equal(seen.Refused, []doctor.Refusal{want}) || len(seen.Unseen) > 0 {
		t.Errorf("default format: %+v", seen)
	}
	b, aws := newRecords(t, nil, []string{outboundText}, []string{"REJECT 1796000000 6 8080 40000 10.1.1.20 10.0.1.20 eni-1", "another line"})
	flows(aws, "${action} ${start} ${protocol} ${dstport} ${srcport} ${dstaddr} ${srcaddr} ${interface-id}", "REJECT", "SUCCESS")
	if seen := ask(t, b); !slices.Equal(seen.Refused, []doctor.Refusal{want}) || len(seen.Unseen) > 0 {
		t.Errorf("another format: %+v", seen)
	}
	const pattern = `[version, account_id, interface_id, srcaddr, dstaddr, srcport, dstport, protocol="6", packets, bytes, start, end, action="REJECT", log_status]`
	if got := rejected(fieldsOf(logFormat)); got != pattern {
		t.Errorf("pattern %s", got)
	}
}

func TestLogLevelsDecideWhetherThereIsAnAccessLog(t *testing.T) {
	for levels, want := range map[string]bool{
		"": true, "info": true, "DEBUG": true, "warn": false, "off": false, "error,access=info": true, "info,access=off": false, "hyper=debug": true, "access=error": false, "warn,hyper=debug": false,
	} {
		if got := logsAccess(levels); got != want {
			t.Errorf("%q: %v", levels, got)
		}
	}
}
