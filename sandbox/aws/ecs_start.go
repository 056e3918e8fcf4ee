package aws

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

// tasksService is the principal with which ECS assumes the roles of tasks.
const tasksService = "ecs-tasks.amazonaws.com"

// StartIssue says why ECS cannot start a task's containers, in the words of a task's stoppedReason, or "".
func StartIssue(tx *world.Tx, task *world.Resource) string {
	definition := tx.Get(task.Account, TaskDefinitionKind, task.String("taskDefinitionArn"))
	eni := InterfaceOf(tx, task)
	if definition == nil || eni == nil {
		return "ResourceInitializationError: the task's definition or network interface is gone"
	}
	for _, property := range []string{"executionRoleArn", "taskRoleArn"} {
		if role := task.String(property); role != "" && MayAssume(tx, Principal{Service: tasksService}, role, taskContext(task)) != nil {
			return fmt.Sprintf("ECS was unable to assume the role '%s' that was provided for this task. Please verify that the role being passed has the proper trust relationship and permissions and that your IAM user has permissions to pass this role.", role)
		}
	}
	for _, c := range containersOf(definition) {
		for _, check := range []func(*world.Tx, *world.Resource, Host, container) string{registryIssue, imageIssue, secretIssue, logIssue} {
			if issue := check(tx, task, HostOf(eni), c); issue != "" {
				return issue
			}
		}
	}
	return ""
}

// taskContext are the condition keys with which ECS assumes a role for a task.
func taskContext(task *world.Resource) map[string]string {
	return map[string]string{"aws:SourceAccount": task.Account, "aws:SourceArn": task.ID}
}

// TaskPrincipal is a task's own role, as its containers use it. It is an error if the task has none.
func TaskPrincipal(tx *world.Tx, task *world.Resource) (Principal, error) {
	role := task.String("taskRoleArn")
	if role == "" {
		return Principal{}, fmt.Errorf("task %s has no task role", NameOf(task.ID))
	}
	if err := MayAssume(tx, Principal{Service: tasksService}, role, taskContext(task)); err != nil {
		return Principal{}, err
	}
	return Principal{RoleARN: role}, nil
}

func execution(task *world.Resource) Principal {
	return Principal{RoleARN: task.String("executionRoleArn")}
}

var (
	imagePattern = regexp.MustCompile(`^(?:[a-zA-Z0-9][a-zA-Z0-9.-]*(?::\d+)?/)?[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$`)
	ecrPattern   = regexp.MustCompile(`^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([^:@]+)`)
)

// registryOf is the host that an image comes from.
func registryOf(image string) string {
	first, _, ok := strings.Cut(image, "/")
	if !ok || !strings.ContainsAny(first, ".:") && first != "localhost" {
		return "registry-1.docker.io"
	}
	return first
}

// registryIssue looks for a way to the registry.
func registryIssue(tx *world.Tx, task *world.Resource, from Host, c container) string {
	registry := registryOf(c.Image)
	// Names under .invalid never resolve.
	if strings.HasSuffix(registry, ".invalid") || registry == "localhost" {
		return fmt.Sprintf("CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref %s: dial tcp: lookup %s: no such host", c.Image, registry)
	}
	ok, why := Reach(tx, from, internet, 443)
	if ecr := ecrPattern.FindStringSubmatch(c.Image); ecr != nil && ecr[2] == task.Region {
		// ECR itself answers where to find an image, and its layers are in S3.
		if ok, why = dialService(tx, from, task.Region, "ecr.api"); ok {
			ok, why = dialService(tx, from, task.Region, "ecr.dkr")
		}
		if ok {
			ok, why = dialS3(tx, from, task.Region)
		}
	}
	if !ok {
		return fmt.Sprintf("ResourceInitializationError: unable to pull secrets or registry auth: There is a connection issue between the task and %s. Check your task network configuration. (%s)", registry, why)
	}
	return ""
}

// imageIssue checks the image's name and the permission to pull it. The sandbox cannot know whether an image exists.
func imageIssue(tx *world.Tx, task *world.Resource, _ Host, c container) string {
	if !imagePattern.MatchString(c.Image) {
		return fmt.Sprintf("CannotPullContainerError: invalid reference format: %s", c.Image)
	}
	ecr := ecrPattern.FindStringSubmatch(c.Image)
	if ecr == nil {
		return ""
	}
	repository := fmt.Sprintf("arn:%s:ecr:%s:%s:repository/%s", quota.Partition(ecr[2]), ecr[2], ecr[1], ecr[3])
	if err := Allowed(tx, execution(task), "ecr:GetAuthorizationToken", "*", nil); err != nil {
		return "ResourceInitializationError: unable to pull secrets or registry auth: " + err.Error()
	}
	for _, action := range []string{"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"} {
		if err := Allowed(tx, execution(task), action, repository, nil); err != nil {
			return "CannotPullContainerError: " + err.Error()
		}
	}
	return ""
}

