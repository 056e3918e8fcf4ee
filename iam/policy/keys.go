package policy

// administration lets the account's own IAM policies decide who manages and uses a key, as in KMS's default key policy.
// Without it nobody could change the key any more
// (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html, 2026-11-29).
func administration(place Place) Statement {
	return Statement{
		Sid:       "AccountDecidesByIAM",
		Principal: &Principal{AWS: Values{place.IAM("root")}},
		Actions:   []string{"kms:*"},
		Resources: []string{"*"},
	}
}

// LogsKey is the policy of a key for log groups. CloudWatch Logs may use it for those groups of the account and region, and
// for no other (https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html, 2026-11-29). groups are
// names of log groups, or patterns.
func LogsKey(place Place, groups []string) Document {
	var arns Values
	for _, group := range groups {
		arns = append(arns, place.ARN("logs", "log-group:"+group))
	}
	return Document{Statements: []Statement{administration(place), {
		Sid:       "CloudWatchLogs",
		Principal: &Principal{Service: Values{"logs." + place.Region + "." + place.domain()}},
		Actions:   []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
		Resources: []string{"*"},
		Condition: Condition{"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arns}},
	}}}
}

// TopicKey is the policy of a key for the SNS topic of alarms. CloudWatch publishes with it, for alarms of the account only
// (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html, 2026-11-29).
func TopicKey(place Place) Document {
	return Document{Statements: []Statement{administration(place), {
		Sid:       "CloudWatchAlarms",
		Principal: &Principal{Service: Values{"cloudwatch.amazonaws.com"}},
		Actions:   []string{"kms:Decrypt", "kms:GenerateDataKey*"},
		Resources: []string{"*"},
		Condition: Condition{"StringEquals": {"aws:SourceAccount": {place.Account}}},
	}}}
}

// VolumeKey is the policy of a key for the volumes of nodes. The nodes' Auto Scaling group starts them, and EBS keeps a grant for
// each volume (https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html, 2026-11-29).
//
// The role is named by a condition. KMS refuses a principal that does not exist, and AWS makes this role with the account's
// first Auto Scaling group. That it works through EC2 only is also what the policy of AWS's own key for EBS asks.
func VolumeKey(place Place) Document {
	everybody := &Principal{AWS: Values{"*"}}
	byAutoScaling := func() Condition {
		return Condition{
			"ArnEquals":    {"aws:PrincipalArn": {place.IAM("role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")}},
			"StringEquals": {"kms:CallerAccount": {place.Account}, "kms:ViaService": {"ec2." + place.Region + "." + place.domain()}},
		}
	}
	keep := byAutoScaling()
	keep["Bool"] = map[string]Values{"kms:GrantIsForAWSResource": {"true"}}
	return Document{Statements: []Statement{administration(place), {
		Sid:       "StartNodes",
		Principal: everybody,
		Actions:   []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"},
		Resources: []string{"*"},
		Condition: byAutoScaling(),
	}, {
		Sid:       "AttachVolumes",
		Principal: everybody,
		Actions:   []string{"kms:CreateGrant"},
		Resources: []string{"*"},
		Condition: keep,
	}}}
}
