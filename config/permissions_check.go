package config

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// ExecPolicySize is the most characters that the policy of a task role for ECS Exec has, which shares the quota with inline
// permissions. A test of package iam/policy holds it.
const ExecPolicySize = 1280

// readPolicy reads the policy document of the permissions, if they name one.
func (perms *Permissions) readPolicy(p *problem.List, field string, read fileReader) {
	if perms == nil || perms.Policy == "" {
		return
	}
	text, ok := read(field, perms.Policy)
	if !ok {
		return
	}
	var file policyFile
	if err := json.Unmarshal(text, &file); err != nil {
		p.Refuse(field, perms.Policy, "this is no IAM policy document in JSON: %v", err)
		return
	}
	if _, err := evaluation.Parse(string(text)); err != nil {
		p.Refuse(field, perms.Policy, "%v", err)
		return
	}
	switch {
	case file.Version != policyVersion:
		p.Refuse(field, perms.Policy, "its Version is %q: write %q, in which ${…} is a variable", file.Version, policyVersion)
	case len(file.Statement) == 0:
		p.Refuse(field, perms.Policy, "it has no Statement")
	default:
		perms.file = &file
	}
}

// checkPermissions checks what a service may do, by itself.
func (c Config) checkPermissions(p *problem.List, cluster, name string, s Service) {
	perms, account := s.Permissions, c.Clusters[cluster].Account
	field := c.Field(cluster, name) + ".permissions"
	if perms == nil {
		return
	}
	if len(perms.ManagedPolicies)+len(perms.Statements) == 0 && perms.Policy == "" {
		p.Missing(field, "give managedPolicies, statements or a policy, or leave the key out")
		return
	}
	seen := map[string]bool{}
	for i, policy := range perms.ManagedPolicies {
		at := fmt.Sprintf("%s.managedPolicies[%d]", field, i)
		c.checkPolicy(p, at, policy, account)
		if arn := c.policyARN(account, policy); seen[arn] {
			p.Refuse(at, policy, "it is in the list twice")
		} else {
			seen[arn] = true
		}
	}
	if n := len(perms.ManagedPolicies); n > quota.MostAttached {
		p.Refuse(field+".managedPolicies", n, "IAM attaches at most %d policies to a role, and %d unless AWS raises the quota", quota.MostAttached, quota.AttachedTo.Default)
	}
	before := len(*p)
	if c.checkStatements(p, field, perms); len(*p) == before {
		c.checkMeant(p, field, perms)
	}
	if size := c.inlineSize(c.IdentityOf(cluster, name), perms); size > quota.InlinePolicy.Default {
		p.Refuse(field, fmt.Sprintf("%d characters", size), "the inline policies of a role have at most %d together, without white space, and that of ECS Exec is among them: make a managed policy of it, and name that in managedPolicies", quota.InlinePolicy.Default)
	}
}

// inlineSize is what IAM counts of the inline policies of a task role.
func (c Config) inlineSize(identity Identity, perms *Permissions) int {
	size := 0
	for _, r := range perms.Inline() {
		if !unicode.IsSpace(r) {
			size++
		}
	}
	if c.ExecOnFor(identity) {
		size += ExecPolicySize
	}
	return size
}

// checkStatements checks statements one by one, and then together.
func (c Config) checkStatements(p *problem.List, field string, perms *Permissions) {
	before := len(*p)
	for i, s := range perms.Statements {
		at := fmt.Sprintf("%s.statements[%d]", field, i)
		problem.OneOf(p, at+".Effect", s.Effect, "Allow", "Deny")
		either := func(key string, one, other Texts) {
			switch {
			case len(one)+len(other) == 0:
				p.Missing(at+"."+key, "say what it is about, or Not%s", key)
			case len(one) > 0 && len(other) > 0:
				p.Add(at+".Not"+key, problem.IsSet, "a statement has either %s or Not%s", key, key)
			}
		}
		either("Action", s.Action, s.NotAction)
		either("Resource", s.Resource, s.NotResource)
		if len(*p) == before {
			c.checkText(p, at, policyText(element(s)))
		}
	}
	if len(*p) > before {
		return
	}
	if perms.file != nil {
		for i, s := range perms.file.Statement {
			c.checkText(p, fmt.Sprintf("%s.policy: statement %d of %s", field, i+1, perms.Policy), policyText(s))
		}
	}
	if len(*p) == before && perms.Inline() != "" {
		c.checkText(p, field, perms.Inline())
	}
}

