package aws

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/sandbox/world"
)

// Principal is the caller of an AWS API: a service, or a role with its session tags.
type Principal struct {
	// Service is a service principal such as "ecs-tasks.amazonaws.com".
	Service string
	// RoleARN is the role of the session.
	RoleARN string
	// Tags are the session's tags. They are transitive, as those of EKS Pod Identity are.
	Tags map[string]string
}

func (p Principal) String() string {
	if p.Service != "" {
		return "Service: " + p.Service
	}
	return fmt.Sprintf("User: arn:%s:sts::%s:assumed-role/%s/session", ParseARN(p.RoleARN).Partition, AccountOf(p.RoleARN), NameOf(p.RoleARN))
}

func denied(p Principal, action, resource string) error {
	return fmt.Errorf("AccessDenied: %s is not authorized to perform: %s on resource: %s", p, action, resource)
}

// RoleOf is a role with its documents, as IAM's API shows them.
func RoleOf(tx *world.Tx, role *world.Resource) *evaluation.Role {
	found := &evaluation.Role{
		ARN: role.String("arn"), Name: role.String("name"), UniqueID: role.String("uniqueId"), Created: role.Created,
		Trust: storedTrust(tx, role), Policies: map[string]string{},
	}
	if arn := role.String("permissionsBoundary"); arn != "" {
		found.BoundaryARN, found.Boundary = arn, policyDocument(tx, arn)
	}
	mine := Has("role", role.ID)
	for _, r := range tx.Find(role.Account, rolePolicyKind, mine) {
		found.Policies[r.String("name")] = r.String("policy")
	}
	for _, r := range tx.Find(role.Account, attachmentKind, mine) {
		arn := r.String("policyArn")
		found.Attached = append(found.Attached, arn)
		if document := policyDocument(tx, arn); document != "" {
			found.Policies[arn] = document
		}
	}
	return found
}

// permission is a document that allows actions on every resource.
func permission(actions []string) string {
	type statement struct {
		Effect   string
		Action   []string
		Resource string
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": statement{"Allow", actions, "*"}})
	if err != nil {
		panic(err) // Strings always have a JSON form.
	}
	return string(text)
}

// MayAssume reports as an error why a principal may not assume a role. Request holds condition keys of the
// request, for example aws:SourceAccount or aws:RequestTag/kubernetes-namespace.
//
// A role's permissions and the other role's trust must both allow it, unless both are in one account and the
// trust names the role itself. Session tags that travel on need sts:TagSession as well.
func MayAssume(tx *world.Tx, p Principal, roleARN string, request map[string]string) error {
	found := roleByARN(tx, roleARN)
	if found == nil {
		return denied(p, "sts:AssumeRole", roleARN)
	}
	role, who := RoleOf(tx, found), evaluation.Caller(p)
	actions := []string{"sts:AssumeRole"}
	if len(p.Tags) > 0 || slices.ContainsFunc(sortedKeys(request), func(k string) bool { return strings.HasPrefix(k, "aws:RequestTag/") }) {
		actions = append(actions, "sts:TagSession")
	}
	for _, action := range actions {
		if evaluation.Trusts(role, who, action, request).Cause != evaluation.None {
			return denied(p, action, roleARN)
		}
		if p.Service != "" || evaluation.Direct(role, who) {
			continue
		}
		if err := Allowed(tx, p, action, roleARN, request); err != nil {
			return err
		}
	}
	return nil
}

// Allowed reports as an error why a role's own policies do not allow an action on a resource.
func Allowed(tx *world.Tx, p Principal, action, resource string, request map[string]string) error {
	role := roleByARN(tx, p.RoleARN)
	if role == nil || evaluation.Allows(RoleOf(tx, role), evaluation.Caller(p), action, resource, request).Cause != evaluation.None {
		return denied(p, action, resource)
	}
	return nil
}
