package observability

import (
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/observability/alarms"
)

// alarms makes the alarms of every account, in the account of their metrics.
func (d *deployment) alarms(ctx *pulumi.Context) error {
	settings := d.cfg.Observability.Alarms
	if !settings.Enabled {
		return nil
	}
	for _, key := range d.accounts.Keys() {
		args := &AlarmsArgs{
			Prefix:   d.cfg.Install,
			TopicARN: settings.TopicARN,
			Emails:   settings.Emails,
			Watched:  d.watched(key),
			Provider: d.accounts.Get(key).Provider,
		}
		if settings.TopicARN == "" {
			args.TopicName = d.cfg.AlarmTopicName()
			args.TopicKeyARN = d.encryption.For(key, config.KeyForTopics)
		}
		made, err := NewAlarms(ctx, "alarms-"+key, args)
		if err != nil {
			return err
		}
		d.out.TopicARNs[key], d.out.Watched[key] = made.TopicARN, args.Watched
	}
	return nil
}

// watched returns the alarms of one account.
func (d *deployment) watched(account string) []Watched {
	var all []Watched
	for i, id := range d.networks.Vpcs[account].NATGatewayIDs {
		all = append(all, Watched{
			Alarm:      alarms.NATErrors("nat-" + strconv.Itoa(i+1)),
			Dimensions: pulumi.StringMap{alarms.DimensionNAT: id},
		})
	}
	for _, key := range d.cfg.ClustersOf(account) {
		all = append(all, d.watchedCluster(key)...)
	}
	if account != d.cfg.Home {
		return all
	}
	all = append(all, Watched{Alarm: alarms.APIErrors(d.cfg.EKSName()), After: d.cluster.Ready})
	if d.logs != nil {
		counter := alarms.DiscoveryErrors(d.cfg.Install)
		all = append(all, Watched{Alarm: alarms.NotDiscovering(d.cfg.Install), Counter: &counter, LogGroup: d.logs.LogGroupName})
	}
	return all
}

func (d *deployment) watchedCluster(key string) []Watched {
	name := d.cfg.ECSName(key)
	counter := alarms.ZtunnelErrors(d.cfg.Install, name)
	all := []Watched{{
		Alarm: alarms.ZtunnelUnhealthy(d.cfg.Install, key, name), Counter: &counter, LogGroup: d.fleet.Clusters[key].LogGroupName,
	}}
	for _, service := range d.cfg.Clusters[key].ServiceKeys() {
		if d.cfg.Clusters[key].Services[service].DesiredCountOrDefault() == 0 {
			continue // a service that wants no tasks cannot have too few
		}
		all = append(all, Watched{
			Alarm: alarms.ServiceBelowDesired(key, name, d.cfg.ServiceName(key, service)),
			After: d.fleet.Services[key][service].Ready,
		})
	}
	return all
}
