package onaws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	corev1 "k8s.io/api/core/v1"

	"ambient-ecs/verify/backend"
)

var _ backend.Observer = (*AWS)(nil)

// prometheusPort is that of Prometheus's own API.
const prometheusPort = 9090

// target is a target of Prometheus, as its API shows it.
type target struct {
	URL    string `json:"scrapeUrl"`
	Health string `json:"health"`
	Error  string `json:"lastError"`
}

// errNoPrometheus says that Prometheus gave no answer.
var errNoPrometheus = errors.New("no pod of Prometheus is ready")

// targets are the targets that Prometheus has found, by address and port. Prometheus is not exposed, so it is reached
// through a port forward.
func (b *AWS) targets(ctx context.Context) (map[string]target, error) {
	pods, err := b.cluster.Pods(ctx, b.stack.ObservabilityNamespace, "")
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(pods, func(p corev1.Pod) bool { return p.Spec.ServiceAccountName == backend.PrometheusAccount })
	if i < 0 {
		return nil, errNoPrometheus
	}
	body, err := b.cluster.GetFromPod(ctx, pods[i], prometheusPort, "/api/v1/targets?state=active")
	if err != nil {
		return nil, fmt.Errorf("ask Prometheus for its targets: %w", err)
	}
	var answer struct {
		Status string `json:"status"`
		Data   struct {
			Active []target `json:"activeTargets"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || answer.Status != "success" {
		return nil, fmt.Errorf("Prometheus's targets cannot be read (status %q): %.200s", answer.Status, body)
	}
	found := map[string]target{}
	for _, t := range answer.Data.Active {
		if at, err := url.Parse(t.URL); err == nil {
			found[at.Host] = t
		}
	}
	return found, nil
}

// Finding compares the targets of Prometheus with the tasks that run.
func (b *AWS) Finding(ctx context.Context) (map[string]string, error) {
	found := map[string]string{}
	err := b.eachTask(ctx, func(t *target, account, service string, one task) {
		if _, asked := found[account]; !asked {
			found[account] = ""
		}
		if t == nil && found[account] == "" {
			found[account] = unknownTo(service, one)
		}
	})
	if errors.Is(err, errNoPrometheus) {
		for _, key := range b.stack.ClusterKeys() {
			found[b.stack.Clusters[key].Account] = err.Error()
		}
		return found, nil
	}
	return found, err
}

func unknownTo(service string, t task) string {
	return fmt.Sprintf("Prometheus knows nothing of task %s of %s at %s: its log says whether it may assume its role there", t.id, service, t.address)
}

// Scraped compares the tasks of every service with Prometheus's targets.
func (b *AWS) Scraped(ctx context.Context) (map[string]string, error) {
	scraped := map[string]string{}
	err := b.eachTask(ctx, func(t *target, _, service string, one task) {
		switch {
		case scraped[service] != "":
		case t == nil:
			scraped[service] = unknownTo(service, one)
		case t.Health != "up":
			scraped[service] = fmt.Sprintf("%s is %s: %s", t.URL, t.Health, t.Error)
		default:
			scraped[service] = ""
		}
	})
	if errors.Is(err, errNoPrometheus) {
		for _, key := range b.stack.ClusterKeys() {
			for _, name := range b.stack.Clusters[key].ServiceKeys() {
				scraped[key+"/"+name] = err.Error()
			}
		}
		return scraped, nil
	}
	return scraped, err
}

// eachTask visits every running task with Prometheus's target, nil for none.
func (b *AWS) eachTask(ctx context.Context, visit func(t *target, account, service string, one task)) error {
	targets, err := b.targets(ctx)
	if err != nil {
		return err
	}
	for _, key := range b.stack.ClusterKeys() {
		for _, name := range b.stack.Clusters[key].ServiceKeys() {
			tasks, err := b.tasks(ctx, key, name)
			if err != nil {
				return err
			}
			for _, one := range tasks {
				var t *target
				if known, ok := targets[fmt.Sprintf("%s:%d", one.address, backend.PortMetrics)]; ok {
					t = &known
				}
				visit(t, b.stack.Clusters[key].Account, key+"/"+name, one)
			}
		}
	}
	return nil
}

// OpenTo reads the security groups of the tasks' own interfaces, not those in the services' configuration.
func (b *AWS) OpenTo(ctx context.Context, port int) (map[string][]string, error) {
	open := map[string][]string{}
	for _, key := range b.stack.ClusterKeys() {
		c := b.stack.Clusters[key]
		config, err := b.accounts.Config(c.Account, c.Region)
		if err != nil {
			return nil, err
		}
		client := ec2.NewFromConfig(config)
		for _, name := range c.ServiceKeys() {
			tasks, err := b.tasks(ctx, key, name)
			if err != nil {
				return nil, err
			}
			if len(tasks) == 0 {
				continue
			}
			groups, err := groupsOf(ctx, client, b.stack.VpcIDs[c.Account], tasks)
			if err != nil {
				return nil, fmt.Errorf("security groups of %s/%s: %w", key, name, err)
			}
			if open[key+"/"+name], err = admittedBy(ctx, client, groups, port); err != nil {
				return nil, err
			}
		}
	}
	return open, nil
}

// groupsOf are the security groups of the interfaces of tasks, found by their addresses.
func groupsOf(ctx context.Context, client *ec2.Client, vpc string, tasks []task) ([]string, error) {
	var addresses, groups []string
	for _, t := range tasks {
		addresses = append(addresses, t.address)
	}
	described, err := client.DescribeNetworkInterfaces(ctx, &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{
		{Name: aws.String("vpc-id"), Values: []string{vpc}}, {Name: aws.String("addresses.private-ip-address"), Values: addresses},
	}})
	if err != nil {
		return nil, fmt.Errorf("describe the network interfaces: %w", err)
	}
	for _, eni := range described.NetworkInterfaces {
		for _, group := range eni.Groups {
			groups = append(groups, aws.ToString(group.GroupId))
		}
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("no network interface with the addresses %v was found in %s", addresses, vpc)
	}
	slices.Sort(groups)
	return slices.Compact(groups), nil
}

// admittedBy are the sources that the rules of security groups admit to a TCP port.
func admittedBy(ctx context.Context, client *ec2.Client, groups []string, port int) ([]string, error) {
	sources := []string{}
	pages := ec2.NewDescribeSecurityGroupRulesPaginator(client, &ec2.DescribeSecurityGroupRulesInput{
		Filters: []types.Filter{{Name: aws.String("group-id"), Values: groups}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("describe the rules of %v: %w", groups, err)
		}
		for _, rule := range page.SecurityGroupRules {
			if aws.ToBool(rule.IsEgress) || !covers(rule, port) {
				continue
			}
			for _, source := range []*string{rule.CidrIpv4, rule.CidrIpv6, rule.PrefixListId} {
				if text := aws.ToString(source); text != "" {
					sources = append(sources, text)
				}
			}
			if rule.ReferencedGroupInfo != nil {
				sources = append(sources, aws.ToString(rule.ReferencedGroupInfo.GroupId))
			}
		}
	}
	slices.Sort(sources)
	return slices.Compact(sources), nil
}

// Shipping looks for the log streams of istiod's pods. A log that has arrived is the best proof that shipping
// works.
func (b *AWS) Shipping(ctx context.Context) (string, error) {
	config, err := b.accounts.Config(b.stack.HomeAccount, "")
	if err != nil {
		return "", err
	}
	pods, err := b.cluster.Pods(ctx, meshNamespace, "app=istiod")
	if err != nil {
		return "", err
	}
	if len(pods) == 0 {
		return "", errors.New("no pod of istiod is ready, whose log could be looked for")
	}
	client, group := cloudwatchlogs.NewFromConfig(config), b.stack.MeshLogGroup
	for _, pod := range pods {
		// Fluent Bit names a stream mesh-POD.CONTAINER.
		found, err := client.DescribeLogStreams(ctx, &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: aws.String(group), LogStreamNamePrefix: aws.String("mesh-" + pod.Name + ".")})
		var gone *logtypes.ResourceNotFoundException
		switch {
		case errors.As(err, &gone):
			return "log group " + group + " does not exist, and nothing may make it", nil
		case err != nil:
			return "", fmt.Errorf("describe the streams of log group %s: %w", group, err)
		case len(found.LogStreams) == 0:
			return fmt.Sprintf("log group %s has no stream of pod %s: Fluent Bit's log in namespace %s says why", group, pod.Name, b.stack.ObservabilityNamespace), nil
		}
	}
	return "", nil
}
