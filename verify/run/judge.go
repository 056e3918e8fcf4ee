package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
)

// judge decides a case from the answers and facts.
func (r *runner) judge(c cases.Case) Result {
	result := Result{Case: c}
	result.Verdict, result.Seen, result.Why, result.Took = r.decide(c)
	result.Inspected = slices.Contains([]cases.Kind{cases.Gateway, cases.Live, cases.Traffic, cases.Tracing, cases.Locality, cases.Refusal, cases.Shares}, c.Kind) || cases.Observed(c.Kind)
	if result.Verdict == Right && c.Control != nil {
		control, ok := r.answers[cases.Key(c.Control.State, c.Control.Request)]
		if !ok {
			control = backend.Answer{Outcome: backend.Undecided, Why: "it was not made"}
		}
		if control.Outcome != c.Control.Expect {
			result.Verdict = Undecided
			result.Why = fmt.Sprintf("its control, which is %s (%s), was %s instead of %s and so proves nothing: %s",
				c.Control.Differs, c.Control.State, control.Outcome, c.Control.Expect, control.Why)
		}
	}
	return result
}

func (r *runner) decide(c cases.Case) (v Verdict, seen, why string, took time.Duration) {
	if v, seen, why, took, ok := r.looks(c); ok {
		return v, seen, why, took
	}
	f := &r.facts
	deciders := map[cases.Kind]struct {
		decide func(cases.Case) (Verdict, string, string)
		took   time.Duration
	}{
		cases.Call:      {r.call, r.answers[cases.Key(c.State, c.Request)].Took},
		cases.Discovery: {r.discovery, f.services.took},
		cases.Enrolment: {r.enrolment, f.workloads.took},
		cases.Entries:   {r.entries, f.entries.took},
		cases.Revision:  {r.revision, f.revisions.took},
		cases.Identity:  {r.identity, f.accounts.took},
		cases.Live:      {r.live, f.live.took},
		cases.Trust:     {r.trust, f.configMaps.took},
		cases.Locality:  {r.locality, f.namespaces.took},
		cases.Members:   {r.members, f.workloads.took},
		cases.Traffic:   {r.traffic, f.istiod.took},
		cases.Refusal:   {r.refusal, f.istiod.took},
		cases.Shares:    {r.shares, f.istiod.took},
		cases.Gateway:   {r.gateway, f.gateway[gate{c.Entrance, c.Port}].took},
	}
	by, known := deciders[c.Kind]
	if !known {
		return Undecided, "nothing", fmt.Sprintf("unknown kind of case %q", c.Kind), 0
	}
	v, seen, why = by.decide(c)
	return v, seen, why, by.took
}

func (r *runner) call(c cases.Case) (Verdict, string, string) {
	answer, ok := r.answers[cases.Key(c.State, c.Request)]
	if !ok {
		return Undecided, "nothing", "the call was not made"
	}
	seen := string(answer.Outcome)
	switch {
	case answer.Status == 503 && (c.Request.From.User || r.waypoint(c.Request.Host) != "") && envoys(answer.Body):
		return Wrong, "503", answer.Why
	case answer.Outcome == backend.Undecided:
		return Undecided, seen, answer.Why
	case answer.Outcome != c.Expect:
		return Wrong, seen, answer.Why
	case c.Expect != backend.Answered && c.Control == nil:
		return Undecided, seen, "it has no control: everything that is broken fails"
	case c.Expect != backend.Answered:
		return Right, seen, answer.Why
	}
	return r.identities(c, answer)
}

// envoys reports whether an answer is Envoy's own response when it reaches no endpoint. Such a response comes from no
// application. A waypoint or an ingress that gives it has admitted the request but cannot forward it.
func envoys(body string) bool {
	return strings.HasPrefix(body, "upstream connect error or disconnect/reset before headers") || strings.HasPrefix(body, "no healthy upstream")
}

// identities looks at the access log's two identities: an answer alone could have come past the mesh.
func (r *runner) identities(c cases.Case, answer backend.Answer) (Verdict, string, string) {
	client := c.Client
	host := c.Request.Host
	if c.Request.From.User {
		host = c.Host
	}
	if r.waypoint(host) != "" {
		// The destination sees the waypoint. Back ends that know the waypoint's client report it in Caller.
		if answer.Caller != "" && answer.Caller != client {
			return Wrong, "other client", fmt.Sprintf("the waypoint was called by %s, not %s", answer.Caller, client)
		}
		client = ""
	}
	switch {
	case answer.Server == "" || answer.Client == "" && client != "":
		return Undecided, "no identity", "it was answered, but no line of the access log shows by whom and for whom"
	case !slices.Contains(c.Servers, answer.Server):
		return Wrong, "other server", fmt.Sprintf("it was answered by %s, not %s", answer.Server, strings.Join(c.Servers, " or "))
	case client != "" && answer.Client != client:
		return Wrong, "other client", fmt.Sprintf("it was answered to %s, not %s", answer.Client, client)
	}
	return Right, string(answer.Outcome), fmt.Sprintf("%s → %s", answer.Client, answer.Server)
}

func (r *runner) waypoint(host string) string {
	for _, s := range r.facts.services.value {
		if host != "" && s.Host == host {
			return s.Waypoint
		}
	}
	return ""
}

