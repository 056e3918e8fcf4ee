package provider

import (
	"context"
	"fmt"
	"runtime/debug"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Server is one provider instance on a loopback port of its own, which is how the engine tells instances apart.
type Server struct {
	// Port is the TCP port on 127.0.0.1.
	Port     int
	instance *instance
	cancel   chan bool
	done     <-chan error
}

// Serve starts a fresh instance of a package. engine is the address of the engine that asked for it.
func Serve(pkg Package, engine string) (*Server, error) {
	s := &Server{instance: newInstance(pkg, engine), cancel: make(chan bool)}
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel:  s.cancel,
		Options: []grpc.ServerOption{grpc.UnaryInterceptor(recovered)},
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(server, s.instance)
			return nil
		},
	})
	if err != nil {
		s.instance.close()
		return nil, fmt.Errorf("serve package %s: no free port on 127.0.0.1: %w", pkg.Name(), err)
	}
	s.Port, s.done = handle.Port, handle.Done
	return s, nil
}

// recovered turns a panic in one call into an error of that call. The rest of the sandbox goes on, and the world is
// saved.
func recovered(ctx context.Context, r any, info *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (response any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = status.Errorf(codes.Internal, "the sandbox made a mistake in %s: %v\n%s", info.FullMethod, p, debug.Stack())
		}
	}()
	return handle(ctx, r)
}

// Close ends the instance and the calls in progress.
func (s *Server) Close() error {
	s.instance.close()
	close(s.cancel)
	return <-s.done
}
