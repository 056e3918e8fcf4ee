package kubernetes

import (
	"fmt"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	admission "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"ambient-ecs/sandbox/kubernetes/api"
)

// podSecurity are Kubernetes' own checks of the Pod Security Standards.
var podSecurity = sync.OnceValues(func() (policy.Evaluator, error) { return policy.NewEvaluator(policy.DefaultChecks(), nil) })

// violates says why the namespace of a workload does not admit its pods, "" when it does.
func violates(c *api.Cluster, o api.Object) string {
	level := api.Labels(c.Get(api.NamespaceKind, "", api.Namespace(o)))[admission.EnforceLevelLabel]
	if level == "" || level == string(admission.LevelPrivileged) {
		return ""
	}
	evaluator, err := podSecurity()
	if err != nil {
		return err.Error()
	}
	parsed, err := admission.ParseLevel(level)
	if err != nil {
		return err.Error()
	}
	var template corev1.PodTemplateSpec
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(api.Map(o, "spec", "template"), &template); err != nil {
		return err.Error()
	}
	meta := metav1.ObjectMeta{Labels: template.Labels, Annotations: template.Annotations}
	result := policy.AggregateCheckResults(evaluator.EvaluatePod(admission.LevelVersion{Level: parsed, Version: admission.LatestVersion()}, &meta, &template.Spec))
	if result.Allowed {
		return ""
	}
	return fmt.Sprintf("pods %q is forbidden: violates PodSecurity %q: %s", api.Name(o)+"-", level+":latest", strings.TrimSpace(result.ForbiddenDetail()))
}
