package policy

import (
	"cmp"
	"slices"
	"strings"
)

// TaskTrust lets ECS assume a role for the tasks of one account and region. With sourceCheck false the
// conditions on the source are left out.
//
// The conditions prevent another account from making ECS use the role (the confused deputy problem). AWS recommends them for task roles,
// and does not support naming one cluster there, so the ARN ends in a wildcard
// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html, 2026-11-30). Of execution roles, which the same
// principal assumes, the guide shows a trust without conditions
// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html, 2026-11-30), and AWS's own Agent Toolkit makes
// one with aws:SourceAccount (https://github.com/aws/agent-toolkit-for-aws, processing-s3-uploads-with-step-functions, references/iam-roles.md
// and scripts/ecs-trust-policy.json, 2026-11-30). No text of AWS's shows aws:SourceArn for an execution role.
func TaskTrust(place Place, sourceCheck bool) Document {
	statement := Statement{
		Sid:       "TasksOfThisAccount",
		Principal: &Principal{Service: Values{"ecs-tasks.amazonaws.com"}},
		Actions:   []string{"sts:AssumeRole"},
	}
	if sourceCheck {
		statement.Condition = Condition{
			"StringEquals": {"aws:SourceAccount": {place.Account}},
			"ArnLike":      {"aws:SourceArn": {place.ARN("ecs", "*")}},
		}
	}
	return Document{Statements: []Statement{statement}}
}

// TaskExec is what ECS Exec needs besides its channels.
type TaskExec struct {
	// LogGroup is the name of the log group of the sessions. Empty: sessions are not logged there.
	LogGroup string
	// KeyARN is the KMS key of the sessions. Empty: none of one's own.
	KeyARN string
}

// TaskPermissions lets ECS Exec open its two channels, write its sessions where they are logged, and nothing else. A task proves
// its identity to istiod with a signed sts:GetCallerIdentity, which needs no permission, so that without ECS Exec (nil) the
// document is empty.
//
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html (ECS Exec), 2026-11-29.
func TaskPermissions(at Place, exec *TaskExec) Document {
	if exec == nil {
		return Document{}
	}
	document := Document{Statements: []Statement{{
		Sid: "ECSExec",
		Actions: []string{
			"ssmmessages:CreateControlChannel",
			"ssmmessages:CreateDataChannel",
			"ssmmessages:OpenControlChannel",
			"ssmmessages:OpenDataChannel",
		},
		Resources: []string{"*"},
	}}}
	if exec.LogGroup != "" {
		document.Statements = append(document.Statements,
			Statement{Sid: "FindSessionLogs", Actions: []string{"logs:DescribeLogGroups"}, Resources: []string{"*"}},
			Statement{
				Sid:       "WriteSessionLogs",
				Actions:   []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
				Resources: []string{at.ARN("logs", "log-group:"+exec.LogGroup+":*")},
			})
	}
	if exec.KeyARN != "" {
		document.Statements = append(document.Statements, Statement{Sid: "DecryptSessions", Actions: []string{"kms:Decrypt"}, Resources: []string{exec.KeyARN}})
	}
	return document
}

// LogGroup is a log group of an account.
type LogGroup struct {
	// Region is empty for the region of the role's tasks.
	Region, Name string
}

// LogGroupsHere are log groups in the region of the role's tasks.
func LogGroupsHere(names ...string) (all []LogGroup) {
	for _, name := range names {
		all = append(all, LogGroup{Name: name})
	}
	return all
}

// arn is the ARN of the group's part, such as ":*".
func (g LogGroup) arn(at Place, part string) string {
	at.Region = cmp.Or(g.Region, at.Region)
	return at.ARN("logs", "log-group:"+g.Name+part)
}

// Execution says what ECS needs to start the tasks of one account.
type Execution struct {
	Place Place
	// LogGroups are the log groups that the containers write to.
	LogGroups []LogGroup
	// Images are the images of the containers. Those in a private ECR repository need permission, all
	// others none.
	Images []string
	// PullThroughPrefixes are the repository prefixes of pull-through cache rules in ECR, ROOT for the one without. Empty: none.
	PullThroughPrefixes []string
	// RegistrySecretARNs are Secrets Manager secrets with registry credentials.
	RegistrySecretARNs []string
	// CreatedGroups are log groups that the containers make where there are none.
	CreatedGroups []LogGroup
	// SecretARNs are Secrets Manager secrets, Parameters are ARNs or names of parameters of Systems Manager, Files are ARNs of
	// objects in S3 that become variables or configuration of the containers.
	SecretARNs, Parameters, Files []string
	// KeyARNs are the KMS keys that secrets and parameters are encrypted with.
	KeyARNs []string
	// OwnSecrets begins the names of a team's secrets and, after a slash, of its parameters. Empty: it has none.
	OwnSecrets string
}

