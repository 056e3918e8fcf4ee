package connect

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
)

// complaintWait is how long the node may take to say why it could not forward, after the stream has broken.
const complaintWait = 2 * time.Second

// GetFromPod reads a path over HTTP from a port that a pod has open on its own loopback address. It opens no port here.
func (c *Cluster) GetFromPod(ctx context.Context, pod corev1.Pod, port int, path string) ([]byte, error) {
	body, err := c.getFromPod(ctx, pod, port, path)
	if err != nil {
		return nil, fmt.Errorf("read %s of port %d of pod %s/%s: %w", path, port, pod.Namespace, pod.Name, err)
	}
	return body, nil
}

func (c *Cluster) getFromPod(ctx context.Context, pod corev1.Pod, port int, path string) ([]byte, error) {
	connection, err := c.forward(ctx, pod)
	if err != nil {
		return nil, err
	}
	defer connection.Close()
	// Streams take no context. They end with their connection.
	defer context.AfterFunc(ctx, func() { _ = connection.Close() })()
	body, err := get(connection, port, path)
	if err != nil && ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return body, err
}

// forward opens a connection to a pod's ports.
func (c *Cluster) forward(ctx context.Context, pod corev1.Pod) (httpstream.Connection, error) {
	dialer, err := c.dialer(pod)
	if err != nil {
		return nil, err
	}
	type opened struct {
		connection httpstream.Connection
		err        error
	}
	done := make(chan opened, 1)
	go func() {
		connection, _, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
		done <- opened{connection, err}
	}()
	select {
	case o := <-done:
		return o.connection, o.err
	case <-ctx.Done():
		// The rest of the stream is discarded.
		go func() {
			if o := <-done; o.err == nil {
				_ = o.connection.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

// get requests a path of a port over a stream of its own. The node reports errors on a second stream.
func get(connection httpstream.Connection, port int, path string) ([]byte, error) {
	headers := http.Header{}
	headers.Set(corev1.PortHeader, strconv.Itoa(port))
	headers.Set(corev1.PortForwardRequestIDHeader, "0")
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	failures, err := connection.CreateStream(headers)
	if err != nil {
		return nil, fmt.Errorf("open a stream: %w", err)
	}
	_ = failures.Close() // Close this half of the stream: nothing is written to it.
	complaint := make(chan string, 1)
	go func() {
		text, _ := io.ReadAll(failures) // If the stream breaks, the text before that is the message.
		complaint <- strings.TrimSpace(string(text))
	}()
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err := connection.CreateStream(headers)
	if err != nil {
		return nil, fmt.Errorf("open a stream: %w", err)
	}
	body, err := request(data, port, path)
	if err == nil {
		return body, nil
	}
	_ = data.Reset()
	select {
	case text := <-complaint:
		if text != "" {
			return nil, errors.New(text)
		}
	case <-time.After(complaintWait):
	}
	return nil, err
}

// request makes an HTTP request over a stream.
func request(stream io.ReadWriter, port int, path string) ([]byte, error) {
	request, err := http.NewRequest(http.MethodGet, fmt.Sprintf("http://localhost:%d%s", port, path), nil)
	if err != nil {
		return nil, err
	}
	request.Close = true
	if err := request.Write(stream); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(bufio.NewReader(stream), request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("HTTP %s", response.Status)
	}
	return body, nil
}

// dialer prefers WebSocket, which proxies in between let through. API servers before 1.31 support SPDY only.
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