func (r *runner) discovery(cases.Case) (Verdict, string, string) {
	return r.all(r.facts.services.err, func(cluster, service string) (bool, string) {
		host := r.stack.Clusters[cluster].Services[service].Hostname
		i := slices.IndexFunc(r.facts.services.value, func(s backend.Service) bool { return s.Host == host })
		switch {
		case i < 0:
			return false, "istiod knows no service " + host
		case r.facts.services.value[i].Endpoints == 0 && r.stack.Clusters[cluster].Services[service].DesiredCount > 0:
			return false, "istiod knows no task of " + host
		}
		return true, ""
	})
}

func (r *runner) enrolment(cases.Case) (Verdict, string, string) {
	return r.all(r.facts.workloads.err, func(cluster, service string) (bool, string) {
		declared := r.stack.Clusters[cluster].Services[service]
		want := r.stack.IdentityOf(cluster, service)
		tasks := 0
		for _, w := range r.facts.workloads.value {
			switch {
			case w.Service != declared.Hostname || declared.Shared != "" && w.Identity != want:
				// Behind a shared name other members have other identities.
				continue
			case w.Protocol != "HBONE":
				return false, fmt.Sprintf("its task %s speaks %s", w.Address, w.Protocol)
			case w.Identity != want:
				return false, fmt.Sprintf("its task %s is %s", w.Address, w.Identity)
			}
			tasks++
		}
		return tasks > 0 || declared.DesiredCount == 0, "istiod knows no task of it"
	})
}

func (r *runner) entries(cases.Case) (Verdict, string, string) {
	return r.all(r.facts.entries.err, func(cluster, service string) (bool, string) {
		namespace, host := r.stack.NamespaceOf(cluster, service), r.stack.Clusters[cluster].Services[service].Hostname
		for _, entry := range r.facts.entries.value {
			spec, _ := entry["spec"].(map[string]any)
			hosts, _ := spec["hosts"].([]any)
			if backend.NamespaceOf(entry) == namespace && slices.Contains(hosts, any(host)) {
				return true, ""
			}
		}
		return false, "no ServiceEntry in namespace " + namespace
	})
}

func (r *runner) all(err error, known func(cluster, service string) (bool, string)) (Verdict, string, string) {
	if err != nil {
		return Undecided, "nothing", err.Error()
	}
	missing, total := r.unknown(known)
	seen := fmt.Sprintf("%d of %d", total-len(missing), total)
	if len(missing) > 0 {
		return Wrong, seen, strings.Join(missing, "; ")
	}
	return Right, seen, ""
}

func (r *runner) revision(c cases.Case) (Verdict, string, string) {
	if err := r.facts.revisions.err; err != nil {
		return Undecided, "nothing", err.Error()
	}
	for _, v := range r.facts.revisions.value {
		switch {
		case v.Cluster != c.Cluster || v.Service != c.Service:
		case v.Running == "" && v.Desired == 0 && r.stack.Clusters[c.Cluster].Services[c.Service].DesiredCount == 0:
			return Right, "no task", "it is to run none"
		case v.Running != v.Declared:
			return Wrong, revisionOf(v.Running), fmt.Sprintf("it runs %s, not %s", revisionOf(v.Running), revisionOf(v.Declared))
		case v.Ready < v.Desired:
			return Wrong, fmt.Sprintf("%d of %d tasks", v.Ready, v.Desired), "not all of its tasks are healthy"
		default:
			return Right, revisionOf(v.Running), fmt.Sprintf("%d of %d tasks are healthy", v.Ready, v.Desired)
		}
	}
	return Undecided, "nothing", "ECS says nothing of the service"
}

// revisionOf is a task definition's family and revision.
func revisionOf(arn string) string {
	if arn == "" {
		return "nothing"
	}
	return arn[strings.LastIndex(arn, "/")+1:]
}

func (r *runner) identity(c cases.Case) (Verdict, string, string) {
	if err := r.facts.accounts.err; err != nil {
		return Undecided, "nothing", err.Error()
	}
	want := c.Namespace + "/" + c.ServiceAccount
	found := bearers(r.facts.accounts.value, c.Role)
	seen := strings.Join(found, ", ")
	switch {
	case len(found) == 0:
		return Wrong, "none", "no service account names the role, so istiod gives its tasks no identity"
	case !slices.Contains(found, want):
		return Wrong, seen, "the role leads to another identity"
	case len(found) > 1:
		return Wrong, seen, "whoever has the role may take any of these identities"
	}
	return Right, "only this one", ""
}

// live is judged from istiod's own reports, so it counts as inspected.
func (r *runner) live(c cases.Case) (Verdict, string, string) {
	if err := r.facts.live.err; err != nil {
		return Undecided, "nothing", err.Error()
	}
	switch why, asked := r.facts.live.value[c.Account]; {
	case !asked:
		return Undecided, "nothing", "istiod's view of the account was not asked for"
	case why != "":
		return Wrong, "does not", why
	}
	return Right, "finds them", ""
}

func (r *runner) gateway(c cases.Case) (Verdict, string, string) {
	found, ok := r.facts.gateway[gate{c.Entrance, c.Port}]
	switch {
	case !ok:
		return Undecided, "nothing", "it was not inspected"
	case found.err != nil:
		return Undecided, "nothing", found.err.Error()
	case !found.value.closed:
		return Wrong, "open", found.value.seen
	}
	return Right, "closed", found.value.seen
}
