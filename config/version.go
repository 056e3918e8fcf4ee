package config

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

var (
	// istioVersion is a chart version of Solo's distribution; its first group is the Istio minor version, the second
	// the patch version.
	istioVersion = regexp.MustCompile(`^1\.([0-9]+)\.([0-9]+)(?:-[0-9A-Za-z.]+)*-solo(?:-[0-9A-Za-z.]+)*$`)
	// rebuilt is the mark of a further build of the same Istio version.
	rebuilt = regexp.MustCompile(`-patch([0-9]+)`)
	// early is the mark of a build before the release.
	early = regexp.MustCompile(`-(alpha|beta|rc|dev)\b`)
)

// minorOf is the Istio minor version: 28 of "1.28.3-patch0-solo".
func minorOf(version string) (minor int, known bool) {
	parts := istioVersion.FindStringSubmatch(version)
	if parts == nil {
		return 0, false
	}
	minor, err := strconv.Atoi(parts[1])
	return minor, err == nil
}

// compareVersions orders versions of Solo's distribution: alphas before the release, rebuilds after it.
func compareVersions(a, b string) int {
	first, second := ranks(a), ranks(b)
	for i := range first {
		if order := cmp.Compare(first[i], second[i]); order != 0 {
			return order
		}
	}
	return strings.Compare(a, b)
}

// ranks are minor version, patch version and build of a version.
func ranks(version string) [3]int {
	parts := istioVersion.FindStringSubmatch(version)
	if parts == nil {
		return [3]int{}
	}
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0 // more digits than any version has
		}
		return n
	}
	build := 0
	if early.MatchString(version) {
		build = -1
	} else if patch := rebuilt.FindStringSubmatch(version); patch != nil {
		build = number(patch[1]) + 1
	}
	return [3]int{number(parts[1]), number(parts[2]), build}
}
