// Package chart finds and renders Helm charts without a network.
//
// It has the real charts of upstream Istio, from its own Go module, under the names by which both upstream and
// Solo publish them. A release gets these charts whatever repository and version it names. Its version only
// becomes the chart's version. Helm's library renders, with the capabilities of the cluster asked for.
//
// The charts of the observability tools are outlines only: see outline.
package chart

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"path"
	"sort"
	"strings"
	"sync"

	"github.com/Masterminds/semver/v3"
	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"istio.io/istio/manifests"
	"k8s.io/apimachinery/pkg/util/yaml"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/mesh"
)

// folders are the charts by their published names.
var folders = map[string]string{
	"base":    "charts/base",
	"istiod":  "charts/istio-control/istio-discovery",
	"cni":     "charts/istio-cni",
	"ztunnel": "charts/ztunnel",
}

// Locate returns the chart that a release asks for: by a full "oci://…/name" reference, by repository and
// name, or by "name" alone, which needs a repository.
func Locate(reference, repository, version string) (*chart.Chart, error) {
	name := reference
	switch {
	case strings.HasPrefix(reference, "oci://"):
		if repository != "" {
			return nil, fmt.Errorf("could not download chart: the chart %s is a full reference, so repositoryOpts.repo must be empty", reference)
		}
		u, err := url.Parse(reference)
		if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
			return nil, fmt.Errorf("could not download chart: invalid reference %q", reference)
		}
		name = path.Base(u.Path)
	case repository == "":
		return nil, fmt.Errorf("could not download chart: non-absolute URLs should be in form of repo_name/path_to_chart, got: %s", reference)
	case strings.HasPrefix(repository, "oci://"):
		return nil, fmt.Errorf("could not download chart: looks like %q is not a valid chart repository or cannot be reached: object required "+
			"(a chart in a registry is named in full: %s/%s)", repository, strings.TrimSuffix(repository, "/"), reference)
	default:
		if u, err := url.Parse(repository); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
			return nil, fmt.Errorf("could not download chart: could not find protocol handler for: %q", repository)
		}
	}
	folder, real := folders[name]
	if _, outlined := outlines[name]; !real && !outlined {
		if strings.HasPrefix(reference, "oci://") {
			return nil, fmt.Errorf("could not download chart: failed to perform \"FetchReference\" on source: %s:%s: not found", strings.TrimPrefix(reference, "oci://"), version)
		}
		return nil, fmt.Errorf("could not download chart: chart %q version %q not found in %s repository", name, version, repository)
	}
	if version == "" {
		version = latest
	}
	parsed, err := semver.NewVersion(version)
	if err != nil {
		return nil, fmt.Errorf("could not download chart: improper constraint: %s", version)
	}
	find := func() (*chart.Chart, error) { return load(folder) }
	if !real {
		find = func() (*chart.Chart, error) { return loadOutline(name) }
	}
	c, err := find()
	if err != nil {
		return nil, err
	}
	metadata := *c.Metadata
	metadata.Name, metadata.Version, metadata.AppVersion = name, parsed.Original(), parsed.Original()
	renamed := *c
	renamed.Metadata = &metadata
	return &renamed, nil
}

// latest is the version of the charts that are rendered; soloSuffix marks the versions that Solo publishes.
const (
	latest     = "1.29.1"
	soloSuffix = "-solo"
)

var (
	mu     sync.Mutex
	loaded = map[string]*chart.Chart{}
)

// load reads a chart from Istio's module, once.
func load(folder string) (*chart.Chart, error) {
	mu.Lock()
	defer mu.Unlock()
	if c := loaded[folder]; c != nil {
		return c, nil
	}
	var files []*loader.BufferedFile
	err := fs.WalkDir(manifests.FS, folder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := fs.ReadFile(manifests.FS, name)
		if err != nil {
			return err
		}
		files = append(files, &loader.BufferedFile{Name: strings.TrimPrefix(name, folder+"/"), Data: data})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the chart in %s: %w", folder, err)
	}
	c, err := loader.LoadFiles(files)
	if err != nil {
		return nil, fmt.Errorf("load the chart in %s: %w", folder, err)
	}
	loaded[folder] = c
	return c, nil
}

// Render renders one of the known charts, by name, as Solo publishes it, and returns its objects in the
// order of installation.
func Render(name string, values map[string]any, namespace, release, kubeVersion string) ([]api.Object, error) {
	c, err := Locate(name, "https://charts.invalid", latest+soloSuffix)
	if err != nil {
		return nil, err
	}
	return Objects(c, values, namespace, release, kubeVersion, 1)
}

// Objects renders a chart: definitions from its crds folder first, then the templates in Helm's order.
func Objects(c *chart.Chart, values map[string]any, namespace, release, kubeVersion string, revision int) ([]api.Object, error) {
	objects, err := rendering{c.Metadata.Name, c.Metadata.Version, namespace, release, kubeVersion, revision}.of(c, values)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		if kind, ok := api.Builtin(api.KindOf(o)); (!ok || kind.Namespaced) && api.Namespace(o) == "" {
			api.Set(o, namespace, "metadata", "namespace")
		}
	}
	if strings.HasSuffix(c.Metadata.Version, soloSuffix) {
		mesh.SoloChart(c.Metadata.Name, values, objects)
	}
	// Definitions come before everything, whichever template they are in.
	sort.SliceStable(objects, func(i, j int) bool {
		return api.KindOf(objects[i]) == api.CRDKind && api.KindOf(objects[j]) != api.CRDKind
	})
	return objects, nil
}

// decode appends the objects of one YAML stream.
func decode(objects []api.Object, name, text string) ([]api.Object, error) {
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 1<<20)
	for {
		var o api.Object
		if err := decoder.Decode(&o); err != nil {
			if errors.Is(err, io.EOF) {
				return objects, nil
			}
			return nil, fmt.Errorf("parse what %s renders to: %w", name, err)
		}
		if len(o) > 0 {
			objects = append(objects, api.Copy(o))
		}
	}
}

// copyValues gives Helm its own copy: it writes into the values it is given.
func copyValues(values map[string]any) map[string]any { return api.Copy(values) }
