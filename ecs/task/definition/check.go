package definition

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"ambient-ecs/problem"
)

// maxContainers is the ECS quota of containers in a task definition.
const maxContainers = 10

// MaxBytes is the longest task definition that ECS takes
// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html, 2026-11-29).
const MaxBytes = 64 << 10

// The least and most ephemeral storage of a Fargate task in GiB.
const (
	leastStorage = 21
	mostStorage  = 200
)

// name is what ECS accepts as the name of a family, a container or a volume.
var name = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

// Check reports everything for which ECS refuses the definition as a Fargate task in a VPC, a problem.List, or nil.
func (d *Definition) Check() error {
	c := checker{Definition: d}
	c.task()
	c.volumes()
	c.containers()
	c.sizes()
	c.dependencies()
	if n := len(d.body.Pack()); n > MaxBytes {
		c.Add("", "", "the definition has %d bytes, and ECS takes %d", n, MaxBytes)
	}
	return c.Err()
}

// checker collects what is wrong with a definition.
type checker struct {
	*Definition
	problem.List
}

// onFargate is the reason for what only works on EC2.
const onFargate = "Fargate does not have it, only tasks on EC2 do"

func (c *checker) task() {
	if family := Text(c.Family); !name.MatchString(family) {
		c.Refuse("family", family, "ECS takes 1 to 255 letters, digits, - and _")
	}
	switch {
	case c.NetworkMode == "":
		c.Missing("networkMode", "Fargate tasks have a network interface of their own: awsvpc")
	case c.NetworkMode != types.NetworkModeAwsvpc:
		c.Refuse("networkMode", string(c.NetworkMode), "Fargate tasks have a network interface of their own: awsvpc")
	}
	if all := c.RequiresCompatibilities; len(all) > 0 && !slices.Contains(all, types.CompatibilityFargate) {
		c.Refuse("requiresCompatibilities", all, "the services of the mesh run on Fargate: name FARGATE")
	}
	if p := c.RuntimePlatform; p != nil && p.OperatingSystemFamily != "" && p.OperatingSystemFamily != types.OSFamilyLinux {
		c.Refuse("runtimePlatform.operatingSystemFamily", string(p.OperatingSystemFamily), "ztunnel runs on LINUX")
	}
	if s := c.EphemeralStorage; s != nil && (s.SizeInGiB < leastStorage || s.SizeInGiB > mostStorage) {
		c.Refuse("ephemeralStorage.sizeInGiB", s.SizeInGiB, "must be between %d and %d", leastStorage, mostStorage)
	}
	if c.ProxyConfiguration != nil {
		c.Add("proxyConfiguration", problem.IsSet, "it puts App Mesh's Envoy in front of the application, and ztunnel is the proxy here")
	}
	if c.PidMode != "" {
		c.Refuse("pidMode", string(c.PidMode), "containers that see each other's processes could read ztunnel's keys")
	}
	if c.IpcMode != "" {
		c.Refuse("ipcMode", string(c.IpcMode), onFargate)
	}
	if len(c.PlacementConstraints) > 0 {
		c.Add("placementConstraints", problem.IsSet, onFargate)
	}
	if len(c.InferenceAccelerators) > 0 {
		c.Add("inferenceAccelerators", problem.IsSet, onFargate)
	}
}