// checkText refuses a policy that IAM would refuse, and one that names another partition, which matches nothing.
func (c Config) checkText(p *problem.List, field, text string) {
	if err := evaluation.CheckPermission(text); err != nil {
		p.Add(field, "", "IAM would refuse it: %v", err)
		return
	}
	for _, r := range text {
		if r > 0xff || r < ' ' && !unicode.IsSpace(r) {
			p.Add(field, "", "IAM takes the characters U+0020 to U+00FF in a policy, and %q is not among them", r)
			break
		}
	}
	d, _ := evaluation.Parse(text)
	for _, s := range d.Statement {
		for _, arn := range slices.Concat(s.Resource, s.NotResource) {
			if partition := strings.Split(arn+"::", ":")[1]; arn != "*" && partition != c.Partition() && !strings.ContainsAny(partition, "*$?") {
				p.Refuse(field, arn, "region %s is in the partition %s, and an ARN of another one matches nothing", c.Region, c.Partition())
			}
		}
	}
}

// marks are what a statement must be marked for, in the order of the messages.
var marks = []struct {
	mark   Meant
	reason string
}{
	{MeantIAM, "it changes IAM, so the tasks can give themselves every permission"},
	{MeantPassRole, "with iam:PassRole the tasks hand another role to a service, and get what that role may do"},
	{MeantAssumeRole, "with sts:AssumeRole the tasks take a role of this install, and with it another identity of the mesh or what istiod may do"},
	{MeantExecuteCommand, "with ecs:ExecuteCommand, or ssm:StartSession on tasks, the tasks run commands in other tasks, as their identities"},
	{MeantRunTask, "with ecs:RunTask or ecs:StartTask the tasks start others, as identities that are not theirs"},
}

// escalating are the actions on IAM with which a caller gets permissions that it does not have.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html (access level
// "Permissions management", and what makes credentials), 2026-11-29.
var escalating = []string{
	"AddUserToGroup", "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreateAccessKey", "CreateLoginProfile", "CreatePolicyVersion",
	"CreateRole", "CreateUser", "DeleteRolePermissionsBoundary", "DeleteUserPermissionsBoundary", "PutGroupPolicy", "PutRolePermissionsBoundary",
	"PutRolePolicy", "PutUserPermissionsBoundary", "PutUserPolicy", "SetDefaultPolicyVersion", "UpdateAssumeRolePolicy", "UpdateLoginProfile",
	"AddRoleToInstanceProfile", "DetachRolePolicy", "DeleteRolePolicy", "CreateOpenIDConnectProvider", "CreateSAMLProvider", "UpdateSAMLProvider",
}

// broad are policies of AWS that allow what must be marked.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html, 2026-11-29.
var broad = map[string][]Meant{
	"AdministratorAccess":  {MeantIAM, MeantPassRole, MeantAssumeRole, MeantExecuteCommand, MeantRunTask},
	"IAMFullAccess":        {MeantIAM, MeantPassRole},
	"PowerUserAccess":      {MeantAssumeRole, MeantExecuteCommand, MeantRunTask},
	"AmazonECS_FullAccess": {MeantPassRole, MeantExecuteCommand, MeantRunTask},
	"AmazonSSMFullAccess":  {MeantExecuteCommand},
}

