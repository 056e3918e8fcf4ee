package config

import (
	"fmt"
	"regexp"
	"strings"
)

// regionName is a region of one of the partitions that the program knows. It is a pattern and not a
// list, so that a new region needs no new release.
var regionName = regexp.MustCompile(`^(?:(?:af|ap|ca|eu|il|me|mx|sa|us)-(?:central|north|south|east|west|northeast|northwest|southeast|southwest)-[1-9]|cn-(?:north|northwest)-1|us-gov-(?:east|west)-1)$`)

// directions are the parts of a region's name in the spelling of its zone ids.
var directions = strings.NewReplacer(
	"northeast", "ne", "northwest", "nw", "southeast", "se", "southwest", "sw",
	"central", "c", "north", "n", "south", "s", "east", "e", "west", "w", "gov", "g", "-", "",
)

// zonePrefix is what the zone ids of a region begin with: "euc1" for eu-central-1, "usgw1" for
// us-gov-west-1.
func zonePrefix(region string) string {
	geography, rest, _ := strings.Cut(region, "-")
	return geography + directions.Replace(rest)
}

// retentions are the retention periods that CloudWatch Logs accepts, in days.
var retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// fargate says for each CPU size which memory Fargate gives it, in MiB.
var fargate = map[int]struct{ least, most, step int }{
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

// fargateSizes are the keys of fargate and the smallest size, which has a list of its own.
var fargateSizes = []int{256, 512, 1024, 2048, 4096, 8192, 16384}

// checkFargate says why Fargate has no task of that size, or returns "".
func checkFargate(cpu, memory int) string {
	if cpu == 256 {
		if memory == 512 || memory == 1024 || memory == 2048 {
			return ""
		}
		return "with 256 CPU units Fargate gives 512, 1024 or 2048 MiB"
	}
	size, known := fargate[cpu]
	if !known {
		return "Fargate has no such CPU size, only " + numbers(fargateSizes)
	}
	if memory < size.least || memory > size.most || memory%size.step != 0 {
		return fmt.Sprintf("with %d CPU units Fargate gives %d to %d MiB in steps of %d", cpu, size.least, size.most, size.step)
	}
	return ""
}

// oldestKubernetes is the oldest Kubernetes minor version that each Istio minor version supports.
var oldestKubernetes = map[int]int{28: 29, 29: 30, 30: 32}

const (
	// firstIstio is the first Istio minor version with the discovery of ECS services.
	firstIstio = 28
	// newestIstio is the newest one in oldestKubernetes. Newer ones need at least what it needs.
	newestIstio = 30
)

// serviceRanges are where EKS takes the addresses of Kubernetes services from; it chooses one of them
// when the cluster is made. A VPC of the mesh in that range could not be reached from the pods.
var serviceRanges = []string{"10.100.0.0/16", "172.20.0.0/16"}

// ztunnelPorts are taken in every task: ztunnel shares the task's network with the application.
const (
	firstZtunnelPort = 15000
	lastZtunnelPort  = 15090
)

// ztunnelContainer is the name of the mesh's container in every task.
const ztunnelContainer = "ztunnel"

func isZtunnelPort(port int) bool { return port >= firstZtunnelPort && port <= lastZtunnelPort }

func numbers(list []int) string {
	return strings.Trim(strings.Join(strings.Fields(fmt.Sprint(list)), ", "), "[]")
}
