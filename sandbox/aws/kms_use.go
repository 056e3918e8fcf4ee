package aws

import (
	"encoding/json"
	"slices"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/quota"
	"ambient-ecs/sandbox/world"
)

// keyLets reports whether a key's own policy lets a service, or its service-linked role, perform actions. A statement for the
// account does not count: it leaves the decision to IAM policies, and a service has none for keys of the account.
func keyLets(key *world.Resource, who Principal, request map[string]string, actions ...string) bool {
	text := withoutAccount(key)
	for _, action := range actions {
		if evaluation.Trusts(&evaluation.Role{ARN: key.String("arn"), Trust: text}, evaluation.Caller(who), action, request).Cause != evaluation.None {
			return false
		}
	}
	return true
}

// withoutAccount is the policy of a key without its account among the principals. Conditions may still name the account.
func withoutAccount(key *world.Resource) string {
	var document map[string]any
	if json.Unmarshal([]byte(key.String("policy")), &document) != nil {
		return ""
	}
	root := "arn:" + ParseARN(key.String("arn")).Partition + ":iam::" + key.Account + ":root"
	statements, several := document["Statement"].([]any)
	if !several {
		statements = []any{document["Statement"]}
	}
	for _, s := range statements {
		statement, _ := s.(map[string]any)
		principal, _ := statement["Principal"].(map[string]any)
		names, several := principal["AWS"].([]any)
		if !several && principal["AWS"] != nil {
			names = []any{principal["AWS"]}
		}
		if len(names) > 0 {
			principal["AWS"] = slices.DeleteFunc(names, func(name any) bool { return name == root || name == key.Account })
		}
	}
	text, err := json.Marshal(document)
	if err != nil {
		panic(err) // It was read from JSON.
	}
	return string(text)
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
	partition, domain := quota.Partition(group.Region), "amazonaws.com"
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
