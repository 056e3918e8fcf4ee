package aws

import (
	"testing"

	"ambient-ecs/sandbox/world"
)

func TestDeletedKeyWaitsInTheAccount(t *testing.T) {
	u := newSandbox(t).login(home)
	key := u.create(kmsKeyKind, "k", props{"enableKeyRotation": true, "deletionWindowInDays": 7.0})
	alias := u.create(kmsAliasKind, "k", props{"name": "alias/k", "targetKeyId": key.ID})
	u.refuses(kmsAliasKind, "again", props{"name": "alias/k", "targetKeyId": key.ID}, "AlreadyExistsException")
	u.refuses(kmsAliasKind, "nokey", props{"name": "alias/n", "targetKeyId": "none"}, "NotFoundException")
	u.mustDelete(alias, key)
	u.refuses(kmsAliasKind, "late", props{"name": "alias/k", "targetKeyId": key.ID}, "KMSInvalidStateException", "pending deletion")
	_ = u.w.Do(func(tx *world.Tx) error {
		if kept := tx.Get(home, kmsKeyKind, key.ID); kept == nil || kept.String("_state") != "PendingDeletion" {
			t.Errorf("the key is %v", kept)
		}
		return nil
	})
}

func TestKeyPolicyMustLetTheAccountIn(t *testing.T) {
	u := newSandbox(t).login(home)
	u.refuses(kmsKeyKind, "k", props{"policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"kms:*","Resource":"*"}]}`}, "MalformedPolicyDocumentException")
}

func TestLogGroupRefusals(t *testing.T) {
	u := newSandbox(t).login(home)
	in := props{"name": "/ecs/x", "retentionInDays": 14.0}
	group := u.create(logGroupKind, "g", in)
	u.refuses(logGroupKind, "h", in, "ResourceAlreadyExistsException", "The specified log group already exists")
	u.refuses(logGroupKind, "k", with(in, props{"name": "/ecs/y", "kmsKeyId": "arn:aws:kms:eu-central-1:111111111111:key/none"}), "InvalidParameterException", "KMS key")
	key := u.create(kmsKeyKind, "k", props{})
	u.refuses(logGroupKind, "k", with(in, props{"name": "/ecs/y", "kmsKeyId": key.out("arn")}), "InvalidParameterException", "not allowed to be used with LogGroup")
	other := u.create(kmsKeyKind, "o", props{"policy": logsKey("/ecs/z*")})
	u.refuses(logGroupKind, "k", with(in, props{"name": "/ecs/y", "kmsKeyId": other.out("arn")}), "InvalidParameterException", "not allowed to be used with LogGroup")
	mine := u.create(kmsKeyKind, "m", props{"policy": logsKey("/ecs/x*")})
	if err := u.change(group, with(in, props{"kmsKeyId": mine.out("arn")})); err != nil {
		t.Fatal(err)
	}
	if _, failures := u.check(logGroupKind, "odd", with(in, props{"retentionInDays": 10.0})); len(failures) != 1 {
		t.Fatalf("ten days are not refused: %v", failures)
	}
	if err := u.change(group, with(in, props{"retentionInDays": 30.0})); err != nil {
		t.Fatal(err)
	}
	u.mustDelete(group)
}

// logsKey is the policy of a key for some log groups.
func logsKey(groups string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + home + `:root"},"Action":"kms:*","Resource":"*"},` +
		`{"Effect":"Allow","Principal":{"Service":"logs.eu-central-1.amazonaws.com"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*",` +
		`"Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:eu-central-1:` + home + `:log-group:` + groups + `"}}}]}`
}
