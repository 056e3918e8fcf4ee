package stack

// RolePolicies are what the stack gives a role besides what the mesh and its tasks need.
type RolePolicies struct {
	// Role is the role's ARN.
	Role string `json:"roleArn"`
	// Managed are the ARNs of managed policies.
	Managed []string `json:"managedPolicyArns"`
	// Inline is the fingerprint of an inline policy, "" for none.
	Inline string `json:"inlinePolicy"`
	// Boundary is the ARN of its permissions boundary, "" for none.
	Boundary string `json:"permissionsBoundaryArn"`
}
