package connect_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/onaws/connect"
)

var pod = corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "istio-system", Name: "ztunnel-1"}}

// both runs a test against an API server of today, and one that has no WebSockets.
func both(t *testing.T, test func(*testing.T, *connect.Cluster, *awstest.Kubernetes)) {
	for name, old := range map[string]bool{"WebSocket": false, "SPDY": true} {
		t.Run(name, func(t *testing.T) {
			kubernetes := awstest.NewKubernetes(t)
			kubernetes.NoWebSockets = old
			c, err := connect.OpenCluster(kubernetes.Kubeconfig())
			if err != nil {
				t.Fatal(err)
			}
			test(t, c, kubernetes)
		})
	}
}

func TestAPortOfAPodIsReadThroughTheAPIServer(t *testing.T) {
	both(t, func(t *testing.T, c *connect.Cluster, kubernetes *awstest.Kubernetes) {
		// More than one frame, and than one window of flow control.
		large := strings.Repeat("0123456789abcdef", 1<<16)
		kubernetes.Port = func(name, port string) http.Handler {
			if name != "ztunnel-1" || port != "15000" {
				t.Errorf("port %s of %s was asked for", port, name)
			}
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/config_dump" || r.Method != http.MethodGet {
					http.NotFound(w, r)
					return
				}
				_, _ = io.WriteString(w, large)
			})
		}
		for range 2 {
			body, err := c.GetFromPod(context.Background(), pod, 15000, "/config_dump")
			if err != nil || string(body) != large {
				t.Errorf("got %d bytes, %v", len(body), err)
			}
		}
		if _, err := c.GetFromPod(context.Background(), pod, 15000, "/gone"); err == nil || !strings.Contains(err.Error(), "404") || !strings.Contains(err.Error(), "istio-system/ztunnel-1") {
			t.Errorf("got %v", err)
		}
	})
}

func TestAPortThatIsClosedSaysSo(t *testing.T) {
	both(t, func(t *testing.T, c *connect.Cluster, kubernetes *awstest.Kubernetes) {
		kubernetes.Port = func(string, string) http.Handler { return nil }
		if _, err := c.GetFromPod(context.Background(), pod, 15000, "/"); err == nil || !strings.Contains(err.Error(), "connection refused") {
			t.Errorf("got %v", err)
		}
	})
}

func TestReadingAPortEndsWithItsContext(t *testing.T) {
	both(t, func(t *testing.T, c *connect.Cluster, kubernetes *awstest.Kubernetes) {
		ctx, cancel := context.WithCancel(context.Background())
		hang := make(chan struct{})
		t.Cleanup(func() { close(hang) })
		kubernetes.Port = func(string, string) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
				cancel()
				<-hang
			})
		}
		if _, err := c.GetFromPod(ctx, pod, 15000, "/"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if _, err := c.GetFromPod(ctx, pod, 15000, "/"); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	})
}

func TestACommandRunsInAPodOverBothProtocols(t *testing.T) {
	both(t, func(t *testing.T, c *connect.Cluster, kubernetes *awstest.Kubernetes) {
		kubernetes.Exec = func(name string, command []string) string { return name + " ran " + strings.Join(command, " ") }
		out, err := c.Exec(context.Background(), pod, "istio-proxy", []string{"sh", "-c", "true"})
		if err != nil || string(out) != "ztunnel-1 ran sh -c true" {
			t.Errorf("got %q, %v", out, err)
		}
	})
}
