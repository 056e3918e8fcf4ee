package definition

import (
	"fmt"
	"strings"
	"testing"
)

// routedTo is a definition whose container logs to an output of the log router.
func routedTo(options string) string {
	return `{"containerDefinitions": [
		{"name": "router", "firelensConfiguration": {"type": "fluentbit"}},
		{"name": "app", "logConfiguration": {"logDriver": "awsfirelens", "options": {` + options + `}}}]}`
}

func TestWhatTheLogRouterWritesNeedsTheseRights(t *testing.T) {
	for options, want := range map[string]string{
		`"Name": "cloudwatch_logs", "region": "us-east-1", "log_group_name": "/a", "log_stream_prefix": "app-"`:                              "us-east-1 logs:CreateLogStream log-group:/a:log-stream:app-any, logs:PutLogEvents log-group:/a:log-stream:app-any",
		`"Name": "cloudwatch_logs", "log_group_name": "/a", "log_stream_name": "one", "auto_create_group": "On", "log_retention_days": "30"`: " logs:CreateLogStream log-group:/a:log-stream:one, logs:PutLogEvents log-group:/a:log-stream:one, logs:CreateLogGroup log-group:/a, logs:PutRetentionPolicy log-group:/a",
		`"name": "cloudwatch", "LOG_GROUP_NAME": "/a", "log_stream_prefix": "p", "auto_create_group": "false"`:                               " logs:CreateLogStream log-group:/a:log-stream:pany, logs:PutLogEvents log-group:/a:log-stream:pany, logs:DescribeLogStreams log-group:/a",
		`"Name": "cloudwatch_logs", "log_group_name": "/a/${NAME}"`:                                                                          " logs:CreateLogStream , logs:PutLogEvents ",
		`"Name": "firehose", "delivery_stream": "d"`:                                                                                         " firehose:PutRecordBatch deliverystream/d",
		`"Name": "kinesis_firehose", "delivery_stream": "d", "role_arn": "arn:aws:iam::111122223333:role/writer"`:                            " arn:aws:iam::111122223333:role/writer firehose:PutRecordBatch deliverystream/d",
		`"@type": "kinesis_streams", "stream_name": "s"`:                                                                                     " admitted kinesis:PutRecords stream/s",
		`"Name": "kinesis", "stream": "s"`:                                                                                                   " admitted kinesis:PutRecords stream/s",
		`"Name": "s3", "bucket": "b"`:                                                                                                        " admitted s3:PutObject b/any",
		`"Name": "es", "Host": "h", "Aws_Auth": "On"`:                                                                                        " admitted es:ESHttpPost ",
		`"Name": "opensearch", "Host": "h", "AWS_Auth": "true", "AWS_Service_Name": "aoss"`:                                                  " admitted aoss:APIAccessAll ",
		`"Name": "es", "Host": "h", "HTTP_User": "u"`:                                                                                        "",
		`"Name": "datadog", "apikey": "k"`:                                                                                                   "",
		`"config": "in a file"`:                                                                                                              "",
	} {
		d := read1(t, routedTo(options))
		var got []string
		for _, to := range d.Deliveries() {
			if to.Container != 1 {
				t.Errorf("%s: the container is %d", options, to.Container)
			}
			var rights []string
			for _, right := range to.Rights {
				rights = append(rights, right.Action+" "+right.Resource)
			}
			text := to.Region + " "
			if to.Admitted {
				text += "admitted "
			}
			if to.RoleARN != "" {
				text += to.RoleARN + " "
			}
			got = append(got, text+strings.Join(rights, ", "))
		}
		if text := strings.Join(got, "; "); text != want {
			t.Errorf("%s:\ngot  %q\nwant %q", options, text, want)
		}
		if routers := fmt.Sprint(d.Routers()); routers != "[0]" {
			t.Errorf("the routers are %s", routers)
		}
	}
}

func TestTheSourcesOfADefinitionAreToldWithTheirFields(t *testing.T) {
	d := read1(t, `{"containerDefinitions": [
		{"name": "a", "secrets": [{"name": "A", "valueFrom": "/a"}, {"name": "B", "valueFrom": "/b"}]},
		{"name": "b", "repositoryCredentials": {"credentialsParameter": "/r"}, "logConfiguration": {"logDriver": "splunk", "secretOptions": [{"name": "splunk-token", "valueFrom": "/t"}]}}]}`)
	want := "[{containerDefinitions[0].secrets[0].valueFrom /a} {containerDefinitions[0].secrets[1].valueFrom /b} " +
		"{containerDefinitions[1].logConfiguration.secretOptions[0].valueFrom /t} {containerDefinitions[1].repositoryCredentials.credentialsParameter /r}]"
	if got := fmt.Sprint(d.Sources()); got != want {
		t.Errorf("got %s", got)
	}
}
