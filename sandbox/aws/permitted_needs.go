package aws

import (
	"cmp"
	"slices"

	"ambient-ecs/iam/actions"
	"ambient-ecs/iam/evaluation"
	"ambient-ecs/sandbox/world"
)

// needs are the calls of the AWS provider by the type of a resource or a function, as the program's own table has them.
var needs = func() map[string]actions.Need {
	all := map[string]actions.Need{}
	for _, need := range actions.All {
		all[need.Type] = need
	}
	return all
}()

// roleChanges are the calls that change a role, by property (terraform-provider-aws 5.100, internal/service/iam/role.go). A property that
// is not here is the provider's own.
var roleChanges = map[string]string{
	"assumeRolePolicy":    "iam:UpdateAssumeRolePolicy",
	"description":         "iam:UpdateRoleDescription",
	"maxSessionDuration":  "iam:UpdateRole",
	"permissionsBoundary": putBoundary,
}

const (
	putBoundary    = "iam:PutRolePermissionsBoundary"
	removeBoundary = "iam:DeleteRolePermissionsBoundary"
)

// byBoundary are the actions with the key iam:PermissionsBoundary, and byPolicy those with iam:PolicyARN
// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html, 2026-11-29).
var (
	byPolicy   = []string{"iam:AttachRolePolicy", "iam:DetachRolePolicy"}
	byBoundary = append([]string{"iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", putBoundary, removeBoundary}, byPolicy...)
)

// generally are the calls for a type by the table. A role, its policies and a managed policy have their ARNs and keys. Another type is told by its
// actions alone, which no narrowed right allows.
func (c *call) generally(s step, res *world.Resource) (all []evaluation.Request) {
	role, resource := c.subject(res)
	for _, action := range c.actions(s, res) {
		keys := map[string]string{}
		if s != stepCreate {
			keys = tagsOf(cmp.Or(role, res))
		}
		boundary := text(c.in, "permissionsBoundary")
		if role != nil && action != putBoundary {
			boundary = role.String("permissionsBoundary")
		}
		if boundary != "" && slices.Contains(byBoundary, action) {
			keys["iam:PermissionsBoundary"] = boundary
		}
		if slices.Contains(byPolicy, action) {
			keys["iam:PolicyARN"] = cmp.Or(res.String("policyArn"), text(c.in, "policyArn"))
		}
		r := evaluation.Request{Action: action, Resource: resource, Keys: keys}
		if s == stepCreate {
			r = tagged(r, object(c.in, "tags"))
		}
		all = append(all, r)
	}
	if s == stepUpdate {
		all = append(all, c.retags(resource, res)...)
	}
	return all
}

// actions are the actions of a step, without those that change tags.
func (c *call) actions(s step, res *world.Resource) (all []string) {
	need := needs[cmp.Or(c.function, c.kind.token)]
	switch s {
	case stepCreate:
		all = slices.Clone(need.Create)
		if len(object(c.in, "tags")) > 0 && len(need.Tag) > 0 {
			all = append(all, need.Tag[0])
		}
		return all
	case stepRead:
		return need.Read
	case stepDelete:
		if c.kind.token == roleKind && flag(res.Props, "forceDetachPolicies") {
			all = []string{"iam:ListAttachedRolePolicies", "iam:DetachRolePolicy", "iam:ListRolePolicies", "iam:DeleteRolePolicy"}
		}
		return append(all, need.Delete...)
	}
	changed := c.changed(res)
	if c.kind.token != roleKind && len(changed) > 0 {
		return need.Update
	}
	for _, property := range changed {
		action := roleChanges[property]
		if action == putBoundary && text(c.in, property) == "" {
			action = removeBoundary
		}
		if action != "" {
			all = append(all, action)
		}
	}
	return all
}

// subject is the ARN that IAM compares with policies, and the role that a call is about, if it exists.
func (c *call) subject(res *world.Resource) (role *world.Resource, resource string) {
	said := func(property string) string { return cmp.Or(res.String(property), text(c.in, property)) }
	name := said("role")
	switch c.kind.token {
	case policyKind:
		return nil, cmp.Or(res.ID, c.iamARN("policy"+cmp.Or(said("path"), "/")+said("name")))
	case roleKind:
		if name = said("name"); res.ID == "" && c.function == "" {
			return nil, c.iamARN("role" + cmp.Or(said("path"), "/") + name)
		}
	case rolePolicyKind, attachmentKind:
	default:
		return nil, "*"
	}
	if role = c.get(roleKind, name); role != nil {
		return role, role.String("arn")
	}
	return nil, c.iamARN("role/" + name)
}

// changed are the inputs of an update that are not what exists, without tags.
func (c *call) changed(res *world.Resource) (all []string) {
	now := c.session.state(c, res)
	for _, k := range sortedKeys(c.kind.inputs) {
		def := c.kind.inputs[k]
		wanted, said := c.in[k]
		_, has := now[k]
		kept := !said && def.computed || !has && def.preset != nil && def.equal(def.preset, wanted)
		if k != "tags" && !kept && !def.equal(now[k], wanted) {
			all = append(all, k)
		}
	}
	return all
}
