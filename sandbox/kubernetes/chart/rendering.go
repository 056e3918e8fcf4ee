package chart

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"helm.sh/helm/v3/pkg/releaseutil"

	"ambient-ecs/sandbox/kubernetes/api"
	"ambient-ecs/sandbox/memo"
)

// rendering is what Helm's result depends on, besides the values.
type rendering struct {
	Chart, Version, Namespace, Release, KubeVersion string
	Revision                                        int
}

// kept is the number of results that are kept: the releases of a few stacks.
const kept = 24

// results are kept because a release is rendered several times in a command: to check it, to install it and to upgrade it.
var results struct {
	sync.Mutex
	known map[[sha256.Size]byte][]api.Object
	order [][sha256.Size]byte
}

// of returns the chart's objects as Helm renders them, for the caller to change.
func (r rendering) of(c *chart.Chart, values map[string]any) ([]api.Object, error) {
	document, err := json.Marshal(struct {
		Rendering rendering
		Values    map[string]any
	}{r, values})
	if err != nil {
		return nil, fmt.Errorf("the values of %s: %w", r.Release, err)
	}
	key := sha256.Sum256(document)
	results.Lock()
	objects, known := results.known[key]
	results.Unlock()
	if !known {
		text, err := memo.Of(memo.Key(key), func() ([]byte, error) {
			objects, err := r.render(c, values)
			if err != nil {
				return nil, err
			}
			return encode(objects)
		})
		if err != nil {
			return nil, err
		}
		if objects, err = decode(nil, r.Chart, string(text)); err != nil {
			return nil, err
		}
		keep(key, objects)
	}
	copied := make([]api.Object, len(objects))
	for i, o := range objects {
		copied[i] = api.Copy(o)
	}
	return copied, nil
}

// encode writes objects as a stream of JSON documents.
func encode(objects []api.Object) ([]byte, error) {
	var stream bytes.Buffer
	to := json.NewEncoder(&stream)
	for _, o := range objects {
		if err := to.Encode(o); err != nil {
			return nil, err
		}
	}
	return stream.Bytes(), nil
}

func keep(key [sha256.Size]byte, objects []api.Object) {
	results.Lock()
	defer results.Unlock()
	if _, known := results.known[key]; known {
		return
	}
	if results.known == nil {
		results.known = map[[sha256.Size]byte][]api.Object{}
	}
	if len(results.order) == kept {
		delete(results.known, results.order[0])
		results.order = slices.Delete(results.order, 0, 1)
	}
	results.known[key], results.order = objects, append(results.order, key)
}

// render runs Helm.
func (r rendering) render(c *chart.Chart, values map[string]any) ([]api.Object, error) {
	version, err := chartutil.ParseKubeVersion(r.KubeVersion)
	if err != nil {
		return nil, fmt.Errorf("the cluster's version %q: %w", r.KubeVersion, err)
	}
	capabilities := *chartutil.DefaultCapabilities
	capabilities.KubeVersion = *version
	if wanted := c.Metadata.KubeVersion; wanted != "" && !chartutil.IsCompatibleRange(wanted, version.String()) {
		return nil, fmt.Errorf("chart requires kubeVersion: %s which is incompatible with Kubernetes %s", wanted, version)
	}
	options := chartutil.ReleaseOptions{Name: r.Release, Namespace: r.Namespace, Revision: r.Revision, IsInstall: r.Revision == 1, IsUpgrade: r.Revision > 1}
	input, err := chartutil.ToRenderValues(c, copyValues(values), options, &capabilities)
	if err != nil {
		return nil, err
	}
	rendered, err := engine.Render(c, input)
	if err != nil {
		return nil, err
	}
	for name := range rendered {
		if strings.HasSuffix(name, "NOTES.txt") {
			delete(rendered, name)
		}
	}
	_, sorted, err := releaseutil.SortManifests(rendered, capabilities.APIVersions, releaseutil.InstallOrder)
	if err != nil {
		return nil, err
	}
	var objects []api.Object
	for _, crd := range c.CRDObjects() {
		if objects, err = decode(objects, crd.Filename, string(crd.File.Data)); err != nil {
			return nil, err
		}
	}
	for _, manifest := range sorted {
		if objects, err = decode(objects, manifest.Name, manifest.Content); err != nil {
			return nil, err
		}
	}
	return objects, nil
}
