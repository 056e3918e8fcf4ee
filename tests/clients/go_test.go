package clients

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	socks "golang.org/x/net/proxy"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"

	"ambient-ecs/ecs/task/enrol"
)

// goClient is the argument with which the test's own binary is a client: net/http reads its variables once.
const goClient = "go-client"

func TestMain(m *testing.M) {
	if len(os.Args) == 4 && os.Args[1] == goClient {
		if err := get(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// get calls a URL in one of the ways that Go has, and prints the answer.
func get(way, target string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	u, err := url.Parse(target)
	if err != nil {
		return err
	}
	switch way {
	case "net/http":
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		_, err = io.Copy(os.Stdout, response.Body)
		return err
	case "net":
		_, err := (&net.Dialer{}).DialContext(ctx, "tcp", u.Host)
		return err
	case "grpc-go":
		return check(ctx, u.Host)
	case "grpc-go with a dialer":
		// The scheme passthrough keeps gRPC from resolving a name that only ztunnel knows.
		return check(ctx, "passthrough:///"+u.Host, grpc.WithContextDialer(func(ctx context.Context, address string) (net.Conn, error) {
			return socks.Dial(ctx, "tcp", address)
		}))
	}
	return fmt.Errorf("no way %s", way)
}

// check asks a gRPC server for its health.
func check(ctx context.Context, target string, options ...grpc.DialOption) error {
	c, err := grpc.NewClient(target, append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))...)
	if err != nil {
		return err
	}
	defer c.Close()
	r, err := grpc_health_v1.NewHealthClient(c).Check(ctx, &grpc_health_v1.HealthCheckRequest{})
	if err == nil && r.Status == grpc_health_v1.HealthCheckResponse_SERVING {
		fmt.Print(answer)
	}
	return err
}

func TestGo(t *testing.T) {
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	const service = "http://" + grpcName + ":80"
	by := func(name string) []string { return []string{own, goClient, name} }
	try(t, []way{
		{"net/http", enrol.ClientGo, by("net/http"), "", inMesh},
		{"net/http", enrol.ClientCurl, by("net/http"), "", past},
		{"net", enrol.ClientGo, by("net"), "", past},
		{"grpc-go", enrol.ClientGo, by("grpc-go"), service, notSOCKS},
		{"grpc-go", enrol.ClientCurl, by("grpc-go"), service, past},
		{"grpc-go with a dialer", enrol.ClientGo, by("grpc-go with a dialer"), service, inMesh},
		{"grpc-go with a dialer", enrol.ClientCurl, by("grpc-go with a dialer"), service, inMesh},
		{"net/http", enrol.ClientNone, by("net/http"), "", past},
	})
}
