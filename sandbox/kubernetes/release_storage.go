package kubernetes

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"ambient-ecs/sandbox/kubernetes/api"
)

const (
	statusPending    = "pending-install"
	statusDeployed   = "deployed"
	statusFailed     = "failed"
	statusSuperseded = "superseded"
)

var errNoRelease = errors.New("release: not found")

// release is one revision of a Helm release. It is kept as Helm keeps it: compressed, in a Secret beside
// the objects.
type release struct {
	Name      string         `json:"name"`
	Namespace string         `json:"namespace"`
	Revision  int            `json:"version"`
	Chart     string         `json:"chart"`
	Version   string         `json:"chartVersion"`
	Status    string         `json:"status"`
	Values    map[string]any `json:"config"`
	// Manifest are the applied objects as a JSON list.
	Manifest json.RawMessage `json:"manifest"`
}

func newRelease(p *planned, revision int) *release {
	manifest, err := json.Marshal(p.objects)
	if err != nil {
		manifest = []byte("[]") // rendered YAML is always JSON
	}
	return &release{
		Name: p.name, Namespace: p.namespace, Revision: revision, Chart: p.chart, Version: p.version,
		Status: statusPending, Values: p.values, Manifest: manifest,
	}
}

func (r *release) secretName() string {
	return fmt.Sprintf("sh.helm.release.v1.%s.v%d", r.Name, r.Revision)
}

// save keeps the revision.
func (r *release) save(c *api.Cluster) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	if _, err := writer.Write(data); err != nil {
		return err
	}
	if err := writer.Close(); err != nil {
		return err
	}
	text := base64.StdEncoding.EncodeToString(packed.Bytes())
	return c.Write(api.Object{
		"apiVersion": "v1", "kind": "Secret", "type": "helm.sh/release.v1",
		"metadata": api.Object{"name": r.secretName(), "namespace": r.Namespace, "labels": api.Object{
			"owner": "helm", "name": r.Name, "status": r.Status, "version": strconv.Itoa(r.Revision),
		}},
		"data": api.Object{"release": base64.StdEncoding.EncodeToString([]byte(text))},
	})
}

// objects returns what the release applied.
func (r *release) objects() ([]api.Object, error) {
	var objects []api.Object
	if err := json.Unmarshal(r.Manifest, &objects); err != nil {
		return nil, fmt.Errorf("read the manifest of release %s/%s: %w", r.Namespace, r.Name, err)
	}
	return objects, nil
}

// revisions returns the Secrets of a release.
func revisions(c *api.Cluster, namespace, name string) []api.Object {
	var secrets []api.Object
	for _, secret := range c.List(api.SecretKind, namespace) {
		if labels := api.Labels(secret); labels["owner"] == "helm" && labels["name"] == name {
			secrets = append(secrets, secret)
		}
	}
	return secrets
}

// lastRelease returns the newest revision of a release. Helm lists the Secrets with its labels.
func lastRelease(c *api.Cluster, namespace, name string) (*release, error) {
	if err := c.MayList(api.SecretKind, namespace); err != nil {
		return nil, fmt.Errorf("query: failed to query with labels: %w", err)
	}
	var newest api.Object
	highest := 0
	for _, secret := range revisions(c, namespace, name) {
		if n, err := strconv.Atoi(api.Labels(secret)["version"]); err == nil && n > highest {
			newest, highest = secret, n
		}
	}
	if newest == nil {
		return nil, errNoRelease
	}
	r, err := unpack(api.String(newest, "data", "release"))
	if err != nil {
		return nil, fmt.Errorf("read release %s/%s: %w", namespace, name, err)
	}
	return r, nil
}

func unpack(text string) (*release, error) {
	outer, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	packed, err := base64.StdEncoding.DecodeString(string(outer))
	if err != nil {
		return nil, err
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	var r release
	if err := json.NewDecoder(reader).Decode(&r); err != nil {
		return nil, err
	}
	return &r, nil
}

// forgetRelease drops all revisions.
func forgetRelease(c *api.Cluster, namespace, name string) error {
	for _, secret := range revisions(c, namespace, name) {
		if err := c.Delete(api.SecretKind, namespace, api.Name(secret)); err != nil {
			return err
		}
	}
	return nil
}

// forgetRevisions keeps the newest revisions of a release, all of them when keep is 0.
func forgetRevisions(c *api.Cluster, r *release, keep int) error {
	for _, secret := range revisions(c, r.Namespace, r.Name) {
		revision, err := strconv.Atoi(api.Labels(secret)["version"])
		if err != nil || keep == 0 || revision > r.Revision-keep {
			continue
		}
		if err := c.Delete(api.SecretKind, r.Namespace, api.Name(secret)); err != nil {
			return err
		}
	}
	return nil
}
