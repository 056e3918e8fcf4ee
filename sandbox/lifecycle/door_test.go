//go:build engine

package lifecycle

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
	"ambient-ecs/sandbox/world"
)

// cutOff returns the running tasks that are in the mesh and cannot reach istiod at the address in their token.
func cutOff(tx *world.Tx) (cut []string, running int) {
	for _, task := range tx.Find("", aws.TaskKind, nil) {
		if task.String("lastStatus") != "RUNNING" {
			continue
		}
		// A task that has just started waits for its certificate, behind a load balancer that may still be made.
		if _, joined := mesh.CredentialsOfTask(task); !joined {
			continue
		}
		running++
		if ok, why := mesh.Readiness(tx, task); !ok {
			cut = append(cut, task.ID+": "+why)
		}
	}
	return cut, running
}

// watched runs a command while a probe asks every running task again and again whether it reaches istiod.
func (s *stack) watched(command ...string) {
	s.t.Helper()
	fewest := 1 << 30
	var failures []string
	probes := s.meanwhile(func(tx *world.Tx) {
		cut, running := cutOff(tx)
		fewest = min(fewest, running)
		failures = append(failures, cut...)
	}, func() { s.run(command...) })
	if len(failures) > 0 {
		s.t.Errorf("%s: tasks lost istiod:\n%s", strings.Join(command, " "), strings.Join(slices.Compact(failures), "\n"))
	}
	if probes < 5 || fewest < 2 {
		s.t.Errorf("%s: %d probes saw %d running tasks at least: the probe proves nothing", strings.Join(command, " "), probes, fewest)
	}
}

