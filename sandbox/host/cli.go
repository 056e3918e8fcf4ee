package host

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/blang/semver"
)

// sdkModule is the module whose version the CLI must not be older than.
const sdkModule = "github.com/pulumi/pulumi/sdk/v3"

// FindCLI returns the pulumi command to run: the one on PATH, where it works and is not older than the SDK, else the one
// in folder, which was built from its own module.
func FindCLI(folder string) (string, error) {
	var why string
	if found, err := exec.LookPath("pulumi"); err == nil {
		if why = unfit(found, sdkVersion()); why == "" {
			return found, nil
		}
	}
	built := filepath.Join(folder, "pulumi")
	if _, err := os.Stat(built); err == nil {
		return built, nil
	}
	if why == "" {
		why = "there is no pulumi on PATH"
	}
	return "", fmt.Errorf("%s, and %s is not built: run `make bin/pulumi`", why, built)
}

// unfit says why a CLI cannot be used, or nothing.
func unfit(path string, need semver.Version) string {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "version")
	cmd.Env = append(inherited(os.Environ()), "PULUMI_SKIP_UPDATE_CHECK=true")
	said, err := cmd.Output()
	if err != nil {
		return fmt.Sprintf("%s does not work (%v)", path, err)
	}
	version, err := semver.ParseTolerant(strings.TrimSpace(string(said)))
	if err != nil {
		return fmt.Sprintf("%s has no usable version (%v)", path, err)
	}
	// A build from a branch counts as the release that it precedes.
	version.Pre = nil
	if version.LT(need) {
		return fmt.Sprintf("%s is version %s and the SDK needs %s", path, version, need)
	}
	return ""
}

// sdkVersion is the version of the SDK in this binary, or zero in a test binary, which does not say.
func sdkVersion() (version semver.Version) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version
	}
	for _, module := range info.Deps {
		if module.Path == sdkModule {
			// A module's version is always a semantic one.
			version, _ = semver.ParseTolerant(module.Version)
		}
	}
	return version
}
