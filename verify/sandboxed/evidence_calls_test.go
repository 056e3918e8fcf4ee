package sandboxed_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/world"
	"ambient-ecs/verify/doctor"
	"ambient-ecs/verify/stack"
)

// calls are the records of a mesh in which a rule admits the shell of ecs-1 to the echo services of both clusters.
func (f *fixture) calls() *doctor.Calls {
	f.Helper()
	f.stack.Destinations = map[string]stack.Destination{}
	for _, host := range []string{echo1, echo2} {
		f.stack.Destinations[host] = stack.Destination{Port: 8080, Allow: []stack.Rule{{Namespaces: []string{"mesh-1"}}}}
	}
	seen, err := f.backend.Calls(context.Background(), doctor.CallQuery{
		Since: time.Now().Add(-time.Hour), Callers: []string{"ecs-1/shell-task"}, Interfaces: map[string][]string{"home": {"eni"}, "away": {"eni"}},
	})
	if err != nil {
		f.Fatal(err)
	}
	return seen
}

// ofShell changes the container definitions of the shell of ecs-1.
func ofShell(old, new string) func(*world.Tx) {
	return func(tx *world.Tx) {
		for _, r := range tx.Find(home, "aws:ecs/taskDefinition:TaskDefinition", func(r *world.Resource) bool { return strings.Contains(r.ID, "mesh-1-shell-task") }) {
			r.Props["containerDefinitions"] = strings.ReplaceAll(r.String("containerDefinitions"), old, new)
		}
	}
}

const labelled = `"dockerLabels":{"ambient-ecs.sandbox/client":"direct"},"name":"shell-task"`

func flowLog(account, traffic string) func(*world.Tx) {
	return func(tx *world.Tx) {
		put(tx, account, "aws:ec2/flowLog:FlowLog", "fl-"+account, props{"vpcId": "vpc-" + account, "trafficType": traffic})
	}
}

func TestAnApplicationCallsAsItsVariablesSayOrPastEveryProxy(t *testing.T) {
	both := []func(*world.Tx){flowLog(home, "ALL"), flowLog(away, "REJECT")}
	for name, c := range map[string]struct {
		spoil   []func(*world.Tx)
		called  bool
		refused int
		unseen  string
	}{
		"as its variables say":                  {both, true, 0, ""},
		"past every proxy":                      {append(both[:2:2], ofShell(`"name":"shell-task"`, labelled)), false, 2, ""},
		"past every proxy, recorded nowhere":    {[]func(*world.Tx){ofShell(`"name":"shell-task"`, labelled)}, false, 0, "account away, home: its VPC has no flow log"},
		"past every proxy, accepted recorded":   {[]func(*world.Tx){flowLog(home, "ACCEPT"), flowLog(away, "ALL"), ofShell(`"name":"shell-task"`, labelled)}, false, 0, "account home"},
		"variables that lead elsewhere":         {append(both[:2:2], ofShell("15080", "1080")), false, 0, ""},
		"a ztunnel that does not log to AWS":    {append(both[:2:2], ofShell("awslogs", "fluentd")), false, 0, "does not log to CloudWatch"},
		"past every proxy through an open door": {append(both[:2:2], ofShell(`"name":"shell-task"`, labelled), open8080), false, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			seen := newFixture(t, c.spoil...).calls()
			if got := seen.Outbound["ecs-1/shell-task"].Called; got != c.called || len(seen.Refused) != c.refused {
				t.Errorf("called %v, want %v; refused %+v", got, c.called, seen.Refused)
			}
			for _, r := range seen.Refused {
				if r.Port != 8080 || !strings.HasPrefix(r.From, "192.168.") || r.From == r.To {
					t.Errorf("refused %+v", r)
				}
			}
			if unseen := strings.Join(seen.Unseen, "\n"); (unseen == "") != (c.unseen == "") || !strings.Contains(unseen, c.unseen) {
				t.Errorf("unseen: %q", unseen)
			}
			if _, read := seen.Outbound["ecs-1/shell-task"]; read == strings.Contains(c.unseen, "does not log") {
				t.Errorf("its log was read: %v", read)
			}
		})
	}
}

// open8080 lets the shell's calls of the applications' port out of its group and into all others.
func open8080(tx *world.Tx) {
	for _, account := range []string{home, away} {
		egress(tx, account, "sg-client", "open", 8080, "0.0.0.0/0")
		ingress(tx, account, "sg-server", "open", 8080, "0.0.0.0/0")
	}
}

func TestOnlyTheServicesThatARuleAdmitsAreCalled(t *testing.T) {
	f := newFixture(t, flowLog(home, "ALL"), flowLog(away, "ALL"), ofShell(`"name":"shell-task"`, labelled))
	seen := f.calls()
	slices.SortFunc(seen.Refused, func(a, b doctor.Refusal) int { return strings.Compare(a.To, b.To) })
	if len(seen.Refused) != 2 || !strings.HasPrefix(seen.Refused[0].To, "10.1.") || !strings.HasPrefix(seen.Refused[1].To, "192.168.") {
		t.Fatalf("refused %+v", seen.Refused)
	}
	f.stack.Destinations[echo2] = stack.Destination{Port: 8080}
	again, err := f.backend.Calls(context.Background(), doctor.CallQuery{})
	if err != nil || len(again.Refused) != 1 || !strings.HasPrefix(again.Refused[0].To, "192.168.") {
		t.Errorf("refused %+v, %v", again.Refused, err)
	}
}