// runningIn are the ids of the running tasks.
func runningIn(tx *world.Tx) (ids []string) {
	for _, task := range tx.Find("", aws.TaskKind, nil) {
		if task.String("lastStatus") == "RUNNING" {
			ids = append(ids, task.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// runningTasks are the ids of the running tasks between two commands.
func (s *stack) runningTasks() (ids []string) {
	s.t.Helper()
	s.look(func(tx *world.Tx) { ids = runningIn(tx) })
	return ids
}

// breaks spoils a copy of the stack, and asserts that doctor notices.
func (s *stack) breaks(name, word string, spoil func(tx *world.Tx)) {
	s.t.Helper()
	f := s.fork(s.t)
	before, _ := f.ambient("doctor")
	f.look(spoil)
	after, err := f.ambient("doctor")
	if err == nil || before == after || !strings.Contains(after, word) {
		s.t.Errorf("without %s doctor says (%v):\n%s", name, err, after)
	}
}

// activeBalancers waits until AWS makes and deletes no load balancer any more, and calls look for each that there is. A command does not
// wait so long: a Service has its address as soon as AWS has begun.
func (s *stack) activeBalancers(look func(lb *world.Resource)) {
	s.t.Helper()
	var changing []string
	err := s.work(func(tx *world.Tx) (bool, error) {
		changing = nil
		all := tx.Find("", aws.LoadBalancerKind, nil)
		for _, lb := range all {
			if state := lb.String("state"); state != "active" {
				changing = append(changing, lb.String("name")+" is "+state)
			}
		}
		if len(changing) > 0 {
			return false, nil
		}
		for _, lb := range all {
			look(lb)
		}
		return true, nil
	})
	if err != nil {
		s.t.Fatalf("load balancers do not come to rest: %v: %v", err, changing)
	}
}

// balancers are the first letters of the names of the load balancers.
func (s *stack) balancers() (names []string) {
	s.t.Helper()
	s.activeBalancers(func(lb *world.Resource) { names = append(names, lb.String("name")[:1]) })
	slices.Sort(names)
	return names
}

// A living stack gets the other load balancer beside the old one, every service gets the new token, and only then the old one
// can go. No task ever loses istiod.
func TestALivingStackMovesToTheOtherLoadBalancer(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	if got := s.balancers(); !slices.Equal(got, []string{"a"}) {
		t.Fatalf("load balancers: %v", got)
	}

	// The short way would cut every task off. It is refused, and names the services.
	s.configure("gatewayLoadBalancers", []any{"controller"})
	cluster := s.onlyCluster()
	for _, command := range []string{"preview", "up"} {
		s.refused([]string{"gatewayLoadBalancers", "load balancer of legacy", cluster + "/echo-service", cluster + "/shell-task", "Keep legacy at the end"}, command)
	}

	s.configure("gatewayLoadBalancers", []any{"controller", "legacy"})
	golden(t, filepath.Join("testdata", "door-1-both.txt"), strings.Join(s.preview(), "\n")+"\n")
	s.watched("up")
	s.nothingToDo()
	if got := s.balancers(); !slices.Equal(got, []string{"a", "k"}) {
		t.Errorf("load balancers: %v", got)
	}
	s.verified()

	s.configure("gatewayLoadBalancers", []any{"controller"})
	before := s.runningTasks()
	golden(t, filepath.Join("testdata", "door-2-new.txt"), strings.Join(s.preview(), "\n")+"\n")
	s.watched("up")
	if after := s.runningTasks(); !slices.Equal(before, after) {
		t.Errorf("the old load balancer goes and the tasks are %v, were %v", after, before)
	}
	s.nothingToDo()
	if got := s.balancers(); !slices.Equal(got, []string{"k"}) {
		t.Errorf("load balancers: %v", got)
	}
	s.verified()
	if out, err := s.ambient("doctor"); err != nil {
		t.Errorf("doctor: %v\n%s", err, out)
	}
	// The nodes admit the load balancer by one rule. Without it no task of another subnet reaches a pod behind it.
	s.breaks("the rule of the load balancer's group", "eastwest", func(tx *world.Tx) {
		for _, rule := range tx.Find("", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", func(r *world.Resource) bool {
			return r.String("referencedSecurityGroupId") != "" && strings.Contains(r.String("description"), "Load balancer")
		}) {
			tx.Drop(rule)
		}
	})
	s.breaks("the controller's identity", "aws-load-balancer-controller", func(tx *world.Tx) {
		for _, one := range tx.Find("", "aws:eks/podIdentityAssociation:PodIdentityAssociation", func(r *world.Resource) bool {
			return r.String("serviceAccount") == "aws-load-balancer-controller"
		}) {
			tx.Drop(one)
		}
	})
	s.look(func(tx *world.Tx) {
		for _, arn := range tx.Clusters() {
			if api.At(tx, arn).Get(api.ServiceKind, "istio-system", "eastwest-istio-eastwest") != nil {
				t.Error("the old gateway's Service is left")
			}
		}
	})

	s.run("destroy")
	for _, r := range s.remains() {
		t.Errorf("left after destroy: %s", r)
	}
}

// A pipeline deploys when it likes. The old load balancer stays until its service runs the new token too.
func TestTheOldLoadBalancerStaysForAPipeline(t *testing.T) {
	t.Parallel()
	s := raised(t, "single")
	s.configure("clusters.ecs-1.services."+pipelined+".deployedBy", "pipeline")
	s.up()
	s.configure("gatewayLoadBalancers", []any{"controller", "legacy"})
	s.watched("up")

	s.configure("gatewayLoadBalancers", []any{"controller"})
	for _, command := range []string{"preview", "up"} {
		s.refused([]string{"load balancer of legacy", "in the bootstrap token of ecs-1/" + pipelined + ". ", "let pipelines enrol"}, command)
	}
	if got := s.balancers(); !slices.Equal(got, []string{"a", "k"}) {
		t.Errorf("load balancers: %v", got)
	}
	old := s.runningTasks()
	_, containers := s.revision(pipelined)
	s.deploys(pipelined, s.enrols(containers))
	s.comes("another task runs in place of "+pipelined+"'s", func(tx *world.Tx) bool {
		now := runningIn(tx)
		return len(now) == len(old) && !slices.Equal(now, old)
	})
	s.watched("up")
	if got := s.balancers(); !slices.Equal(got, []string{"k"}) {
		t.Errorf("load balancers: %v", got)
	}
	s.verified()
}
