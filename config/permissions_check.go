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
