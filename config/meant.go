package config

import (
	"slices"
	"strings"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/problem"
)

// marks are what a statement must be marked for, in the order of the messages.
var marks = []struct {
	mark   Meant
	reason string
}{
	{MeantIAM, "it changes IAM, so the tasks can give themselves every permission"},
	{MeantPassRole, "with iam:PassRole the tasks hand another role to a service, and get what that role may do"},
	{MeantAssumeRole, "with sts:AssumeRole the tasks take a role of this install, and with it another identity of the mesh or what istiod may do"},
	{MeantExecuteCommand, "with ecs:ExecuteCommand the tasks run commands in other tasks, as their identities"},
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
	add(MeantExecuteCommand, s.Covers("ecs:ExecuteCommand"))
	add(MeantRunTask, s.Covers("ecs:RunTask") || s.Covers("ecs:StartTask"))
	return all
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
		}
	}
}
