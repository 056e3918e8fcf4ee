package definition

import (
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// createGroup is the option with which awslogs makes its log group where there is none.
const createGroup = "awslogs-create-group"

// flags are the options of log drivers that are booleans. Fargate's drivers are those of Docker, which read them with
// strconv.ParseBool: "True" and "1" count as true, and "yes" keeps the container from starting
// (https://github.com/aws/shim-loggers-for-containerd, args.go; https://github.com/moby/moby, daemon/logger/awslogs and
// daemon/logger/splunk, 2026-11-30).
var flags = map[types.LogDriver][]string{
	types.LogDriverAwslogs: {createGroup},
	types.LogDriverSplunk:  {"splunk-gzip", "splunk-index-acknowledgment", "splunk-insecureskipverify", "splunk-verify-connection"},
}

// The modes of log drivers (shim-loggers-for-containerd, args.go, getModeAndMaxBufferSize, 2026-11-30).
var modes = []string{"", "blocking", "non-blocking"}

// options checks what a log driver reads of its options, and would stop the container for.
func (c *checker) options(at string, l *types.LogConfiguration) {
	for _, option := range flags[l.LogDriver] {
		if value := l.Options[option]; value != "" {
			if _, err := strconv.ParseBool(value); err != nil {
				c.Refuse(at+".options."+option, value, "the driver takes true or false, and with anything else the container does not start")
			}
		}
	}
	if l.LogDriver == types.LogDriverAwsfirelens {
		return // the options are those of the log router's output
	}
	if mode := l.Options["mode"]; !slices.Contains(modes, mode) {
		c.Refuse(at+".options.mode", mode, "the driver takes blocking or non-blocking, and with anything else the container does not start")
	}
	if l.Options["awslogs-datetime-format"] != "" && l.Options["awslogs-multiline-pattern"] != "" {
		c.Refuse(at+".options.awslogs-multiline-pattern", l.Options["awslogs-multiline-pattern"], "awslogs-datetime-format is set too, and the driver takes one of them")
	}
}

// router checks the options of a log router. ECS adds a capability that Fargate lacks to a definition whose configuration is in
// S3, and the task finds no place
// (https://github.com/aws-samples/amazon-ecs-firelens-examples/issues/32, https://github.com/aws/copilot-cli/issues/2392, 2026-11-30).
func (c *checker) router(i int, f *types.FirelensConfiguration) {
	if f == nil {
		return
	}
	at := c.at(i, "firelensConfiguration.options.")
	const metadata = "enable-ecs-log-metadata"
	if value := f.Options[metadata]; value != "" {
		if _, err := strconv.ParseBool(value); err != nil {
			c.Refuse(at+metadata, value, "choose true or false")
		}
	}
	switch kind := f.Options["config-file-type"]; kind {
	case "", "file":
	case "s3":
		c.Refuse(at+"config-file-type", kind, "Fargate takes file only: put the file into the image, or let aws-for-fluent-bit read it from S3 (its init images, with the task role)")
	default:
		c.Refuse(at+"config-file-type", kind, "choose file")
	}
}
