package kubernetes

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/provider"
)

const (
	releaseToken = "kubernetes:helm.sh/v3:Release"

	autonamed   = "pulumi.com/autonamed"
	patchForce  = "pulumi.com/patchForce"
	waitFor     = "pulumi.com/waitFor"
	skipAwait   = "pulumi.com/skipAwait"
	timeoutNote = "pulumi.com/timeoutSeconds"

	managerKey = "__fieldManager"
	initialKey = "__initialApiVersion"
)

// subject is the content of a resource's token.
type subject struct {
	kind schema.GroupVersionKind
	// patch means that the resource owns some fields of an object that somebody else made.
	patch bool
}

// parseToken reads "kubernetes:<group/version>:<Kind>".
func parseToken(token string) (subject, error) {
	parts := strings.Split(token, ":")
	if len(parts) != 3 || parts[0] != "kubernetes" {
		return subject{}, fmt.Errorf("the sandbox's kubernetes provider has no resource %q", token)
	}
	group, version, ok := strings.Cut(parts[1], "/")
	if !ok {
		return subject{}, fmt.Errorf("apiVersion does not have both a group and a version: %q", parts[1])
	}
	if strings.HasPrefix(group, "helm.sh") || strings.HasPrefix(group, "yaml") || strings.HasPrefix(group, "kustomize") {
		return subject{}, fmt.Errorf("the sandbox does not model %s", token)
	}
	if group == "core" {
		group = ""
	}
	s := subject{kind: schema.GroupVersionKind{Group: group, Version: version, Kind: parts[2]}}
	if kind, ok := strings.CutSuffix(parts[2], "Patch"); ok {
		patched := s.kind
		patched.Kind = kind
		if _, exists := api.Builtin(patched); exists {
			s.kind, s.patch = patched, true
		} else if _, exists := api.Builtin(s.kind); !exists {
			s.kind, s.patch = patched, true
		}
	}
	return s, nil
}

// dashed and underscored are the spellings of schema extensions in Kubernetes and in Pulumi's schema.
var dashed = []string{
	"x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys", "x-kubernetes-list-type",
	"x-kubernetes-map-type", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations",
}

var toDashed, toUnderscored = spellings()

func spellings() (dash, underscore map[string]string) {
	dash, underscore = map[string]string{}, map[string]string{}
	for _, key := range dashed {
		other := strings.ReplaceAll(key, "-", "_")
		dash[other], underscore[key] = key, other
	}
	return dash, underscore
}

// respell copies decoded JSON with keys renamed.
func respell(v any, names map[string]string) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, e := range v {
			if other, ok := names[k]; ok {
				k = other
			}
			m[k] = respell(e, names)
		}
		return m
	case []any:
		s := make([]any, len(v))
		for i, e := range v {
			s[i] = respell(e, names)
		}
		return s
	default:
		return v
	}
}

// objectOf turns a resource's inputs into a Kubernetes object.
func objectOf(inputs map[string]any) api.Object {
	o, _ := respell(inputs, toDashed).(map[string]any)
	return api.Copy(o)
}

// stateOf turns a Kubernetes object into a resource's state.
func stateOf(o api.Object, manager string) map[string]any {
	state, _ := respell(api.Copy(o), toUnderscored).(map[string]any)
	state[managerKey] = manager
	state[initialKey] = api.String(o, "apiVersion")
	return state
}

// managerOf returns the field manager of a resource: the one it has, or a new one from the seed.
func managerOf(r provider.Resource) string {
	if manager, ok := r.State[managerKey].(string); ok && manager != "" {
		return manager
	}
	return "pulumi-kubernetes-" + unique(r)
}

// newManager is the field manager of an object that is read and of which the provider knows no state, as by Get of an SDK. It is another
// one at every read. So the engine finds other outputs each time, and a preview without changes counts such reads: a step is counted
// where the outputs differ (pulumi/pkg v3.250.0, engine/update.go, shouldRecordReadStep; pulumi-kubernetes, provider.go,
// fieldManagerName; 2026-11-29).
func newManager() string {
	sum := make([]byte, 4)
	rand.Read(sum) // never fails
	return "pulumi-kubernetes-" + hex.EncodeToString(sum)
}

// unique returns eight hex digits that are the same in preview and create.
func unique(r provider.Resource) string {
	sum := sha256.Sum256(append([]byte(r.URN+"\x00"), r.Seed...))
	return hex.EncodeToString(sum[:4])
}
