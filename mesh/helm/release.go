// Package helm registers Helm releases.
//
// It replaces the SDK's own package, which imports every Kubernetes API group and costs the Go compiler minutes and
// gigabytes. The provider sees the same resource with the same inputs. Only inputs that the program never uses are
// left out.
package helm

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/utilities"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/problem"
)

// Token is the resource's type.
const Token = "kubernetes:helm.sh/v3:Release"

// maxHistory is how many revisions of a release Helm keeps in the cluster, each in a Secret.
const maxHistory = 10

// ReleaseArgs configures a Release.
type ReleaseArgs struct {
	// Name and Namespace are the release's. The namespace must exist. A change replaces the release.
	Name, Namespace string
	// Chart is a chart's name in Repository, or its whole address ("oci://…"). Version is required too: without a
	// version Helm would take the newest.
	Chart, Version string
	// Repository is the URL of the chart's repository. Empty for an OCI chart.
	Repository string
	// Username and Password are the repository's credentials: both or neither.
	Username, Password string
	// Values are the chart's values.
	Values pulumi.Map
	// Timeout is how long Helm waits until the release's objects are ready, or removed.
	Timeout time.Duration
	// After is what the release waits for. Required: every release is behind its namespace at least.
	After []component.Dependency
}

// Validate reports every problem of the arguments, or returns nil.
func (a *ReleaseArgs) Validate() error {
	var p problem.List
	for _, field := range []struct{ name, value string }{
		{"Name", a.Name}, {"Namespace", a.Namespace}, {"Chart", a.Chart}, {"Version", a.Version},
	} {
		if field.value == "" {
			p.Missing(field.name, "Helm needs it")
		}
	}
	CheckCredentials(&p, a.Username, a.Password)
	if a.Timeout < time.Second {
		p.Refuse("Timeout", a.Timeout, "want a second at least")
	}
	if len(a.After) == 0 {
		p.Missing("After", "the release's namespace must exist")
	}
	component.Forgotten(&p, a)
	return p.Err()
}

// CheckCredentials refuses a repository's user name without a password, and the other way round.
func CheckCredentials(p *problem.List, username, password string) {
	if username != "" && password == "" {
		p.Missing("Password", "there is a Username: a repository wants both or neither")
	}
	if username == "" && password != "" {
		p.Missing("Username", "there is a Password: a repository wants both or neither")
	}
}

// Release is a Helm release.
type Release struct {
	pulumi.CustomResourceState

	// Status is what Helm reports: status, revision, chart, version and more.
	Status pulumi.MapOutput `pulumi:"status"`
	// Version is the version of the chart.
	Version pulumi.StringOutput `pulumi:"version"`
}

// NewRelease registers a release. It is ready when everything that it installs is.
//
// A failed release stays in the cluster, so that people can inspect its pods. The next update upgrades it.
func NewRelease(ctx *pulumi.Context, name string, args *ReleaseArgs, opts ...pulumi.ResourceOption) (*Release, error) {
	if args == nil {
		return nil, fmt.Errorf("Helm release %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("Helm release %s: %w", name, err)
	}
	release := &Release{}
	opts = append(opts, component.DependsOn(args.After...))
	if err := ctx.RegisterResource(Token, name, args.inputs(), release, utilities.PkgResourceDefaultOpts(opts)...); err != nil {
		return nil, fmt.Errorf("Helm release %s: %w", name, err)
	}
	component.Slow(ctx, release, fmt.Sprintf("Helm release %s/%s is not ready yet. It is when the pods that it installs are ready and its hooks have ended. Look at "+
		"`kubectl -n %s get pods,events` and `helm -n %s status %s`", args.Namespace, args.Name, args.Namespace, args.Namespace, args.Name), args.After...)
	return release, nil
}

func (a *ReleaseArgs) inputs() pulumi.Map {
	inputs := pulumi.Map{
		"name":      pulumi.String(a.Name),
		"namespace": pulumi.String(a.Namespace),
		"chart":     pulumi.String(a.Chart),
		"version":   pulumi.String(a.Version),
		"values":    a.Values,
		"timeout":   pulumi.Int(int(a.Timeout / time.Second)),
		// Helm removes what a failed upgrade added. The next upgrade corrects what it changed.
		"cleanupOnFail": pulumi.Bool(true),
		"maxHistory":    pulumi.Int(maxHistory),
		// The SDK's own package always sets it.
		"compat": pulumi.String("true"),
	}
	repository := pulumi.Map{}
	if a.Repository != "" {
		repository["repo"] = pulumi.String(a.Repository)
	}
	if a.Username != "" {
		repository["username"] = pulumi.ToSecret(pulumi.String(a.Username))
		repository["password"] = pulumi.ToSecret(pulumi.String(a.Password))
	}
	if len(repository) > 0 {
		inputs["repositoryOpts"] = repository
	}
	return inputs
}

// Values turns plain values into inputs, to which a caller can add outputs.
func Values(plain map[string]any) pulumi.Map {
	values := pulumi.Map{}
	for _, key := range slices.Sorted(maps.Keys(plain)) {
		values[key] = pulumi.Any(plain[key])
	}
	return values
}
