package queries

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Lines as ztunnel writes them.
const (
	inbound  = "2026-04-01T14:01:02.476412Z\tinfo\taccess\tconnection complete\tsrc.addr=10.1.2.9:52462 src.workload=\"ecs-task-1\" src.namespace=\"demo-1\" src.identity=\"spiffe://cluster.local/ns/demo-1/sa/demo\" dst.addr=10.1.1.8:15008 dst.hbone_addr=10.1.1.8:8080 dst.service=\"echo.demo-2.ecs.local\" dst.workload=\"ecs-task-2\" dst.namespace=\"demo-2\" dst.identity=\"spiffe://cluster.local/ns/demo-2/sa/demo\" direction=\"inbound\" bytes_sent=564 bytes_recv=156 duration=\"13ms\""
	outbound = "2026-04-01T14:01:02.476412Z\tinfo\taccess\tconnection complete\tsrc.addr=10.1.2.9:52462 src.identity=\"spiffe://cluster.local/ns/demo-1/sa/demo\" dst.addr=10.1.1.8:15008 dst.service=\"echo.demo-2.ecs.local\" dst.identity=\"spiffe://cluster.local/ns/demo-2/sa/demo\" direction=\"outbound\" bytes_sent=156 bytes_recv=564 duration=\"14ms\""
	refused  = "2026-04-01T14:01:03.000001Z\terror\taccess\tconnection complete\tsrc.addr=10.1.2.9:52463 src.identity=\"spiffe://cluster.local/ns/demo-3/sa/demo\" dst.addr=10.1.1.8:15008 dst.service=\"echo.demo-2.ecs.local\" dst.identity=\"spiffe://cluster.local/ns/demo-2/sa/demo\" direction=\"inbound\" bytes_sent=0 bytes_recv=0 duration=\"0ms\" error=\"connection closed due to policy rejection: explicitly denied by: demo-2/deny\""
	timeout  = "2026-04-01T14:01:03.000001Z\terror\taccess\tconnection complete\tsrc.addr=10.1.2.9:52463 src.identity=\"spiffe://cluster.local/ns/demo-1/sa/demo\" dst.addr=10.1.1.8:15008 dst.service=\"echo.demo-2.ecs.local\" direction=\"outbound\" bytes_sent=0 bytes_recv=0 duration=\"10001ms\" error=\"connection timed out\""
	plain    = "2026-04-01T14:01:02Z\tinfo\taccess\tconnection complete\tsrc.addr=10.0.0.1:1 dst.addr=10.0.0.2:8080 direction=\"inbound\" bytes_sent=1 bytes_recv=1 duration=\"1ms\""
	started  = "2026-04-01T14:01:01Z\tinfo\tstate_manager\tready"
)

// matching returns the lines that a query counts. It evaluates the two commands of Logs Insights that matter for
// that.
func matching(t *testing.T, text string) []string {
	t.Helper()
	var lines []string
	for name, line := range map[string]string{"inbound": inbound, "outbound": outbound, "refused": refused, "timeout": timeout, "plain": plain, "started": started} {
		keep := true
		for command := range strings.SplitSeq(text, "\n| ") {
			conditions, isFilter := strings.CutPrefix(command, "filter ")
			if !isFilter {
				continue
			}
			for condition := range strings.SplitSeq(conditions, " and ") {
				subject, pattern, _ := strings.Cut(condition, " like ")
				subject, negated := strings.CutSuffix(subject, " not")
				value := line
				if subject == "@logStream" {
					value = "ztunnel/ztunnel/0123"
				}
				if regexp.MustCompile(strings.TrimSuffix(strings.TrimPrefix(pattern, "/"), "/")).MatchString(value) == negated {
					keep = false
				}
			}
		}
		if keep {
			lines = append(lines, name)
		}
	}
	slices.Sort(lines)
	return lines
}

func TestEachQueryCountsItsLinesOnly(t *testing.T) {
	want := map[string][]string{
		"denied-connections":  {"refused"},
		"failed-connections":  {"timeout"},
		"traffic-by-identity": {"inbound", "plain", "refused"},
		"connection-duration": {"outbound"},
		"plain-text":          {"plain"},
	}
	for _, q := range All() {
		if got := matching(t, q.Text); !slices.Equal(got, want[q.Name]) {
			t.Errorf("%s counts %v, want %v", q.Name, got, want[q.Name])
		}
	}
}

// A query must parse a field before stats groups by it, and the lines must contain every field that a query parses.
func TestEveryFieldIsParsedBeforeItIsUsed(t *testing.T) {
	lines := map[string]string{"denied-connections": refused, "failed-connections": timeout, "traffic-by-identity": inbound, "connection-duration": outbound, "plain-text": plain}
	name := regexp.MustCompile(`\?<([a-z]+)>`)
	for _, q := range All() {
		parsed := map[string]bool{}
		for command := range strings.SplitSeq(q.Text, "\n| ") {
			if pattern, ok := strings.CutPrefix(command, "parse @message /"); ok {
				pattern = strings.TrimSuffix(pattern, "/")
				for _, group := range name.FindAllStringSubmatch(pattern, -1) {
					parsed[group[1]] = true
				}
				found := regexp.MustCompile(strings.ReplaceAll(pattern, "(?<", "(?P<")).MatchString(lines[q.Name])
				if absent := q.Name == "plain-text" && strings.Contains(pattern, "service"); found == absent {
					t.Errorf("%s: %s matches: %v", q.Name, pattern, found)
				}
			}
			_, groups, ok := strings.Cut(command, " by ")
			if !ok || !strings.HasPrefix(command, "stats") {
				continue
			}
			for group := range strings.SplitSeq(groups, ", ") {
				if !parsed[group] {
					t.Errorf("%s groups by %s, which it does not parse", q.Name, group)
				}
			}
		}
	}
}

func TestNamesAreDistinctAndExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, q := range All() {
		if seen[q.Name] || q.About == "" || strings.ContainsAny(q.Name, " :|") {
			t.Errorf("%+v", q)
		}
		seen[q.Name] = true
	}
}
