package onaws

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	corev1 "k8s.io/api/core/v1"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/curl"
	"ambient-ecs/verify/onaws/connect"
)

// overhead is the extra time of a session: ECS Exec takes several seconds to start one.
const overhead = 45 * time.Second

// place is the starting point of a call.
type place struct {
	// addresses are the possible source addresses of its connections.
	addresses []netip.Addr
	run       func(context.Context, curl.Script) ([]byte, error)
}

// Call makes one call.
func (b *AWS) Call(ctx context.Context, r backend.Request) backend.Answer {
	start := time.Now()
	answer := b.call(ctx, r)
	answer.Took = time.Since(start)
	return answer
}

func undecided(err error) backend.Answer {
	return backend.Answer{Outcome: backend.Undecided, Why: err.Error()}
}

func (b *AWS) call(ctx context.Context, r backend.Request) backend.Answer {
	if r.From.User {
		return b.enter(ctx, r)
	}
	if r.Task != "" {
		key, service := cutSlash(r.Task)
		tasks, err := b.tasks(ctx, key, service)
		if err != nil {
			return undecided(err)
		}
		if len(tasks) == 0 || tasks[0].address == "" {
			return undecided(fmt.Errorf("%s has no running task with an address", r.Task))
		}
		r.Host = tasks[0].address
	}
	script, err := curl.New(curl.NewMarker(), r)
	if err != nil {
		return undecided(err)
	}
	from, err := b.place(ctx, r.From)
	if err != nil {
		return undecided(fmt.Errorf("no call from %s: %w", r.From, err))
	}
	timeout := r.Timeout
	if timeout == 0 {
		timeout = curl.DefaultTimeout
	}
	limited, cancel := context.WithTimeout(ctx, timeout+overhead)
	defer cancel()
	// The proxies' clocks may differ from this machine's.
	since := time.Now().Add(-2 * time.Second)
	shown, err := from.run(limited, script)
	result := curl.Parse(script.Marker, shown)
	answer := result.Answer()
	if !result.Found {
		answer.Why = "no result came back: " + reason(shown, err)
		return answer
	}
	return b.explain(ctx, r, from.addresses, since, answer)
}

// place finds where a call starts.
func (b *AWS) place(ctx context.Context, from backend.Source) (place, error) {
	if from.ECS() {
		tasks, err := b.tasks(ctx, from.Cluster, from.Service)
		if err != nil {
			return place{}, err
		}
		t, err := caller(tasks, from.String())
		if err != nil {
			return place{}, err
		}
		c := b.stack.Clusters[from.Cluster]
		return place{addresses(t.address), func(ctx context.Context, s curl.Script) ([]byte, error) {
			return b.execute(ctx, c, t, s.Line())
		}}, nil
	}
	pod, err := b.pod(ctx, from)
	if err != nil {
		return place{}, err
	}
	// What a pod sends out of its VPC leaves with its node's address, unless the CNI is told otherwise.
	return place{addresses(pod.Status.PodIP, pod.Status.HostIP), func(ctx context.Context, s curl.Script) ([]byte, error) {
		return b.cluster.Exec(ctx, pod, pod.Spec.Containers[0].Name, s.Args())
	}}, nil
}

// addresses leaves out invalid addresses. Without any address, only the destination tells log lines apart.
func addresses(texts ...string) []netip.Addr {
	var all []netip.Addr
	for _, text := range texts {
		if address, err := netip.ParseAddr(text); err == nil {
			all = append(all, address)
		}
	}
	return all
}

// The label and value that keep a pod out of the mesh whatever its namespace's label is, and the label of pods that
// the verifier made.
const (
	labelDataplane = "istio.io/dataplane-mode"
	dataplaneNone  = "none"
	labelOurs      = "app.kubernetes.io/managed-by"
)

func (b *AWS) pod(ctx context.Context, from backend.Source) (corev1.Pod, error) {
	if from.OutsideMesh {
		return b.outsidePod(ctx, from)
	}
	pods, err := b.cluster.WorkloadPods(ctx, from.Namespace, from.Workload)
	if err != nil {
		return corev1.Pod{}, err
	}
	if len(pods) == 0 {
		return corev1.Pod{}, fmt.Errorf("deployment %s/%s has no ready pod", from.Namespace, from.Workload)
	}
	return pods[0], nil
}

// outsidePod is a pod that the mesh does not capture. If the namespace has none, it is made from the workload's own template.
func (b *AWS) outsidePod(ctx context.Context, from backend.Source) (corev1.Pod, error) {
	// One at a time: cases run in parallel, and one such pod is enough.
	b.mu.Lock()
	defer b.mu.Unlock()
	pods, err := b.cluster.Pods(ctx, from.Namespace, labelDataplane+"="+dataplaneNone)
	if err != nil {
		return corev1.Pod{}, err
	}
	if len(pods) > 0 {
		if b.options.Intrusive && pods[0].Labels[labelOurs] == connect.Manager {
			// The verifier made this pod, in this run or in one that was killed. Close deletes it.
			b.outside[pods[0].Namespace+"/"+pods[0].Name] = true
		}
		return pods[0], nil
	}
	if !b.options.Intrusive {
		return corev1.Pod{}, fmt.Errorf("namespace %s has no pod with the label %s=%s; --intrusive makes one for the time of the check", from.Namespace, labelDataplane, dataplaneNone)
	}
	name := from.Workload + "-outside-mesh"
	b.outside[from.Namespace+"/"+name] = true
	b.say("Running pod %s/%s, outside the mesh", from.Namespace, name)
	limited, cancel := context.WithTimeout(ctx, b.options.Wait)
	defer cancel()
	return b.cluster.CopyPod(limited, from.Namespace, from.Workload, name, map[string]string{
		labelDataplane: dataplaneNone, labelOurs: connect.Manager,
	})
}
