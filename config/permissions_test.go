package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const echoMay = "clusters/ecs-1/services/echo-service/permissions"

// alone gives the service a service account that no other service has.
var alone = edit{"clusters/ecs-1/services/echo-service/serviceAccount", "echo"}

func may(permissions object) []edit { return []edit{alone, {echoMay, permissions}} }

func statement(action string, more ...any) object {
	s := object{"Effect": "Allow", "Action": action, "Resource": "*"}
	for i := 0; i+1 < len(more); i += 2 {
		s[more[i].(string)] = more[i+1]
	}
	return s
}

func TestPermissionsBecomeOneInlinePolicy(t *testing.T) {
	c := mustLoad(t, with(may(object{
		"managedPolicies": list("policy/team/queues", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
		"statements": list(object{
			"Sid": "Read", "Effect": "Allow", "Action": list("s3:GetObject", "s3:ListBucket"), "Resource": "arn:aws:s3:::orders/*",
			"Condition": object{"Bool": object{"aws:SecureTransport": true}},
		}, object{"Effect": "Deny", "NotAction": "s3:*", "NotResource": list("arn:aws:s3:::orders")}),
		"policy": "config/testdata/policy.json",
	})...))
	identity := c.IdentityOf("ecs-1", "echo-service")
	want := `{"Version":"2012-10-17","Statement":[` +
		`{"Sid":"Read","Effect":"Allow","Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::orders/*"],"Condition":{"Bool":{"aws:SecureTransport":["true"]}}},` +
		`{"Effect":"Deny","NotAction":["s3:*"],"NotResource":["arn:aws:s3:::orders"]},` +
		`{"Sid":"Queue","Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:eu-central-1:111122223333:orders&more"}]}`
	if got := c.PermissionsOf(identity).Inline(); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	arns := []string{"arn:aws:iam::111122223333:policy/team/queues", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
	if got := c.AttachedTo(identity); !slices.Equal(got, arns) {
		t.Errorf("attached are %v", got)
	}
	if got := c.AttachedIn("local"); !slices.Equal(got, arns) || len(c.AttachedIn("external")) != 0 {
		t.Errorf("attached in the accounts are %v and %v", got, c.AttachedIn("external"))
	}
	if other := c.PermissionsOf(c.IdentityOf("ecs-1", "shell-task")); other != nil || other.Inline() != "" {
		t.Errorf("another identity may %+v", other)
	}
}

func TestServicesOfOneIdentityAgree(t *testing.T) {
	shell := "clusters/ecs-1/services/shell-task/permissions"
	same := object{"statements": list(statement("s3:ListAllMyBuckets"))}
	c := mustLoad(t, with(edit{echoMay, same}, edit{shell, same}))
	if got := c.PermissionsOf(c.IdentityOf("ecs-1", "shell-task")).Inline(); !strings.Contains(got, "ListAllMyBuckets") {
		t.Errorf("the identity may %s", got)
	}
	run(t, []refusal{
		{"one of two services", []edit{{echoMay, same}}, [][]string{{"clusters.ecs-1.services.shell-task.permissions", "one task role", "echo-service", "serviceAccount of its own"}}},
		{"two services that differ", []edit{{echoMay, same}, {shell, object{"managedPolicies": list("policy/a")}}}, [][]string{{"shell-task.permissions", "one task role"}}},
		{"a role for one of two services", []edit{{"clusters/ecs-1/services/shell-task/taskRoleArn", teamRole}}, [][]string{{"shell-task.taskRoleArn", "one task role"}}},
	})
}

func TestRefusedPermissions(t *testing.T) {
	const field = "clusters.ecs-1.services.echo-service.permissions"
	refused := func(name string, permissions object, words ...string) refusal {
		return refusal{name, may(permissions), [][]string{append([]string{field}, words...)}}
	}
	of := func(name string, s object, words ...string) refusal {
		return refused(name, object{"statements": list(s)}, words...)
	}
	var long, many []any
	for i := range 60 {
		long = append(long, "arn:aws:s3:::"+strings.Repeat("b", 60)+string(rune('a'+i%26))+strings.Repeat("c", 100))
		many = append(many, "policy/p"+strings.Repeat("x", i))
	}
	run(t, []refusal{
		refused("nothing", object{}, "is not set", "leave the key out"),
		refused("nothing but a mark", object{"meant": list("iam")}, "is not set"),
		refused("no policy of IAM", object{"managedPolicies": list("ReadOnlyAccess")}, "managedPolicies[0]", "policy/NAME"),
		refused("a policy of another account", object{"managedPolicies": list("arn:aws:iam::444455556666:policy/x")}, "managedPolicies[0]", "own account only"),
		refused("a policy twice", object{"managedPolicies": list("policy/x", "arn:aws:iam::111122223333:policy/x")}, "managedPolicies[1]", "twice"),
		refused("more policies than IAM attaches", object{"managedPolicies": many[:26]}, "managedPolicies = 26", "at most 25"),
		of("no effect", object{"Action": "s3:GetObject", "Resource": "*"}, "statements[0].Effect is not set", "Allow, Deny"),
		of("an effect in lower case", statement("s3:GetObject", "Effect", "allow"), `Effect = "allow"`, "Allow"),
		of("no action", object{"Effect": "Allow", "Resource": "*"}, "statements[0].Action is not set"),
		of("an action and its opposite", statement("s3:GetObject", "NotAction", "s3:PutObject"), "NotAction is set", "either Action or NotAction"),
		of("no resource", object{"Effect": "Allow", "Action": "s3:GetObject"}, "statements[0].Resource is not set"),
		of("a resource and its opposite", statement("s3:GetObject", "NotResource", "arn:aws:s3:::x"), "NotResource is set"),
		of("an action of no service", statement("GetObject"), "statements[0]", "vendor"),
		of("a resource that is no ARN", statement("s3:GetObject", "Resource", "orders"), "statements[0]", "ARN format"),
		of("a resource of another partition", statement("s3:GetObject", "Resource", "arn:aws-cn:s3:::x"), "statements[0]", "matches nothing"),
		of("an operator that IAM has not", statement("s3:GetObject", "Condition", object{"StringIs": object{"a": "b"}}), "Invalid Condition type"),
		of("a condition without a value", statement("s3:GetObject", "Condition", object{}), "statements[0].Condition is empty", "restricts"),
		of("a name with a blank", statement("s3:GetObject", "Sid", "read all"), "alpha-numeric"),
		of("a character that IAM has not", statement("s3:GetObject", "Resource", "arn:aws:s3:::naïve-→"), "U+0020 to U+00FF"),
		of("a key in lower case", statement("s3:GetObject", "resource", "*"), "statements[0].resource is unknown", "Resource"),
		refused("two statements of one name", object{"statements": list(statement("s3:GetObject", "Sid", "A"), statement("s3:PutObject", "Sid", "A"))}, "must be unique"),
		refused("too much", object{"statements": list(statement("s3:GetObject", "Resource", long))}, "characters", "at most 10240", "managed policy"),
		refused("a file that is not there", object{"policy": "config/testdata/none.json"}, ".policy", "cannot be read"),
		refused("a file outside", object{"policy": "../Pulumi.yaml"}, ".policy", "must not lead out"),
		refused("a file by its whole path", object{"policy": "/etc/policy.json"}, ".policy", "relative to the folder"),
		refused("a mark that does not exist", object{"statements": list(statement("s3:GetObject")), "meant": list("s3")}, "meant", "runTask"),
		refused("a mark of nothing", object{"statements": list(statement("s3:GetObject")), "meant": list("passRole")}, "meant", "nothing here needs the mark"),
	})
}

func TestWhatTakesMoreThanItSaysMustBeMeant(t *testing.T) {
	const install = "arn:aws:iam::444455556666:role/ambient-"
	for _, c := range []struct {
		name      string
		statement object
		managed   string
		marks     []string
	}{
		{"all of IAM", statement("iam:*"), "", []string{"iam", "passRole"}},
		{"everything", statement("*"), "", []string{"iam", "passRole", "assumeRole", "executeCommand", "runTask"}},
		{"everything but S3", object{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}, "", []string{"iam", "passRole", "assumeRole", "executeCommand", "runTask"}},
		{"a pattern", statement("IAM:put*"), "", []string{"iam"}},
		{"a role's trust", statement("iam:UpdateAssumeRolePolicy"), "", []string{"iam"}},
		{"reading IAM", statement("iam:GetRole"), "", nil},
		{"a role for a service", statement("iam:PassRole", "Resource", "arn:aws:iam::111122223333:role/x"), "", []string{"passRole"}},
		{"a role of the install", statement("sts:AssumeRole", "Resource", install+"discovery-external"), "", []string{"assumeRole"}},
		{"roles of the install by a pattern", statement("sts:*", "Resource", "arn:aws:iam::*:role/amb*"), "", []string{"assumeRole"}},
		{"roles of the install by a variable", statement("sts:AssumeRole", "Resource", "arn:aws:iam::111122223333:role/${aws:PrincipalTag/role}"), "", []string{"assumeRole"}},
		{"all roles but one", object{"Effect": "Allow", "Action": "sts:AssumeRole", "NotResource": "arn:aws:iam::111122223333:role/x"}, "", []string{"assumeRole"}},
		{"roles of the install under a condition", statement("sts:AssumeRole", "Condition", object{"StringEquals": object{"aws:PrincipalTag/a": "b"}}), "", []string{"assumeRole"}},
		{"a role of somebody else", statement("sts:AssumeRole", "Resource", "arn:aws:iam::999988887777:role/reports"), "", nil},
		{"commands", statement("ecs:ExecuteCommand"), "", []string{"executeCommand"}},
		{"sessions with everything", statement("ssm:StartSession"), "", []string{"executeCommand"}},
		{"sessions with the tasks of a cluster", statement("ssm:*", "Resource", "arn:aws:ecs:*:*:task/ambient-ecs-1/*"), "", []string{"executeCommand"}},
		{"sessions with instances", statement("ssm:StartSession", "Resource", "arn:aws:ec2:*:*:instance/*"), "", nil},
		{"sessions with the tasks of others", statement("ssm:StartSession", "Resource", "arn:aws:ecs:*:999988887777:task/*"), "", nil},
		{"tasks", statement("ecs:Run*"), "", []string{"runTask"}},
		{"tasks on instances", statement("ecs:StartTask"), "", []string{"runTask"}},
		{"what is denied", statement("*", "Effect", "Deny"), "", nil},
		{"an administrator", nil, "arn:aws:iam::aws:policy/AdministratorAccess", []string{"iam", "passRole", "assumeRole", "executeCommand", "runTask"}},
		{"all of ECS", nil, "arn:aws:iam::aws:policy/AmazonECS_FullAccess", []string{"passRole", "executeCommand", "runTask"}},
		{"all of Systems Manager", nil, "arn:aws:iam::aws:policy/AmazonSSMFullAccess", []string{"executeCommand"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			permissions := object{}
			if c.statement != nil {
				permissions["statements"] = list(c.statement)
			}
			if c.managed != "" {
				permissions["managedPolicies"] = list(c.managed)
			}
			_, err := Load(raw(with(may(permissions)...)))
			text := ""
			if err != nil {
				text = err.Error()
			}
			for _, mark := range []string{"iam", "passRole", "assumeRole", "executeCommand", "runTask"} {
				if got, want := strings.Contains(text, "If that is meant, add "+mark+" to"), slices.Contains(c.marks, mark); got != want {
					t.Errorf("%s: %v in %q", mark, got, text)
				}
			}
			if len(c.marks) > 0 {
				permissions["meant"] = c.marks
				mustLoad(t, with(may(permissions)...))
			}
		})
	}
}

func TestAPolicyFileIsReadAsIAMReadsIt(t *testing.T) {
	statements := `[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]`
	for name, c := range map[string]struct{ text, words string }{
		"no JSON":                   {`Version: x`, "no IAM policy document in JSON"},
		"an element that IAM lacks": {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Actions":"s3:GetObject","Resource":"*"}]}`, "Actions"},
		"the old version":           {`{"Version":"2008-10-17","Statement":` + statements + `}`, `its Version is "2008-10-17"`},
		"no version":                {`{"Statement":` + statements + `}`, `its Version is ""`},
		"no statement":              {`{"Version":"2012-10-17","Statement":[]}`, "has no Statement"},
		"somebody":                  {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}]}`, "statement 1 of policy.json: IAM would refuse it: Policy document should not specify a principal"},
		"what must be meant":        {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ecs:RunTask","Resource":"*"}]}`, "add runTask to"},
	} {
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, "policy.json"), []byte(c.text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := load(time.Now(), folder, StackFile{}, raw(with(may(object{"policy": "policy.json"})...)), nil)
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// One problem is told once, though two services name files.
	_, err := load(time.Now(), filepath.Join(t.TempDir(), "gone"), StackFile{}, raw(with(append(may(object{"policy": "policy.json"}), orders(nil))...)), nil)
	if err == nil || strings.Count(err.Error(), "the folder of the program cannot be read") != 1 {
		t.Errorf("%v", err)
	}
}

func TestManyManagedPoliciesAreWarnedOf(t *testing.T) {
	var eleven []any
	for i := range 11 {
		eleven = append(eleven, "policy/p"+strings.Repeat("x", i))
	}
	warned := strings.Join(quotaWarnings(mustLoad(t, with(may(object{"managedPolicies": eleven})...))), "\n")
	if !strings.Contains(warned, "the task role of echo: AWS allows 10 Managed policies in each IAM role by default, and the stack needs 11") {
		t.Error(warned)
	}
}

const teamRole = "arn:aws:iam::111122223333:role/team/orders"

func TestATaskRoleOfTheTeamStandsForItsIdentity(t *testing.T) {
	c := mustLoad(t, with(alone, edit{"clusters/ecs-1/services/echo-service/taskRoleArn", teamRole}, edit{"iamPath", "/mesh/"}))
	identity := c.IdentityOf("ecs-1", "echo-service")
	if got := c.TaskRoleARN(identity); got != teamRole {
		t.Errorf("the role is %s", got)
	}
	if got := c.TaskRoleARN(c.IdentityOf("ecs-1", "shell-task")); got != "arn:aws:iam::111122223333:role/mesh/ambient-ecs-1-ecs" {
		t.Errorf("another identity's role is %s", got)
	}
	if names := c.RoleNames("local"); slices.Contains(names, "ambient-ecs-1-echo") || !slices.Contains(names, "ambient-ecs-1-ecs") {
		t.Errorf("the program makes %v", names)
	}
	if got := c.TeamTaskRoles("local"); !slices.Equal(got, []string{teamRole}) || len(c.TeamTaskRoles("external")) != 0 {
		t.Errorf("roles of teams are %v", got)
	}
	if warned := strings.Join(c.Notices(Lives{}), "\n"); !strings.Contains(warned, "ssmmessages:CreateControlChannel") || !strings.Contains(warned, teamRole) {
		t.Errorf("no warning of ECS Exec: %s", warned)
	}
	silent := mustLoad(t, with(alone, edit{"clusters/ecs-1/services/echo-service/taskRoleArn", teamRole}, edit{"clusters/ecs-1/services/echo-service/exec", false}))
	if warned := strings.Join(silent.Notices(Lives{}), "\n"); strings.Contains(warned, "ssmmessages") {
		t.Errorf("a warning without ECS Exec: %s", warned)
	}
}

func TestATaskDefinitionMayNameTheRoleThatTheServiceNames(t *testing.T) {
	const theirs = "arn:aws:iam::111122223333:role/theirs"
	c := mustLoad(t, with(orders(object{"serviceAccount": "orders", "taskRoleArn": theirs})))
	if warned := strings.Join(c.Warnings(), "\n"); strings.Contains(warned, theirs) {
		t.Error(warned)
	}
}

func TestRefusedTaskRoles(t *testing.T) {
	const path, field = "clusters/ecs-1/services/echo-service/taskRoleArn", "clusters.ecs-1.services.echo-service.taskRoleArn"
	refused := func(name, arn string, words ...string) refusal {
		return refusal{name, []edit{alone, {path, arn}}, [][]string{append([]string{field}, words...)}}
	}
	run(t, []refusal{
		refused("no ARN", "orders", "not the ARN of an IAM role"),
		refused("a user", "arn:aws:iam::111122223333:user/orders", "not the ARN of an IAM role"),
		refused("a role of another account", "arn:aws:iam::444455556666:role/orders", "own account only", "111122223333"),
		refused("a role of another partition", "arn:aws-cn:iam::111122223333:role/orders", "partition aws"),
		refused("a service-linked role", "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS", "service-linked"),
		refused("a role of people", "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_0123456789abcdef", "Identity Center"),
		refused("istiod's role", "arn:aws:iam::111122223333:role/ambient-istiod", "makes a role of this name itself", "one role is one identity"),
		refused("another identity's role under another path", "arn:aws:iam::111122223333:role/x/Ambient-ecs-1-ECS", "makes a role of this name itself"),
		{"a role of two identities", []edit{alone, {path, teamRole}, {"clusters/ecs-1/services/shell-task/taskRoleArn", strings.Replace(teamRole, "/team/", "/", 1)}},
			[][]string{{"clusters.ecs-1.services.shell-task.taskRoleArn", "ambient-ecs-1/echo has it", "one role is one identity"}}},
		{"permissions beside it", append(may(object{"managedPolicies": list("policy/x")}), edit{path, teamRole}),
			[][]string{{"echo-service.permissions is set", "put them on that role"}}},
	})
}

func TestPathsOfPlainRolesDoNotCount(t *testing.T) {
	if plainRole(teamRole) != plainRole("arn:aws:iam::111122223333:role/Orders") || plainRole(teamRole) == plainRole("arn:aws:iam::444455556666:role/orders") {
		t.Error("a role's name is unique in its account, whatever its path and case")
	}
}
