package run

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/cases"
	"ambient-ecs/verify/stack"
)

const (
	// rollingEvery is how far the beginnings of two calls are apart, unless a call takes longer.
	rollingEvery = 200 * time.Millisecond
	// rollingLimit is how long a deployment may take.
	rollingLimit = 30 * time.Minute
	// rollingWords is how many failures are quoted.
	rollingWords = 3
)

// Rolling starts a deployment of an ECS service ("cluster/service"), calls the service until the deployment is complete, and counts
// the calls that fail. The report has one case. An error means that nothing was deployed.
func Rolling(ctx context.Context, b backend.Backend, s *stack.Stack, name string, o Options) (*Report, error) {
	redeployer, ok := b.(backend.Redeployer)
	if !ok {
		return nil, fmt.Errorf("--rolling: the back end %s cannot start a deployment", b.Name())
	}
	if err := preflight(ctx, b, s, Options{}); err != nil {
		return nil, err
	}
	c, err := through(s, name, o)
	if err != nil {
		return nil, fmt.Errorf("--rolling %s: %w", name, err)
	}
	if o.Every <= 0 {
		o.Every = rollingEvery
	}
	if o.Progress == nil {
		o.Progress = func(Step) {}
	}
	r := &rolling{backend: b, redeployer: redeployer, request: c.Request, every: o.Every, step: o.Progress}
	r.cluster, r.service, _ = strings.Cut(name, "/")
	report := &Report{Install: s.InstallName, Backend: b.Name(), Stage: s.PolicyStage, Started: time.Now()}
	why := r.play(ctx)
	report.Took, report.Interrupted = time.Since(report.Started), ctx.Err() != nil
	result := Result{Case: c, Took: report.Took, Seen: fmt.Sprintf("%d of %d calls failed", r.failed, r.calls)}
	result.Verdict, result.Why = r.judge(why)
	report.Results = []Result{result}
	return report, nil
}

// through is the case that Rolling tries: the first call of the matrix that reaches the service by its name, and must be answered.
func through(s *stack.Stack, name string, o Options) (cases.Case, error) {
	cluster, service, _ := strings.Cut(name, "/")
	known, ok := s.Clusters[cluster].Services[service]
	switch {
	case !ok:
		return cases.Case{}, errors.New("the stack has no such ECS service: want CLUSTER/SERVICE")
	case known.ClientOnly || known.Port == 0:
		return cases.Case{}, errors.New("the service serves nobody, so no call can be lost")
	case known.DesiredCount == 0:
		return cases.Case{}, errors.New("the service is to run no task")
	}
	var left Report
	reasons := ""
	for _, c := range (Options{Harmless: o.Harmless}).pick(s, cases.Of(s), &left, false, false, nil) {
		from := c.Request.From
		if c.Kind != cases.Call || c.State != cases.Base || c.Expect != backend.Answered || c.Request.Host != known.Hostname || from.User {
			continue
		}
		if from.Cluster == cluster && from.Service == service {
			reasons = ": only its own tasks call it, and the deployment replaces them"
			continue
		}
		return cases.Case{ID: "rolling/" + name, Name: "rolling update of " + name, Kind: c.Kind, State: c.State, Request: c.Request, Expect: c.Expect}, nil
	}
	return cases.Case{}, fmt.Errorf("no caller can be tried that the policies admit to the service%s", reasons)
}

// rolling is one deployment under calls.
type rolling struct {
	backend          backend.Backend
	redeployer       backend.Redeployer
	cluster, service string
	request          backend.Request
	every            time.Duration
	step             func(Step)

	calls, failed, unmade int
	// words are the first failures, each text once.
	words []string
}

// play makes the calls. It returns what kept the deployment from its end, "" if it is complete.
func (r *rolling) play(ctx context.Context) string {
	if before := r.backend.Call(ctx, r.request); before.Outcome != backend.Answered {
		return fmt.Sprintf("nothing was deployed: the call was not answered before, it was %s: %s", before.Outcome, before.Why)
	}
	all, err := r.redeployer.Deployments(ctx, r.cluster, r.service)
	if err != nil {
		return "nothing was deployed: " + err.Error()
	}
	if len(all) != 1 || all[0].Rollout == backend.RolloutInProgress {
		return "nothing was deployed: another deployment of the service is in progress"
	}
	r.step(Step{State: "deployment of " + r.cluster + "/" + r.service})
	id, err := r.redeployer.Redeploy(ctx, r.cluster, r.service)
	if err != nil {
		return "the deployment did not start: " + err.Error()
	}
	limit := time.Now().Add(rollingLimit)
	seen := false
	for {
		next := time.After(r.every)
		r.count(r.backend.Call(ctx, r.request))
		all, err := r.redeployer.Deployments(ctx, r.cluster, r.service)
		switch {
		case ctx.Err() != nil:
			return "the run was interrupted, and the deployment goes on"
		case err != nil:
			return "the deployment cannot be watched, and goes on: " + err.Error()
		case time.Now().After(limit):
			return fmt.Sprintf("the deployment did not end within %s, and goes on", rollingLimit)
		}
		// ECS may answer for a moment as before the update.
		seen = seen || slices.ContainsFunc(all, func(d backend.Deployment) bool { return d.ID == id })
		if done, why := ended(all, id); seen && (done || why != "") {
			return why
		}
		select {
		case <-ctx.Done():
		case <-next:
		}
	}
}

// ended reports whether a deployment is complete, or why it cannot be any more.
func ended(all []backend.Deployment, id string) (done bool, why string) {
	i := slices.IndexFunc(all, func(d backend.Deployment) bool { return d.ID == id })
	switch {
	case i >= 0 && all[i].Rollout == backend.RolloutFailed:
		return false, "the deployment failed: " + all[i].Reason
	case i != 0 && len(all) > 0 && all[0].Reason != "":
		return false, "another deployment took the place of this one: " + all[0].Reason
	case i != 0:
		return false, "another deployment took the place of this one"
	}
	return len(all) == 1 && all[0].Rollout == backend.RolloutCompleted, ""
}

// count takes an answer. The call was answered before the deployment, so a status of 400 or more is a failure too.
func (r *rolling) count(a backend.Answer) {
	r.calls++
	r.step(Step{State: "through the deployment", What: cases.Callee(r.request), Outcome: a.Outcome, Done: r.calls, Total: r.calls})
	words := a.Why
	switch {
	case a.Outcome == backend.Answered:
		return
	case a.Outcome == backend.Undecided && a.Status == 0:
		r.unmade++
		words = "not made: " + words
	case a.Status != 0:
		r.failed++
		words = fmt.Sprintf("status %d: %s", a.Status, words)
	default:
		r.failed++
		words = fmt.Sprintf("%s: %s", a.Outcome, words)
	}
	if len(r.words) < rollingWords && !slices.ContainsFunc(r.words, func(one string) bool { return strings.HasSuffix(one, words) }) {
		r.words = append(r.words, fmt.Sprintf("call %d: %s", r.calls, words))
	}
}

// judge is the verdict. why is what kept the deployment from its end.
func (r *rolling) judge(why string) (Verdict, string) {
	said := strings.Join(r.words, "; ")
	switch {
	case why != "" && said != "":
		return Undecided, why + "; " + said
	case why != "":
		return Undecided, why
	case r.failed > 0:
		return Wrong, said
	case r.unmade > 0:
		return Undecided, fmt.Sprintf("%d calls could not be made: %s", r.unmade, said)
	}
	return Right, "the deployment is complete, and every call was answered"
}
