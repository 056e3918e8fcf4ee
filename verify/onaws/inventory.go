package onaws

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/curl"
	"ambient-ecs/verify/onaws/proxy"
)

// The location of the nodes' ztunnels, and the port of their config dump. A waypoint's container has the same name.
const (
	meshNamespace  = "istio-system"
	ztunnelLabel   = "app=ztunnel"
	proxyContainer = "istio-proxy"
	ztunnelAdmin   = 15000
)

// The kinds that istiod writes for what it discovers.
const (
	networkingAPI = "networking.istio.io/v1"
	annotationARN = "ecs.solo.io/arn"
	annotationECS = "ecs.solo.io/cluster"
)

func (b *AWS) ztunnels(ctx context.Context) ([]corev1.Pod, error) {
	pods, err := b.cluster.Pods(ctx, meshNamespace, ztunnelLabel)
	if err != nil {
		return nil, err
	}
	if len(pods) == 0 {
		return nil, fmt.Errorf("namespace %s has no ready ztunnel pod (label %s)", meshNamespace, ztunnelLabel)
	}
	return pods, nil
}

// nodeDumps reads the config dump of every ztunnel on the nodes. Its port is open on the loopback address only and
// its image has no shell, so only a port forward works.
func (b *AWS) nodeDumps(ctx context.Context) (map[string]proxy.Dump, error) {
	pods, err := b.ztunnels(ctx)
	if err != nil {
		return nil, err
	}
	dumps := map[string]proxy.Dump{}
	for _, pod := range pods {
		text, err := b.cluster.GetFromPod(ctx, pod, ztunnelAdmin, "/config_dump")
		if err != nil {
			return nil, err
		}
		dump, err := proxy.ParseDump(text)
		if err != nil {
			return nil, fmt.Errorf("ztunnel pod %s: %w", pod.Name, err)
		}
		dumps[pod.Name] = dump
	}
	return dumps, nil
}

// oneDump is the dump of the first ztunnel. istiod tells every ztunnel the same services and workloads.
func (b *AWS) oneDump(ctx context.Context) (proxy.Dump, error) {
	dumps, err := b.dump(ctx)
	if err != nil {
		return proxy.Dump{}, err
	}
	for _, name := range slices.Sorted(maps.Keys(dumps)) {
		return dumps[name], nil
	}
	return proxy.Dump{}, errors.New("no ztunnel told what it knows")
}

// Services are the services that ztunnel knows.
func (b *AWS) Services(ctx context.Context) ([]backend.Service, error) {
	dump, err := b.oneDump(ctx)
	if err != nil {
		return nil, err
	}
	entries, err := b.cluster.List(ctx, networkingAPI, "ServiceEntry")
	if err != nil {
		return nil, err
	}
	// ztunnel does not know the origin of a service. Its ServiceEntry does.
	discovered := map[string][2]string{}
	for _, entry := range entries {
		annotations := backend.AnnotationsOf(entry)
		arn := strings.Split(annotations[annotationARN], ":")
		if len(arn) < 6 {
			continue
		}
		name := annotations[annotationECS]
		if parts := strings.Split(arn[5], "/"); len(parts) == 3 {
			name = parts[1]
		}
		for _, host := range backend.Texts(entry, "spec", "hosts") {
			at, from := backend.NamespaceOf(entry)+"/"+host, [2]string{arn[4], name}
			if other, shared := discovered[at]; shared && other != from {
				from = [2]string{} // A shared service is in several clusters.
			}
			discovered[at] = from
		}
	}
	all := dump.BackendServices()
	for i := range all {
		if from, ok := discovered[all[i].Namespace+"/"+all[i].Host]; ok {
			all[i].Account, all[i].Cluster = from[0], from[1]
		}
	}
	slices.SortFunc(all, func(a, b backend.Service) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Host, b.Host))
	})
	return all, nil
}

// Workloads are the workloads that ztunnel knows.
func (b *AWS) Workloads(ctx context.Context) ([]backend.Workload, error) {
	dump, err := b.oneDump(ctx)
	if err != nil {
		return nil, err
	}
	all := dump.BackendWorkloads()
	slices.SortFunc(all, func(a, b backend.Workload) int {
		return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
	})
	return all, nil
}

