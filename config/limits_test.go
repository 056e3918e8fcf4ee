package config

import "testing"

func TestZoneIDsBeginWithTheirRegionsCode(t *testing.T) {
	for region, want := range map[string]string{
		"eu-central-1": "euc1", "eu-west-3": "euw3", "us-east-1": "use1", "us-west-2": "usw2", "ap-southeast-2": "apse2",
		"ap-northeast-1": "apne1", "ap-south-1": "aps1", "ca-central-1": "cac1", "sa-east-1": "sae1", "af-south-1": "afs1",
		"me-central-1": "mec1", "il-central-1": "ilc1", "cn-north-1": "cnn1", "cn-northwest-1": "cnnw1", "us-gov-west-1": "usgw1", "us-gov-east-1": "usge1",
	} {
		if !regionName.MatchString(region) {
			t.Errorf("%s is refused", region)
		}
		if got := zonePrefix(region); got != want {
			t.Errorf("zone ids of %s begin with %q, want %q", region, got, want)
		}
	}
}

func TestFargateSizes(t *testing.T) {
	for _, size := range []struct {
		cpu, memory int
		exists      bool
	}{
		{256, 512, true}, {256, 1024, true}, {256, 2048, true}, {256, 1536, false}, {256, 4096, false},
		{512, 1024, true}, {512, 4096, true}, {512, 512, false}, {512, 5120, false},
		{1024, 2048, true}, {1024, 8192, true}, {1024, 1024, false},
		{2048, 4096, true}, {2048, 16384, true}, {2048, 4608, false},
		{4096, 8192, true}, {4096, 30720, true}, {4096, 31744, false},
		{8192, 16384, true}, {8192, 20480, true}, {8192, 61440, true}, {8192, 17408, false},
		{16384, 32768, true}, {16384, 40960, true}, {16384, 122880, true}, {16384, 36864, false}, {16384, 131072, false},
		{0, 512, false}, {128, 512, false}, {32768, 65536, false},
	} {
		if reason := checkFargate(size.cpu, size.memory); (reason == "") != size.exists {
			t.Errorf("%d CPU units with %d MiB: %q", size.cpu, size.memory, reason)
		}
	}
}

func TestGravitonIsTold(t *testing.T) {
	for instance, want := range map[string]bool{
		"t3.large": false, "m7i.large": false, "g5.xlarge": false, "g4dn.xlarge": false, "u-6tb1.metal": false,
		"t4g.small": true, "m7gd.large": true, "c6gn.large": true, "im4gn.large": true, "g5g.xlarge": true, "a1.large": true,
	} {
		if !instanceType.MatchString(instance) {
			t.Errorf("%s is refused", instance)
		}
		if got := isARM(instance); got != want {
			t.Errorf("%s has ARM processors: %v, want %v", instance, got, want)
		}
	}
}
