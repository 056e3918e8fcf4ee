package config

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
)

// Permissions are what the tasks of an identity may do in AWS, besides ECS Exec.
type Permissions struct {
	// ManagedPolicies are attached to the task role: policy/NAME for one of the account's own, or an ARN.
	ManagedPolicies []string `config:"managedPolicies"`
	// Statements are an inline policy of the task role, in AWS's own format.
	Statements []Statement `config:"statements"`
	// Policy is a file with such statements, a policy document in JSON, relative to the folder of Pulumi.yaml.
	Policy string `config:"policy"`
	// Meant marks what is refused unless it is meant: iam, passRole, assumeRole, executeCommand or runTask.
	Meant []Meant `config:"meant"`

	// file is what Policy holds.
	file *policyFile
}

// Statement is a statement of an IAM policy, with AWS's own keys.
type Statement struct {
	// Sid names the statement. Letters and digits.
	Sid string `config:"Sid" json:",omitempty"`
	// Effect is Allow or Deny. Required.
	Effect string `config:"Effect"`
	// Action is what the statement is about, such as s3:GetObject. One or a list. Required, unless NotAction.
	Action Texts `config:"Action" json:",omitempty"`
	// NotAction lists the actions that it excludes.
	NotAction Texts `config:"NotAction" json:",omitempty"`
	// Resource lists the resources that it covers, as ARNs or *. One or a list. Required, unless NotResource.
	Resource Texts `config:"Resource" json:",omitempty"`
	// NotResource lists the resources that it excludes.
	NotResource Texts `config:"NotResource" json:",omitempty"`
	// Condition narrows the statement: operator, key, one or more values.
	Condition map[string]map[string]Texts `config:"Condition" json:",omitempty" restricts:"true"`
}

// element is a statement as the element of a policy document.
type element Statement

// Texts are texts that may be written as one text or as a list.
type Texts []string

// Meant is a mark for statements with which a task could take more than they say.
type Meant string

const (
	// MeantIAM is for statements that change IAM.
	MeantIAM Meant = "iam"
	// MeantPassRole is for iam:PassRole.
	MeantPassRole Meant = "passRole"
	// MeantAssumeRole is for sts:AssumeRole into roles of this install.
	MeantAssumeRole Meant = "assumeRole"
	// MeantExecuteCommand is for ecs:ExecuteCommand.
	MeantExecuteCommand Meant = "executeCommand"
	// MeantRunTask is for ecs:RunTask and ecs:StartTask.
	MeantRunTask Meant = "runTask"
)

// policyFile is a policy document as it was written.
type policyFile struct {
	Version   string
	ID        string `json:"Id"`
	Statement statementTexts
}

// statementTexts are the statements of a document, one or a list, as they were written.
type statementTexts []json.RawMessage

// UnmarshalJSON accepts a single statement too.
func (s *statementTexts) UnmarshalJSON(data []byte) error {
	if data = bytes.TrimSpace(data); len(data) > 0 && data[0] == '{' {
		*s = statementTexts{slices.Clone(data)}
		return nil
	}
	return json.Unmarshal(data, (*[]json.RawMessage)(s))
}

// policyVersion is the version of the policy language in which ${…} is a variable.
const policyVersion = "2012-10-17"

// Inline is the inline policy of the permissions, "" if there is none.
func (p *Permissions) Inline() string {
	if p == nil {
		return ""
	}
	var all []any
	for _, s := range p.Statements {
		all = append(all, element(s))
	}
	if p.file != nil {
		for _, s := range p.file.Statement {
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return ""
	}
	return policyText(all...)
}

// policyText is a policy with statements, without white space. IAM returns it as it is.
func policyText(statements ...any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false) // & is one character to IAM
	if err := encoder.Encode(struct {
		Version   string
		Statement []any
	}{policyVersion, statements}); err != nil {
		panic("config: " + err.Error()) // texts always have a JSON form, and what was read from JSON has one
	}
	return strings.TrimSpace(text.String())
}

// ServicesOf are the services and standalone tasks that run with an identity, sorted.
func (c Config) ServicesOf(identity Identity) []string {
	return slices.DeleteFunc(c.Clusters[identity.Cluster].WorkloadKeys(), func(name string) bool {
		return c.IdentityOf(identity.Cluster, name) != identity
	})
}

// PermissionsOf are what the tasks of an identity may do. Nil: nothing. The services of an identity agree.
func (c Config) PermissionsOf(identity Identity) *Permissions {
	for _, name := range c.ServicesOf(identity) {
		return c.asService(identity.Cluster, name).Permissions
	}
	return nil
}

// AttachedTo are the ARNs of the managed policies of an identity's task role, in the order in which they are written.
func (c Config) AttachedTo(identity Identity) (arns []string) {
	if p := c.PermissionsOf(identity); p != nil {
		for _, policy := range p.ManagedPolicies {
			arns = append(arns, c.policyARN(identity.Account, policy))
		}
	}
	return arns
}

// AttachedIn are the ARNs of all managed policies of an account's task roles, each once, sorted.
func (c Config) AttachedIn(account string) (arns []string) {
	for _, identity := range c.Identities() {
		if identity.Account == account {
			arns = append(arns, c.AttachedTo(identity)...)
		}
	}
	slices.Sort(arns)
	return slices.Compact(arns)
}

// samePermissions reports whether two services may do the same.
func samePermissions(a, b *Permissions) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Inline() == b.Inline() && reflect.DeepEqual(a.ManagedPolicies, b.ManagedPolicies)
}
