// Package ami knows the machine images of EKS's managed node groups: the processor that each is for, and which volume holds
// the containers.
package ami

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The images, as EKS names them (https://docs.aws.amazon.com/eks/latest/APIReference/API_Nodegroup.html, amiType, 2026-11-29).
const (
	AL2023          = "AL2023_x86_64_STANDARD"
	AL2023ARM       = "AL2023_ARM_64_STANDARD"
	Bottlerocket    = "BOTTLEROCKET_x86_64"
	BottlerocketARM = "BOTTLEROCKET_ARM_64"
)

// Image is a machine image.
type Image struct {
	// ARM says that it is for Graviton processors.
	ARM bool
	// Bottlerocket says that it is Bottlerocket, and otherwise Amazon Linux 2023.
	Bottlerocket bool
}

var images = map[string]Image{
	AL2023: {}, AL2023ARM: {ARM: true}, Bottlerocket: {Bottlerocket: true}, BottlerocketARM: {ARM: true, Bottlerocket: true},
}

// Names are all images, sorted.
func Names() []string { return slices.Sorted(maps.Keys(images)) }

// Of returns an image. The empty name is Amazon Linux 2023 for the processors of the instance types.
func Of(name string) (Image, bool) {
	if name == "" {
		return Image{}, true
	}
	image, known := images[name]
	return image, known
}

// Volumes are the devices of the image's volumes. The last one holds the images and the writable files of containers.
// Bottlerocket has its system on the first (https://github.com/bottlerocket-os/bottlerocket/blob/develop/README.md, default
// volumes, 2026-11-29).
func (i Image) Volumes() []string {
	if i.Bottlerocket {
		return []string{"/dev/xvda", "/dev/xvdb"}
	}
	return []string{"/dev/xvda"}
}

var (
	// linuxRelease is Kubernetes version and day, bottlerocketRelease the version of the system and its commit
	// (https://docs.aws.amazon.com/eks/latest/userguide/eks-linux-ami-versions.html and
	// https://docs.aws.amazon.com/eks/latest/userguide/eks-ami-versions-bottlerocket.html, 2026-11-29).
	linuxRelease        = regexp.MustCompile(`^(1\.[0-9]+)\.[0-9]+-([0-9]{8})$`)
	bottlerocketRelease = regexp.MustCompile(`^[0-9]+\.[0-9]+\.[0-9]+-[0-9a-f]{8}$`)
)

// CheckRelease refuses what is no release of the image for a Kubernetes minor version.
func (i Image) CheckRelease(release, kubernetes string) error {
	if i.Bottlerocket {
		if !bottlerocketRelease.MatchString(release) {
			return fmt.Errorf("a release of Bottlerocket looks like 1.47.0-6154605b")
		}
		return nil
	}
	parts := linuxRelease.FindStringSubmatch(release)
	switch {
	case parts == nil:
		return fmt.Errorf("a release of Amazon Linux 2023 looks like %s.2-20251120", kubernetes)
	case parts[1] != kubernetes:
		return fmt.Errorf("it is an image of Kubernetes %s, and the cluster has %s: change both in the same up", parts[1], kubernetes)
	}
	return nil
}

// Stale is the age of a release from which a warning begins. AWS publishes images every few weeks, with the patches of its Linux.
const Stale = 60 * 24 * time.Hour

// Released is the day on which a release of Amazon Linux 2023 was made, at midnight UTC. Those of Bottlerocket do not say it.
func (i Image) Released(release string) (day time.Time, known bool) {
	parts := linuxRelease.FindStringSubmatch(release)
	if i.Bottlerocket || parts == nil {
		return time.Time{}, false
	}
	day, err := time.Parse("20060102", parts[2])
	return day, err == nil
}

// Older reports whether a release of the image is older than another one of the same Kubernetes minor version: Amazon Linux by its day,
// Bottlerocket by the version of the system. EKS takes no node group back to an older one
// (https://docs.aws.amazon.com/eks/latest/APIReference/API_UpdateNodegroupVersion.html, 2026-11-30). It reports false where one of them is
// no release of the image.
func (i Image) Older(release, than string) bool {
	if i.Bottlerocket {
		if !bottlerocketRelease.MatchString(release) || !bottlerocketRelease.MatchString(than) {
			return false
		}
		return slices.Compare(system(release), system(than)) < 0
	}
	a, known := i.Released(release)
	b, other := i.Released(than)
	return known && other && a.Before(b)
}

// system is the version of the system in a release of Bottlerocket: major, minor, patch.
func system(release string) (version []int) {
	numbers, _, _ := strings.Cut(release, "-")
	for _, number := range strings.Split(numbers, ".") {
		n, _ := strconv.Atoi(number) // the pattern has digits alone
		version = append(version, n)
	}
	return version
}
