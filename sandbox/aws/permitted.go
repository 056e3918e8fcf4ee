package aws

import (
	"cmp"
	"maps"
	"strconv"
	"strings"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/sandbox/world"
)

// step is what the provider does with a resource.
type step string

const (
	stepCreate step = "create"
	stepRead   step = "read"
	stepUpdate step = "update"
	stepDelete step = "delete"
)

// permitted refuses what the role that the provider has assumed may not do, in IAM's words. After a change the provider reads. A role that
// is not in the world is the platform's own deployer, whose rights the sandbox does not know: a test of the program compares them with its
// resource types.
func (c *call) permitted(s step, res *world.Resource) error {
	role := roleByARN(c.Tx, c.principal)
	if role == nil {
		return nil
	}
	who := Principal{RoleARN: c.principal}
	documents, asked := RoleOf(c.Tx, role), c.requests(s, res)
	if s == stepCreate || s == stepUpdate {
		asked = append(asked, c.requests(stepRead, res)...)
	}
	for _, r := range asked {
		if evaluation.Permits(documents, evaluation.Caller(who), r).Cause != evaluation.None {
			return c.refuseIn(r.Action[strings.Index(r.Action, ":")+1:], "AccessDeniedException", "%s is not authorized to perform: %s on resource: %s", who, r.Action, r.Resource)
		}
	}
	return nil
}

// requests are the calls of a step as IAM sees them, with their condition keys. What a team's stack has of ECS is told in detail here,
// the rest by the program's own table of the provider's calls.
func (c *call) requests(s step, res *world.Resource) []evaluation.Request {
	ask := func(action, resource string, keys map[string]string) evaluation.Request {
		return evaluation.Request{Action: action, Resource: resource, Keys: keys}
	}
	switch c.kind.token {
	case ServiceKind:
		return c.serviceRequests(s, res)
	case TaskDefinitionKind:
		family := c.arn("ecs", "task-definition/"+cmp.Or(text(c.in, "family"), res.String("family"))+":*")
		switch s {
		case stepRead:
			return []evaluation.Request{ask("ecs:DescribeTaskDefinition", "*", map[string]string{"aws:RequestedRegion": c.region})}
		case stepDelete:
			if flag(res.Props, "skipDestroy") {
				return nil
			}
			return []evaluation.Request{ask("ecs:DeregisterTaskDefinition", "*", nil)}
		case stepUpdate:
			return c.retags(family, res)
		}
		all := append([]evaluation.Request{tagged(ask("ecs:RegisterTaskDefinition", family, nil), object(c.in, "tags"))}, c.tagsNew(family, "RegisterTaskDefinition")...)
		for _, field := range []string{"taskRoleArn", "executionRoleArn"} {
			if arn := text(c.in, field); arn != "" {
				all = append(all, ask("iam:PassRole", arn, map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"}))
			}
		}
		return all
	}
	if c.kind.token == ParameterKind && s == stepRead {
		return []evaluation.Request{ask("ssm:GetParameter", c.arn("ssm", "parameter/"+strings.TrimPrefix(text(c.in, "name"), "/")), nil)}
	}
	if c.kind.token == eksClusterKind && s == stepRead {
		return []evaluation.Request{ask("eks:DescribeCluster", c.arn("eks", "cluster/"+cmp.Or(text(c.in, "name"), res.String("name"))), nil)}
	}
	return c.generally(s, res)
}

// serviceRequests are the calls for an ECS service.
func (c *call) serviceRequests(s step, res *world.Resource) []evaluation.Request {
	id := res.ID
	if id == "" {
		id = c.arn("ecs", "service/"+NameOf(text(c.in, "cluster"))+"/"+text(c.in, "name"))
	}
	keys := map[string]string{}
	if s != stepCreate {
		keys = tagsOf(res)
	}
	keys["ecs:cluster"] = c.arn("ecs", "cluster/"+strings.Split(ParseARN(id).Resource, "/")[1])
	ask := func(action string) evaluation.Request {
		return evaluation.Request{Action: action, Resource: id, Keys: maps.Clone(keys)}
	}
	change := func(action string) evaluation.Request {
		r := ask(action)
		if value := text(c.in, "propagateTags"); value != "" {
			r.Keys["ecs:propagate-tags"] = value
		}
		if definition := text(c.in, "taskDefinition"); strings.HasPrefix(definition, "arn:") {
			r.Keys["ecs:task-definition"] = definition
		}
		if network := object(c.in, "networkConfiguration"); network != nil {
			r.Keys["ecs:auto-assign-public-ip"] = strconv.FormatBool(flag(network, "assignPublicIp"))
		}
		return r
	}
	switch s {
	case stepCreate:
		return append([]evaluation.Request{tagged(change("ecs:CreateService"), object(c.in, "tags"))}, c.tagsNew(id, "CreateService")...)
	case stepUpdate:
		all := c.retags(id, res)
		if len(c.changed(res)) > 0 {
			all = append(all, change("ecs:UpdateService"))
		}
		return all
	case stepDelete:
		return []evaluation.Request{ask("ecs:UpdateService"), ask("ecs:DeleteService")}
	}
	return []evaluation.Request{ask("ecs:DescribeServices")}
}

// tagged is a request with tags.
func tagged(r evaluation.Request, tags map[string]any) evaluation.Request {
	keys := map[string]string{}
	maps.Copy(keys, r.Keys)
	r.Keys = keys
	for _, k := range sortedKeys(tags) {
		if value, ok := tags[k].(string); ok {
			r.Keys["aws:RequestTag/"+k] = value
		}
		r.Sets = map[string][]string{"aws:TagKeys": append(r.Sets["aws:TagKeys"], k)}
	}
	return r
}

// tagsNew lists the tagging rights that ECS needs in addition to the right to create.
func (c *call) tagsNew(resource, operation string) []evaluation.Request {
	if len(object(c.in, "tags")) == 0 {
		return nil
	}
	return []evaluation.Request{tagged(evaluation.Request{Action: "ecs:TagResource", Resource: resource, Keys: map[string]string{"ecs:CreateAction": operation}}, object(c.in, "tags"))}
}

// retags are the calls that bring the tags of a resource to the new inputs.
func (c *call) retags(resource string, res *world.Resource) (all []evaluation.Request) {
	actions := needs[c.kind.token].Tag
	if len(actions) == 0 {
		return nil
	}
	has, wanted := object(res.Props, "tags"), object(c.in, "tags")
	set, gone := map[string]any{}, []string{}
	for _, k := range sortedKeys(has) {
		if _, kept := wanted[k]; !kept {
			gone = append(gone, k)
		}
	}
	for k, v := range wanted {
		if has[k] != v {
			set[k] = v
		}
	}
	if len(gone) > 0 {
		all = append(all, evaluation.Request{Action: actions[len(actions)-1], Resource: resource, Keys: tagsOf(res), Sets: map[string][]string{"aws:TagKeys": gone}})
	}
	if len(set) > 0 {
		all = append(all, tagged(evaluation.Request{Action: actions[0], Resource: resource, Keys: tagsOf(res)}, set))
	}
	return all
}

// tagsOf are the condition keys of the tags that a resource has.
func tagsOf(res *world.Resource) map[string]string {
	keys := map[string]string{}
	for k, v := range object(res.Props, "tags") {
		if value, ok := v.(string); ok {
			keys["aws:ResourceTag/"+k] = value
		}
	}
	return keys
}