func (c *checker) volumes() {
	seen := map[string]bool{}
	for i, v := range c.Volumes {
		at := fmt.Sprintf("volumes[%d]", i)
		switch volume := Text(v.Name); {
		case !name.MatchString(volume):
			c.Refuse(at+".name", volume, "ECS takes 1 to 255 letters, digits, - and _")
		case seen[volume]:
			c.Refuse(at+".name", volume, "another volume has the name")
		default:
			seen[volume] = true
		}
		if Yes(v.ConfiguredAtLaunch) {
			c.Refuse(at+".configuredAtLaunch", true, "the service would have to say which volume: use EFS or the task's own storage")
		}
		if v.Host != nil && v.Host.SourcePath != nil {
			c.Refuse(at+".host.sourcePath", *v.Host.SourcePath, "a Fargate task sees no host: leave the path out, and the volume lives as long as the task")
		}
		if v.DockerVolumeConfiguration != nil {
			c.Add(at+".dockerVolumeConfiguration", problem.IsSet, onFargate)
		}
		if v.FsxWindowsFileServerVolumeConfiguration != nil {
			c.Add(at+".fsxWindowsFileServerVolumeConfiguration", problem.IsSet, onFargate)
		}
		if efs := v.EfsVolumeConfiguration; efs != nil {
			c.fileSystem(at+".efsVolumeConfiguration", efs)
		}
	}
}

func (c *checker) fileSystem(at string, efs *types.EFSVolumeConfiguration) {
	if id := Text(efs.FileSystemId); !strings.HasPrefix(id, "fs-") && !strings.HasPrefix(id, "arn:") {
		c.Refuse(at+".fileSystemId", id, "an EFS file system is called fs-…")
	}
	a := efs.AuthorizationConfig
	if a == nil {
		return
	}
	if (a.AccessPointId != nil || a.Iam == types.EFSAuthorizationConfigIAMEnabled) && efs.TransitEncryption != types.EFSTransitEncryptionEnabled {
		c.Missing(at+".transitEncryption", "with an access point or IAM it must be ENABLED")
	}
	if root := Text(efs.RootDirectory); a.AccessPointId != nil && root != "" && root != "/" {
		c.Refuse(at+".rootDirectory", root, "the access point says which directory it is: leave it out, or write /")
	}
}

// FileSystems are the EFS file systems that the definition mounts, in its order.
func (d *Definition) FileSystems() (ids []string) {
	for _, v := range d.Volumes {
		if v.EfsVolumeConfiguration != nil {
			ids = append(ids, Text(v.EfsVolumeConfiguration.FileSystemId))
		}
	}
	return ids
}

// sizes checks that Fargate has the task's size and that it holds the containers.
func (c *checker) sizes() {
	known := true
	size := func(field string, text *string, read func(string) (int, error), example string) int {
		if text == nil {
			c.Missing(field, "Fargate needs the size of the task, for example %q", example)
			known = false
			return 0
		}
		n, err := read(*text)
		if err != nil {
			c.Because(field, *text, err)
			known = false
		}
		return n
	}
	cpu, memory := size("cpu", c.Cpu, CPU, "256"), size("memory", c.TaskDefinition.Memory, Memory, "512")
	if !known {
		return
	}
	if reason := CheckSize(cpu, memory); reason != "" {
		c.Refuse("cpu", Text(c.Cpu), "with memory %q it is no Fargate size: %s", Text(c.TaskDefinition.Memory), reason)
	}
	var sumCPU, sumMemory int
	for i, container := range c.ContainerDefinitions {
		sumCPU += int(container.Cpu)
		sumMemory += Reserved(container)
		if m := Number(container.Memory); m > memory {
			c.Refuse(c.at(i, "memory"), m, "the task has %d MiB", memory)
		}
	}
	if sumCPU > cpu {
		c.Refuse("cpu", Text(c.Cpu), "the containers want %d CPU units together", sumCPU)
	}
	if sumMemory > memory {
		c.Refuse("memory", Text(c.TaskDefinition.Memory), "the containers want %d MiB together", sumMemory)
	}
}

// Reserved is the memory in MiB that ECS sets aside for a container: its reservation, and without one its limit.
func Reserved(c types.ContainerDefinition) int {
	if c.MemoryReservation != nil {
		return Number(c.MemoryReservation)
	}
	return Number(c.Memory)
}

// at is the path of a container's field.
func (c *checker) at(i int, field string) string {
	return fmt.Sprintf("%s[%d].%s", containerDefinitions, i, field)
}
