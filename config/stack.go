package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// StackSettings are about the install as a whole.
type StackSettings struct {
	// Install prefixes every fixed physical name, so that two stacks fit in one account.
	Install string `config:"installName"`
	// Region is the AWS region of the home account, and of every other account that has none of its own, for example
	// "eu-central-1".
	Region string `config:"region"`
	// Owner becomes the tag "owner" of every AWS resource. Empty: no such tag.
	Owner string `config:"owner"`
	// Tags are put on every AWS resource of every account.
	Tags map[string]string `config:"tags"`
	// LogRetentionDays applies to every log group; a value that CloudWatch Logs knows.
	LogRetentionDays int `config:"logRetentionDays"`
	// Protect guards VPCs, subnets, peerings, transit gateways, the EKS cluster and KMS keys against deletion.
	Protect bool `config:"protect"`
	// QuotaLookUps lets previews ask Service Quotas for an account's own values, where the stack goes beyond AWS's defaults.
	QuotaLookUps bool `config:"quotaLookUps"`
}

// InstallTag is the tag that says which install a resource belongs to.
const InstallTag = "ambient-ecs-install"

// StackTag is a tag of VPCs that says which stack made them: the id of the account's provider in the stack's state. It
// is what finds a stack again whose installName was changed.
const StackTag = "ambient-ecs-stack"

// ImportTag is the tag of an ECS service that was taken over and enrolled (`import`). Such a service stays with the provider that
// imported it.
const ImportTag = "ambient-ecs-import"

// CreatorTag is the tag of the EKS cluster that names the principal that made it. EKS gives that principal an access entry and tells
// nobody afterwards who it was.
const CreatorTag = "ambient-ecs-creator"

// SecretsKeyTag is the tag of the EKS cluster that names the key of others with which it was made. The look-up of a cluster does not tell
// the key.
const SecretsKeyTag = "ambient-ecs-secrets-key"

// OwnerTag is the tag that carries Config.Owner.
const OwnerTag = "owner"

// ResourceTags are the tags of every AWS resource: the user's, the owner and the install.
func (c Config) ResourceTags() map[string]string {
	tags := map[string]string{}
	maps.Copy(tags, c.Tags)
	if c.Owner != "" {
		tags[OwnerTag] = c.Owner
	}
	tags[InstallTag] = c.Install
	return tags
}

// Partition is the AWS partition of the region.
func (c Config) Partition() string { return quota.Partition(c.Region) }

// regionName is a region of one of the partitions that the program knows. It is a pattern and not a
// list, so that a new region needs no new release.
var regionName = regexp.MustCompile(`^(?:(?:af|ap|ca|eu|il|me|mx|sa|us)-(?:central|north|south|east|west|northeast|northwest|southeast|southwest)-[1-9]|cn-(?:north|northwest)-1|us-gov-(?:east|west)-1)$`)

// retentions are the retention periods that CloudWatch Logs accepts, in days.
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func (c Config) checkStack(p *problem.List) {
	switch {
	case c.Install == "":
		p.Missing("installName", "it begins every fixed name")
	case !labelFromLetter.MatchString(c.Install):
		p.Refuse("installName", c.Install, "begin with a letter; %s", labelRule)
	case c.Install == "kube" || strings.HasPrefix(c.Install, "kube-"):
		p.Refuse("installName", c.Install, "namespaces begin with it, and Kubernetes keeps the prefix kube- for itself")
	}
	if c.Region == "" {
		p.Missing("region", "every account needs one, for example eu-central-1")
	}
	checkRegion(p, "region", c.Region, c.ZoneIDs)
	if !slices.Contains(retentions, c.LogRetentionDays) {
		p.Refuse("logRetentionDays", c.LogRetentionDays, "CloudWatch Logs knows only %s", numbers(retentions))
	}
}

const (
	maxTagKey   = 128
	maxTagValue = 256
	// maxTags leaves ten of AWS's fifty tags to the program, to ECS and to EKS.
	maxTags = 40
)

var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

const tagTextRule = "AWS allows letters, digits, spaces and _ . : / = + - @ only"

// reservedTags are prefixes of tag keys ("prefix/…" and "anything.prefix/…") that steer other software.
var reservedTags = []struct{ domain, reason string }{
	{"istio.io", "tags of ECS tasks become labels in the mesh, and labels with this prefix steer Istio"},
	{"solo.io", "the program sets these tags itself: they steer the discovery of ECS services"},
	{"kubernetes.io", "EKS and its load balancers act on such tags: for example, two security groups with the cluster's tag stop its load balancers"},
	{"k8s.io", "EKS and its load balancers act on such tags"},
}

