// Package observability compares the observability tools with the stack's declaration. Verify and doctor both use it.
package observability

import (
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/stack"
)

// Fault describes what is wrong.
type Fault struct {
	// Seen is a word or two, Why a sentence.
	Seen, Why string
	// Unsure says that it may be no fault, because the missing piece can still appear.
	Unsure bool
}

// Alarm says what is wrong with a declared alarm, nil for nothing.
func Alarm(s *stack.Stack, account, name string, cloud backend.CloudWatch) *Fault {
	declared := s.Observability.Alarms[account][name]
	i := slices.IndexFunc(cloud.Alarms, func(a backend.Alarm) bool { return a.Name == name })
	if i < 0 {
		return &Fault{Seen: "no alarm", Why: "CloudWatch has no alarm " + name}
	}
	found := cloud.Alarms[i]
	for _, metric := range declared.Metrics {
		if !slices.ContainsFunc(found.Metrics, metric.Same) {
			return &Fault{Seen: "another metric", Why: fmt.Sprintf("alarm %s watches %s, and %s is declared", name, Shown(found.Metrics), metric)}
		}
	}
	if topic := s.AlarmTopics[account]; found.Silent || !slices.Contains(found.Actions, topic) {
		return &Fault{Seen: "tells nobody", Why: fmt.Sprintf("alarm %s does not tell %s when it fires", name, topic)}
	}
	if declared.Counts != nil && len(declared.Metrics) > 0 {
		metric := declared.Metrics[0]
		made := slices.ContainsFunc(cloud.Filters, func(f backend.Filter) bool {
			return metric.Same(f.Metric) && slices.Contains(cloud.LogGroups, f.LogGroup)
		})
		if !made {
			return &Fault{Seen: "nothing to watch", Why: fmt.Sprintf("no metric filter of a log group makes %s, which alarm %s watches", metric, name)}
		}
	}
	switch {
	case found.Blind != "" && found.Unsure:
		return &Fault{Seen: "no numbers yet", Why: found.Blind, Unsure: true}
	case found.Blind != "":
		return &Fault{Seen: "nothing to watch", Why: found.Blind}
	}
	return nil
}

// Shown are metrics as text.
func Shown(metrics []stack.Metric) string {
	var all []string
	for _, m := range metrics {
		all = append(all, m.String())
	}
	return strings.Join(all, " and ")
}

// Filter finds the metric filter behind an alarm, and says what is wrong with where it reads.
func Filter(s *stack.Stack, account, name string, cloud backend.CloudWatch) (*backend.Filter, *Fault) {
	declared := s.Observability.Alarms[account][name].Counts
	i := slices.IndexFunc(cloud.Filters, func(f backend.Filter) bool { return f.Name == name })
	switch {
	case declared == nil:
		return nil, &Fault{Seen: "no filter", Why: "the stack declares no metric filter " + name}
	case !slices.Contains(cloud.LogGroups, declared.LogGroup):
		return nil, &Fault{Seen: "no lines", Why: fmt.Sprintf("log group %s, whose lines metric filter %s counts, does not exist", declared.LogGroup, name)}
	case i < 0:
		return nil, &Fault{Seen: "no filter", Why: "CloudWatch Logs has no metric filter " + name}
	case cloud.Filters[i].LogGroup != declared.LogGroup:
		return nil, &Fault{Seen: "no lines", Why: fmt.Sprintf("metric filter %s reads log group %s, and the lines are in %s", name, cloud.Filters[i].LogGroup, declared.LogGroup)}
	}
	return &cloud.Filters[i], nil
}

// Query says what is wrong with a saved query, nil for nothing.
func Query(s *stack.Stack, account, name string, cloud backend.CloudWatch) *Fault {
	i := slices.IndexFunc(cloud.Queries, func(q backend.SavedQuery) bool { return q.Name == name })
	if i < 0 {
		return &Fault{Seen: "no query", Why: "CloudWatch Logs has no saved query " + name}
	}
	groups := cloud.Queries[i].LogGroups
	for _, group := range s.Observability.Queries[account][name].LogGroups {
		if !slices.Contains(groups, group) {
			return &Fault{Seen: "leaves one out", Why: fmt.Sprintf("saved query %s does not ask log group %s", name, group)}
		}
	}
	for _, group := range groups {
		if !slices.Contains(cloud.LogGroups, group) {
			return &Fault{Seen: "asks nothing", Why: fmt.Sprintf("saved query %s asks log group %s, which does not exist", name, group)}
		}
	}
	return nil
}

// Writes are the API calls that write logs into a log group.
func Writes(s *stack.Stack) []Call {
	stream := fmt.Sprintf("arn:%s:logs:%s:%s:log-group:%s:log-stream:mesh-istiod", s.Partition, s.Region, s.Accounts[s.HomeAccount].ID, s.MeshLogGroup)
	return []Call{{Action: "logs:CreateLogStream", Resource: stream}, {Action: "logs:PutLogEvents", Resource: stream}}
}
