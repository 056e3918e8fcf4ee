package definition

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// mountOptions are those of a tmpfs. mode, uid, gid, nr_inodes, nr_blocks and mpol have a value after =
// (https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Tmpfs.html, 2026-11-30).
var mountOptions = []string{
	"defaults", "ro", "rw", "suid", "nosuid", "dev", "nodev", "exec", "noexec", "sync", "async", "dirsync", "remount", "mand", "nomand",
	"atime", "noatime", "diratime", "nodiratime", "bind", "rbind", "unbindable", "runbindable", "private", "rprivate", "shared", "rshared",
	"slave", "rslave", "relatime", "norelatime", "strictatime", "nostrictatime", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol",
}

// tmpfs checks a container's file systems in memory. Fargate has them since 2026-01-06, on platform version 1.4.0
// (https://aws.amazon.com/about-aws/whats-new/2026/01/amazon-ecs-tmpfs-mounts-aws-fargate-managed-instances/, 2026-11-30).
func (c *checker) tmpfs(i int, container types.ContainerDefinition) {
	if container.LinuxParameters == nil || len(container.LinuxParameters.Tmpfs) == 0 {
		return
	}
	taken := map[string]string{}
	for j, m := range container.MountPoints {
		taken[path.Clean(Text(m.ContainerPath))] = fmt.Sprintf("mountPoints[%d]", j)
	}
	sum := 0
	for j, t := range container.LinuxParameters.Tmpfs {
		own := fmt.Sprintf("linuxParameters.tmpfs[%d]", j)
		at := c.at(i, own)
		switch where := Text(t.ContainerPath); {
		case where == "":
			c.Missing(at+".containerPath", "say where the container sees it")
		case !strings.HasPrefix(where, "/") || path.Clean(where) == "/":
			c.Refuse(at+".containerPath", where, "it is an absolute path below /")
		case taken[path.Clean(where)] != "":
			c.Refuse(at+".containerPath", where, "%s is there too", taken[path.Clean(where)])
		default:
			taken[path.Clean(where)] = own
		}
		if t.Size < 1 {
			c.Refuse(at+".size", t.Size, "it is at least 1 MiB")
		}
		sum += max(0, int(t.Size))
		for _, option := range t.MountOptions {
			if name, _, _ := strings.Cut(option, "="); !slices.Contains(mountOptions, name) {
				c.Refuse(at+".mountOptions", option, "ECS knows no such option")
			}
		}
	}
	limit, of := Number(container.Memory), "the container"
	if limit == 0 {
		limit, _ = Memory(Text(c.TaskDefinition.Memory))
		of = "the task"
	}
	if limit > 0 && sum >= limit {
		c.Refuse(c.at(i, "linuxParameters.tmpfs"), sum, "so many MiB are memory, %s has %d, and nothing would be left for the processes", of, limit)
	}
}

// NeedsPlatform says what of the definition needs platform version 1.4.0 of Fargate, or returns "".
func (d *Definition) NeedsPlatform() string {
	var all []string
	add := func(what string, has bool) {
		if has && !slices.Contains(all, what) {
			all = append(all, what)
		}
	}
	cpu, _ := CPU(Text(d.Cpu))
	add("CPU of 8 vCPU and more", NeedsPlatform(cpu))
	add("EFS", len(d.FileSystems()) > 0)
	add("ephemeralStorage", d.EphemeralStorage != nil)
	for _, container := range d.ContainerDefinitions {
		l := container.LinuxParameters
		add("tmpfs", l != nil && len(l.Tmpfs) > 0)
		add("capabilities.add", l != nil && l.Capabilities != nil && len(l.Capabilities.Add) > 0)
		add("udp", slices.ContainsFunc(container.PortMappings, func(p types.PortMapping) bool { return p.Protocol == types.TransportProtocolUdp }))
	}
	return strings.Join(all, ", ")
}