// reservedTag says why nobody but the program may set a tag with this key, in lower case, or returns "".
func reservedTag(key string) string {
	if domain, _, prefixed := strings.Cut(key, "/"); prefixed {
		for _, r := range reservedTags {
			if domain == r.domain || strings.HasSuffix(domain, "."+r.domain) {
				return r.reason
			}
		}
	}
	return ""
}

// ownTags are the keys by which the program and its deployer's policies recognize its resources.
var ownTags = []string{InstallTag, StackTag, ClusterTag, CreatorTag, SecretsKeyTag, ImportTag, GivenTag, ScalingTag}

// TagProblem says why somebody besides the program cannot set a tag on what runs in the mesh, or returns "".
func TagProblem(key, value string) string {
	lower := strings.ToLower(key)
	switch {
	case key == "" || utf8.RuneCountInString(key) > maxTagKey || !tagText.MatchString(key):
		return fmt.Sprintf("a tag key has 1 to %d characters, and %s", maxTagKey, tagTextRule)
	case utf8.RuneCountInString(value) > maxTagValue || !tagText.MatchString(value):
		return fmt.Sprintf("a tag value has at most %d characters, and %s", maxTagValue, tagTextRule)
	case strings.HasPrefix(lower, "aws:"):
		return "AWS keeps the prefix aws: for itself"
	case slices.Contains(ownTags, lower):
		return "by this tag the program and its deployer's policies know what is the program's"
	}
	return reservedTag(lower)
}

func (c Config) checkTags(p *problem.List) {
	checkTagValue(p, "owner", c.Owner)
	if len(c.Tags) > maxTags {
		p.Refuse("tags", len(c.Tags), "AWS allows 50 tags on a resource and the program needs some of them: at most %d", maxTags)
	}
	seen := map[string]string{}
	for _, key := range ownTags {
		seen[key] = "the program's own tag " + key
	}
	if c.Owner != "" {
		seen[OwnerTag] = "the tag that the key owner sets"
	}
	for _, key := range slices.Sorted(maps.Keys(c.Tags)) {
		field := "tags." + key
		switch {
		case key == "":
			p.Refuse("tags", key, "a tag needs a key")
			continue
		case utf8.RuneCountInString(key) > maxTagKey:
			p.Refuse("tags", key, "a tag key has at most %d characters, this one has %d", maxTagKey, utf8.RuneCountInString(key))
		case !tagText.MatchString(key):
			p.Refuse("tags", key, tagTextRule)
		}
		checkTagValue(p, field, c.Tags[key])
		lower := strings.ToLower(key)
		if strings.HasPrefix(lower, "aws:") {
			p.Refuse("tags", key, "AWS keeps the prefix aws: for itself")
		}
		if reason := reservedTag(lower); reason != "" {
			p.Refuse("tags", key, "the prefix %s is reserved: %s", lower[:strings.Index(lower, "/")+1], reason)
		}
		if other, taken := seen[lower]; taken {
			p.Refuse("tags", key, "IAM does not tell upper from lower case in tag keys, and this is %s", other)
		}
		seen[lower] = "the same as tags." + key
	}
}

func checkTagValue(p *problem.List, field, value string) {
	switch {
	case utf8.RuneCountInString(value) > maxTagValue:
		p.Refuse(field, value, "a tag value has at most %d characters, this one has %d", maxTagValue, utf8.RuneCountInString(value))
	case !tagText.MatchString(value):
		p.Refuse(field, value, tagTextRule)
	}
}

// auditDays is how long audit logs should be kept, in days (AWS Security Hub CloudWatch.16,
// https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html, 2026-11-29).
const auditDays = 365

// shortAudit tells of audit logs that are kept for less than a year in a stack that is there to stay.
func (c Config) shortAudit() []string {
	if c.HasExistingEKS() {
		return nil
	}
	if c.Protect && !slices.Contains(c.ControlPlaneLogs, logAudit) {
		return []string{"controlPlaneLogs: without audit nobody can find out who changed what in the EKS cluster (CIS Amazon EKS 2.1.1, AWS Security Hub EKS.8)"}
	}
	if !c.Protect || c.LogRetentionDays >= auditDays {
		return nil
	}
	return []string{fmt.Sprintf("logRetentionDays: the audit log of the EKS cluster is kept for %d days, and AWS Security Hub asks for %d", c.LogRetentionDays, auditDays)}
}
