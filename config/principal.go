package config

import (
	"fmt"
	"regexp"
	"strings"

	"ambient-ecs/eks/access"
	"ambient-ecs/problem"
)

// principalPath is the path and the name of an IAM role or user, after "role/" or "user/": no empty step, and a name of at
// most 64 characters.
var principalPath = regexp.MustCompile(`^(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,64}$`)

const (
	serviceLinkedPath = "aws-service-role/"
	// maxPrincipalPath is IAM's limit of a path, with the slash at its beginning.
	maxPrincipalPath = 512
)

// checkPrincipalPath says why IAM has no role or user with a path and name, or why nobody can be one, or returns "".
func checkPrincipalPath(kind, path string) string {
	name := path[strings.LastIndex(path, "/")+1:]
	switch {
	case kind == "role" && strings.HasPrefix(path, serviceLinkedPath):
		return "only its AWS service can assume a service-linked role"
	case !principalPath.MatchString(path), len(path)-len(name) >= maxPrincipalPath:
		return "IAM has no such path and name: no empty step, a name of 1 to 64 characters, a path of at most 512"
	}
	return ""
}

// unfitPrincipal says why a principal of a partition, a kind, and a path with a name is none that compares, EKS or IAM, could let in,
// or returns "".
func (c Config) unfitPrincipal(arn, partition, kind, path, compares string) string {
	form, role, reserved := access.ReservedForm(arn)
	switch {
	case partition != c.Partition():
		return fmt.Sprintf("region %s is in the partition %s", c.Region, c.Partition())
	case reserved:
		return fmt.Sprintf("IAM Identity Center keeps its roles under a path, and %s compares the whole ARN: %s, where REGION is that of the Identity Center and left out for us-east-1 "+
			"(aws iam get-role --role-name %s --query Role.Arn)", compares, form, role)
	}
	return checkPrincipalPath(kind, path)
}

// checkRoleForTasks checks the ARN of a role that another team made for tasks of an account. Kind is "task" or "execution", nobody is who
// cannot have a role of people, own says which the account is. It reports whether there is an ARN.
func (c Config) checkRoleForTasks(p *problem.List, field, arn, account, kind, nobody, own string) bool {
	switch parts := roleARN.FindStringSubmatch(arn); {
	case arn == "":
		return false
	case parts == nil:
		p.Refuse(field, arn, "this is not the ARN of an IAM role (arn:aws:iam::123456789012:role/name)")
		return false
	case checkPrincipalPath("role", parts[3]) != "":
		p.Refuse(field, arn, "%s", checkPrincipalPath("role", parts[3]))
	case access.Reserved(arn) || strings.HasPrefix(parts[3], "aws-reserved/"):
		p.Refuse(field, arn, "only people who sign in at IAM Identity Center have this role, and %s", nobody)
	case parts[1] != c.Partition():
		p.Refuse(field, arn, "region %s is in the partition %s", c.Region, c.Partition())
	case parts[2] != c.Accounts[account].ID:
		p.Refuse(field, arn, "ECS takes %s roles of the task's own account only, %s %s", kind, own, c.Accounts[account].ID)
	}
	return true
}
