package config

import (
	"fmt"
	"regexp"

	"ambient-ecs/problem"
)

// KMSKeys are the KMS keys with which AWS encrypts what the program makes in an account, instead of with keys of its own. Each is
// own, for a key that the program makes with a policy for this use only, or the ARN of a key of yours, whose policy must let the
// service in.
type KMSKeys struct {
	// Logs encrypts every log group of the account. A change concerns events that arrive later. Empty: CloudWatch's own key.
	Logs string `config:"logs"`
	// Topics encrypts the SNS topic of the account's alarms. Empty: not encrypted.
	Topics string `config:"topics"`
	// Volumes encrypts the volumes of the EKS nodes, in the home account. A change replaces every node, one after the other.
	// Empty: AWS's own key for EBS.
	Volumes string `config:"volumes"`
	// Secrets encrypts what the EKS cluster stores, besides its disks, in the home account: an ARN. For the life of a stack. Empty, or own:
	// a key that the program makes.
	Secrets string `config:"secrets"`
}

// OwnKey is a key that the program makes.
const OwnKey = "own"

// KeyUse is what a key encrypts.
type KeyUse string

const (
	KeyForLogs    KeyUse = "logs"
	KeyForTopics  KeyUse = "topics"
	KeyForVolumes KeyUse = "volumes"
	KeyForSecrets KeyUse = "secrets"
)

// KeyUses are all uses, in the order of the page.
var KeyUses = []KeyUse{KeyForLogs, KeyForTopics, KeyForVolumes, KeyForSecrets}

// KeyFor is the account's choice for a use: "" for AWS's own key, OwnKey, or an ARN.
func (c Config) KeyFor(account string, use KeyUse) string {
	keys := c.Accounts[account].Keys
	switch use {
	case KeyForLogs:
		return keys.Logs
	case KeyForTopics:
		return keys.Topics
	case KeyForVolumes:
		return keys.Volumes
	case KeyForSecrets:
		return keys.Secrets
	default:
		panic("config: there is no key for " + string(use))
	}
}

// SecretsKeyARN is the ARN of a key of others that encrypts what the EKS cluster stores. Empty: the program makes a key with the cluster.
func (c Config) SecretsKeyARN() string {
	if key := c.KeyFor(c.Home, KeyForSecrets); key != OwnKey {
		return key
	}
	return ""
}

// KeyAlias is the alias of a key that the program makes in an account.
func (c Config) KeyAlias(use KeyUse) string { return "alias/" + c.Install + "-" + string(use) }

// LogGroupPatterns are the names of all log groups that an account may hold, as IAM matches them. A new cluster or a switch adds
// none, unless the cluster has a clusterName.
func (c Config) LogGroupPatterns(account string) []string {
	patterns := []string{
		"/ecs/" + c.Install + "-*",
		"/aws/ecs/containerinsights/" + c.Install + "-*",
		"/vpc/" + c.Install + "-*",
	}
	if account == c.Home {
		patterns = append(patterns, "/aws/eks/"+c.Install+"/*")
	}
	for _, key := range c.NamedClusters(account) {
		patterns = append(patterns, InsightsLogGroup(c.ECSName(key)))
	}
	return patterns
}

// keyARN is the ARN of a KMS key. Aliases are not taken: IAM and log groups compare the key's own ARN.
var keyARN = regexp.MustCompile(`^arn:([a-z-]+):kms:([a-z0-9-]+):([0-9]{12}):key/[A-Za-z0-9-]+$`)

// checkKeyARN refuses what is no key that a service of the region can use.
func (c Config) checkKeyARN(p *problem.List, field, region, arn string) {
	parts := keyARN.FindStringSubmatch(arn)
	switch {
	case parts == nil:
		p.Refuse(field, arn, "this is not the ARN of a KMS key, …:key/…: aliases are not taken")
	case regionName.MatchString(region) && (parts[1] != c.Partition() || parts[2] != region):
		p.Refuse(field, arn, "a key is for its own region, and what it would encrypt is in %s", region)
	}
}

func (c Config) checkKeys(p *problem.List) {
	for _, account := range c.AccountKeys() {
		for _, use := range KeyUses {
			field, value := fmt.Sprintf("accounts.%s.keys.%s", account, use), c.KeyFor(account, use)
			alarms := c.Observability.Alarms
			switch {
			case value == "":
				continue
			case value != OwnKey:
				c.checkKeyARN(p, field, c.RegionOf(account), value)
			}
			switch {
			case use == KeyForVolumes && account != c.Home:
				p.Refuse(field, value, "the nodes are in the home account, %s", c.Home)
			case use == KeyForSecrets && account != c.Home:
				p.Refuse(field, value, "the EKS cluster is in the home account, %s", c.Home)
			case use == KeyForTopics && !alarms.Enabled:
				p.Refuse(field, value, "there is no topic: set observability.alarms.enabled")
			case use == KeyForTopics && alarms.TopicARN != "":
				p.Refuse(field, value, "with observability.alarms.topicArn the program makes no topic: encrypt yours yourself")
			}
		}
	}
}
