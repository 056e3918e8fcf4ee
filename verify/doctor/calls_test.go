package doctor

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"ambient-ecs/verify/stack"
)

// recorded are facts with records of calls.
type recorded struct {
	*facts
	calls Calls
	asked CallQuery
}

func (r *recorded) Calls(_ context.Context, q CallQuery) (*Calls, error) {
	r.asked = q
	return &r.calls, nil
}

const (
	shell1, shell2 = "ecs-1/shell", "ecs-2/shell"
	echo2          = "10.1.0.10"
	shellAddress   = "10.0.0.11"
)

// calling is a healthy mesh in which a rule admits ecs-1 to the echo of ecs-2, and every caller called.
func calling() *recorded {
	f := healthy()
	f.stack.Destinations = map[string]stack.Destination{
		"echo.m-ecs-2.ecs.external": {Namespace: "m-ecs-2", Port: 8080, PolicyStage: "permissive", Allow: []stack.Rule{{ServiceAccounts: []string{"m-ecs-1/ecs"}}}},
	}
	for key := range f.stack.Clusters {
		// The echo services call nobody, and say so.
		echo := f.stack.Clusters[key].Services["echo"]
		echo.Client = stack.ClientNone
		f.stack.Clusters[key].Services["echo"] = echo
	}
	return &recorded{facts: f, calls: Calls{Outbound: map[string]Outbound{shell1: {Called: true}, shell2: {Called: true}}}}
}

func (r *recorded) named(service, client string) {
	cluster, name, _ := strings.Cut(service, "/")
	one := r.stack.Clusters[cluster].Services[name]
	one.Client = client
	r.stack.Clusters[cluster].Services[name] = one
}

