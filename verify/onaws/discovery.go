package onaws

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"ambient-ecs/verify/backend"
)

// Where istiod runs, and how it is told where to look for tasks: domains and roles in turn.
const (
	istiodLabel      = "app=istiod"
	istiodContainer  = "discovery"
	accountsVariable = "ECS_ACCOUNTS"
)

// What istiod logs: once when it starts, and again and again while it cannot look.
const (
	logConfigured = "configured ecs accounts"
	logFailed     = "failed to discover clusters"
)

// How much of istiod's log is read: the last lines of the last minutes for failures, which it repeats, and the first bytes for
// what it was configured with.
const (
	failedWithin    = 5 * time.Minute
	failedLines     = 20000
	configuredBytes = 1 << 20
)

// discoveryWait is how long istiod may take to find a task that has an address.
const discoveryWait = 45 * time.Second

var _ backend.Watcher = (*AWS)(nil)

// Discovering says for every account what keeps istiod from finding tasks there: that it is not told to look, its own
// complaint, or a task that it should have found.
func (b *AWS) Discovering(ctx context.Context) (map[string]string, error) {
	live := map[string]string{}
	istiods, err := b.cluster.Pods(ctx, meshNamespace, istiodLabel)
	if err != nil {
		return nil, err
	}
	for key := range b.stack.Accounts {
		live[key] = ""
		if len(istiods) == 0 {
			live[key] = "no pod of istiod is ready"
		}
	}
	// Every one of them may be the one that looks.
	for _, pod := range istiods {
		complaints, err := b.complaints(ctx, pod)
		if err != nil {
			return nil, err
		}
		for key, complaint := range complaints {
			if live[key] == "" {
				live[key] = complaint
			}
		}
	}
	found, err := b.undiscovered(ctx)
	if err != nil {
		return nil, err
	}
	for key, task := range found {
		if live[key] == "" {
			live[key] = task
		}
	}
	return live, nil
}

// complaints are what a pod of istiod lacks or complains about, by account.
func (b *AWS) complaints(ctx context.Context, pod corev1.Pod) (map[string]string, error) {
	told, err := b.told(ctx, pod)
	if err != nil {
		return nil, err
	}
	lines, err := b.cluster.LastLogs(ctx, pod, istiodContainer, time.Now().Add(-failedWithin), failedLines)
	if err != nil {
		return nil, err
	}
	failures := slices.DeleteFunc(lines, func(line string) bool { return !strings.Contains(line, logFailed) })
	all := map[string]string{}
	for key := range b.stack.Accounts {
		role := b.stack.DiscoveryRoles[key]
		if role == "" || !mentions(told, role) {
			all[key] = fmt.Sprintf("istiod's pod %s is not told to look into account %s with %s", pod.Name, key, role)
			continue
		}
		// The last one is the one that still holds.
		for _, line := range failures {
			if b.concerns(line, key) {
				_, about, _ := strings.Cut(line, logFailed)
				all[key] = fmt.Sprintf("istiod's pod %s failed to discover clusters within the last %.0f minutes: %s", pod.Name, failedWithin.Minutes(), strings.Trim(about, ": \t"))
			}
		}
	}
	return all, nil
}

// told is what says where a pod of istiod looks: its environment or, where that has it from elsewhere, the line with which it started.
func (b *AWS) told(ctx context.Context, pod corev1.Pod) (string, error) {
	for _, container := range pod.Spec.Containers {
		for _, variable := range container.Env {
			if container.Name == istiodContainer && variable.Name == accountsVariable && variable.Value != "" {
				return variable.Value, nil
			}
		}
	}
	lines, err := b.cluster.FirstLogs(ctx, pod, istiodContainer, configuredBytes)
	if err != nil {
		return "", err
	}
	if i := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, logConfigured) }); i >= 0 {
		return lines[i], nil
	}
	return "", fmt.Errorf("pod %s/%s has no %s, and the beginning of its log has no line %q: where it looks for tasks is not known", pod.Namespace, pod.Name, accountsVariable, logConfigured)
}

// concerns tells whether a failure is of an account. The line may name the role that could not be taken, or the session of the role
// that was refused something. One that names no role of the stack may be of any account.
func (b *AWS) concerns(line, key string) bool {
	named := func(key string) bool {
		role := b.stack.DiscoveryRoles[key]
		_, name, ok := strings.Cut(role, ":role/")
		if !ok {
			return false
		}
		// A session has its role's name without the path.
		session := "::" + b.stack.Accounts[key].ID + ":assumed-role/" + name[strings.LastIndex(name, "/")+1:] + "/"
		return mentions(line, role) || strings.Contains(line, session)
	}
	if named(key) {
		return true
	}
	for other := range b.stack.Accounts {
		if named(other) {
			return false
		}
	}
	return true
}

// mentions tells whether a text has a name, and not only one that is longer.
func mentions(text, name string) bool {
	for {
		_, after, found := strings.Cut(text, name)
		if !found {
			return false
		}
		if after == "" || !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=@_-", rune(after[0])) {
			return true
		}
		text = after
	}
}

// undiscovered is a running task of each account that has no WorkloadEntry with its address. A task that has just started is waited
// for.
func (b *AWS) undiscovered(ctx context.Context) (map[string]string, error) {
	var missing map[string]string
	_, err := b.await(ctx, b.discoveryWait, func() (bool, error) {
		missing = map[string]string{}
		// Tasks first: what istiod knows afterwards includes those.
		running := map[string][]task{}
		for _, key := range b.stack.ClusterKeys() {
			for _, service := range b.stack.Clusters[key].ServiceKeys() {
				tasks, err := b.tasks(ctx, key, service)
				if err != nil {
					return true, err
				}
				running[key+"/"+service] = tasks
			}
		}
		entries, err := b.cluster.List(ctx, networkingAPI, "WorkloadEntry")
		if err != nil {
			return true, err
		}
		known := map[string]bool{}
		for _, entry := range entries {
			known[backend.Text(entry, "spec", "address")] = true
		}
		for _, key := range b.stack.ClusterKeys() {
			c := b.stack.Clusters[key]
			for _, service := range c.ServiceKeys() {
				if at := unknown(running[key+"/"+service], known); at != "" && missing[c.Account] == "" {
					missing[c.Account] = fmt.Sprintf("a task of %s/%s runs at %s, and istiod does not know it", key, service, at)
				}
			}
		}
		return len(missing) == 0, nil
	})
	return missing, err
}

// unknown is the address of a task that is not among the known ones, "" for none.
func unknown(tasks []task, known map[string]bool) string {
	for _, t := range tasks {
		if t.address != "" && !known[t.address] {
			return t.address
		}
	}
	return ""
}
