package run_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/run"
	"ambient-ecs/verify/run/runtest"
	"ambient-ecs/verify/stack"
)

const echoes = "ecs-3/echo-service"

// deploying is a mesh whose deployment goes through the given descriptions, one after each call, and whose calls are answered
// as told. The first call is that of before the deployment.
type deploying struct {
	*runtest.Mesh
	before  []backend.Deployment
	during  [][]backend.Deployment
	refused error
	started bool
}

func (d *deploying) Redeploy(context.Context, string, string) (string, error) {
	d.started = d.refused == nil
	return "new", d.refused
}

func (d *deploying) Deployments(context.Context, string, string) ([]backend.Deployment, error) {
	if !d.started {
		return d.before, nil
	}
	if len(d.during) == 0 {
		return nil, errors.New("throttled")
	}
	now := d.during[0]
	d.during = d.during[1:]
	return now, nil
}

var (
	was     = backend.Deployment{ID: "old", Rollout: backend.RolloutCompleted}
	begins  = backend.Deployment{ID: "new", Rollout: backend.RolloutInProgress}
	ends    = backend.Deployment{ID: "new", Rollout: backend.RolloutCompleted}
	breaks  = backend.Deployment{ID: "new", Rollout: backend.RolloutFailed, Reason: "tasks failed to start"}
	another = backend.Deployment{ID: "next", Rollout: backend.RolloutInProgress, Reason: "rolling back to old"}
	steady  = []backend.Deployment{was}
	rolls   = []backend.Deployment{begins, was}
	// life is a whole deployment, which ECS at first does not show, and which is complete only when it is alone.
	life = [][]backend.Deployment{steady, rolls, {ends, was}, {ends}}
)

func TestARollingUpdateIsJudgedByItsCallsAndItsEnd(t *testing.T) {
	good := backend.Answer{Outcome: backend.Answered, Status: 200}
	for name, c := range map[string]struct {
		mesh    deploying
		answers []backend.Answer
		verdict run.Verdict
		seen    string
		why     []string
	}{
		"loses nothing": {deploying{before: steady, during: life}, nil, run.Right, "0 of 4 calls failed", []string{"every call was answered"}},
		"loses calls": {deploying{before: steady, during: life},
			[]backend.Answer{good, {Outcome: backend.Policy, Why: "nothing runs there"}, good, {Outcome: backend.Policy, Why: "nothing runs there"}, {Outcome: backend.Undecided, Status: 503, Why: "upstream"}},
			run.Wrong, "3 of 4 calls failed", []string{"call 1: policy: nothing runs there; call 4: status 503: upstream"}},
		"has a call that cannot be made": {deploying{before: steady, during: life}, []backend.Answer{good, {Outcome: backend.Undecided, Why: "no agent"}},
			run.Undecided, "0 of 4 calls failed", []string{"1 calls could not be made: call 1: not made: no agent"}},
		"fails": {deploying{before: steady, during: [][]backend.Deployment{rolls, {breaks, was}}}, []backend.Answer{good, {Outcome: backend.Network, Why: "lost"}},
			run.Undecided, "1 of 2 calls failed", []string{"failed: tasks failed to start", "call 1: network: lost"}},
		"is rolled back":            {deploying{before: steady, during: [][]backend.Deployment{rolls, {another, begins}}}, nil, run.Undecided, "0 of 2", []string{"took the place of this one: rolling back"}},
		"is gone":                   {deploying{before: steady, during: [][]backend.Deployment{rolls, steady}}, nil, run.Undecided, "0 of 2", []string{"took the place"}},
		"cannot start":              {deploying{before: steady, refused: errors.New("AccessDenied")}, nil, run.Undecided, "0 of 0", []string{"did not start: AccessDenied"}},
		"cannot be watched":         {deploying{before: steady}, nil, run.Undecided, "0 of 1", []string{"cannot be watched, and goes on: throttled"}},
		"meets another":             {deploying{before: rolls}, nil, run.Undecided, "0 of 0", []string{"another deployment of the service is in progress"}},
		"is called in vain already": {deploying{before: steady, during: life}, []backend.Answer{{Outcome: backend.Network, Why: "closed"}}, run.Undecided, "0 of 0", []string{"nothing was deployed", "network: closed"}},
	} {
		t.Run(name, func(t *testing.T) {
			m := c.mesh
			m.Mesh = three()
			m.Override = func(r backend.Request) (backend.Answer, bool) {
				if r.Host != m.Stack.Clusters["ecs-3"].Services["echo-service"].Hostname || r.From.String() != "eks default/eks-shell" {
					t.Errorf("called from %s to %s", r.From, r.Host)
				}
				if len(c.answers) == 0 {
					return good, true
				}
				answer := c.answers[0]
				c.answers = c.answers[1:]
				return answer, true
			}
			r, err := run.Rolling(context.Background(), &m, m.Stack, echoes, run.Options{Every: time.Millisecond})
			if err != nil || len(r.Results) != 1 {
				t.Fatalf("%+v, %v", r, err)
			}
			got := r.Results[0]
			if got.Verdict != c.verdict || !strings.HasPrefix(got.Seen, c.seen) || got.Case.ID != "rolling/"+echoes {
				t.Errorf("%+v", got)
			}
			for _, words := range c.why {
				if !strings.Contains(got.Why, words) {
					t.Errorf("%q does not say %q", got.Why, words)
				}
			}
			if untouched := strings.HasPrefix(got.Seen, "0 of 0"); untouched == m.started {
				t.Errorf("the deployment has started: %t, seen %s", m.started, got.Seen)
			}
		})
	}
}

