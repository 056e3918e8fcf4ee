package awstest

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/gorilla/websocket"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/httpstream"
	"k8s.io/apimachinery/pkg/util/httpstream/spdy"
	"k8s.io/client-go/tools/portforward"
)

// done is the status with which exec ends.
const done = `{"metadata":{},"status":"Success"}`

// exec runs a command in a pod, over the protocol that the client uses.
func (k *Kubernetes) exec(w http.ResponseWriter, r *http.Request, pod string) {
	switch {
	case !websocket.IsWebSocketUpgrade(r):
		k.execSPDY(w, r, pod)
	case k.NoWebSockets:
		status(w, http.StatusBadRequest, "BadRequest")
	default:
		k.execSocket(w, r, pod)
	}
}

// execSocket speaks the WebSocket form of exec: a byte for the stream before the data, and a status at the end.
func (k *Kubernetes) execSocket(w http.ResponseWriter, r *http.Request, pod string) {
	upgrader := websocket.Upgrader{Subprotocols: []string{"v5.channel.k8s.io"}}
	connection, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	defer connection.Close()
	out := k.Exec(pod, r.URL.Query()["command"])
	for _, message := range []string{"\x01" + out, "\x03" + done} {
		if err := connection.WriteMessage(websocket.BinaryMessage, []byte(message)); err != nil {
			return
		}
	}
	_ = connection.WriteMessage(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
	_, _, _ = connection.ReadMessage() // Until the client has closed its side.
}

// execSPDY speaks the older form: the client opens a stream for each of its ends, and one for the status.
func (k *Kubernetes) execSPDY(w http.ResponseWriter, r *http.Request, pod string) {
	if _, err := httpstream.Handshake(r, w, []string{"v4.channel.k8s.io"}); err != nil {
		return
	}
	opened := make(chan httpstream.Stream, 4)
	connection := spdy.NewResponseUpgrader().UpgradeResponse(w, r, func(s httpstream.Stream, _ <-chan struct{}) error {
		opened <- s
		return nil
	})
	if connection == nil {
		return
	}
	defer connection.Close()
	streams := map[string]httpstream.Stream{}
	for len(streams) < 3 {
		select {
		case s := <-opened:
			streams[s.Headers().Get(corev1.StreamType)] = s
		case <-connection.CloseChan():
			return
		}
	}
	_, _ = io.WriteString(streams[corev1.StreamTypeStdout], k.Exec(pod, r.URL.Query()["command"])) // A client that left is none of ours.
	_, _ = io.WriteString(streams[corev1.StreamTypeError], done)
	for _, s := range streams {
		_ = s.Close()
	}
	<-connection.CloseChan()
}

// portForward leads streams to the ports of a pod: over SPDY, or over SPDY inside a WebSocket.
func (k *Kubernetes) portForward(w http.ResponseWriter, r *http.Request, pod string) {
	forward := k.forwarder(pod)
	if !websocket.IsWebSocketUpgrade(r) {
		if _, err := httpstream.Handshake(r, w, []string{portforward.PortForwardProtocolV1Name}); err != nil {
			return
		}
		if connection := spdy.NewResponseUpgrader().UpgradeResponse(w, r, forward); connection != nil {
			defer connection.Close()
			<-connection.CloseChan()
		}
		return
	}
	if k.NoWebSockets {
		status(w, http.StatusBadRequest, "BadRequest")
		return
	}
	upgrader := websocket.Upgrader{Subprotocols: []string{"SPDY/3.1+" + portforward.PortForwardProtocolV1Name}}
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	connection, err := spdy.NewServerConnection(portforward.NewTunnelingConnection("server", socket), forward)
	if err != nil {
		return
	}
	defer connection.Close()
	<-connection.CloseChan()
}

// forwarder answers on the data streams of one client. If nothing listens on a port, it says so on the error stream, which comes
// first.
func (k *Kubernetes) forwarder(pod string) httpstream.NewStreamHandler {
	failures := make(chan httpstream.Stream, 1)
	return func(s httpstream.Stream, replied <-chan struct{}) error {
		if s.Headers().Get(corev1.StreamType) == corev1.StreamTypeError {
			failures <- s
			return nil
		}
		go func() {
			<-replied
			failure := <-failures
			defer failure.Close()
			defer s.Close()
			port := s.Headers().Get(corev1.PortHeader)
			handler := k.Port(pod, port)
			if handler == nil {
				_, _ = io.WriteString(failure, fmt.Sprintf("failed to connect to localhost:%s inside the pod: connection refused", port))
				return
			}
			request, err := http.ReadRequest(bufio.NewReader(s))
			if err != nil {
				return
			}
			recorder := httptest.NewRecorder()
			handler.ServeHTTP(recorder, request)
			_ = recorder.Result().Write(s) // A client that left is none of ours.
		}()
		return nil
	}
}
