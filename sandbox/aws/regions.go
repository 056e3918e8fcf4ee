package aws

import (
	"fmt"

	"ambient-ecs/quota"
)

// regionZones are the zone ids of each region of the partitions aws, aws-cn and aws-us-gov, by the numbers that AWS gives
// to zones which new accounts see. A test holds the regions equal to those of the AWS SDK.
var regionZones = map[string][]string{
	"af-south-1":     ids("afs1", 1, 2, 3),
	"ap-east-1":      ids("ape1", 1, 2, 3),
	"ap-east-2":      ids("ape2", 1, 2, 3),
	"ap-northeast-1": ids("apne1", 1, 2, 4),
	"ap-northeast-2": ids("apne2", 1, 2, 3, 4),
	"ap-northeast-3": ids("apne3", 1, 2, 3),
	"ap-south-1":     ids("aps1", 1, 2, 3),
	"ap-south-2":     ids("aps2", 1, 2, 3),
	"ap-southeast-1": ids("apse1", 1, 2, 3),
	"ap-southeast-2": ids("apse2", 1, 2, 3),
	"ap-southeast-3": ids("apse3", 1, 2, 3),
	"ap-southeast-4": ids("apse4", 1, 2, 3),
	"ap-southeast-5": ids("apse5", 1, 2, 3),
	"ap-southeast-6": ids("apse6", 1, 2, 3),
	"ap-southeast-7": ids("apse7", 1, 2, 3),
	"ca-central-1":   ids("cac1", 1, 2, 4),
	"ca-west-1":      ids("caw1", 1, 2, 3),
	"cn-north-1":     ids("cnn1", 1, 2, 4),
	"cn-northwest-1": ids("cnnw1", 1, 2, 3),
	"eu-central-1":   ids("euc1", 1, 2, 3),
	"eu-central-2":   ids("euc2", 1, 2, 3),
	"eu-north-1":     ids("eun1", 1, 2, 3),
	"eu-south-1":     ids("eus1", 1, 2, 3),
	"eu-south-2":     ids("eus2", 1, 2, 3),
	"eu-west-1":      ids("euw1", 1, 2, 3),
	"eu-west-2":      ids("euw2", 1, 2, 3),
	"eu-west-3":      ids("euw3", 1, 2, 3),
	"il-central-1":   ids("ilc1", 1, 2, 3),
	"me-central-1":   ids("mec1", 1, 2, 3),
	"me-south-1":     ids("mes1", 1, 2, 3),
	"mx-central-1":   ids("mxc1", 1, 2, 3),
	"sa-east-1":      ids("sae1", 1, 2, 3),
	"us-east-1":      ids("use1", 1, 2, 3, 4, 5, 6),
	"us-east-2":      ids("use2", 1, 2, 3),
	"us-gov-east-1":  ids("usge1", 1, 2, 3),
	"us-gov-west-1":  ids("usgw1", 1, 2, 3),
	"us-west-1":      ids("usw1", 1, 3),
	"us-west-2":      ids("usw2", 1, 2, 3, 4),
}

// withoutEKS are the zones in which EKS makes no control plane.
var withoutEKS = []string{"use1-az3", "usw1-az2", "cac1-az3"}

func ids(prefix string, numbers ...int) []string {
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = fmt.Sprintf("%s-az%d", prefix, n)
	}
	return out
}

func knownRegion(region string) bool { return regionZones[region] != nil }

// dnsSuffix is the end of the region's public host names.
func dnsSuffix(region string) string {
	if quota.Partition(region) == "aws-cn" {
		return "amazonaws.com.cn"
	}
	return "amazonaws.com"
}

// zone is an availability zone as one account sees it.
type zone struct{ name, id string }

// zonesOf returns an account's zones by name. AWS shuffles names over zone ids for each account.
func zonesOf(account, region string) []zone {
	ids := regionZones[region]
	shift := 0
	for _, digit := range account {
		shift += int(digit - '0')
	}
	out := make([]zone, len(ids))
	for i := range ids {
		out[i] = zone{name: region + string(rune('a'+i)), id: ids[(i+shift)%len(ids)]}
	}
	return out
}
