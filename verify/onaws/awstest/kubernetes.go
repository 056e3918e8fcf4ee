package awstest

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// kinds are the resources that the stand-in knows, by API version and plural.
var kinds = map[string]map[string]string{
	"v1":                           {"pods": "Pod", "services": "Service", "configmaps": "ConfigMap", "namespaces": "Namespace", "serviceaccounts": "ServiceAccount", "secrets": "Secret", "nodes": "Node"},
	"apps/v1":                      {"deployments": "Deployment", "daemonsets": "DaemonSet"},
	"security.istio.io/v1":         {"authorizationpolicies": "AuthorizationPolicy"},
	"telemetry.istio.io/v1":        {"telemetries": "Telemetry"},
	"networking.istio.io/v1":       {"serviceentries": "ServiceEntry", "workloadentries": "WorkloadEntry", "virtualservices": "VirtualService"},
	"policy/v1":                    {"poddisruptionbudgets": "PodDisruptionBudget"},
	"gateway.networking.k8s.io/v1": {"gateways": "Gateway", "httproutes": "HTTPRoute"},
}

// Kubernetes is a stand-in of an API server.
type Kubernetes struct {
	URL string
	// Exec answers a command in a pod. Log is the log of a pod. Port is the handler that listens on a port of its loopback address,
	// nil for none.
	Exec func(pod string, command []string) string
	Log  func(pod string) string
	Port func(pod, port string) http.Handler
	// NoWebSockets makes it an older API server: it streams over SPDY alone.
	NoWebSockets bool

	mu       sync.Mutex
	objects  map[string]map[string]any // by path
	requests []string
}

// NewKubernetes starts a stand-in with objects.
func NewKubernetes(t *testing.T, objects ...map[string]any) *Kubernetes {
	t.Helper()
	k := &Kubernetes{objects: map[string]map[string]any{}}
	for _, o := range objects {
		k.Put(o)
	}
	server := httptest.NewServer(k)
	t.Cleanup(server.Close)
	k.URL = server.URL
	return k
}

// Kubeconfig is a kubeconfig for this stand-in.
func (k *Kubernetes) Kubeconfig() string {
	return fmt.Sprintf(`{"apiVersion":"v1","kind":"Config","current-context":"c","clusters":[{"name":"c","cluster":{"server":%q}}],"contexts":[{"name":"c","context":{"cluster":"c","user":"u"}}],"users":[{"name":"u","user":{"token":"t"}}]}`, k.URL)
}

// Object reads JSON text as an object.
func Object(t *testing.T, text string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return o
}

// Put stores an object.
func (k *Kubernetes) Put(o map[string]any) {
	meta, _ := o["metadata"].(map[string]any)
	path := prefix(fmt.Sprint(o["apiVersion"]))
	if ns, ok := meta["namespace"].(string); ok {
		path += "/namespaces/" + ns
	}
	for plural, kind := range kinds[fmt.Sprint(o["apiVersion"])] {
		if kind == o["kind"] {
			k.mu.Lock()
			k.objects[path+"/"+plural+"/"+fmt.Sprint(meta["name"])] = o
			k.mu.Unlock()
			return
		}
	}
	panic(fmt.Sprintf("the stand-in does not know %v %v", o["apiVersion"], o["kind"]))
}

// At is the object at a path, nil if there is none.
func (k *Kubernetes) At(path string) map[string]any {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.objects[path]
}

// Requests are the requests that changed something, as "METHOD path".
func (k *Kubernetes) Requests() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.requests)
}

func prefix(apiVersion string) string {
	if strings.Contains(apiVersion, "/") {
		return "/apis/" + apiVersion
	}
	return "/api/" + apiVersion
}

// ServeHTTP answers one request.
func (k *Kubernetes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for version, resources := range kinds {
		rest, ok := strings.CutPrefix(r.URL.Path, prefix(version))
		if !ok {
			continue
		}
		if rest == "" {
			discovery(w, version, resources)
			return
		}
		k.serve(w, r, version, rest)
		return
	}
	status(w, http.StatusNotFound, "NotFound")
}

func discovery(w http.ResponseWriter, version string, resources map[string]string) {
	var list []any
	for _, plural := range slices.Sorted(maps.Keys(resources)) {
		list = append(list, map[string]any{"name": plural, "kind": resources[plural], "namespaced": plural != "namespaces" && plural != "nodes", "verbs": []string{"get", "list"}})
	}
	write(w, http.StatusOK, map[string]any{"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": list})
}

