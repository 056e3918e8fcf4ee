package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ambient-ecs/problem"
)

// judgedBy lists, for each field, the fields that its check reads too. If one of them could not be read, the result of the check means
// nothing. A step "*" is any key, "NAME*" the same one on both sides. A field stands
// for what is under it; the others are meant at the path itself, and with "…" under it too.
var judgedBy = map[string][]string{
	"home":                        {"accounts.*"},
	"zoneIds":                     {"region", "accounts.*.subnets.private…", "home"},
	"connect":                     {"region", "accounts.*.region"},
	"accounts.A*":                 {"accounts.A*"},
	"accounts.A*.roleArn":         {"accounts.A*.id", "region"},
	"accounts.A*.region":          {"region", "home", "accounts.A*.zoneIds…", "istioVersion", "istioRevisions…"},
	"accounts.A*.zoneIds":         {"region", "accounts.A*.region", "accounts.A*.subnets.private…", "accounts.A*.network…"},
	"accounts.A*.discoveryValues": {"region", "home", "accounts.A*.region", "ecsAccountsDelivery"},
	"accounts.A*.id":              {"accounts.*.region", "region"},
	"accounts.A*.registrySecrets": {"accounts.A*.id", "accounts.A*.region", "region"},
	"accounts.A*.externalId":      {"accounts.A*.roleArn", "home"},
	"accounts.A*.sessionName":     {"accounts.A*.roleArn"},
	"accounts.*.profile":          {"accounts.*.profile", "accounts.*.roleArn", "accounts.*.id"},
	"accounts.*.vpcCidr":          {"accounts.*.vpcCidr"},
	"accounts.A*.keys":            {"home", "region", "accounts.A*.region", "observability.alarms.enabled", "observability.alarms.topicArn"},
	"accounts.A*.subnets":         {"accounts.A*.vpcCidr", "zoneIds…", "natGateways", "home"},

	"flowLogs.traffic":       {"flowLogs.enabled"},
	"flowLogs.retentionDays": {"flowLogs.enabled"},

	"endpoints.services":             {"endpoints.enabled", "endpoints.also…"},
	"endpoints.also":                 {"endpoints.enabled", "endpoints.services…"},
	"endpoints.enabled":              {"region"},
	"accounts.A*.endpoints.services": {"accounts.A*.endpoints.enabled", "accounts.A*.endpoints.also…"},
	"accounts.A*.endpoints.also":     {"accounts.A*.endpoints.enabled", "accounts.A*.endpoints.services…"},
	"accounts.A*.endpoints.enabled":  {"region"},

	"addonVersions":     {"kubernetesVersion"},
	"kubernetesVersion": {"istioVersion", "istioRevisions…", "existingEks.name"},
	"nodeCountMax":      {"nodeCount"},
	"clusterAdmins":     {"region", "home", "accounts.*.roleArn", "accounts.*.id"},
	"clusterReaders":    {"region", "home", "accounts.*.roleArn", "accounts.*.id", "clusterAdmins…"},
	"apiAccessCidrs":    {"deployerInsideNetwork", "existingEks.name"},
	"apiPrivateCidrs":   {"deployerInsideNetwork", "existingEks.name"},

	"istioVersion":                {"istioRevisions…", "istioDefaultRevision"},
	"istioDefaultRevision":        {"istioRevisions"},
	"clusters.*.ztunnelVersion":   {"istioVersion", "istioRevisions…", "istioDefaultRevision"},
	"chartUsername":               {"chartPassword"},
	"chartPassword":               {"chartUsername"},
	"gatewayApiSha256":            {"gatewayApiSource"},
	"gatewayAnnotations":          {"accounts.*.vpcCidr"},
	"meshCa":                      {"meshCa.*"},
	"ingress":                     {"ingress.*", "region", "home", "accounts.*", "clusters.*", "sharedServices.*"},
	"observability.alarms":        {"observability.alarms.enabled", "observability.alarms.topicArn", "region", "accounts.*.region", "accounts.*.id"},
	"observability.dashboards":    {"observability.metrics"},
	"observability.kiali":         {"observability.metrics"},
	"observability.traceSampling": {"observability.tracing"},
	"observability.charts":        {"observability.metrics", "observability.dashboards", "observability.kiali", "observability.tracing", "observability.clusterLogs"},

	"clusters.*.account":                               {"accounts.*"},
	"clusters.C*.waypoint":                             {"clusters.C*.services.*.clientOnly", "clusters.C*.services.*.shared"},
	"clusters.C*.allow":                                {"clusters.C*.services.*.access", "clusters.C*.services.*.waypoint", "clusters.C*.services.*.port", "clusters.C*.services.*.clientOnly", "clusters.C*.services.*.shared", "clusters.C*.access", "clusters.C*.waypoint", "clusters.*.account", "sharedServices.*", "accounts.*"},
	"clusters.C*.deny":                                 {"clusters.C*.services.*.waypoint", "clusters.C*.services.*.port", "clusters.C*.services.*.clientOnly", "clusters.C*.services.*.shared", "clusters.C*.waypoint", "clusters.*.services.*", "sharedServices.*", "accounts.*"},
	"clusters.C*.services.S*.allow":                    {"clusters.C*.services.S*.access", "clusters.C*.services.S*.waypoint", "clusters.C*.services.S*.port", "clusters.C*.access", "clusters.C*.waypoint", "clusters.C*.allow…", "clusters.*.account", "clusters.*.services.*", "sharedServices.*", "accounts.*"},
	"clusters.C*.services.S*.deny":                     {"clusters.C*.services.S*.waypoint", "clusters.C*.services.S*.port", "clusters.C*.waypoint", "clusters.*.services.*", "sharedServices.*", "accounts.*"},
	"clusters.C*.services.S*":                          {"clusters.C*.services.S*.clientOnly", "clusters.C*.services.S*.shared"},
	"clusters.C*.services.S*.cpu":                      {"clusters.C*.services.S*.memory"},
	"clusters.C*.services.S*.desiredCount":             {"clusters.C*.services.S*.scaling.min", "clusters.C*.services.S*.scaling.max"},
	"clusters.C*.services.S*.scaling":                  {"clusters.C*.services.S*.scaling…"},
	"clusters.C*.services.S*.deploymentConfiguration":  {"clusters.C*.services.S*.desiredCount", "clusters.C*.services.S*.scaling.min"},
	"clusters.C*.services.S*.capacityProviderStrategy": {"clusters.C*.services.S*.architecture", "region"},
	"clusters.C*.services.S*.platformVersion":          {"clusters.C*.services.S*.architecture", "clusters.C*.services.S*.capacityProviderStrategy…"},
	"clusters.C*.tasks.T*.cpu":                         {"clusters.C*.tasks.T*.memory"},
	"clusters.C*.tasks.T*.platformVersion":             {"clusters.C*.tasks.T*.architecture"},
	"clusters.*.tasks.*.egress":                        {"accounts.*.vpcCidr", "clusters.*.services.*.port", "sharedServices.*.port"},
	"clusters.C*.tasks.T*.schedule":                    {"clusters.C*.tasks.T*.schedule…", "region", "accounts.*.region", "clusters.C*.account"},
	"clusters.C*.tasks":                                {"clusters.C*.services.*"},
	"ecsExec":                                          {"ecsExec.enabled", "region", "accounts.*.region", "clusters.*.account", "clusters.*.services.*.exec"},
	"clusters.C*.services.S*.port":                     {"sharedServices.*.port"},
	"clusters.*.services.*.shared":                     {"sharedServices.*"},
	"clusters.*.services.*.egress":                     {"accounts.*.vpcCidr", "clusters.*.services.*.port", "sharedServices.*.port"},
	"clusters.C*.services.S*.traffic":                  {"clusters.C*.services.S*.waypoint", "clusters.C*.waypoint", "clusters.*.services.*.clientOnly", "clusters.*.services.*.shared"},
	"sharedServices.N*.allow":                          {"sharedServices.N*.access", "sharedServices.N*.waypoint", "sharedServices.N*.port", "clusters.*.account", "clusters.*.services.*.shared", "accounts.*"},
	"sharedServices.N*.deny":                           {"sharedServices.N*.waypoint", "sharedServices.N*.port", "clusters.*.services.*", "accounts.*"},
	"sharedServices.N*.traffic":                        {"sharedServices.N*.waypoint", "clusters.*.services.*.clientOnly", "clusters.*.services.*.shared", "clusters.*.services.*.deny…"},
	"sharedServices.N*":                                {"sharedServices.N*.hostname", "home"},
	"clusters.C*.services.S*.traffic.retries":          {"clusters.C*.services.S*.traffic.timeout", "clusters.C*.services.S*.traffic.retries.attempts"},
	"sharedServices.N*.traffic.retries":                {"sharedServices.N*.traffic.timeout", "sharedServices.N*.traffic.retries.attempts"},
}

