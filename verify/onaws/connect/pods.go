package connect

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/client-go/util/exec"
)

// WorkloadPods are the running and ready pods of a Deployment.
func (c *Cluster) WorkloadPods(ctx context.Context, namespace, deployment string) ([]corev1.Pod, error) {
	found, err := c.core.AppsV1().Deployments(namespace).Get(ctx, deployment, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("read deployment %s/%s: %w", namespace, deployment, err)
	}
	selector, err := metav1.LabelSelectorAsSelector(found.Spec.Selector)
	if err != nil {
		return nil, fmt.Errorf("deployment %s/%s: %w", namespace, deployment, err)
	}
	return c.Pods(ctx, namespace, selector.String())
}

// Pods are the running and ready pods with a label, sorted by name. An empty namespace means all namespaces.
func (c *Cluster) Pods(ctx context.Context, namespace, selector string) ([]corev1.Pod, error) {
	list, err := c.core.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return nil, fmt.Errorf("list pods %s of namespace %s: %w", selector, namespace, err)
	}
	pods := slices.DeleteFunc(list.Items, func(p corev1.Pod) bool { return !ready(p) })
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return strings.Compare(a.Name, b.Name) })
	return pods, nil
}

func ready(p corev1.Pod) bool {
	return p.DeletionTimestamp == nil && p.Status.Phase == corev1.PodRunning &&
		slices.ContainsFunc(p.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue })
}

// Exec runs a command in a pod and returns what it printed. A command that fails is no error: its output shows
// the failure.
func (c *Cluster) Exec(ctx context.Context, pod corev1.Pod, container string, command []string) ([]byte, error) {
	request := c.core.CoreV1().RESTClient().Post().Resource("pods").Namespace(pod.Namespace).Name(pod.Name).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Container: container, Command: command, Stdout: true, Stderr: true}, scheme.ParameterCodec)
	// API servers before 1.30 support SPDY only. Proxies in between often support WebSocket only.
	socket, err := remotecommand.NewWebSocketExecutor(c.config, "GET", request.URL().String())
	if err != nil {
		return nil, fmt.Errorf("prepare exec in pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	spdy, err := remotecommand.NewSPDYExecutor(c.config, "POST", request.URL())
	if err != nil {
		return nil, fmt.Errorf("prepare exec in pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	executor, err := remotecommand.NewFallbackExecutor(socket, spdy, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	if err != nil {
		return nil, fmt.Errorf("prepare exec in pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	var out, complaints bytes.Buffer
	err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: &out, Stderr: &complaints})
	out.Write(complaints.Bytes())
	var exit exec.CodeExitError
	if err != nil && !errors.As(err, &exit) {
		return out.Bytes(), fmt.Errorf("exec in pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	return out.Bytes(), nil
}

// Logs are the lines of a pod's container since a moment.
func (c *Cluster) Logs(ctx context.Context, pod corev1.Pod, container string, since time.Time) ([]string, error) {
	from := metav1.NewTime(since)
	return c.logs(ctx, pod, corev1.PodLogOptions{Container: container, SinceTime: &from})
}

// LastLogs are the last lines of a pod's container since a moment, up to a limit.
func (c *Cluster) LastLogs(ctx context.Context, pod corev1.Pod, container string, since time.Time, lines int64) ([]string, error) {
	from := metav1.NewTime(since)
	return c.logs(ctx, pod, corev1.PodLogOptions{Container: container, SinceTime: &from, TailLines: &lines})
}

// FirstLogs are the first lines that the node still has of a pod's container, up to a limit in bytes. The last of them may be cut
// off.
func (c *Cluster) FirstLogs(ctx context.Context, pod corev1.Pod, container string, bytes int64) ([]string, error) {
	return c.logs(ctx, pod, corev1.PodLogOptions{Container: container, LimitBytes: &bytes})
}

func (c *Cluster) logs(ctx context.Context, pod corev1.Pod, options corev1.PodLogOptions) ([]string, error) {
	stream, err := c.core.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &options).Stream(ctx)
	if err != nil {
		return nil, fmt.Errorf("read logs of pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	defer stream.Close()
	text, err := io.ReadAll(stream)
	if err != nil {
		return nil, fmt.Errorf("read logs of pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	return strings.Split(strings.TrimRight(string(text), "\n"), "\n"), nil
}

// CopyPod runs a pod like those of a Deployment under another name and with labels of its own, and waits until it is
// ready.
func (c *Cluster) CopyPod(ctx context.Context, namespace, deployment, name string, labels map[string]string) (corev1.Pod, error) {
	pods := c.core.CoreV1().Pods(namespace)
	template, err := c.core.AppsV1().Deployments(namespace).Get(ctx, deployment, metav1.GetOptions{})
	if err != nil {
		return corev1.Pod{}, fmt.Errorf("read deployment %s/%s: %w", namespace, deployment, err)
	}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: namespace, Labels: labels}, Spec: template.Spec.Template.Spec}
	if _, err := pods.Create(ctx, pod, metav1.CreateOptions{FieldManager: Manager}); err != nil && !apierrors.IsAlreadyExists(err) {
		return corev1.Pod{}, fmt.Errorf("create pod %s/%s: %w", namespace, name, err)
	}
	for {
		found, err := pods.Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return corev1.Pod{}, fmt.Errorf("read pod %s/%s: %w", namespace, name, err)
		}
		if ready(*found) {
			return *found, nil
		}
		select {
		case <-ctx.Done():
			return corev1.Pod{}, fmt.Errorf("pod %s/%s is not ready: %w", namespace, name, ctx.Err())
		case <-time.After(time.Second):
		}
	}
}

// DeletePod deletes a pod. One that does not exist is deleted already.
func (c *Cluster) DeletePod(ctx context.Context, namespace, name string) error {
	if err := c.core.CoreV1().Pods(namespace).Delete(ctx, name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete pod %s/%s: %w", namespace, name, err)
	}
	return nil
}