func (k *Kubernetes) serve(w http.ResponseWriter, r *http.Request, version, rest string) {
	if pod, ok := strings.CutSuffix(rest, "/exec"); ok {
		k.exec(w, r, pod[strings.LastIndex(pod, "/")+1:])
		return
	}
	if pod, ok := strings.CutSuffix(rest, "/portforward"); ok {
		k.portForward(w, r, pod[strings.LastIndex(pod, "/")+1:])
		return
	}
	if pod, ok := strings.CutSuffix(rest, "/log"); ok {
		_, _ = io.WriteString(w, bounded(k.Log(pod[strings.LastIndex(pod, "/")+1:]), r.URL.Query()))
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if r.Method != http.MethodGet {
		k.requests = append(k.requests, r.Method+" "+r.URL.Path)
	}
	body, _ := io.ReadAll(r.Body)
	var sent map[string]any
	_ = json.Unmarshal(body, &sent) // A request without a body sends nothing.
	switch known := k.objects[r.URL.Path]; r.Method {
	case http.MethodGet:
		if known != nil {
			write(w, http.StatusOK, known)
			return
		}
		k.list(w, r, version, rest)
	case http.MethodDelete:
		if known == nil {
			status(w, http.StatusNotFound, "NotFound")
			return
		}
		delete(k.objects, r.URL.Path)
		status(w, http.StatusOK, "")
	case http.MethodPatch:
		// This is server-side apply with fields of another manager: fields that the request does not mention stay.
		merged := merge(known, sent)
		k.objects[r.URL.Path] = merged
		write(w, http.StatusOK, merged)
	case http.MethodPut:
		k.objects[r.URL.Path] = sent
		write(w, http.StatusOK, sent)
	case http.MethodPost:
		meta, _ := sent["metadata"].(map[string]any)
		sent["status"] = map[string]any{"phase": "Running", "podIP": "192.168.9.9", "conditions": []any{map[string]any{"type": "Ready", "status": "True"}}}
		k.objects[r.URL.Path+"/"+fmt.Sprint(meta["name"])] = sent
		write(w, http.StatusCreated, sent)
	}
}

func merge(old, new map[string]any) map[string]any {
	merged := maps.Clone(old)
	if merged == nil {
		merged = map[string]any{}
	}
	for key, value := range new {
		inner, isMap := value.(map[string]any)
		was, wasMap := merged[key].(map[string]any)
		if isMap && wasMap {
			merged[key] = merge(was, inner)
			continue
		}
		merged[key] = value
	}
	return merged
}

// list answers with the objects under a collection, of one namespace or of all.
func (k *Kubernetes) list(w http.ResponseWriter, r *http.Request, version, rest string) {
	plural := rest[strings.LastIndex(rest, "/")+1:]
	kind, known := kinds[version][plural]
	if !known {
		status(w, http.StatusNotFound, "NotFound")
		return
	}
	items := []any{}
	for _, path := range slices.Sorted(maps.Keys(k.objects)) {
		o := k.objects[path]
		collection := path[:strings.LastIndex(path, "/")]
		if o["apiVersion"] != version || o["kind"] != kind || strings.HasPrefix(rest, "/namespaces/") && collection != r.URL.Path || !selected(o, r.URL.Query().Get("labelSelector")) {
			continue
		}
		items = append(items, o)
	}
	write(w, http.StatusOK, map[string]any{"kind": kind + "List", "apiVersion": version, "metadata": map[string]any{}, "items": items})
}

func selected(o map[string]any, selector string) bool {
	meta, _ := o["metadata"].(map[string]any)
	labels, _ := meta["labels"].(map[string]any)
	for _, term := range strings.Split(selector, ",") {
		if key, value, ok := strings.Cut(term, "="); ok && labels[key] != value {
			return false
		}
	}
	return true
}

// bounded is the requested part of a log: its last lines, or its first bytes.
func bounded(log string, query url.Values) string {
	if n, err := strconv.Atoi(query.Get("tailLines")); err == nil {
		lines := strings.SplitAfter(log, "\n")
		log = strings.Join(lines[max(0, len(lines)-1-n):], "")
	}
	if n, err := strconv.Atoi(query.Get("limitBytes")); err == nil {
		log = log[:min(n, len(log))]
	}
	return log
}

func status(w http.ResponseWriter, code int, reason string) {
	s := map[string]any{"kind": "Status", "apiVersion": "v1", "code": code, "status": "Success"}
	if code >= 400 {
		s["status"], s["reason"], s["message"] = "Failure", reason, reason
	}
	write(w, code, s)
}

func write(w http.ResponseWriter, code int, o any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(o) // A client that left is none of ours.
}
