// Package host runs the real Pulumi command line with the sandbox behind it.
//
// It keeps a private PULUMI_HOME, a file backend and the stack's configuration in one state folder. It serves
// the language host, and one provider instance for each plugin that the engine starts. The command gets the
// terminal. The host listens only on 127.0.0.1 and on a socket in a temporary folder.
package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"

	"ambient-ecs/sandbox/language"
	"ambient-ecs/sandbox/lock"
	"ambient-ecs/sandbox/provider"
	"ambient-ecs/sandbox/shim"
)

// Options say what to run and where.
type Options struct {
	// Project is the folder of Pulumi.yaml.
	Project string
	// State is the folder that keeps everything between commands.
	State string
	// Open returns the providers and the world behind them. It is called when the state folder is locked, with that
	// folder. A world that is not nil is closed after the command. The world itself saves each change.
	Open func(state string) ([]provider.Package, io.Closer, error)
	// Defaults are settings for keys that the stack file of their project lacks ("project:key").
	Defaults map[string]string
	// Secrets replace values that the stack file has encrypted for another backend. A secret in plain text is encrypted for the
	// sandbox, and a missing one stays missing. Keys carry no project name.
	Secrets map[string]string
	// Sealed are the paths ("meshCa.key") of encrypted values inside settings for which the sandbox has no value of its
	// own. A value in plain text is encrypted here. A value that another backend has encrypted cannot be read, so the
	// whole setting is left out.
	Sealed []string
	// DefaultStack is the stack of commands that name none.
	DefaultStack string
	// Passphrase opens the secrets of the stacks that it is used with, as PULUMI_CONFIG_PASSPHRASE does. Empty:
	// DefaultPassphrase.
	Passphrase string
	// SaveAtEnd lets the engine save its state once, when a command ends, instead of at every step. That is three quarters of what
	// an `up` costs, and a killed engine has then saved nothing.
	SaveAtEnd bool
	// Environment are variables of the program ("NAME=value"). What the user has set counts more.
	Environment []string
	// CLI is the pulumi binary, Shim the plugin shim: see FindCLI.
	CLI, Shim string
	// Plugins are real ones: components, and languages besides Go.
	Plugins []Plugin
	// Stdin, Stdout and Stderr are the command's. Files are handed over as they are.
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Plugin is a plugin that is used as it is built.
type Plugin struct {
	// Kind is "resource" or "language".
	Kind string
	// Name is the package's name or the language's, Version its version without a v.
	Name, Version string
	// File is the binary. A plugin that is not built is left out: only stacks that use it need it.
	File string
}

// Run runs one command of the CLI and returns its exit code. An error means that the command could not run, or that
// the world could not be closed.
func Run(ctx context.Context, o Options, args []string) (code int, err error) {
	if o.State, err = filepath.Abs(o.State); err != nil {
		return 1, err
	}
	if o.Project, err = filepath.Abs(o.Project); err != nil {
		return 1, err
	}
	if err := os.MkdirAll(o.State, 0o755); err != nil {
		return 1, fmt.Errorf("create the sandbox's state folder: %w", err)
	}
	unlock, err := lock.Take(o.State)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	s := &session{Options: o}
	var world io.Closer
	if s.packages, world, err = o.Open(o.State); err != nil {
		return 1, err
	}
	if world != nil {
		defer func() {
			if problem := world.Close(); problem != nil {
				err = errors.Join(err, fmt.Errorf("close the sandbox's world: %w", problem))
			}
		}()
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.open(); err != nil {
		return 1, err
	}
	invocation, err := s.prepare(ctx, args)
	if err != nil {
		return 1, err
	}
	return s.child(ctx, invocation, o.Stdin, o.Stdout, o.Stderr)
}

// session is one run of the host.
type session struct {
	Options
	packages  []provider.Package
	temporary string
	language  *language.Host
	control   *control
}

// open serves whatever the engine will ask for.
func (s *session) open() (err error) {
	if err := s.home(); err != nil {
		return err
	}
	// A socket's path has a short limit, which a state folder deep in a tree would pass.
	if s.temporary, err = os.MkdirTemp("", "sandbox-"); err != nil {
		return err
	}
	if s.control, err = listen(filepath.Join(s.temporary, "control"), s.packages); err != nil {
		return err
	}
	s.language, err = language.Serve(s.Project, append(slices.Clone(s.Environment), inherited(os.Environ())...))
	return err
}

func (s *session) close() error {
	var problems []error
	if s.language != nil {
		problems = append(problems, s.language.Close())
	}
	if s.control != nil {
		problems = append(problems, s.control.close())
	}
	if s.temporary != "" {
		problems = append(problems, os.RemoveAll(s.temporary))
	}
	return errors.Join(problems...)
}

// home lays out the private PULUMI_HOME: one plugin folder per package, each with the shim, and one for each real plugin.
func (s *session) home() error {
	if _, err := os.Stat(s.Shim); err != nil {
		return fmt.Errorf("the plugin shim is not built: %w", err)
	}
	plugins := slices.Clone(s.Plugins)
	for _, pkg := range s.packages {
		plugins = append(plugins, Plugin{Kind: "resource", Name: pkg.Name(), Version: pkg.Version(), File: s.Shim})
	}
	for _, plugin := range plugins {
		if err := s.install(plugin); err != nil {
			return fmt.Errorf("prepare the sandbox's plugins: %w", err)
		}
	}
	if err := s.policyPacks(); err != nil {
		return err
	}
	if err := s.noLog(); err != nil {
		return err
	}
	// Only one host at a time uses the state folder, so any lock in the backend was left by a crash.
	if err := os.MkdirAll(s.backend(), 0o755); err != nil {
		return fmt.Errorf("prepare the sandbox's backend: %w", err)
	}
	return os.RemoveAll(filepath.Join(s.backend(), ".pulumi", "locks"))
}

// install puts a plugin where the engine looks for it.
func (s *session) install(p Plugin) error {
	if _, err := os.Stat(p.File); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	folder := filepath.Join(s.pulumiHome(), "plugins", fmt.Sprintf("%s-%s-v%s", p.Kind, p.Name, p.Version))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	link := filepath.Join(folder, "pulumi-"+p.Kind+"-"+p.Name)
	if target, err := os.Readlink(link); err == nil && target == p.File {
		return nil
	}
	if err := os.Remove(link); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.Symlink(p.File, link)
}

// noLog turns the engine's automatic log off, unless the folder of logs exists already. The engine writes every message
// of every level to a file in the folder "logs" and encrypts it, which is half of what a preview costs, and it has no
// setting for that (pulumi/pkg v3.250.0, logging.StartLogging). With a file in the folder's place the engine works
// without the log. The flags --logtostderr and --verbose stay as they are.
func (s *session) noLog() error {
	const why = "The sandbox keeps the engine from its automatic log. Replace this file by a folder to have the log.\n"
	if err := os.MkdirAll(s.pulumiHome(), 0o755); err != nil {
		return fmt.Errorf("prepare the sandbox's home: %w", err)
	}
	file, err := os.OpenFile(filepath.Join(s.pulumiHome(), "logs"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("prepare the sandbox's home: %w", err)
	}
	_, err = file.WriteString(why)
	return errors.Join(err, file.Close())
}

func (s *session) pulumiHome() string { return filepath.Join(s.State, "home") }
func (s *session) backend() string    { return filepath.Join(s.State, "backend") }

// command is a run of the CLI that reaches nothing but the sandbox.
func (s *session) command(folder string, args ...string) *exec.Cmd {
	cmd := exec.Command(s.CLI, args...)
	cmd.Dir = folder
	cmd.Env = append(inherited(os.Environ()),
		"PULUMI_HOME="+s.pulumiHome(),
		// Without metadata the engine writes no checksum beside its state, which a kill could tear.
		"PULUMI_BACKEND_URL=file://"+filepath.ToSlash(s.backend())+"?metadata=skip",
		"PULUMI_CONFIG_PASSPHRASE="+s.passphrase(),
		knownKeys+"="+s.knownKeys(),
		"PULUMI_STACK="+s.DefaultStack,
		"PULUMI_SKIP_UPDATE_CHECK=true",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true",
		"PULUMI_DISABLE_REGISTRY_RESOLVE=true",
		"PULUMI_IGNORE_AMBIENT_PLUGINS=true",
		"PULUMI_SKIP_CONFIRMATIONS="+strconv.FormatBool(!slices.Contains(args, "--preview-only")), // the CLI refuses both together
		"PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS=true",
		"PULUMI_SKIP_CHECKPOINTS="+strconv.FormatBool(s.SaveAtEnd),
		"PULUMI_DEBUG_LANGUAGES="+language.Runtime+":"+strconv.Itoa(s.language.Port),
		shim.Socket+"="+s.control.path,
	)
	return cmd
}