// secretKind is a secret of Secrets Manager. Programs here make none; AddSecret says that one exists.
const secretKind = "aws:secretsmanager/secret:Secret"

// AddSecret puts a secret into the account of its ARN.
func AddSecret(tx *world.Tx, arn string) {
	parsed := ParseARN(arn)
	tx.Put(&world.Resource{Account: parsed.Account, Region: parsed.Region, Kind: secretKind, ID: arn, Props: map[string]any{"arn": arn}})
}

// secretIssue looks for registry credentials, secrets and files with variables, and for the right to read them. The
// sandbox does not know which parameters and files exist, so it takes any name.
func secretIssue(tx *world.Tx, task *world.Resource, from Host, c container) string {
	const failed = "ResourceInitializationError: unable to pull secrets or registry auth: "
	sources := c.Secrets
	if c.LogConfiguration != nil {
		sources = slices.Concat(sources, c.LogConfiguration.SecretOptions)
	}
	if c.RepositoryCredentials != nil {
		sources = append(slices.Clone(sources), secretRef{ValueFrom: c.RepositoryCredentials.CredentialsParameter})
	}
	for _, s := range sources {
		arn, asm := secretOf(s.ValueFrom)
		service := "ssm"
		if asm {
			service = "secretsmanager"
		}
		if ok, why := dialService(tx, from, task.Region, service); !ok {
			return failed + "unable to retrieve secret: connection issue with " + service + ": " + why
		}
		if !asm {
			if err := Allowed(tx, execution(task), "ssm:GetParameters", parameterOf(task, s.ValueFrom), nil); err != nil {
				return failed + "unable to retrieve secrets from ssm: " + err.Error()
			}
			continue
		}
		if err := Allowed(tx, execution(task), "secretsmanager:GetSecretValue", arn, nil); err != nil {
			return failed + "unable to retrieve secret from asm: " + err.Error()
		}
		if tx.Get(AccountOf(arn), secretKind, arn) == nil {
			return failed + "unable to retrieve secret from asm: ResourceNotFoundException: Secrets Manager can't find the specified secret. (" + arn + ")"
		}
	}
	for _, f := range c.EnvironmentFiles {
		if ok, why := dialS3(tx, from, task.Region); !ok {
			return "ResourceInitializationError: failed to download env files: " + why
		}
		if err := Allowed(tx, execution(task), "s3:GetObject", f.Value, nil); err != nil {
			return "ResourceInitializationError: failed to download env files: " + err.Error()
		}
	}
	return ""
}

// secretOf is the ARN of a secret without the JSON key, the stage and the version that may follow it. Everything else is a
// parameter.
func secretOf(from string) (arn string, ok bool) {
	parts := strings.Split(from, ":")
	if len(parts) < 7 || parts[2] != "secretsmanager" {
		return "", false
	}
	return strings.Join(parts[:7], ":"), true
}

// parameterOf is the ARN of a parameter in the task's region and account, where it is given by name.
func parameterOf(task *world.Resource, from string) string {
	if strings.HasPrefix(from, "arn:") {
		return from
	}
	return fmt.Sprintf("arn:%s:ssm:%s:%s:parameter/%s", quota.Partition(task.Region), task.Region, task.Account, strings.TrimPrefix(from, "/"))
}

// logIssue looks for the log group and for the right to write to it.
func logIssue(tx *world.Tx, task *world.Resource, from Host, c container) string {
	if c.LogConfiguration == nil || c.LogConfiguration.LogDriver != "awslogs" {
		return ""
	}
	const failed = "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: "
	options := c.LogConfiguration.Options
	name, region := options["awslogs-group"], options["awslogs-region"]
	if ok, why := dialService(tx, from, region, "logs"); !ok {
		return failed + "connection issue: " + why
	}
	group := fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s", quota.Partition(region), region, task.Account, name)
	stream := fmt.Sprintf("%s:log-stream:%s/%s/%s", group, options["awslogs-stream-prefix"], c.Name, NameOf(task.ID))
	// The driver is Docker's, and reads the option so (https://github.com/moby/moby, daemon/logger/awslogs, 2026-11-30).
	makes, err := strconv.ParseBool(cmp.Or(options["awslogs-create-group"], "false"))
	if err != nil {
		return "ResourceInitializationError: failed to validate logger args: must specify valid value for log opt 'awslogs-create-group': " + err.Error()
	}
	if logGroup(tx, task.Account, region, name) == nil {
		if !makes {
			return failed + "ResourceNotFoundException: The specified log group does not exist. (" + name + ")"
		}
		if err := Allowed(tx, execution(task), "logs:CreateLogGroup", group, nil); err != nil {
			return failed + err.Error()
		}
		writeLogs(tx, task.Account, region, name, "ecs")
	}
	for _, action := range []string{"logs:CreateLogStream", "logs:PutLogEvents"} {
		if err := Allowed(tx, execution(task), action, stream, nil); err != nil {
			return failed + err.Error()
		}
	}
	return ""
}
