package provider

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/urn"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil/rpcerror"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Constructor is a Package that makes component resources. The engine's requests reach it as they are.
type Constructor interface {
	Construct(ctx context.Context, r *pulumirpc.ConstructRequest, engine *grpc.ClientConn) (*pulumirpc.ConstructResponse, error)
}

// instance is one provider instance as the engine sees it: it is configured once and then called in parallel.
type instance struct {
	pulumirpc.UnimplementedResourceProviderServer
	pkg Package
	// ctx ends when the engine cancels the operation or the server closes.
	ctx   context.Context
	close context.CancelFunc

	mu      sync.Mutex
	engine  string
	session Session
}

func newInstance(pkg Package, engine string) *instance {
	ctx, cancel := context.WithCancel(context.Background())
	return &instance{pkg: pkg, engine: engine, ctx: ctx, close: cancel}
}

// call returns the context of one call: it ends with the call, with the instance, and after timeout seconds.
func (p *instance) call(ctx context.Context, timeout float64) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(p.ctx, cancel)
	end := func() { stop(); cancel() }
	if timeout <= 0 {
		return ctx, end
	}
	ctx, expire := context.WithTimeout(ctx, time.Duration(timeout*float64(time.Second)))
	return ctx, func() { expire(); end() }
}

func (p *instance) opened() (Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session == nil {
		return nil, fmt.Errorf("the %s provider is not configured", p.pkg.Name())
	}
	return p.session, nil
}

// constructs reports whether the package makes components. The engine requires such packages, and no others, to
// understand secrets. For the others the engine itself decrypts and marks secrets.
func (p *instance) constructs() bool { _, ok := p.pkg.(Constructor); return ok }

func (p *instance) Handshake(_ context.Context, r *pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	p.attach(r.EngineAddress)
	return &pulumirpc.ProviderHandshakeResponse{AcceptSecrets: p.constructs(), AcceptResources: p.constructs(), AcceptOutputs: p.constructs()}, nil
}

func (p *instance) Attach(_ context.Context, r *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	p.attach(r.Address)
	return &emptypb.Empty{}, nil
}

func (p *instance) attach(engine string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if engine != "" {
		p.engine = engine
	}
}

func (p *instance) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: p.pkg.Version()}, nil
}

func (p *instance) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	p.close()
	return &emptypb.Empty{}, nil
}

func (p *instance) CheckConfig(_ context.Context, r *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: r.News}, nil
}

func (p *instance) DiffConfig(_ context.Context, r *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, oldProperties, err := decode("old configuration", firstOf(r.OldInputs, r.Olds))
	if err != nil {
		return nil, err
	}
	news, newProperties, err := decode("configuration", r.News)
	if err != nil {
		return nil, err
	}
	// The engine adds the plugin's version, which is not configuration.
	delete(olds, "version")
	delete(news, "version")
	changed, unknown := p.pkg.ReplaceOn()
	return diffResponse(configChanges(olds, news, changed, unknown), oldProperties, oldProperties, newProperties), nil
}

func (p *instance) Configure(ctx context.Context, r *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	args, _, err := decode("configuration", r.Args)
	if err != nil {
		return nil, err
	}
	delete(args, "version")
	session, err := p.pkg.Open(ctx, args)
	if err != nil {
		return nil, rpcerror.New(codes.InvalidArgument, err.Error())
	}
	p.mu.Lock()
	p.session = session
	p.mu.Unlock()
	return &pulumirpc.ConfigureResponse{
		SupportsPreview: true,
		AcceptSecrets:   p.constructs(),
		AcceptResources: p.constructs(),
		AcceptOutputs:   p.constructs(),
	}, nil
}

func (p *instance) Invoke(ctx context.Context, r *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	session, err := p.opened()
	if err != nil {
		return nil, err
	}
	args, _, err := decode("arguments", r.Args)
	if err != nil {
		return nil, err
	}
	ctx, end := p.call(ctx, 0)
	defer end()
	result, err := session.Invoke(ctx, r.Tok, args)
	if err != nil {
		return nil, refusal(err)
	}
	encoded, err := encode("result", result)
	if err != nil {
		return nil, err
	}
	return &pulumirpc.InvokeResponse{Return: encoded}, nil
}

func (p *instance) Construct(ctx context.Context, r *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	constructor, ok := p.pkg.(Constructor)
	if !ok {
		return nil, rpcerror.Newf(codes.Unimplemented, "the sandbox's package %s makes no component %s", p.pkg.Name(), r.Type)
	}
	p.mu.Lock()
	engine := p.engine
	p.mu.Unlock()
	conn, err := grpc.NewClient(engine, grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		return nil, fmt.Errorf("connect to the engine at %s: %w", engine, err)
	}
	defer conn.Close()
	ctx, end := p.call(ctx, 0)
	defer end()
	response, err := constructor.Construct(ctx, r, conn)
	if err == nil {
		return response, nil
	}
	if _, ok := status.FromError(err); ok {
		return nil, err
	}
	return nil, rpcerror.WrapDetailedError(err)
}

// resourceOf describes the subject of a call.
func resourceOf(address string, id string, preview bool) Resource {
	u := urn.URN(address)
	return Resource{URN: address, Token: string(u.Type()), Name: u.Name(), ID: id, Preview: preview}
}

// refusal passes a handler's error on. A cancelled call says so instead of failing with context's words.
func refusal(err error) error {
	if errors.Is(err, context.Canceled) {
		return rpcerror.New(codes.Canceled, "cancelled")
	}
	return rpcerror.New(codes.Unknown, err.Error())
}

func differingKeys(a, b map[string]any) []string {
	var keys []string
	for k, v := range a {
		if w, ok := b[k]; !ok || !reflect.DeepEqual(v, w) {
			keys = append(keys, k)
		}
	}
	for k := range b {
		if _, ok := a[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}
