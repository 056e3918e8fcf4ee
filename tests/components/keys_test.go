package components

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/ecs"
	"ambient-ecs/eks"
	"ambient-ecs/keys"
	"ambient-ecs/network"
	"ambient-ecs/observability"
)

func TestAKeyIsRotatedProtectedAndKeptForAMonth(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		_, err := keys.NewKey(ctx, "topics-local", validKey(f))
		return err
	})
	children(t, r, keys.TypeToken, localProvider)
	key := only(t, r, kmsKey)
	says(t, key, true, "enableKeyRotation")
	says(t, key, 30.0, "deletionWindowInDays")
	if !key.Protect {
		t.Error("the key is not protected")
	}
	if text := at(t, key, "policy").(string); !strings.Contains(text, "cloudwatch.amazonaws.com") {
		t.Errorf("the policy is %s", text)
	}
	alias := only(t, r, "aws:kms/alias:Alias")
	says(t, alias, "alias/mesh-topics", "name")
	needs(t, r, alias, key)
}

// A log group, the topic and the volumes of nodes carry the key that they are given, and AWS's own without one.
func TestWhatIsEncryptedNamesItsKey(t *testing.T) {
	const arn = "arn:aws:kms:eu-central-1:111122223333:key/k"
	for _, want := range []any{arn, nil} {
		var key pulumi.StringPtrInput
		if want != nil {
			key = pulumi.StringPtr(arn)
		}
		r := made(t, func(ctx *pulumi.Context, f *fixture) error {
			control := validEKS(f)
			control.LogKeyARN, control.VolumeKeyARN = key, key
			if _, err := eks.NewCluster(ctx, "eks", control); err != nil {
				return err
			}
			tasks := validCluster(f)
			tasks.LogKeyARN = key
			if _, err := ecs.NewCluster(ctx, "ecs", tasks); err != nil {
				return err
			}
			flows := validFlowLog(f)
			flows.KeyARN = key
			if _, err := network.NewFlowLog(ctx, "flows", flows); err != nil {
				return err
			}
			logs := validClusterLogs(f)
			logs.KeyARN = key
			if _, err := observability.NewClusterLogs(ctx, "logs", logs); err != nil {
				return err
			}
			alarms := validAlarms(f)
			alarms.TopicARN, alarms.TopicName, alarms.TopicKeyARN = "", "mesh-alarms", key
			_, err := observability.NewAlarms(ctx, "alarms", alarms)
			return err
		})
		groups := r.OfType(logGroup)
		if len(groups) != 5 {
			t.Errorf("%d log groups", len(groups))
		}
		for _, group := range groups {
			says(t, group, want, "kmsKeyId")
		}
		says(t, only(t, r, "aws:sns/topic:Topic"), want, "kmsMasterKeyId")
		says(t, only(t, r, launchTemplate), want, "blockDeviceMappings", 0, "ebs", "kmsKeyId")
	}
}

// ECS asks that the log group of sessions has the key of the sessions.
func TestTheLogOfSessionsHasTheKeyOfTheSessions(t *testing.T) {
	r := made(t, func(ctx *pulumi.Context, f *fixture) error {
		args := validCluster(f)
		args.LogKeyARN = pulumi.StringPtr("arn:aws:kms:eu-central-1:111122223333:key/logs")
		args.Exec = ecs.Exec{LogGroupName: "/ecs/mesh-1/exec", KMSKeyARN: "arn:aws:kms:eu-central-1:111122223333:key/exec"}
		_, err := ecs.NewCluster(ctx, "ecs", args)
		return err
	})
	for _, group := range r.OfType(logGroup) {
		want := "arn:aws:kms:eu-central-1:111122223333:key/logs"
		if at(t, group, "name") == "/ecs/mesh-1/exec" {
			want = "arn:aws:kms:eu-central-1:111122223333:key/exec"
		}
		says(t, group, want, "kmsKeyId")
	}
}
