package access

import "regexp"

var (
	// reservedRole matches a role that IAM Identity Center made for a permission set, with any path or suffix around
	// its name.
	reservedRole = regexp.MustCompile(`^(arn:aws[a-z-]*:iam::[0-9]{12}:role/)(?:.*/)?(AWSReservedSSO_[^/]*)(?:/.*)?$`)
	// reservedPath matches the path that IAM Identity Center gives these roles. The region is that of the Identity
	// Center, and is left out for us-east-1 (IAM Identity Center User Guide, "Referencing permission sets in resource
	// policies, Amazon EKS Cluster config maps, and AWS KMS key policies", read 2026-11-29).
	reservedPath = regexp.MustCompile(`^arn:aws[a-z-]*:iam::[0-9]{12}:role/aws-reserved/sso\.amazonaws\.com/(?:[a-z0-9-]+/)?AWSReservedSSO_[^/]+$`)
)

// Reserved reports whether an ARN belongs to a role of IAM Identity Center, with the path that such a role has or another.
func Reserved(arn string) bool { return reservedRole.MatchString(arn) }

// ReservedForm returns the correct form of the ARN of an IAM Identity Center role. wrong is true if the given ARN
// belongs to such a role and has another form. EKS compares whole ARNs. Many tools drop the path, because the
// ConfigMap aws-auth required that.
func ReservedForm(arn string) (form, roleName string, wrong bool) {
	parts := reservedRole.FindStringSubmatch(arn)
	if parts == nil || reservedPath.MatchString(arn) {
		return "", "", false
	}
	return parts[1] + "aws-reserved/sso.amazonaws.com/[REGION/]" + parts[2], parts[2], true
}