func TestAnInterruptedRollingUpdateSaysThatTheDeploymentGoesOn(t *testing.T) {
	ctx, interrupt := context.WithCancel(context.Background())
	m := &deploying{Mesh: three(), before: steady, during: [][]backend.Deployment{rolls, rolls}}
	m.Override = func(backend.Request) (backend.Answer, bool) {
		if m.started {
			interrupt()
		}
		return backend.Answer{}, false
	}
	r, err := run.Rolling(ctx, m, m.Stack, echoes, run.Options{})
	if err != nil || r.Exit() != run.ExitInterrupted || !strings.Contains(r.Results[0].Why, "goes on") {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestARollingUpdateThatCouldShowNothingIsRefused(t *testing.T) {
	alone := func(s *stack.Stack) {
		s.TestWorkloads = false
		for _, key := range []string{"ecs-1", "ecs-2"} {
			delete(s.Clusters, key)
		}
		delete(s.Clusters["ecs-3"].Services, "shell-task")
	}
	for name, c := range map[string]struct {
		service string
		change  func(s *stack.Stack)
		words   string
	}{
		"unknown cluster": {"ecs-9/echo-service", nil, "no such ECS service"},
		"unknown service": {"ecs-1/echo", nil, "no such ECS service"},
		"no service":      {"ecs-1", nil, "want CLUSTER/SERVICE"},
		"a client":        {"ecs-1/shell-task", nil, "serves nobody"},
		"scaled to none": {echoes, func(s *stack.Stack) {
			echo := s.Clusters["ecs-3"].Services["echo-service"]
			echo.DesiredCount = 0
			s.Clusters["ecs-3"].Services["echo-service"] = echo
		}, "is to run no task"},
		"closed to all": {echoes, func(s *stack.Stack) { s.PolicyStage = "deny-all" }, "no caller can be tried that the policies admit"},
		"calls itself":  {echoes, alone, "only its own tasks call it"},
	} {
		m := &deploying{Mesh: three(), before: steady, during: life}
		if c.change != nil {
			c.change(m.Stack)
		}
		if _, err := run.Rolling(context.Background(), m, m.Stack, c.service, run.Options{}); err == nil || m.started || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%s: %v", name, err)
		}
	}
	m := three()
	if _, err := run.Rolling(context.Background(), m, m.Stack, echoes, run.Options{}); err == nil || !strings.Contains(err.Error(), "cannot start a deployment") {
		t.Errorf("a back end without deployments: %v", err)
	}
}