// Certificates are the certificates of the ztunnels: those on nodes by port forward, those in tasks by ECS Exec.
func (b *AWS) Certificates(ctx context.Context) ([]backend.Certificate, error) {
	dumps, err := b.dump(ctx)
	if err != nil {
		return nil, err
	}
	var problems []error
	keys := b.stack.ClusterKeys()
	if !b.sessions {
		b.say("The tasks' certificates are left out: %s is not on PATH", plugin)
		keys = nil
	}
	for _, key := range keys {
		for _, service := range b.stack.Clusters[key].ServiceKeys() {
			if b.stack.Clusters[key].Services[service].DesiredCount == 0 {
				continue // It runs no task.
			}
			if !b.stack.Clusters[key].Services[service].HasExec() {
				b.say("The certificate of %s/%s is left out: ECS Exec is off", key, service)
				continue
			}
			dump, err := b.taskDump(ctx, key, service)
			if err != nil {
				problems = append(problems, err)
				continue
			}
			dumps[key+"/"+service] = dump
		}
	}
	leaves, roots := map[string]backend.Certificate{}, map[string]backend.Certificate{}
	for _, name := range slices.Sorted(maps.Keys(dumps)) {
		l, r := dumps[name].BackendCertificates()
		// The same identity on two nodes has two certificates. The certificate that expires first counts.
		for _, c := range l {
			if known, ok := leaves[c.Identity]; !ok || c.NotAfter.Before(known.NotAfter) {
				leaves[c.Identity] = c
			}
		}
		for _, c := range r {
			roots[c.Issuer+c.NotAfter.String()] = c
		}
	}
	var all []backend.Certificate
	for _, group := range []map[string]backend.Certificate{roots, leaves} {
		for _, key := range slices.Sorted(maps.Keys(group)) {
			all = append(all, group[key])
		}
	}
	return all, errors.Join(problems...)
}

// taskDump reads the certificates of a task's ztunnel from the application's container, which shares the loopback address. It
// leaves out the rest of the dump, which is large and the same everywhere.
func (b *AWS) taskDump(ctx context.Context, key, service string) (proxy.Dump, error) {
	what := fmt.Sprintf("certificates of %s/%s", key, service)
	tasks, err := b.tasks(ctx, key, service)
	if err != nil {
		return proxy.Dump{}, fmt.Errorf("%s: %w", what, err)
	}
	t, err := caller(tasks, key+"/"+service)
	if err != nil {
		return proxy.Dump{}, fmt.Errorf("%s: %w", what, err)
	}
	script := curl.Run(curl.NewMarker(), fmt.Sprintf(`curl -q -sS --noproxy '*' --max-time 10 http://127.0.0.1:%d/config_dump | sed -n '/"certificates":/,$p'`, ztunnelAdmin))
	limited, cancel := context.WithTimeout(ctx, overhead)
	defer cancel()
	shown, err := b.execute(limited, b.stack.Clusters[key], t, script.Line())
	result := curl.Parse(script.Marker, shown)
	if !result.Found {
		return proxy.Dump{}, fmt.Errorf("%s: %s", what, reason(shown, err))
	}
	dump, err := certificates(result.Body)
	if err != nil {
		return proxy.Dump{}, fmt.Errorf("%s: %w", what, err)
	}
	return dump, nil
}

// certificates reads the value behind the key "certificates", and nothing after it.
func certificates(tail string) (proxy.Dump, error) {
	_, value, ok := strings.Cut(tail, `"certificates":`)
	if !ok {
		return proxy.Dump{}, fmt.Errorf("ztunnel answered without certificates: %.200s", tail)
	}
	var raw json.RawMessage
	if err := json.NewDecoder(bytes.NewBufferString(value)).Decode(&raw); err != nil {
		return proxy.Dump{}, fmt.Errorf("ztunnel's certificates are incomplete: %w", err)
	}
	return proxy.ParseDump([]byte(`{"certificates":` + string(raw) + `}`))
}
