package aws

import (
	"strings"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/sandbox/world"
)

// keyLets reports whether a key's own policy lets a service, or its service-linked role, perform actions. A statement for the
// account does not count: it leaves the decision to IAM policies, and a service has none for keys of the account.
func keyLets(key *world.Resource, who Principal, request map[string]string, actions ...string) bool {
	partition := ParseARN(key.String("arn")).Partition
	text := key.String("policy")
	for _, account := range []string{"arn:" + partition + ":iam::" + key.Account + ":root", `"` + key.Account + `"`} {
		text = strings.ReplaceAll(text, account, strings.Replace(account, key.Account, "000000000000", 1))
	}
	for _, action := range actions {
		if evaluation.Trusts(&evaluation.Role{ARN: key.String("arn"), Trust: text}, evaluation.Caller(who), action, request).Cause != evaluation.None {
			return false
		}
	}
	return true
}

// usableKey returns a key of the account by ARN, or nil if there is none or it waits for its deletion.
func usableKey(tx *world.Tx, account, arn string) *world.Resource {
	if key := tx.Get(account, kmsKeyKind, NameOf(arn)); key != nil && key.String("_state") != "PendingDeletion" {
		return key
	}
	return nil
}

// volumeIssue says why the nodes of a group do not start with the key of their launch template, or "".
func volumeIssue(tx *world.Tx, group *world.Resource) string {
	template := tx.Get(group.Account, launchTemplateKind, text(group.Props, "launchTemplate", "id"))
	if template == nil {
		return ""
	}
	partition, domain := partitionOf(group.Region), "amazonaws.com"
	if partition == "aws-cn" {
		domain = "amazonaws.com.cn"
	}
	scaling := "arn:" + partition + ":iam::" + group.Account + ":role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"
	facts := map[string]string{
		"kms:CallerAccount": group.Account, "kms:ViaService": "ec2." + group.Region + "." + domain, "kms:GrantIsForAWSResource": "true",
	}
	for _, entry := range list(template.Props, "blockDeviceMappings") {
		device, _ := entry.(map[string]any)
		arn := text(device, "ebs", "kmsKeyId")
		if arn == "" {
			continue
		}
		key := usableKey(tx, group.Account, arn)
		if key == nil || !keyLets(key, Principal{RoleARN: scaling}, facts, "kms:GenerateDataKeyWithoutPlaintext", "kms:Decrypt", "kms:CreateGrant") {
			return "AsgInstanceLaunchFailures: Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: Client.InternalError: Client error on launch"
		}
	}
	return ""
}
