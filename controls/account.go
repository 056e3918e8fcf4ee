package controls

import (
	"fmt"
	"slices"
	"strings"
)

var ofTheAccount = []Control{
	{Number: 50, ID: "IAM.1, IAM.21", Text: "no role may do everything, or everything of a service",
		Name: "roles-no-stars", Fix: "name the actions that the role needs", Mandatory: true,
		Kind: rolePolicy, Each: policies(noStars), Also: map[string]func(Inputs) bool{
			managedPolicy: policies(noStars), userPolicy: policies(noStars), groupPolicy: policies(noStars),
			role: func(in Inputs) bool {
				return inline(noStars)(in) && !slices.ContainsFunc(in.list("managedPolicyArns"), everything)
			},
			attachment: attaches, policyAttachment: attaches, userAttachment: attaches, groupAttachment: attaches,
		}},
	{Number: 51, ID: "IAM best practices", Text: "every service that assumes a role says for whom; EC2 cannot",
		Name: "roles-no-confused-deputy", Fix: "add a condition on aws:SourceAccount or aws:SourceArn to the trust of the role",
		Kind: role, Each: func(in Inputs) bool {
			all := statements(in.at("assumeRolePolicy"))
			return len(all) > 0 && !slices.ContainsFunc(all, func(s any) bool {
				return slices.ContainsFunc(texts(at(s, "Principal", "Service")), func(service string) bool { return !strings.HasPrefix(service, "ec2.") }) && !conditioned(s, "aws:SourceAccount", "aws:SourceArn")
			})
		}},
	{Number: 52, ID: "IAM best practices", Text: "roles have a permissions boundary",
		Name: "roles-boundary", Fix: "set permissionsBoundary",
		Kind: role, Each: given("permissionsBoundary")},
	{Number: 53, ID: "KMS.1, KMS.2", Text: "no role may decrypt with every key",
		Name: "roles-named-keys", Fix: "name the keys in Resource of the statement", Mandatory: true,
		Kind: rolePolicy, Each: policies(namedKeys), Also: map[string]func(Inputs) bool{
			managedPolicy: policies(namedKeys), userPolicy: policies(namedKeys), groupPolicy: policies(namedKeys), role: inline(namedKeys),
		}},
	{Number: 54, ID: "KMS.3", Text: "a deleted key can be restored for 30 days",
		Name: "keys-deletion-window", Fix: "set deletionWindowInDays to 30",
		Kind: key, Each: is(30, "deletionWindowInDays")},
	{Number: 55, ID: "KMS.4", Text: "keys are rotated",
		Name: "keys-rotated", Fix: "set enableKeyRotation to true",
		Kind: key, Each: is(true, "enableKeyRotation")},
	{Number: 56, ID: "CloudWatch best practices", Text: "log groups are encrypted with a key of the account",
		Name: "logs-own-key", Fix: "set kmsKeyId (here: keys.logs of the account)",
		Kind: logGroup, Each: given("kmsKeyId")},
	{Number: 57, ID: "CloudWatch.16", Text: "log groups keep their events for a year",
		Name: "logs-a-year", Fix: "set retentionInDays to 365 at least (here: logRetentionDays)",
		Kind: logGroup, Each: func(in Inputs) bool {
			days, _ := in.at("retentionInDays").(float64)
			return days >= 365
		}},
	{Number: 58, ID: "ELB.13", Text: "the load balancer is internal and in several zones", Test: "TestTheGatewayIsInternalAndOpenToTheMeshOnly"},
	{Number: 59, ID: "ELB.5, ELB.6", Text: "the load balancer has deletion protection; access logs are for other types of load balancers",
		Name: "gateway-deletion-protection", Fix: "set deletion_protection.enabled=true in the annotation aws-load-balancer-attributes of the gateway (here: gatewayDeletionProtection)",
		Kind: gateway, Each: func(in Inputs) bool {
			// Waypoints have no load balancer.
			return strings.Contains(fmt.Sprint(in.at("spec", "gatewayClassName")), "waypoint") ||
				strings.Contains(fmt.Sprint(in.at("spec", "infrastructure", "annotations", "service.beta.kubernetes.io/aws-load-balancer-attributes")), "deletion_protection.enabled=true")
		}},
	{Number: 60, ID: "SNS.1", Text: "topics are encrypted with a key of the account",
		Name: "topics-own-key", Fix: "set kmsMasterKeyId (here: keys.topics of the account)",
		Kind: topic, Each: given("kmsMasterKeyId")},
}

// policies judges every statement of a policy that allows something.
func policies(keeps func(statement any) bool) func(Inputs) bool {
	return func(in Inputs) bool { return all(statements(in.at("policy")), keeps) }
}

// inline judges the policies within a role. A role without any keeps the control.
func inline(keeps func(statement any) bool) func(Inputs) bool {
	return func(in Inputs) bool {
		return all(in.list("inlinePolicies"), func(p any) bool { return all(statements(at(p, "policy")), keeps) })
	}
}

func all(list []any, keeps func(any) bool) bool {
	return !slices.ContainsFunc(list, func(element any) bool { return !keeps(element) })
}

// attaches judges an attachment of a managed policy.
func attaches(in Inputs) bool { return !everything(in.at("policyArn")) }

// everything reports whether a managed policy of AWS allows everything, or everything of a service, as its name says. The documents of other
// managed policies are judged where they are made.
func everything(arn any) bool {
	_, name, ofAWS := strings.Cut(fmt.Sprint(arn), ":iam::aws:policy/")
	return ofAWS && (strings.HasPrefix(name, "AdministratorAccess") || name == "PowerUserAccess" || strings.HasSuffix(name, "FullAccess"))
}

// noStars holds where a statement names its actions. One with NotAction allows what AWS adds later too.
func noStars(statement any) bool {
	return at(statement, "NotAction") == nil && !slices.ContainsFunc(texts(at(statement, "Action")), func(a string) bool {
		return strings.Trim(a[strings.LastIndex(a, ":")+1:], "*?") == ""
	})
}

// decrypting are the actions that give out what a key encrypts (https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html,
// 2026-11-30).
var decrypting = []string{"kms:Decrypt", "kms:ReEncryptFrom"}

// namedKeys holds where a statement that decrypts names its keys, or the services that may use them: those decrypt for the role only what
// it may read.
func namedKeys(statement any) bool {
	return !slices.ContainsFunc(decrypting, func(action string) bool { return allows(statement, action) }) || conditioned(statement, "kms:ViaService", "kms:ResourceAliases", "kms:RequestAlias") ||
		at(statement, "NotResource") == nil && !slices.ContainsFunc(texts(at(statement, "Resource")), everyKey)
}

// allows reports whether a statement is about an action. IAM takes actions in any case.
func allows(statement any, action string) bool {
	names := func(patterns any) bool {
		return slices.ContainsFunc(texts(patterns), func(pattern string) bool { return matches(pattern, action) })
	}
	if not := at(statement, "NotAction"); not != nil {
		return !names(not)
	}
	return names(at(statement, "Action"))
}

// everyKey reports whether a resource of a statement can be more keys than one: a wildcard is where the id of a key stands. In an ARN with fewer
// parts a wildcard stands for the others.
func everyKey(resource string) bool {
	parts := strings.SplitN(resource, ":", 6)
	last := parts[len(parts)-1]
	at := strings.IndexAny(last, "*?")
	switch {
	case at < 0, len(parts) > 2 && !matches(parts[2], "kms"):
		return false
	case len(parts) < 6:
		return true
	}
	const id = "key/"
	return strings.HasPrefix(last[:at], id) || strings.HasPrefix(id, last[:at])
}
