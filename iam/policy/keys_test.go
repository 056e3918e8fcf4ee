package policy

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/tests/golden"
)

// keyDocuments are the policies of keys, by the name of the golden file.
func keyDocuments(place Place) map[string]Document {
	return map[string]Document{
		"key-logs":    LogsKey(place, []string{"/ecs/mesh-*", "/aws/eks/mesh/*"}),
		"key-topics":  TopicKey(place),
		"key-volumes": VolumeKey(place),
	}
}

func TestKeyPoliciesEqualTheirGoldenFiles(t *testing.T) {
	for name, document := range keyDocuments(homePlace) {
		golden.Check(t, filepath.Join("testdata", "keys", name+".json"), document.Indented(), "It says who may use a key.")
	}
}

func TestKeyPoliciesLieInTheirPartition(t *testing.T) {
	for name, document := range keyDocuments(homePlace.in("aws-cn", "cn-north-1")) {
		for part := range strings.SplitSeq(document.JSON(), `"`) {
			if strings.HasPrefix(part, "arn:") && !strings.HasPrefix(part, "arn:aws-cn:") {
				t.Errorf("%s: %s", name, part)
			}
			// cloudwatch.amazonaws.com is global, the others are regional.
			if strings.Contains(part, "cn-north-1.amazonaws.com") && !strings.HasSuffix(part, ".cn") {
				t.Errorf("%s: %s", name, part)
			}
		}
	}
}

// A key serves one service of the account for one purpose. Each case is what AWS sends, and each change of it must be refused.
func TestAKeyServesOnePurposeOnly(t *testing.T) {
	scaling := homePlace.IAM("role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")
	for name, c := range map[string]struct {
		who     evaluation.Caller
		actions []string
		facts   map[string]string
		wrong   map[string]string
		others  []evaluation.Caller
	}{
		"key-logs": {
			evaluation.Caller{Service: "logs.eu-central-1.amazonaws.com"}, []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom"},
			map[string]string{"kms:EncryptionContext:aws:logs:arn": homePlace.ARN("logs", "log-group:/ecs/mesh-3")},
			map[string]string{"kms:EncryptionContext:aws:logs:arn": homePlace.ARN("logs", "log-group:/ecs/other-3")},
			[]evaluation.Caller{{Service: "logs.us-east-1.amazonaws.com"}, {RoleARN: externalPlace.IAM("role/x")}},
		},
		"key-topics": {
			evaluation.Caller{Service: "cloudwatch.amazonaws.com"}, []string{"kms:Decrypt", "kms:GenerateDataKey"},
			map[string]string{"aws:SourceAccount": homePlace.Account}, map[string]string{"aws:SourceAccount": externalPlace.Account},
			[]evaluation.Caller{{Service: "events.amazonaws.com"}, {RoleARN: externalPlace.IAM("role/x")}},
		},
		"key-volumes": {
			evaluation.Caller{RoleARN: scaling}, []string{"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"},
			map[string]string{
				"kms:CallerAccount": homePlace.Account, "kms:ViaService": "ec2.eu-central-1.amazonaws.com", "kms:GrantIsForAWSResource": "true",
			},
			map[string]string{"kms:CallerAccount": externalPlace.Account, "kms:ViaService": "s3.eu-central-1.amazonaws.com"},
			[]evaluation.Caller{{RoleARN: homePlace.IAM("role/x")}},
		},
	} {
		// The account's own statement is for IAM policies, which a service does not have.
		document := keyDocuments(homePlace)[name]
		document.Statements = document.Statements[1:]
		may := func(who evaluation.Caller, action string, facts map[string]string) bool {
			return evaluation.Trusts(&evaluation.Role{Trust: document.JSON()}, who, action, facts).Cause == evaluation.None
		}
		for _, action := range c.actions {
			if !may(c.who, action, c.facts) {
				t.Errorf("%s: %s is refused", name, action)
			}
			for _, key := range slices.Sorted(maps.Keys(c.wrong)) {
				facts := maps.Clone(c.facts)
				facts[key] = c.wrong[key]
				if may(c.who, action, facts) {
					t.Errorf("%s: %s is allowed with %s=%s", name, action, key, c.wrong[key])
				}
			}
			for _, other := range c.others {
				if may(other, action, c.facts) {
					t.Errorf("%s: %s is allowed to %s", name, action, other)
				}
			}
		}
		for _, action := range []string{"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DisableKey"} {
			if may(c.who, action, c.facts) {
				t.Errorf("%s: a service may %s", name, action)
			}
		}
	}
}
