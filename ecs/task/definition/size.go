package definition

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// fargate says for each CPU size, in units of 1/1024 vCPU, which memory Fargate gives it, in MiB (Amazon ECS Developer
// Guide, "Task size", 2026-11-29).
var fargate = map[int]struct{ least, most, step int }{
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

// single are the CPU sizes for which Fargate gives single amounts of memory and no range. That of 32 vCPU is of 2026
// (pulumi/pulumi-awsx#2053, 2026-06-24).
var single = map[int][]int{256: {512, 1024, 2048}, 32768: {61440, 122880, 249856}}

// leastLarge is the least CPU size that needs platform version 1.4.0 (Amazon ECS API Reference, TaskDefinition, 2026-11-30).
const leastLarge = 8192

// CheckSize says why Fargate has no task of that size, or returns "". CPU is in units of 1/1024 vCPU, memory in MiB.
func CheckSize(cpu, memory int) string {
	if amounts := single[cpu]; amounts != nil {
		if slices.Contains(amounts, memory) {
			return ""
		}
		return fmt.Sprintf("with %d CPU units Fargate gives %d, %d or %d MiB", cpu, amounts[0], amounts[1], amounts[2])
	}
	size, known := fargate[cpu]
	if !known {
		return "Fargate has no such CPU size, only 256, 512, 1024, 2048, 4096, 8192, 16384, 32768"
	}
	if memory < size.least || memory > size.most || memory%size.step != 0 {
		return fmt.Sprintf("with %d CPU units Fargate gives %d to %d MiB in steps of %d", cpu, size.least, size.most, size.step)
	}
	return ""
}

// NeedsPlatform reports whether tasks of a CPU size need platform version 1.4.0 of Fargate.
func NeedsPlatform(cpu int) bool { return cpu >= leastLarge }

var quantity = regexp.MustCompile(`^\s*([0-9]*\.?[0-9]+)\s*([A-Za-z]*)\s*$`)

// CPU is a task's CPU in units of 1/1024 vCPU. AWS takes "256" and "0.25 vCPU" for the same.
func CPU(text string) (int, error) { return amount(text, "vcpu") }

// Memory is a task's memory in MiB. AWS takes "512" and "0.5 GB" for the same.
func Memory(text string) (int, error) { return amount(text, "gb") }

func amount(text, unit string) (int, error) {
	parts := quantity.FindStringSubmatch(text)
	if parts == nil {
		return 0, fmt.Errorf("%q is no amount", text)
	}
	n, err := strconv.ParseFloat(parts[1], 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no amount: %w", text, err)
	}
	switch {
	case strings.EqualFold(parts[2], unit):
		n *= 1024
	case parts[2] != "":
		return 0, fmt.Errorf("%q: the unit is %s, or none", text, map[string]string{"vcpu": "vCPU", "gb": "GB"}[unit])
	}
	if n != math.Trunc(n) || n > math.MaxInt32 {
		return 0, fmt.Errorf("%q is not a whole number", text)
	}
	return int(n), nil
}
