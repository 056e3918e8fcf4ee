package gatewayapi

import (
	"context"
	"strings"

	"ambient-ecs/problem"
)

// DefaultURL is the release file of the version that Istio 1.28 and 1.29 are built against; later
// versions of Istio accept it too.
const DefaultURL = "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.4.0/standard-install.yaml"

// DefaultSHA256 is the checksum of the file at DefaultURL.
//
// The script hack/build-install-yaml.sh makes the file from the repository's own files. Those files are in the Go
// module sigs.k8s.io/gateway-api v1.4.0, which the Go checksum database verifies. The steps of that script on the
// module's config/crd/standard, with the year of the release (2025) in the licence header, give a file of 695,658
// bytes with this checksum. Independent projects pin the same checksum for the file that they download.
const DefaultSHA256 = "6a4029e661446d64add866a00ecdc40c14219b68777ab614c5cdaac0adb481f1"

// Source says where the definitions are.
type Source struct {
	// Location is the URL of a release file, or a folder with *.yaml files.
	Location string
	// SHA256 is the hex checksum of the file at a URL. Empty: the checksum of DefaultURL, allowed for DefaultURL
	// only. A folder has none.
	SHA256 string
	// Cache is the folder in which files from URLs are kept. Empty: CacheDir.
	Cache string
}

// Validate reports every problem of the source that can be seen without reading it, or returns nil.
func (s Source) Validate() error {
	var p problem.List
	switch {
	case s.Location == "":
		p.Missing("Location", "want a URL or a folder")
	case !s.remote() && s.SHA256 != "":
		p.Refuse("SHA256", s.SHA256, "%s is no URL: a folder has no checksum", s.Location)
	case s.remote() && !strings.HasPrefix(s.Location, "https://") && !strings.HasPrefix(s.Location, "http://"):
		p.Refuse("Location", s.Location, "want https://, http:// or a folder")
	case s.remote() && s.checksum() == "":
		p.Missing("SHA256", "%s has no checksum: only the one of %s is known", s.Location, DefaultURL)
	}
	if s.SHA256 != "" && !isChecksum(s.SHA256) {
		p.Refuse("SHA256", s.SHA256, "want 64 hex digits")
	}
	return p.Err()
}

// Load reads and checks the definitions. It reports every problem of them.
func Load(ctx context.Context, source Source) ([]CRD, error) {
	if err := source.Validate(); err != nil {
		return nil, err
	}
	files, err := source.files(ctx)
	if err != nil {
		return nil, err
	}
	return parse(files)
}

func (s Source) files(ctx context.Context) ([]file, error) {
	if !s.remote() {
		return readFolder(s.Location)
	}
	f, err := s.fetch(ctx)
	if err != nil {
		return nil, err
	}
	return []file{f}, nil
}

func (s Source) remote() bool { return strings.Contains(s.Location, "://") }

func (s Source) checksum() string {
	if s.SHA256 == "" && s.Location == DefaultURL {
		return DefaultSHA256
	}
	return strings.ToLower(s.SHA256)
}

func isChecksum(s string) bool {
	return len(s) == 64 && strings.Trim(strings.ToLower(s), "0123456789abcdef") == ""
}
