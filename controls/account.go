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
			managedPolicy: policies(noStars), role: inline(noStars),
			attachment: func(in Inputs) bool {
				arn := fmt.Sprint(in.at("policyArn"))
				return !strings.HasSuffix(arn, ":aws:policy/AdministratorAccess") && !strings.HasSuffix(arn, "FullAccess")
			},
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
		Kind: rolePolicy, Each: policies(namedKeys), Also: map[string]func(Inputs) bool{managedPolicy: policies(namedKeys), role: inline(namedKeys)}},
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

func noStars(statement any) bool {
	return !slices.ContainsFunc(texts(at(statement, "Action")), func(a string) bool { return a == "*" || strings.HasSuffix(a, ":*") })
}

// namedKeys holds where a statement about KMS names its keys, or the services that may use them: those decrypt for the role only what
// it may read.
func namedKeys(statement any) bool {
	decrypts := slices.ContainsFunc(texts(at(statement, "Action")), func(a string) bool { return a == "*" || strings.HasPrefix(a, "kms:") })
	every := slices.ContainsFunc(texts(at(statement, "Resource")), func(r string) bool { return r == "*" || strings.HasSuffix(r, ":key/*") })
	return !decrypts || !every || conditioned(statement, "kms:ViaService")
}
