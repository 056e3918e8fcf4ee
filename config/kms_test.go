package config

import (
	"slices"
	"testing"
)

const someKey = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

func TestEachUseHasTheKeyOfItsAccount(t *testing.T) {
	c := mustLoad(t, with(
		edit{"accounts/local/keys", object{"logs": "own", "topics": someKey, "volumes": "own"}},
		edit{"observability", object{"alarms": object{"enabled": true}}}))
	for use, want := range map[KeyUse]string{KeyForLogs: OwnKey, KeyForTopics: someKey, KeyForVolumes: OwnKey} {
		if got := c.KeyFor("local", use); got != want {
			t.Errorf("%s at home: %q, want %q", use, got, want)
		}
		if got := c.KeyFor("external", use); got != "" {
			t.Errorf("%s elsewhere: %q", use, got)
		}
	}
	if home, other := c.LogGroupPatterns("local"), c.LogGroupPatterns("external"); !slices.Contains(home, "/aws/eks/ambient/*") || slices.Contains(other, "/aws/eks/ambient/*") {
		t.Errorf("%v at home, %v elsewhere", home, other)
	}
}

func TestOnlyAnARNIsAKeyOfOthersForSecrets(t *testing.T) {
	for value, want := range map[string]string{"": "", OwnKey: "", someKey: someKey} {
		if got := mustLoad(t, with(edit{"accounts/local/keys", object{"secrets": value}})).SecretsKeyARN(); got != want {
			t.Errorf("%q: %q", value, got)
		}
	}
}

func TestRefusedKeys(t *testing.T) {
	const local, external = "accounts/local/keys", "accounts/external/keys"
	run(t, []refusal{
		one("a word", local, object{"logs": "mine"}, `accounts.local.keys.logs = "mine"`, "ARN of a KMS key"),
		one("an alias", local, object{"volumes": "arn:aws:kms:eu-central-1:111122223333:alias/ebs"}, "accounts.local.keys.volumes", "aliases are not taken"),
		one("a key elsewhere", local, object{"logs": "arn:aws:kms:eu-west-1:111122223333:key/1"}, "accounts.local.keys.logs", "eu-central-1"),
		one("a key of another partition", local, object{"logs": "arn:aws-cn:kms:eu-central-1:111122223333:key/1"}, "accounts.local.keys.logs", "eu-central-1"),
		one("volumes without nodes", external, object{"volumes": "own"}, "accounts.external.keys.volumes", "home account, local"),
		one("secrets without a cluster", external, object{"secrets": "own"}, "accounts.external.keys.secrets", "home account, local"),
		one("an alias for secrets", local, object{"secrets": "arn:aws:kms:eu-central-1:111122223333:alias/eks"}, "accounts.local.keys.secrets", "aliases are not taken"),
		one("topics without alarms", local, object{"topics": "own"}, "accounts.local.keys.topics", "observability.alarms.enabled"),
		{"a topic of one's own", []edit{{local, object{"topics": "own"}}, {"observability", object{"alarms": object{"enabled": true, "topicArn": "arn:aws:sns:eu-central-1:111122223333:alarms"}}}},
			[][]string{{"accounts.local.keys.topics", "encrypt yours yourself"}}},
	})
}
