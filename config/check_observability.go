package config

import (
	"maps"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

var (
	// chartVersion is a full version. A range would install another chart tomorrow.
	chartVersion = regexp.MustCompile(`^v?[0-9]+\.[0-9]+\.[0-9]+(?:[-+][0-9A-Za-z.+-]+)?$`)
	// topicARN is an SNS topic; its groups are partition, region and name.
	topicARN = regexp.MustCompile(`^arn:(aws[a-z-]*):sns:([a-z0-9-]+):[0-9]{12}:([A-Za-z0-9_-]{1,256}(?:\.fifo)?)$`)
)

func (c Config) checkObservability(p *problem.List) {
	const field = "observability."
	o := c.Observability
	for _, need := range []struct {
		key string
		on  bool
		why string
	}{
		{"dashboards", o.Dashboards, "Grafana shows what Prometheus collects: switch on observability.metrics too"},
		{"kiali", o.Kiali, "Kiali draws what Prometheus collects: switch on observability.metrics too"},
	} {
		if need.on && !o.Metrics {
			p.Refuse(field+need.key, true, "%s", need.why)
		}
	}
	p.Between(field+"traceSampling", o.TraceSampling, 0, 100, "it is a share in percent")
	if o.TraceSampling != 0 && !o.Tracing {
		p.Refuse(field+"traceSampling", o.TraceSampling, "nothing is traced: switch on observability.tracing too")
	}
	c.checkAlarms(p, field+"alarms.")
	for _, name := range slices.Sorted(maps.Keys(o.Charts)) {
		if !slices.Contains(ObservabilityCharts(), name) {
			p.Refuse(field+"charts", name, "the charts are %s%s", strings.Join(ObservabilityCharts(), ", "), problem.DidYouMean(name, ObservabilityCharts()))
			continue
		}
		chart := o.Charts[name]
		if chart.Repository != "" {
			repository, err := url.Parse(chart.Repository)
			switch {
			case err != nil || repository.Host == "" || repository.Scheme != "oci" && repository.Scheme != "https":
				p.Refuse(field+"charts."+name+".repository", chart.Repository, "it must begin with oci:// or https:// and name a host")
			case repository.User != nil:
				p.Refuse(field+"charts."+name+".repository", repository.Redacted(), "credentials do not belong into an address, which everybody can read")
			}
		}
		if chart.Version != "" && !chartVersion.MatchString(chart.Version) {
			p.Refuse(field+"charts."+name+".version", chart.Version, "give one full version, such as 1.2.3: a range would install another chart tomorrow")
		}
	}
}

func (c Config) checkAlarms(p *problem.List, field string) {
	a := c.Observability.Alarms
	if !a.Enabled {
		if a.TopicARN != "" {
			p.Refuse(field+"topicArn", a.TopicARN, "there are no alarms: set observability.alarms.enabled")
		}
		if len(a.Emails) > 0 {
			p.Refuse(field+"emails", a.Emails, "there are no alarms: set observability.alarms.enabled")
		}
		return
	}
	if a.TopicARN != "" {
		parts := topicARN.FindStringSubmatch(a.TopicARN)
		switch {
		case parts == nil:
			p.Refuse(field+"topicArn", a.TopicARN, "this is no ARN of an SNS topic, such as arn:aws:sns:eu-central-1:111122223333:alarms")
		case strings.HasSuffix(parts[3], ".fifo"):
			p.Refuse(field+"topicArn", a.TopicARN, "a CloudWatch alarm cannot notify a FIFO topic")
		case regionName.MatchString(c.Region) && (parts[1] != c.Partition() || parts[2] != c.Region):
			p.Refuse(field+"topicArn", a.TopicARN, "an alarm can notify a topic of its own region only, which is %s in the partition %s", c.Region, c.Partition())
		}
		if len(a.Emails) > 0 {
			p.Refuse(field+"emails", a.Emails, "with topicArn the program makes no topic: subscribe to yours yourself, or leave topicArn out")
		}
	}
	seen := map[string]bool{}
	for _, email := range a.Emails {
		address, err := mail.ParseAddress(email)
		switch {
		case err != nil || address.Address != email || !strings.Contains(email, "."):
			p.Refuse(field+"emails", email, "this is no e-mail address")
		case seen[email]:
			p.Refuse(field+"emails", email, "it is listed twice")
		}
		seen[email] = true
	}
}
