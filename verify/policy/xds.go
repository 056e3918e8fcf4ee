package policy

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	discovery "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"
	v3 "istio.io/istio/pilot/pkg/xds/v3"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/workloadapi"
	"istio.io/istio/pkg/workloadapi/security"
)

const (
	// ztunnelNode is the node id with which ztunnel identifies itself.
	ztunnelNode = "ztunnel~127.0.0.1~ztunnel.istio-system~istio-system.svc.cluster.local"
	// patience is the time limit for one answer of istiod.
	patience = 20 * time.Second
)

// read requests from istiod the configuration of ztunnel, of every waypoint and of every ingress gateway.
func (i *Istiod) read(server *xds.FakeDiscoveryServer, waypoints, gateways []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := grpc.NewClient("passthrough:istiod", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(context.Context, string) (net.Conn, error) { return server.BufListener.Dial() }))
	if err != nil {
		return fmt.Errorf("connect to istiod: %w", err)
	}
	defer conn.Close()
	resources, err := subscribe(ctx, conn, v3.AddressType)
	if err != nil {
		return err
	}
	for _, r := range resources {
		address := &workloadapi.Address{}
		if err := proto.Unmarshal(r.Resource.Value, address); err != nil {
			return fmt.Errorf("read the address %s: %w", r.Name, err)
		}
		i.addresses.add(address)
	}
	if resources, err = subscribe(ctx, conn, v3.WorkloadAuthorizationType); err != nil {
		return err
	}
	for _, r := range resources {
		policy := &security.Authorization{}
		if err := proto.Unmarshal(r.Resource.Value, policy); err != nil {
			return fmt.Errorf("read the policy %s: %w", r.Name, err)
		}
		i.policies = append(i.policies, &authorization{policy})
	}
	i.sort()
	for _, waypoint := range waypoints {
		namespace, name, _ := strings.Cut(waypoint, "/")
		if i.waypoints[waypoint], err = readWaypoint(server, namespace, name); err != nil {
			return err
		}
	}
	for _, gateway := range gateways {
		namespace, name, _ := strings.Cut(gateway, "/")
		i.gateways[gateway] = readGateway(server, namespace, name)
	}
	return nil
}

// subscribe asks for every resource of a type, as ztunnel does when it starts.
func subscribe(ctx context.Context, conn *grpc.ClientConn, typeURL string) ([]*discovery.Resource, error) {
	stream, err := discovery.NewAggregatedDiscoveryServiceClient(conn).DeltaAggregatedResources(ctx)
	if err != nil {
		return nil, fmt.Errorf("ask istiod for %s: %w", typeURL, err)
	}
	request := &discovery.DeltaDiscoveryRequest{TypeUrl: typeURL, Node: &core.Node{Id: ztunnelNode}}
	if err := stream.Send(request); err != nil {
		return nil, fmt.Errorf("ask istiod for %s: %w", typeURL, err)
	}
	response, err := stream.Recv()
	if err != nil {
		return nil, fmt.Errorf("wait for istiod's %s: %w", typeURL, err)
	}
	return response.Resources, errors.Join(stream.CloseSend())
}
