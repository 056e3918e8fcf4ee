package config

import (
	"fmt"
	"regexp"
	"strings"

	"ambient-ecs/eks/access"
	"ambient-ecs/problem"
)

// RoleSettings are where the program's IAM roles lie, and what bounds them.
type RoleSettings struct {
	// PermissionsBoundary bounds every role that the program makes: policy/NAME, with its path, for the customer managed policy
	// of that name in each account, or the ARN of a policy that AWS manages.
	PermissionsBoundary string `config:"permissionsBoundary"`
	// IAMPath is the path of every role that the program makes, such as /platform/mesh/. It is for the life of a stack.
	IAMPath string `config:"iamPath"`
}

// DefaultIAMPath is the path of roles that name none.
const DefaultIAMPath = "/"

// IAMPathOrDefault is the path of every role that the program makes, from slash to slash.
func (c Config) IAMPathOrDefault() string {
	if c.IAMPath == "" {
		return DefaultIAMPath
	}
	return c.IAMPath
}

// RolePath is the path of the roles, "" for the root, which resources do not name.
func (c Config) RolePath() string {
	if c.IAMPath == DefaultIAMPath {
		return ""
	}
	return c.IAMPath
}

// BoundaryOf is the ARN of the permissions boundary of an account's roles. "": they have none.
func (c Config) BoundaryOf(account string) string {
	boundary := c.Accounts[account].PermissionsBoundary
	if boundary == "" {
		boundary = c.PermissionsBoundary
	}
	return c.policyARN(account, boundary)
}

// policyARN completes "policy/NAME" to the ARN of the account's own policy.
func (c Config) policyARN(account, policy string) string {
	if strings.HasPrefix(policy, "policy/") {
		return "arn:" + c.Partition() + ":iam::" + c.Accounts[account].ID + ":" + policy
	}
	return policy
}

// RoleARN is the ARN of an IAM role of the program in an account, computed so that nothing waits for it.
func (c Config) RoleARN(account, role string) string {
	return "arn:" + c.Partition() + ":iam::" + c.Accounts[account].ID + ":role" + c.IAMPathOrDefault() + role
}

var (
	// iamPath has no character that is a wildcard or a variable in a policy: policies name roles by their path.
	iamPath = regexp.MustCompile(`^/(?:[\w+=,.@-]+/)*$`)
	// policyARN is a managed policy: AWS's own, or an account's.
	policyARN = regexp.MustCompile(`^arn:([a-z-]+):iam::(aws|[0-9]{12}):policy/((?:[\w+=,.@-]+/)*[\w+=,.@-]{1,128})$`)
	// policyName is a policy of the account's own, after "policy/".
	policyName = regexp.MustCompile(`^policy/(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,128}$`)
)

// maxIAMPath keeps the deployer's policies, which repeat the path, below IAM's limit of a managed policy. IAM itself takes 512.
const maxIAMPath = 128

// checkRoles checks path and boundary. AWS reserves one path: nobody else can create roles there.
func (c Config) checkRoles(p *problem.List) {
	switch path := c.IAMPath; {
	case path == "":
	case !iamPath.MatchString(path):
		p.Refuse("iamPath", path, "a path begins and ends with / and has no empty step, only letters, digits and _ + = , . @ - in between, such as /platform/mesh/")
	case len(path) > maxIAMPath:
		p.Refuse("iamPath", path, "it has %d characters and may have %d: the deployer's policies repeat it, and IAM limits their size", len(path), maxIAMPath)
	case strings.HasPrefix(path, "/aws-service-role/") || strings.HasPrefix(path, "/aws-reserved/"):
		p.Refuse("iamPath", path, "AWS keeps this path for roles of its own services")
	}
	if c.PermissionsBoundary != "" {
		c.checkStackBoundary(p)
	}
	for _, key := range c.AccountKeys() {
		if own := c.Accounts[key].PermissionsBoundary; own != "" {
			c.checkPolicy(p, "accounts."+key+".permissionsBoundary", own, key)
		}
	}
}

// checkStackBoundary checks the boundary of all accounts that have none of their own.
func (c Config) checkStackBoundary(p *problem.List) {
	const field = "permissionsBoundary"
	parts := policyARN.FindStringSubmatch(c.PermissionsBoundary)
	if parts == nil || parts[2] == "aws" || len(c.Accounts) == 1 {
		for _, key := range c.AccountKeys() {
			before := len(*p)
			if c.checkPolicy(p, field, c.PermissionsBoundary, key); len(*p) > before {
				return
			}
		}
		return
	}
	for _, key := range c.AccountKeys() {
		if account := c.Accounts[key]; account.PermissionsBoundary == "" && account.ID != parts[2] {
			p.Refuse(field, c.PermissionsBoundary, "a role's boundary is a policy of its own account, and accounts.%s is %s: write policy/%s for the policy of that name in each account, or give accounts.%s.permissionsBoundary",
				key, account.ID, parts[3], key)
			return
		}
	}
}

// checkPolicy refuses what is no managed policy that a role of the account can have.
func (c Config) checkPolicy(p *problem.List, field, policy, account string) {
	if strings.HasPrefix(policy, "policy/") {
		if !policyName.MatchString(policy) {
			p.Refuse(field, policy, "after policy/ come the path and the name of a managed policy: no empty step, and a name of 1 to 128 letters, digits and _ + = , . @ -")
		}
		return
	}
	switch parts := policyARN.FindStringSubmatch(policy); {
	case parts == nil:
		p.Refuse(field, policy, "this is neither the ARN of a managed policy (arn:aws:iam::123456789012:policy/name, arn:aws:iam::aws:policy/name) nor policy/NAME for one of the account")
	case parts[1] != c.Partition():
		p.Refuse(field, policy, "region %s is in the partition %s", c.Region, c.Partition())
	case parts[2] == "aws" && strings.HasPrefix(parts[3], serviceLinkedPath):
		p.Refuse(field, policy, "only service-linked roles take this policy")
	case parts[2] != "aws" && parts[2] != c.Accounts[account].ID:
		p.Refuse(field, policy, "a role takes policies of its own account only, and accounts.%s is %s", account, c.Accounts[account].ID)
	}
}

// principalPath is the path and the name of an IAM role or user, after "role/" or "user/": no empty step, and a name of at
// most 64 characters.
var principalPath = regexp.MustCompile(`^(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,64}$`)

const (
	serviceLinkedPath = "aws-service-role/"
	// maxPrincipalPath is IAM's limit of a path, with the slash at its beginning.
	maxPrincipalPath = 512
)

// checkPrincipalPath says why IAM cannot have a role or user with this path and name, or why nobody can assume it, or returns "".
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
