package ami

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheLastVolumeHoldsTheContainers(t *testing.T) {
	for name, want := range map[string]string{"": "/dev/xvda", AL2023: "/dev/xvda", AL2023ARM: "/dev/xvda", Bottlerocket: "/dev/xvdb", BottlerocketARM: "/dev/xvdb"} {
		i, known := Of(name)
		if volumes := i.Volumes(); !known || volumes[len(volumes)-1] != want || i.ARM != strings.Contains(name, "ARM") {
			t.Errorf("%q is %+v with the volumes %v", name, i, volumes)
		}
	}
	if _, known := Of("AL2_x86_64"); known || slices.Contains(Names(), "") {
		t.Error("an image without support is known")
	}
}

func TestAReleaseIsOfItsImageAndOfTheClustersVersion(t *testing.T) {
	for _, c := range []struct{ image, release, want string }{
		{"", "1.34.2-20251120", ""},
		{AL2023ARM, "1.34.10-20261101", ""},
		{Bottlerocket, "1.47.0-6154605b", ""},
		{"", "1.33.5-20251120", "image of Kubernetes 1.33, and the cluster has 1.34"},
		{"", "1.34.2", "looks like 1.34.2-20251120"},
		{"", "1.47.0-6154605b", "looks like 1.34.2-20251120"},
		{Bottlerocket, "1.34.2-2025112", "looks like 1.47.0-6154605b"},
	} {
		i, _ := Of(c.image)
		err := i.CheckRelease(c.release, "1.34")
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q %s: %v, want %q", c.image, c.release, err, c.want)
		}
	}
}

func TestReleasesAreOrderedByDayOrByVersion(t *testing.T) {
	for _, c := range []struct{ image, older, newer string }{
		{"", "1.34.9-20251016", "1.34.10-20251120"},
		{"", "1.34.10-20251016", "1.34.9-20251120"},
		{AL2023ARM, "1.34.2-20251231", "1.34.2-20260101"},
		{Bottlerocket, "1.9.0-ffffffff", "1.47.0-00000000"},
		{BottlerocketARM, "1.47.0-20990101", "1.47.1-20200101"},
	} {
		i, _ := Of(c.image)
		if !i.Older(c.older, c.newer) || i.Older(c.newer, c.older) || i.Older(c.older, c.older) {
			t.Errorf("%q: %s is not older than %s alone", c.image, c.older, c.newer)
		}
	}
	linux, _ := Of("")
	if linux.Older("1.9.0-ffffffff", "1.34.10-20251120") || linux.Older("1.34.2-20251016", "") {
		t.Error("what is no release has an order")
	}
}

func TestOnlyAmazonLinuxTellsItsDay(t *testing.T) {
	linux, _ := Of(AL2023)
	bottlerocket, _ := Of(Bottlerocket)
	if day, known := linux.Released("1.34.2-20251120"); !known || day.Format(time.DateOnly) != "2025-11-20" {
		t.Errorf("%v %v", day, known)
	}
	for release, i := range map[string]Image{"1.34.2-20251320": linux, "1.34.2": linux, "1.47.0-20251120": bottlerocket} {
		if day, known := i.Released(release); known {
			t.Errorf("%s was made on %v", release, day)
		}
	}
}