func (r *recorded) look(t *testing.T) *Result {
	t.Helper()
	result, err := Run(t.Context(), r, r.stack, Options{Window: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// aboutCalls leaves out what the same evidence says of other things, such as the policies of a stage.
func aboutCalls(r *Result) []Finding {
	return slices.DeleteFunc(r.Findings, func(f Finding) bool { return f.Ingredient != "past-ztunnel" && f.Ingredient != "calls-nobody" })
}

func TestASilentCallerIsAWarningAndNobodyElseIs(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*recorded)
		want   string
	}{
		"every caller called":                    {func(*recorded) {}, ""},
		"a rule admits the silent one":           {func(r *recorded) { r.calls.Outbound[shell1] = Outbound{} }, "ecs-1/shell called nobody through its ztunnel in the last 24 h"},
		"nobody admits the silent one":           {func(r *recorded) { r.calls.Outbound[shell2] = Outbound{} }, ""},
		"the silent one names its client":        {func(r *recorded) { r.named(shell2, "node"); r.calls.Outbound[shell2] = Outbound{} }, shell2 + " called nobody"},
		"the silent one says it calls nobody":    {func(r *recorded) { r.named(shell1, "none"); r.calls.Outbound[shell1] = Outbound{} }, ""},
		"its log could not be read":              {func(r *recorded) { delete(r.calls.Outbound, shell1) }, ""},
		"it started within the last day":         {func(r *recorded) { r.calls.Outbound[shell1] = Outbound{Since: time.Now().Add(-3 * time.Hour)} }, "since the oldest of its tasks started at "},
		"it is admitted to itself only":          {func(r *recorded) { r.toItself(); r.calls.Outbound[shell1] = Outbound{} }, ""},
		"a stage that enforces the rule":         {func(r *recorded) { r.enforced(); r.calls.Outbound[shell1] = Outbound{} }, shell1 + " called nobody"},
		"a ready-made choice admits everybody":   {func(r *recorded) { r.choice(); r.calls.Outbound[shell1] = Outbound{} }, shell1 + " called nobody through ztunnel, and the stack file does not say whether they should"},
		"a rule names the whole namespace":       {func(r *recorded) { r.byNamespace(); r.calls.Outbound[shell1] = Outbound{} }, shell1 + " called nobody"},
		"the declared number of tasks is 0":      {func(r *recorded) { r.stopped(); r.calls.Outbound[shell1] = Outbound{} }, ""},
		"another fault explains it, and is told": {func(r *recorded) { r.deaf(); r.calls.Outbound[shell1] = Outbound{} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := calling()
			c.change(r)
			result := r.look(t)
			found := aboutCalls(result)
			if c.want == "" {
				if len(found)+len(result.Unseen) > 0 {
					t.Errorf("got %v, %v", found, result.Unseen)
				}
				return
			}
			if len(found) != 1 || found[0].Ingredient != "calls-nobody" || !found[0].Warning || found[0].Latent || !strings.Contains(found[0].Sentence, c.want) {
				t.Errorf("got %+v, want a warning with %q", found, c.want)
			}
		})
	}
}

func (r *recorded) toItself() {
	own := r.stack.Destinations["echo.m-ecs-2.ecs.external"]
	r.stack.Destinations = map[string]stack.Destination{"shell.m-ecs-1.ecs.local": own}
}

func (r *recorded) rule(change func(*stack.Destination)) {
	for host, d := range r.stack.Destinations {
		change(&d)
		r.stack.Destinations[host] = d
	}
}

func (r *recorded) enforced() { r.rule(func(d *stack.Destination) { d.PolicyStage = "l4" }) }

func (r *recorded) byNamespace() {
	r.rule(func(d *stack.Destination) { d.Allow = []stack.Rule{{Namespaces: []string{"m-ecs-1"}}} })
}

func (r *recorded) choice() {
	r.rule(func(d *stack.Destination) { d.Allow = []stack.Rule{{Access: "mesh", Namespaces: []string{"m-ecs-1"}}} })
}

func (r *recorded) stopped() {
	one := r.stack.Clusters["ecs-1"].Services["shell"]
	one.DesiredCount = 0
	r.stack.Clusters["ecs-1"].Services["shell"] = one
}

func (r *recorded) deaf() {
	delete(r.definition("m-ecs-1-shell:1").Containers[0].Environment, "ALL_PROXY")
}

func TestAWarningAloneIsNothingMissing(t *testing.T) {
	for _, c := range []struct {
		findings []Finding
		want     bool
	}{{nil, false}, {[]Finding{{Warning: true}}, false}, {[]Finding{{Latent: true}}, true}, {[]Finding{{}, {Warning: true}}, true}} {
		if got := (Result{Findings: c.findings}).Missing(); got != c.want {
			t.Errorf("%+v: %v", c.findings, got)
		}
	}
}

func TestACallerWhoseTasksJustStartedIsLeftOpen(t *testing.T) {
	r := calling()
	r.calls.Outbound[shell1] = Outbound{Since: time.Now().Add(-10 * time.Minute)}
	r.calls.Unseen = []string{"the flow log"}
	result := r.look(t)
	if len(result.Findings) > 0 || len(result.Unseen) != 2 || result.Unseen[0] != "the flow log" || !strings.Contains(result.Unseen[1], shell1) {
		t.Errorf("got %+v", result)
	}
}

func TestOnlyThoseWhoShouldCallAreAskedAndOnlyInTheWindow(t *testing.T) {
	r := calling()
	r.look(t)
	if !slices.Equal(r.asked.Callers, []string{shell1}) {
		t.Errorf("asked about %v", r.asked.Callers)
	}
	if ago := time.Since(r.asked.Since); ago < 24*time.Hour || ago > 25*time.Hour {
		t.Errorf("asked since %s ago", ago)
	}
	if got := r.asked.Interfaces["external"]; len(r.asked.Interfaces) != 2 || !slices.Equal(got, []string{"eni-ecs-2-echo", "eni-ecs-2-shell"}) {
		t.Errorf("asked about the interfaces %v", r.asked.Interfaces)
	}
	r.asked = CallQuery{}
	if _, err := Run(t.Context(), r, r.stack, Options{}); err != nil || r.asked.Callers != nil {
		t.Errorf("without a window it asked %+v, %v", r.asked, err)
	}
}

func TestARefusedCallOfAnApplicationsPortWentPastTheCallersProxy(t *testing.T) {
	at := time.Date(2026, 11, 29, 8, 30, 0, 0, time.UTC)
	direct := Refusal{From: shellAddress, To: echo2, FromPort: 40000, Port: 8080, Time: at}
	with := func(change func(*Refusal)) Refusal {
		r := direct
		change(&r)
		return r
	}
	for name, c := range map[string]struct {
		refused []Refusal
		change  func(*recorded)
		want    bool
	}{
		"an application's port of a service": {[]Refusal{with(func(r *Refusal) { r.Time = at.Add(-time.Hour) }), direct}, nil, true},
		"the proxies' port":                  {[]Refusal{with(func(r *Refusal) { r.Port = portHBONE })}, nil, false},
		"another port":                       {[]Refusal{with(func(r *Refusal) { r.Port = 9999 })}, nil, false},
		"a host that is no task":             {[]Refusal{with(func(r *Refusal) { r.From = "10.0.0.2" })}, nil, false},
		"to a host that is no task":          {[]Refusal{with(func(r *Refusal) { r.To = "10.0.0.2" })}, nil, false},
		"a check of the verifier's":          {[]Refusal{with(func(r *Refusal) { r.FromPort = 61000 }), with(func(r *Refusal) { r.FromPort = 61999 })}, nil, false},
		"before the caller had the address":  {[]Refusal{direct}, func(r *recorded) { r.task("ecs-1-shell").Started = at.Add(time.Second) }, false},
		"before the other had the address":   {[]Refusal{direct}, func(r *recorded) { r.task("ecs-2-echo").Started = at.Add(time.Second) }, false},
		"a task of another stack":            {[]Refusal{direct}, func(r *recorded) { r.task("ecs-1-shell").Service = "other" }, false},
		"a caller that is not told the way":  {[]Refusal{direct}, (*recorded).deaf, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := calling()
			r.calls.Refused = c.refused
			// A service that calls past its ztunnel leaves no line there, and is told once.
			r.calls.Outbound[shell1] = Outbound{Called: !c.want}
			if c.change != nil {
				c.change(r)
			}
			found := aboutCalls(r.look(t))
			if !c.want {
				if len(found) > 0 {
					t.Errorf("got %v", found)
				}
				return
			}
			const want = "ecs-1/shell called ecs-2/echo on port 8080 past its ztunnel, and the network refused it, last at 2026-11-29T08:30:00Z"
			if len(found) != 1 || found[0].Ingredient != "past-ztunnel" || found[0].Warning || found[0].Latent || found[0].Sentence != want || !slices.Equal(found[0].Affects, []string{"ecs-1/shell → ecs-2/echo"}) {
				t.Errorf("got %+v", found)
			}
		})
	}
}
