package gatewayapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// CacheEnv names the folder in which the program keeps what it has read from URLs.
const CacheEnv = "AMBIENT_ECS_CACHE"

// maxSize is far above the size of any release file, and far below a size that would do harm.
const maxSize = 32 << 20

// timeout is for the whole of one download.
const timeout = 2 * time.Minute

// file is one file with definitions. Name is for messages.
type file struct {
	name string
	data []byte
}

// CacheDir returns the folder that CacheEnv names, or else a folder in the user's cache.
func CacheDir() (string, error) {
	if dir := os.Getenv(CacheEnv); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the user's cache, or set %s: %w", CacheEnv, err)
	}
	return filepath.Join(dir, "ambient-ecs"), nil
}

// CachePath is where a file with the checksum is kept in a cache folder.
func CachePath(dir, checksum string) string {
	return filepath.Join(dir, "gateway-api", checksum+".yaml")
}

// readFolder reads the *.yaml and *.yml files of a folder, in the order of their names.
func readFolder(dir string) ([]file, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("read folder: %w", err)
	}
	var files []file
	for _, entry := range entries {
		if entry.IsDir() || !slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(entry.Name())) {
			continue
		}
		path := filepath.Join(dir, entry.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read folder: %w", err)
		}
		files = append(files, file{name: path, data: data})
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("folder %s has no *.yaml file", dir)
	}
	return files, nil
}

// fetch returns the file at a URL, from the cache if it is there.
func (s Source) fetch(ctx context.Context) (file, error) {
	dir := s.Cache
	if dir == "" {
		var err error
		if dir, err = CacheDir(); err != nil {
			return file{}, err
		}
	}
	cached := CachePath(dir, s.checksum())
	if data, err := os.ReadFile(cached); err == nil && sum(data) == s.checksum() {
		return file{name: s.Location, data: data}, nil
	}
	data, err := download(ctx, s.Location)
	if err != nil {
		return file{}, fmt.Errorf("download %s (where this machine cannot, name a folder with the definitions instead): %w", s.Location, err)
	}
	if got := sum(data); got != s.checksum() {
		return file{}, fmt.Errorf("%s has the checksum %s, want %s: it is not the file that was meant", s.Location, got, s.checksum())
	}
	if err := keep(cached, data); err != nil {
		return file{}, fmt.Errorf("keep %s in the cache (set %s to a folder that can be written): %w", s.Location, CacheEnv, err)
	}
	return file{name: s.Location, data: data}, nil
}

func download(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %s", response.Status)
	}
	data, err := io.ReadAll(io.LimitReader(response.Body, maxSize+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxSize {
		return nil, fmt.Errorf("the file is larger than %d bytes", maxSize)
	}
	return data, nil
}

// keep writes the file under a temporary name first, so that a reader never sees half of it.
func keep(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(dir, ".download-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	if _, err := temporary.Write(data); err != nil {
		temporary.Close()
		return err
	}
	if err := temporary.Close(); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

func sum(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}
