package observability

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"ambient-ecs/verify/stack"
)

// discovering is a job of Prometheus for the discovery of ECS tasks.
type discovering struct {
	Discoveries []struct {
		Role     string   `json:"role"`
		RoleARN  string   `json:"role_arn"`
		Clusters []string `json:"clusters"`
		Port     int      `json:"port"`
	} `json:"aws_sd_configs"`
}

// Job says where Prometheus looks for the tasks of some clusters, and with which role.
type Job struct {
	Role     string
	Clusters []string
	Port     int
}

// Jobs are the discovery jobs in a configuration of Prometheus ("prometheus.yml") or in the chart's values. Without
// any the result is empty, not nil.
func Jobs(configuration string) ([]Job, error) {
	var file struct {
		Configured []discovering          `json:"scrape_configs"`
		Values     map[string]discovering `json:"scrapeConfigs"`
	}
	if err := yaml.Unmarshal([]byte(configuration), &file); err != nil {
		return nil, fmt.Errorf("read Prometheus's configuration: %w", err)
	}
	all := file.Configured
	for _, name := range slices.Sorted(maps.Keys(file.Values)) {
		all = append(all, file.Values[name])
	}
	jobs := []Job{}
	for _, one := range all {
		for _, d := range one.Discoveries {
			if d.Role == "ecs" {
				jobs = append(jobs, Job{d.RoleARN, d.Clusters, d.Port})
			}
		}
	}
	return jobs, nil
}

// Strangers are the sources that should not be admitted to the metrics port. Without metrics those are all
// sources. With metrics they are all but the network of EKS, where Prometheus runs.
func Strangers(s *stack.Stack, sources []string) []string {
	return slices.DeleteFunc(slices.Clone(sources), func(source string) bool {
		return s.Observability.Metrics && (source == s.EKSGroup || s.InHome(source))
	})
}

// Call is an API call by which Prometheus finds tasks.
type Call struct {
	Action, Resource string
	// Request are the condition keys of the request.
	Request map[string]string
}

// Calls are Prometheus's for one cluster (prometheus/prometheus, discovery/aws/ecs.go).
func Calls(c stack.Cluster) []Call {
	in := func(kind string) string { return strings.Replace(c.ARN, ":cluster/", ":"+kind+"/", 1) + "/any" }
	call := func(action, resource string, named bool) Call {
		request := map[string]string{"aws:RequestedRegion": c.Region}
		if named {
			request["ecs:cluster"] = c.ARN
		}
		return Call{action, resource, request}
	}
	return []Call{
		call("ecs:DescribeClusters", c.ARN, false), call("ecs:ListServices", "*", true), call("ecs:ListTasks", "*", true),
		call("ecs:DescribeServices", in("service"), true), call("ecs:DescribeTasks", in("task"), true),
		call("ec2:DescribeNetworkInterfaces", "*", false),
	}
}