// unread are the fields whose values could not be read.
type unread []string

// unreadOf are the fields of problems that were found while reading.
func unreadOf(found problem.List) (all unread) {
	for _, p := range found {
		all = append(all, p.Field)
	}
	return all
}

// concerns reports whether a problem rests on a value that could not be read: its own, one that it is a part of, one of its parts,
// or one that its field is judged by.
func (u unread) concerns(p problem.Problem) bool {
	return slices.ContainsFunc(u, func(field string) bool {
		return field == p.Field || below(p.Field, field) || below(field, p.Field) && !namesAnother(p, field) || judged(p, field)
	})
}

// below reports whether a field is a part of another.
func below(part, whole string) bool {
	rest, ok := strings.CutPrefix(part, whole)
	return ok && rest != "" && strings.ContainsAny(rest[:1], ".[")
}

// namesAnother reports whether a problem about a key of a map is about another key than the one that the field is under. A list
// of keys is about all of them.
func namesAnother(p problem.Problem, field string) bool {
	key, err := strconv.Unquote(p.Value)
	return err == nil && !strings.Contains(key, ", ") && field != p.Field+"."+key && !below(field, p.Field+"."+key)
}

// judged reports whether the problem's field is judged by another field.
func judged(p problem.Problem, field string) bool {
	at := p.Field
	if key, err := strconv.Unquote(p.Value); err == nil {
		at += "." + key // a problem about a key of a map says so
	}
	at, field = steps(at), steps(field)
	for pattern, others := range judgedBy {
		match, bound := matches(pattern, at, nil)
		if !match {
			continue
		}
		for _, other := range others {
			other, under := strings.CutSuffix(other, "…")
			// Above: the other is in what could not be read.
			if above, _ := matches(cut(other, strings.Count(field, ".")+1), field, bound); above && strings.Count(field, ".") <= strings.Count(other, ".") {
				return true
			}
			if below, _ := matches(other, field, bound); below && under {
				return true
			}
		}
	}
	return false
}

var index = regexp.MustCompile(`\[(\d+)\]`)

// steps writes "a[0].b" as "a.0.b".
func steps(field string) string { return index.ReplaceAllString(field, ".$1") }

// cut is the first steps of a pattern.
func cut(pattern string, n int) string {
	all := strings.Split(pattern, ".")
	return strings.Join(all[:min(n, len(all))], ".")
}

// matches reports whether a field is at or under a pattern, and which keys its names stand for then.
func matches(pattern, field string, bound map[string]string) (bool, map[string]string) {
	want, have := strings.Split(pattern, "."), strings.Split(field, ".")
	names := map[string]string{}
	if len(have) < len(want) {
		return false, nil
	}
	for i, step := range want {
		name, wild := strings.CutSuffix(step, "*")
		switch {
		case wild && name != "" && bound[name] != "" && bound[name] != have[i], !wild && step != have[i]:
			return false, nil
		case wild && name != "":
			names[name] = have[i]
		}
	}
	return true, names
}
