package gatewayapi

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// definition is a small definition of the kind.
func definition(plural string) string {
	return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: ` + plural + `.gateway.networking.k8s.io
  annotations:
    api-approved.kubernetes.io: https://github.com/kubernetes-sigs/gateway-api/pull/3328
    gateway.networking.k8s.io/bundle-version: v1.4.0
spec:
  group: gateway.networking.k8s.io
  names:
    plural: ` + plural + `
  versions:
  - name: v1
    schema:
      openAPIV3Schema:
        properties:
          port:
            maximum: 65535
status: {}
`
}

const separator = "---\n#\n# a comment\n#\n"

var release = "# Licence header\n" + separator + definition("gateways") + separator + definition("gatewayclasses")

// serve answers with the text and counts the requests.
func serve(t *testing.T, status int, text string) (url string, requests *atomic.Int32) {
	t.Helper()
	requests = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}))
	t.Cleanup(server.Close)
	return server.URL + "/standard-install.yaml", requests
}

func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func names(crds []CRD) string {
	var all []string
	for _, crd := range crds {
		all = append(all, crd.Name)
	}
	return strings.Join(all, " ")
}

const both = "gatewayclasses.gateway.networking.k8s.io gateways.gateway.networking.k8s.io"

func TestReleaseFileIsReadOnce(t *testing.T) {
	url, requests := serve(t, http.StatusOK, release)
	source := Source{Location: url, SHA256: sum([]byte(release)), Cache: t.TempDir()}
	for range 2 {
		crds, err := Load(context.Background(), source)
		if err != nil {
			t.Fatal(err)
		}
		if names(crds) != both {
			t.Errorf("got %s, want %s", names(crds), both)
		}
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("the file was read %d times, want once", n)
	}
}

func TestSpoiltCacheIsReadAgain(t *testing.T) {
	url, requests := serve(t, http.StatusOK, release)
	source := Source{Location: url, SHA256: sum([]byte(release)), Cache: t.TempDir()}
	if err := keep(CachePath(source.Cache, source.SHA256), []byte("spoilt")); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(context.Background(), source); err != nil {
		t.Fatal(err)
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("the file was read %d times, want once", n)
	}
	data, err := os.ReadFile(CachePath(source.Cache, source.SHA256))
	if err != nil || string(data) != release {
		t.Errorf("the cache was not repaired: %v", err)
	}
}

func TestSeededCacheNeedsNoNetwork(t *testing.T) {
	cache := t.TempDir()
	if err := keep(CachePath(cache, sum([]byte(release))), []byte(release)); err != nil {
		t.Fatal(err)
	}
	t.Setenv(CacheEnv, cache)
	crds, err := Load(context.Background(), Source{Location: "https://127.0.0.1:1/file.yaml", SHA256: sum([]byte(release))})
	if err != nil || names(crds) != both {
		t.Errorf("got %s, %v", names(crds), err)
	}
}

func TestFolder(t *testing.T) {
	dir := folder(t, map[string]string{"a.yaml": definition("gateways"), "b.yml": definition("gatewayclasses"), "README.md": "no YAML: ["})
	crds, err := Load(context.Background(), Source{Location: dir})
	if err != nil {
		t.Fatal(err)
	}
	if names(crds) != both {
		t.Errorf("got %s, want %s", names(crds), both)
	}
	if got := crds[0].Annotations["gateway.networking.k8s.io/bundle-version"]; got != "v1.4.0" {
		t.Errorf("annotation is %q", got)
	}
	if _, found := crds[0].Spec["versions"]; !found {
		t.Errorf("spec is %v", crds[0].Spec)
	}
}

func TestLaterReleaseFilesHoldMoreThanDefinitions(t *testing.T) {
	more := release + separator + "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: safe-upgrades}\n"
	crds, err := Load(context.Background(), Source{Location: folder(t, map[string]string{"all.yaml": more})})
	if err != nil || names(crds) != both {
		t.Errorf("got %s, %v", names(crds), err)
	}
}

func TestRefusals(t *testing.T) {
	valid := strings.Repeat("a", 64)
	missing, _ := serve(t, http.StatusNotFound, "not here")
	other, _ := serve(t, http.StatusOK, "other")
	in := func(text string) Source { return Source{Location: folder(t, map[string]string{"all.yaml": text})} }
	for _, c := range []struct {
		name   string
		source Source
		want   string
	}{
		{"no location", Source{}, "Location is not set"},
		{"other scheme", Source{Location: "ftp://example.com/x.yaml", SHA256: valid}, "want https://"},
		{"URL without checksum", Source{Location: "https://example.com/x.yaml"}, "has no checksum"},
		{"folder with checksum", Source{Location: "crds", SHA256: valid}, "a folder has no checksum"},
		{"short checksum", Source{Location: "https://example.com/x.yaml", SHA256: "abc"}, "want 64 hex digits"},
		{"checksum in other digits", Source{Location: "https://example.com/x.yaml", SHA256: strings.Repeat("g", 64)}, "want 64 hex digits"},
		{"file that is not there", Source{Location: missing, SHA256: valid, Cache: t.TempDir()}, "404 Not Found"},
		{"other file", Source{Location: other, SHA256: valid, Cache: t.TempDir()}, "not the file that was meant"},
		{"cache that cannot be written", Source{Location: other, SHA256: sum([]byte("other")), Cache: filepath.Join(in("x").Location, "all.yaml")}, CacheEnv},
		{"folder that is not there", Source{Location: filepath.Join(t.TempDir(), "none")}, "no such file"},
		{"folder without YAML", Source{Location: t.TempDir()}, "has no *.yaml file"},
		{"no YAML", in("a: ["), "document 1"},
		{"other kind", in(release + separator + "apiVersion: v1\nkind: Secret\n"), "it is a Secret of v1"},
		{"old API version", in(strings.ReplaceAll(release, "k8s.io/v1\n", "k8s.io/v1beta1\n")), "want only CustomResourceDefinition"},
		{"name that does not fit", in(strings.Replace(release, "name: gateways.", "name: gates.", 1)), `must have the name "gateways.gateway.networking.k8s.io"`},
		{"no group", in(strings.Replace(release, "  group:", "  grp:", 1)), "no spec.group"},
		{"no version", in(strings.Replace(release, "  versions:", "  versionen:", 1)), "has no version"},
		{"no approval", in(strings.ReplaceAll(release, "api-approved.kubernetes.io: ", "approved: ")), `the annotation api-approved.kubernetes.io ""`},
		{"approval that is no URL", in(strings.ReplaceAll(release, "https://github.com", "github.com")), "wants the URL"},
		{"defined twice", in(release + separator + definition("gateways")), "defined twice"},
		{"no gateway class", in(definition("gateways")), "gatewayclasses.gateway.networking.k8s.io is not among them"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Load(context.Background(), c.source)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestDefaultHasItsChecksum(t *testing.T) {
	if err := (Source{Location: DefaultURL}).Validate(); err != nil {
		t.Error(err)
	}
}
