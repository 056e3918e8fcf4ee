package aws

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ambient-ecs/quota"
)

// sdkPartitions is the list of partitions and regions from which the AWS SDK resolves its endpoints. The verifier's module pins
// the SDK.
func sdkPartitions(t *testing.T) map[string][]string {
	t.Helper()
	download := exec.Command("go", "mod", "download", "-json", "github.com/aws/aws-sdk-go-v2")
	download.Dir = "../../verify"
	out, err := download.Output()
	var module struct{ Dir string }
	if err == nil {
		err = json.Unmarshal(out, &module)
	}
	if err != nil {
		t.Fatalf("find the AWS SDK: %v, %s", err, out)
	}
	data, err := os.ReadFile(filepath.Join(module.Dir, "internal/endpoints/awsrulesfn/partitions.json"))
	var file struct {
		Partitions []struct {
			ID      string
			Regions map[string]any
		}
	}
	if err == nil {
		err = json.Unmarshal(data, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, p := range file.Partitions {
		for region := range p.Regions {
			// aws-global and similar names are endpoints, not regions.
			if !strings.HasSuffix(region, "-global") {
				all[p.ID] = append(all[p.ID], region)
			}
		}
	}
	return all
}

// partitions are the partitions that the program knows.
var partitions = []string{"aws", "aws-cn", "aws-us-gov"}

func TestTheRegionsAreThoseOfTheAWSSDK(t *testing.T) {
	if own := sortedKeys(regionZones); !slices.Equal(own, quota.Regions) {
		t.Errorf("the program takes %v for the regions, and the sandbox %v", quota.Regions, own)
	}
	known := map[string]bool{}
	for partition, regions := range sdkPartitions(t) {
		for _, region := range regions {
			known[region] = true
			switch served := slices.Contains(partitions, partition); {
			case served != knownRegion(region):
				t.Errorf("%s of %s: the sandbox has it: %v", region, partition, knownRegion(region))
			case served && quota.Partition(region) != partition:
				t.Errorf("%s is in %s, not %s", region, partition, quota.Partition(region))
			case served && len(zonesOf("111122223333", region)) < 2:
				t.Errorf("%s has fewer than the two zones that EKS needs", region)
			}
		}
	}
	for region := range regionZones {
		if !known[region] {
			t.Errorf("the AWS SDK knows no region %s", region)
		}
	}
	if len(known) < 30 {
		t.Errorf("the AWS SDK knows %d regions only", len(known))
	}
}

// Two regions must not share a zone id.
func TestEveryZoneIDIsOfOneRegion(t *testing.T) {
	of := map[string]string{}
	for region, zones := range regionZones {
		for _, id := range zones {
			if other := of[id]; other != "" {
				t.Errorf("%s is in %s and %s", id, region, other)
			}
			of[id] = region
		}
	}
}
