package definition

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Delivery is an output of the log router that writes to a service of AWS for a container. The router has the rights of the task
// role (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_firelens.html, 2026-11-30).
type Delivery struct {
	// Container is the place of the container among the definition's, and Output the router's name of the output.
	Container int
	Output    string
	// Region is the one that the options name, "" for the task's.
	Region string
	// RoleARN is a role that the router takes for this output. "": it writes with the task role.
	RoleARN string
	// Rights are what the output needs.
	Rights []Right
	// Admitted reports whether a policy of the bucket, stream or domain may allow it as well.
	Admitted bool
}

// Right is an action on a resource.
type Right struct {
	Action string
	// Resource is the last part of the ARN, without service, region and account. "": the options do not say it.
	Resource string
}

// Service is the service of the ARN: the first part of the action.
func (r Right) Service() string {
	service, _, _ := strings.Cut(r.Action, ":")
	return service
}

// outputs are the outputs of AWS for Fluent Bit and of Fluentd's plugins that call AWS, by their names in lower case.
//
// https://docs.fluentbit.io/manual/data-pipeline/outputs (cloudwatch_logs, kinesis_firehose, kinesis_streams, s3, es, opensearch), and
// the plugins of https://github.com/aws/aws-for-fluent-bit (cloudwatch, firehose, kinesis), 2026-11-30.
var outputs = map[string]func(o routerOptions, d *Delivery){
	"cloudwatch":       toCloudWatch,
	"cloudwatch_logs":  toCloudWatch,
	"firehose":         toFirehose,
	"kinesis_firehose": toFirehose,
	"kinesis":          toKinesis,
	"kinesis_streams":  toKinesis,
	"s3":               toS3,
	"es":               toSearch,
	"opensearch":       toSearch,
}

func toCloudWatch(o routerOptions, d *Delivery) {
	var group, stream string
	if name := o.known("log_group_name"); name != "" {
		group = "log-group:" + name
		stream = group + ":log-stream:" + cmp.Or(o.known("log_stream_name"), o.known("log_stream_prefix")+"any")
	}
	d.needs("logs:CreateLogStream", stream)
	d.needs("logs:PutLogEvents", stream)
	if d.Output == "cloudwatch" {
		d.needs("logs:DescribeLogStreams", group)
	}
	if o.yes("auto_create_group") {
		d.needs("logs:CreateLogGroup", group)
	}
	if days := o.first("log_retention_days", "retention_in_days"); days != "" && days != "0" {
		d.needs("logs:PutRetentionPolicy", group)
	}
}

func toFirehose(o routerOptions, d *Delivery) {
	d.needs("firehose:PutRecordBatch", prefixed("deliverystream/", o.known("delivery_stream", "delivery_stream_name")))
}

func toKinesis(o routerOptions, d *Delivery) {
	d.Admitted = true
	d.needs("kinesis:PutRecords", prefixed("stream/", o.known("stream", "stream_name")))
}

func toS3(o routerOptions, d *Delivery) {
	d.Admitted = true
	object := o.known("bucket", "s3_bucket")
	if object != "" {
		object += "/any"
	}
	d.needs("s3:PutObject", object)
}

func toSearch(o routerOptions, d *Delivery) {
	if !o.yes("aws_auth") {
		return // with a password, or from the network
	}
	d.Admitted = true
	if o.first("aws_service_name") == "aoss" {
		d.needs("aoss:APIAccessAll", "")
		return
	}
	d.needs("es:ESHttpPost", "")
}

func (d *Delivery) needs(action, resource string) {
	d.Rights = append(d.Rights, Right{action, resource})
}

func prefixed(prefix, name string) string {
	if name == "" {
		return ""
	}
	return prefix + name
}

// Deliveries are what the log router writes to AWS, in the order of the containers. A configuration in a file of the image is not
// seen.
func (d *Definition) Deliveries() (all []Delivery) {
	for i, c := range d.ContainerDefinitions {
		l := c.LogConfiguration
		if l == nil || l.LogDriver != types.LogDriverAwsfirelens {
			continue
		}
		options := routerOptions{}
		for key, value := range l.Options {
			options[strings.ToLower(key)] = value
		}
		to := Delivery{Container: i, Output: strings.ToLower(options.first("name", "@type")), Region: options.first("region", "aws_region", "s3_region"),
			RoleARN: options.first("role_arn", "aws_role_arn")}
		rights, known := outputs[to.Output]
		if !known {
			continue
		}
		if rights(options, &to); len(to.Rights) > 0 {
			all = append(all, to)
		}
	}
	return all
}

// Routers are the places of the log routers among the containers.
func (d *Definition) Routers() (all []int) {
	for i, c := range d.ContainerDefinitions {
		if c.FirelensConfiguration != nil {
			all = append(all, i)
		}
	}
	return all
}

// routerOptions are the options of an output by their names in lower case: the log routers do not look at the case.
type routerOptions map[string]string

func (o routerOptions) first(names ...string) string {
	for _, name := range names {
		if o[name] != "" {
			return o[name]
		}
	}
	return ""
}

// known is the first of some options, "" if the router computes its value from each record or the environment.
func (o routerOptions) known(names ...string) string {
	if value := o.first(names...); !strings.Contains(value, "$") {
		return value
	}
	return ""
}

// yes reports whether an option is switched on: on, yes or true.
func (o routerOptions) yes(name string) bool {
	switch value := strings.ToLower(o[name]); value {
	case "on", "yes":
		return true
	default:
		is, err := strconv.ParseBool(value)
		return err == nil && is
	}
}
