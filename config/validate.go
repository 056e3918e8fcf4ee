package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"ambient-ecs/problem"
)

// Validate returns every problem of the configuration as one error, each with field, value and reason.
func (c Config) Validate() error {
	var p problem.List
	c.validate(&p)
	return p.Err()
}

func (c Config) validate(p *problem.List) {
	c.checkSecrets(p)
	c.checkStack(p)
	c.checkTags(p)
	c.checkAccounts(p)
	c.checkNetwork(p)
	c.checkEKS(p)
	c.checkMesh(p)
	c.checkClusters(p)
	c.checkShared(p)
	c.checkPolicies(p)
	c.checkTraffic(p)
	c.checkObservability(p)
	c.checkNames(p)
}

var (
	// label is a DNS label in lower case. Kubernetes, DNS and IAM accept it everywhere that a key becomes part of a name.
	label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	// labelFromLetter is a label that begins with a letter, as the names of some AWS resources must.
	labelFromLetter = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)
	// domainName is one or more labels with dots between them.
	domainName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)
)

const labelRule = "use lower-case letters, digits and hyphens, with a letter or digit at both ends"

func (c Config) checkStack(p *problem.List) {
	switch {
	case c.Install == "":
		p.Missing("installName", "it begins every fixed name")
	case !labelFromLetter.MatchString(c.Install):
		p.Refuse("installName", c.Install, "begin with a letter; %s", labelRule)
	case c.Install == "kube" || strings.HasPrefix(c.Install, "kube-"):
		p.Refuse("installName", c.Install, "namespaces begin with it, and Kubernetes keeps the prefix kube- for itself")
	}
	switch {
	case c.Region == "":
		p.Missing("region", "every account needs one, for example eu-central-1")
	case !regionName.MatchString(c.Region):
		p.Refuse("region", c.Region, "this is no region of the partitions aws, aws-cn or aws-us-gov (an availability zone such as eu-central-1a is not a region)")
	}
	if !slices.Contains(retentions, c.LogRetentionDays) {
		p.Refuse("logRetentionDays", c.LogRetentionDays, "CloudWatch Logs knows only %s", numbers(retentions))
	}
	h := c.HealthCheck
	const all = "ECS allows no other (and a ztunnelHealthCheck of your own must give all four values)"
	p.Between("ztunnelHealthCheck.interval", h.Interval, 5, 300, all)
	p.Between("ztunnelHealthCheck.timeout", h.Timeout, 2, 60, all)
	p.Between("ztunnelHealthCheck.retries", h.Retries, 1, 10, all)
	p.Between("ztunnelHealthCheck.startPeriod", h.StartPeriod, 0, 300, all)
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

func (c Config) checkTags(p *problem.List) {
	checkTagValue(p, "owner", c.Owner)
	if len(c.Tags) > maxTags {
		p.Refuse("tags", len(c.Tags), "AWS allows 50 tags on a resource and the program needs some of them: at most %d", maxTags)
	}
	seen := map[string]string{strings.ToLower(InstallTag): "the program's own tag " + InstallTag}
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
		if domain, _, prefixed := strings.Cut(lower, "/"); prefixed {
			for _, r := range reservedTags {
				if domain == r.domain || strings.HasSuffix(domain, "."+r.domain) {
					p.Refuse("tags", key, "the prefix %s/ is not yours to set: %s", domain, r.reason)
				}
			}
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
