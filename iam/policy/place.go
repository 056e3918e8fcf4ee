package policy

import "strings"

// Place is where an ARN lies: partition, region and account.
type Place struct {
	// Partition is "aws", "aws-cn" or "aws-us-gov".
	Partition string
	// Region is for example "eu-central-1".
	Region string
	// Account is the 12-digit account id.
	Account string
}

// ARN is the ARN of a resource of a regional service.
func (p Place) ARN(service, resource string) string {
	return strings.Join([]string{"arn", p.Partition, service, p.Region, p.Account, resource}, ":")
}

// IAM is the ARN of an IAM resource, which has no region.
func (p Place) IAM(resource string) string {
	return strings.Join([]string{"arn", p.Partition, "iam", "", p.Account, resource}, ":")
}

// anyAccount is the same place in every account, for what others share.
func (p Place) anyAccount() Place {
	p.Account = "*"
	return p
}

// domain is the domain of AWS's endpoints and of regional service principals. China has its own.
func (p Place) domain() string {
	if p.Partition == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// ManagedPolicy is the ARN of an AWS managed policy.
func (p Place) ManagedPolicy(name string) string {
	return strings.Join([]string{"arn", p.Partition, "iam", "", "aws", "policy/" + name}, ":")
}

// Guardrails are what every role of an account has in common. The zero value is a role at the root, without a boundary.
type Guardrails struct {
	// Path is the path of the roles, from slash to slash. Empty: the root.
	Path string
	// Boundary is the ARN of the policy that bounds them. Empty: none.
	Boundary string
}