// ExecutionPermissions lets ECS write the logs of the containers and pull their images.
//
// The first pull through a cache makes the repository and imports the image, with the permissions of the role that
// pulls. The role gets these permissions only for repositories of the images under a prefix.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache-iam.html, 2026-11-29.
//
// The mesh's log groups exist before any task, so the role may create only the log groups that a task definition says it
// creates. If a secret is encrypted with your own key, the role needs kms:Decrypt as well: name the key, or grant it in
// that key's policy.
func ExecutionPermissions(e Execution) Document {
	var document Document
	add := func(s Statement) { document.Statements = append(document.Statements, s) }

	streams := make([]string, 0, len(e.LogGroups))
	for _, group := range e.LogGroups {
		streams = append(streams, group.arn(e.Place, ":log-stream:*"))
	}
	add(Statement{
		Sid:       "WriteLogs",
		Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
		Resources: streams,
	})

	var repositories, cached []string
	for _, image := range e.Images {
		arn, private := ECRRepository(image)
		if !private {
			continue
		}
		repositories = append(repositories, arn)
		if pulledThrough(arn, e.PullThroughPrefixes) {
			cached = append(cached, arn)
		}
	}
	if len(repositories) > 0 {
		add(Statement{
			Sid:       "LogInToECR",
			Actions:   []string{"ecr:GetAuthorizationToken"},
			Resources: []string{"*"},
		})
		add(Statement{
			Sid:       "PullFromECR",
			Actions:   []string{"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
			Resources: repositories,
		})
	}
	if len(cached) > 0 {
		add(Statement{
			Sid:       "PullThroughCache",
			Actions:   []string{"ecr:BatchImportUpstreamImage", "ecr:CreateRepository"},
			Resources: cached,
		})
	}

	if len(e.RegistrySecretARNs) > 0 {
		add(Statement{
			Sid:       "ReadRegistryCredentials",
			Actions:   []string{"secretsmanager:GetSecretValue"},
			Resources: e.RegistrySecretARNs,
		})
	}
	var groups, parameters, buckets []string
	for _, group := range e.CreatedGroups {
		groups = append(groups, group.arn(e.Place, ":*"))
	}
	for _, parameter := range e.Parameters {
		if !strings.HasPrefix(parameter, "arn:") {
			parameter = e.Place.ARN("ssm", "parameter/"+strings.TrimPrefix(parameter, "/"))
		}
		parameters = append(parameters, parameter)
	}
	for _, file := range e.Files {
		bucket, _, _ := strings.Cut(file, "/")
		buckets = append(buckets, bucket)
	}
	slices.Sort(buckets)
	for _, s := range []Statement{
		{Sid: "MakeLogGroups", Actions: []string{"logs:CreateLogGroup"}, Resources: groups},
		{Sid: "ReadSecrets", Actions: []string{"secretsmanager:GetSecretValue"}, Resources: e.SecretARNs},
		{Sid: "ReadParameters", Actions: []string{"ssm:GetParameters"}, Resources: parameters},
		{Sid: "ReadFiles", Actions: []string{"s3:GetObject"}, Resources: e.Files},
		{Sid: "FindFiles", Actions: []string{"s3:GetBucketLocation"}, Resources: slices.Compact(buckets)},
		{Sid: "Decrypt", Actions: []string{"kms:Decrypt"}, Resources: e.KeyARNs},
	} {
		if len(s.Resources) > 0 {
			add(s)
		}
	}
	if e.OwnSecrets != "" {
		document.Statements = append(document.Statements, ownSecrets(e.Place, e.OwnSecrets, "secretsmanager:GetSecretValue", "ssm:GetParameters")...)
	}
	return document
}

// ownSecrets let a role read the secrets and parameters of a team, whose names begin alike, with the given actions. A key decrypts for
// these two services only, and they decrypt nothing that the role may not read.
func ownSecrets(at Place, prefix string, actions ...string) []Statement {
	via := func(service string) string { return service + "." + at.Region + "." + at.domain() }
	return []Statement{
		{Sid: "OwnSecrets", Actions: actions, Resources: []string{at.ARN("secretsmanager", "secret:"+prefix+"*"), at.ARN("ssm", "parameter/"+prefix+"*")}},
		{
			Sid: "DecryptOwnSecrets", Actions: kms("Decrypt"), Resources: []string{at.ARN("kms", "key/*")},
			Condition: Condition{"StringEquals": {"kms:ViaService": {via("secretsmanager"), via("ssm")}}},
		},
	}
}

// pulledThrough reports whether an ECR repository is of a pull-through cache rule with one of the prefixes.
func pulledThrough(repository string, prefixes []string) bool {
	_, name, _ := strings.Cut(repository, ":repository/")
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return prefix == "ROOT" || strings.HasPrefix(name, prefix+"/") })
}