// checkMeant refuses permissions that allow escalation unless `meant` lists them, and entries of `meant` that nothing needs.
func (c Config) checkMeant(p *problem.List, field string, perms *Permissions) {
	needed := map[Meant]string{}
	for _, arn := range perms.ManagedPolicies {
		for _, mark := range broad[strings.TrimPrefix(arn, "arn:"+c.Partition()+":iam::aws:policy/")] {
			needed[mark] = arn
		}
	}
	d, err := evaluation.Parse(perms.Inline())
	if err != nil {
		return // it is told already
	}
	for _, s := range d.Statement {
		for _, mark := range c.marksOf(s) {
			if needed[mark] == "" {
				needed[mark] = "a statement that allows " + strings.Join(slices.Concat(s.Action, s.NotAction), ", ")
				if len(s.NotAction) > 0 {
					needed[mark] = "a statement that allows all but " + strings.Join(s.NotAction, ", ")
				}
			}
		}
	}
	for _, m := range marks {
		marked := slices.Contains(perms.Meant, m.mark)
		switch what := needed[m.mark]; {
		case what != "" && !marked:
			p.Add(field, "", "%s: %s. If that is meant, add %s to %s.meant", what, m.reason, m.mark, field)
		case what == "" && marked:
			p.Refuse(field+".meant", string(m.mark), "nothing here needs the mark: take it away, so that it does not wait for the next change")
		}
	}
	known := make([]Meant, len(marks))
	for i, m := range marks {
		known[i] = m.mark
	}
	for _, mark := range perms.Meant {
		problem.OneOf(p, field+".meant", mark, known...)
	}
}

// marksOf are the marks that a statement needs. Its conditions do not count: who can meet them is not known here.
func (c Config) marksOf(s evaluation.Statement) (all []Meant) {
	if s.Effect != "Allow" {
		return nil
	}
	add := func(mark Meant, is bool) {
		if is {
			all = append(all, mark)
		}
	}
	add(MeantIAM, slices.ContainsFunc(escalating, func(action string) bool { return s.Covers("iam:" + action) }))
	add(MeantPassRole, s.Covers("iam:PassRole"))
	add(MeantAssumeRole, slices.ContainsFunc(c.roles(), func(arn string) bool { return s.Reaches("sts:AssumeRole", arn) }))
	add(MeantExecuteCommand, s.Covers("ecs:ExecuteCommand") || c.sessions(s))
	add(MeantRunTask, s.Covers("ecs:RunTask") || s.Covers("ecs:StartTask"))
	return all
}

// sessions reports whether a statement opens sessions of Systems Manager with tasks of the stack. That is what ECS Exec does, and
// ssm:StartSession does it past ecs:ExecuteCommand. AWS's guide to ECS Exec advises to deny it under "Limiting access to the Start Session
// action". (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-exec.html, known from quotations, 2026-12-01)
func (c Config) sessions(s evaluation.Statement) bool {
	return slices.ContainsFunc(c.ClusterKeys(), func(cluster string) bool {
		return s.Reaches("ssm:StartSession", strings.Replace(c.ECSClusterARN(cluster), ":cluster/", ":task/", 1)+"/0")
	})
}

// allRoles are the ARNs of the roles of this install, those of teams among them.
func (c Config) allRoles() (arns []string) {
	c.eachRole(func(account, _, _, name string) { arns = append(arns, c.RoleARN(account, name)) })
	for _, key := range c.AccountKeys() {
		arns = append(arns, c.RolesOfTeams(key)...)
	}
	return arns
}

// checkSharedRoles refuses services of one identity that may do different things: they have one role.
func (c Config) checkSharedRoles(p *problem.List) {
	for _, identity := range c.Identities() {
		services := c.ServicesOf(identity)
		if len(services) < 2 {
			continue
		}
		first := c.asService(identity.Cluster, services[0])
		for _, name := range services[1:] {
			s := c.asService(identity.Cluster, name)
			field := c.Field(identity.Cluster, name)
			const shared = "services of one service account have one task role, and %s of the same service account %s says something else: give one of them a serviceAccount of its own, or both the same"
			if !samePermissions(first.Permissions, s.Permissions) {
				p.Add(field+".permissions", "", shared, services[0], identity.ServiceAccount)
			}
			if plainRole(first.TaskRoleARN) != plainRole(s.TaskRoleARN) {
				p.Refuse(field+".taskRoleArn", s.TaskRoleARN, shared, services[0], identity.ServiceAccount)
			}
			if first.TaskRoleName != s.TaskRoleName {
				p.Refuse(field+".taskRoleName", s.TaskRoleName, shared, services[0], identity.ServiceAccount)
			}
		}
	}
}
