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

// The location of istiod, and the variable that tells it where to look for tasks: domains and roles alternate.
const (
	istiodLabel      = "app=istiod"
	istiodContainer  = "discovery"
	accountsVariable = "ECS_ACCOUNTS"
)

// istiod's log messages: one at its start, and one that repeats while it cannot look for tasks.
const (
	logConfigured = "configured ecs accounts"
	logFailed     = "failed to discover clusters"
)

// How much of istiod's log is read. Failures repeat, so the last lines of the last minutes show them. The first bytes show the
// configuration.
const (
	failedWithin    = 5 * time.Minute
	failedLines     = 20000
	configuredBytes = 1 << 20
)

// discoveryWait is how long istiod may take to find a task that has an address.
const discoveryWait = 45 * time.Second

var _ backend.Watcher = (*AWS)(nil)

// Discovering says for every account what keeps istiod from finding tasks there: a missing setting, istiod's own
// error, or a task that istiod should have found.
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
	// Any of the pods may be the one that does the discovery.
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

// complaints are the missing settings and the errors of an istiod pod, by account.
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
		if b.stack.CallsOnly(key) {
			continue
		}
		role := b.stack.DiscoveryRoles[key]
		if role == "" || !mentions(told, role) {
			all[key] = fmt.Sprintf("istiod's pod %s is not told to look into account %s with %s", pod.Name, key, role)
			continue
		}
		// Only the last error still holds.
		for _, line := range failures {
			if b.concerns(line, key) {
				_, about, _ := strings.Cut(line, logFailed)
				all[key] = fmt.Sprintf("istiod's pod %s failed to discover clusters within the last %.0f minutes: %s", pod.Name, failedWithin.Minutes(), strings.Trim(about, ": \t"))
			}
		}
	}
	return all, nil
}

// told is the text that says where a pod of istiod looks: its environment or, if the variable comes from elsewhere, the log line
// of its start.
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

// concerns reports whether a failure belongs to an account. The line may name the role that could not be assumed, or the session
// of a role that was refused a call. A line that names no role of the stack may belong to any account.
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

// mentions reports whether a text contains a name as a whole, not only as a part of a longer name.
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

// undiscovered is a running task of each account without a WorkloadEntry for its address. It gives a task that has just started
// some time.
func (b *AWS) undiscovered(ctx context.Context) (map[string]string, error) {
	var missing map[string]string
	_, err := b.await(ctx, b.discoveryWait, func() (bool, error) {
		missing = map[string]string{}
		// Read the tasks first: istiod's entries, which are read afterwards, should include them.
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
