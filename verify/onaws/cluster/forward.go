package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
)

// GetFromPod reads a path over HTTP from a port that a pod has open on its own loopback address.
func (c *Cluster) GetFromPod(ctx context.Context, pod corev1.Pod, port int, path string) ([]byte, error) {
	what := fmt.Sprintf("read %s of port %d of pod %s/%s", path, port, pod.Namespace, pod.Name)
	dialer, err := c.dialer(pod)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	stop, open := make(chan struct{}), make(chan struct{})
	defer close(stop)
	forwarder, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{"0:" + strconv.Itoa(port)}, stop, open, io.Discard, io.Discard)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	failed := make(chan error, 1)
	go func() { failed <- forwarder.ForwardPorts() }()
	select {
	case <-open:
	case err := <-failed:
		if err == nil {
			err = errors.New("the port forward ended at once")
		}
		return nil, fmt.Errorf("%s: %w", what, err)
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", what, ctx.Err())
	}
	ports, err := forwarder.GetPorts()
	if err != nil || len(ports) == 0 {
		return nil, fmt.Errorf("%s: no local port: %w", what, err)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("http://127.0.0.1:%d%s", ports[0].Local, path), nil)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	// Not the default client: a proxy of this machine must not be asked for its own loopback.
	client := &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: HTTP %s", what, response.Status)
	}
	return body, nil
}

func (c *Cluster) dialer(pod corev1.Pod) (httpstream.Dialer, error) {
	url := c.core.CoreV1().RESTClient().Post().Resource("pods").Namespace(pod.Namespace).Name(pod.Name).SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(c.config)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, url)
	socket, err := portforward.NewSPDYOverWebsocketDialer(url, c.config)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialer(socket, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}
