// Package language runs the prebuilt Go program of a Pulumi project. It replaces the official language host,
// which belongs to the official CLI and is not published as a Go module. The engine attaches to it by port.
package language

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/constant"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Runtime is the name under which the engine looks for the language host.
const Runtime = "go"

// Host serves the engine of one command.
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	// Port is the TCP port on 127.0.0.1.
	Port int

	folder      string
	environment []string
	ctx         context.Context
	stop        context.CancelFunc
	cancel      chan bool
	done        <-chan error

	mu     sync.Mutex
	engine string
}

// Serve starts a language host. folder is the project's own folder: the program runs there, and a relative
// runtime.options.binary is relative to it. environment is the program's environment without the variables of a
// run.
func Serve(folder string, environment []string) (*Host, error) {
	h := &Host{folder: folder, environment: environment, cancel: make(chan bool)}
	h.ctx, h.stop = context.WithCancel(context.Background())
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: h.cancel,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, h)
			return nil
		},
	})
	if err != nil {
		h.stop()
		return nil, fmt.Errorf("serve the language host: no free port on 127.0.0.1: %w", err)
	}
	h.Port, h.done = handle.Port, handle.Done
	return h, nil
}

// Close ends the host and a program that still runs.
func (h *Host) Close() error {
	h.stop()
	close(h.cancel)
	return <-h.done
}

// Handshake tells the host where its engine is.
func (h *Host) Handshake(_ context.Context, r *pulumirpc.LanguageHandshakeRequest) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.engine = r.EngineAddress
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo returns no version: the host's version is the sandbox's.
func (h *Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{}, nil
}

// About describes the toolchain for `pulumi about`.
func (h *Host) About(context.Context, *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	return &pulumirpc.AboutResponse{Executable: "go", Version: runtime.Version()}, nil
}

// GetRequiredPlugins names none: the program's resources carry the versions of their plugins.
func (h *Host) GetRequiredPlugins(context.Context, *pulumirpc.GetRequiredPluginsRequest) (*pulumirpc.GetRequiredPluginsResponse, error) {
	return &pulumirpc.GetRequiredPluginsResponse{}, nil
}

// GetRequiredPackages names none, as GetRequiredPlugins.
func (h *Host) GetRequiredPackages(context.Context, *pulumirpc.GetRequiredPackagesRequest) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// GetProgramDependencies names none.
func (h *Host) GetProgramDependencies(context.Context, *pulumirpc.GetProgramDependenciesRequest) (*pulumirpc.GetProgramDependenciesResponse, error) {
	return &pulumirpc.GetProgramDependenciesResponse{}, nil
}

// Cancel does nothing. The engine attaches more than once in a command, the first time only to ask what this
// host is. It cancels each attachment at its end, and that says nothing about the program of another attachment.
// A program whose operation is cancelled loses its engine and ends by itself. Run ends what remains.
func (h *Host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Run executes the program and returns when it has ended.
func (h *Host) Run(ctx context.Context, r *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	binary, err := h.binary(r.GetInfo().GetOptions().AsMap())
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil
	}
	h.mu.Lock()
	engine := h.engine
	h.mu.Unlock()
	run, err := runEnvironment(r, engine, h.folder)
	if err != nil {
		return nil, err
	}

	// The program ends with the call or with the host. The call ends when the engine does.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(h.ctx, cancel)()
	cmd := exec.CommandContext(ctx, binary, r.Args...)
	cmd.Dir = h.folder
	cmd.Env = slices.Concat(h.environment, run)
	ownGroup(cmd)

	conn, err := grpc.NewClient(engine, grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
	if err != nil {
		return nil, fmt.Errorf("connect to the engine at %s: %w", engine, err)
	}
	defer conn.Close()
	output := newLog(ctx, pulumirpc.NewEngineClient(conn))
	cmd.Stdout, cmd.Stderr = output, output
	err = cmd.Run()
	output.close()

	var exit *exec.ExitError
	switch {
	case err == nil:
		return &pulumirpc.RunResponse{}, nil
	case ctx.Err() != nil:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case errors.As(err, &exit) && exit.ExitCode() == constant.ExitStatusLoggedError:
		// The program has already reported the error to the engine.
		return &pulumirpc.RunResponse{Bail: true}, nil
	default:
		return &pulumirpc.RunResponse{Error: fmt.Sprintf("program %s: %v", binary, err)}, nil
	}
}

func (h *Host) binary(options map[string]any) (string, error) {
	binary, _ := options["binary"].(string)
	if binary == "" {
		return "", errors.New("Pulumi.yaml names no runtime.options.binary: the sandbox runs a prebuilt program only")
	}
	if !filepath.IsAbs(binary) {
		binary = filepath.Join(h.folder, binary)
	}
	if _, err := os.Stat(binary); err != nil {
		return "", fmt.Errorf("the program is not built: %w", err)
	}
	return binary, nil
}

// runEnvironment are the variables that tell a Go program about its run.
func runEnvironment(r *pulumirpc.RunRequest, engine, folder string) ([]string, error) {
	config, err := json.Marshal(r.Config)
	if err != nil {
		return nil, err
	}
	secrets, err := json.Marshal(r.ConfigSecretKeys)
	if err != nil {
		return nil, err
	}
	return []string{
		pulumi.EnvOrganization + "=" + r.Organization,
		pulumi.EnvProject + "=" + r.Project,
		pulumi.EnvPulumiRootDirectory + "=" + folder,
		pulumi.EnvStack + "=" + r.Stack,
		pulumi.EnvConfig + "=" + string(config),
		pulumi.EnvConfigSecretKeys + "=" + string(secrets),
		pulumi.EnvDryRun + "=" + strconv.FormatBool(r.DryRun),
		pulumi.EnvParallel + "=" + strconv.Itoa(int(r.Parallel)),
		pulumi.EnvMonitor + "=" + r.MonitorAddress,
		pulumi.EnvEngine + "=" + engine,
	}, nil
}

// log hands a program's output to the engine, line by line, for its own display.
type log struct {
	*io.PipeWriter
	done chan struct{}
}

func newLog(ctx context.Context, engine pulumirpc.EngineClient) *log {
	r, w := io.Pipe()
	l := &log{PipeWriter: w, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		lines := bufio.NewReader(r)
		for {
			line, err := lines.ReadString('\n')
			if text := strings.TrimRight(line, "\r\n"); text != "" {
				// If the engine has ended, the line is lost.
				_, _ = engine.Log(ctx, &pulumirpc.LogRequest{Severity: pulumirpc.LogSeverity_INFO, Message: text})
			}
			if err != nil {
				return
			}
		}
	}()
	return l
}

func (l *log) close() {
	_ = l.PipeWriter.Close()
	<-l.done
}
