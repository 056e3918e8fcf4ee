package clients

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

const (
	// meshName is a name that only the proxy knows: no resolver has .invalid (RFC 6761).
	meshName = "echo.ecs-1.invalid"
	grpcName = "grpc.ecs-1.invalid"
	answer   = "answered by the mesh"
)

// proxy plays ztunnel's SOCKS proxy. It knows two names, and notes what it is asked for.
type proxy struct {
	address string
	// names are the backends by name.
	names map[string]string

	mutex sync.Mutex
	asked []string
}

// newProxy starts a proxy, and behind it an HTTP server and a gRPC server.
func newProxy(t *testing.T) *proxy {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, answer) }))
	t.Cleanup(web.Close)
	service := grpc.NewServer()
	grpc_health_v1.RegisterHealthServer(service, health.NewServer())
	served := listen(t)
	go service.Serve(served)
	t.Cleanup(service.Stop)

	l := listen(t)
	t.Cleanup(func() { l.Close() })
	p := &proxy{address: l.Addr().String(), names: map[string]string{meshName: web.Listener.Addr().String(), grpcName: served.Addr().String()}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (p *proxy) note(format string, args ...any) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.asked = append(p.asked, fmt.Sprintf(format, args...))
}

// requests are what was asked for since the last time: "name HOST", "address IP", or "no SOCKS" with the first bytes.
func (p *proxy) requests() []string {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	all := slices.Compact(p.asked)
	p.asked = nil
	return all
}

// serve speaks SOCKS 5 (RFC 1928): no authentication, CONNECT only.
func (p *proxy) serve(c net.Conn) {
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	head := make([]byte, 2)
	if _, err := io.ReadFull(c, head); err != nil {
		return
	}
	if head[0] != 5 {
		p.note("no SOCKS: %q", head)
		return
	}
	_, _ = io.CopyN(io.Discard, c, int64(head[1]))
	_, _ = c.Write([]byte{5, 0})
	request := make([]byte, 4)
	if _, err := io.ReadFull(c, request); err != nil {
		return
	}
	length := map[byte]int{1: net.IPv4len, 4: net.IPv6len}[request[3]]
	if request[3] == 3 {
		one := make([]byte, 1)
		_, _ = io.ReadFull(c, one)
		length = int(one[0])
	}
	target := make([]byte, length+2)
	if _, err := io.ReadFull(c, target); err != nil {
		return
	}
	host, port := string(target[:length]), binary.BigEndian.Uint16(target[length:])
	if request[3] != 3 {
		p.note("address %s", net.IP(host))
	} else {
		p.note("name %s", host)
	}
	behind, err := net.Dial("tcp", p.names[host])
	if err != nil || port != 80 {
		_, _ = c.Write([]byte{5, 4, 0, 1, 0, 0, 0, 0, 0, 0})
		return
	}
	defer behind.Close()
	_, _ = c.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	go io.Copy(behind, c)
	_, _ = io.Copy(c, behind)
}

// environment is what a preset sets, with the port of this proxy.
func (p *proxy) environment(preset map[string]string) (all []string) {
	_, port, _ := net.SplitHostPort(p.address)
	for name, value := range preset {
		all = append(all, name+"="+strings.ReplaceAll(value, "15080", port))
	}
	return all
}
