// Package outputs is the interface to other stacks: flat camelCase names, each documented in one line of
// docs/reference.md, with secrets marked. Names are only ever added, because another stack may read any of them.
package outputs

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
	"ambient-ecs/ecs"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/mesh"
	"ambient-ecs/network"
	"ambient-ecs/observability"
)

// Export declares the stack's outputs.
func Export(ctx *pulumi.Context, cfg config.Config, networks *network.Networks, roles *iam.Roles, cluster *eks.Cluster, control *mesh.Mesh, fleet *ecs.Fleet, observed *observability.Observability) {
	for _, section := range []pulumi.Map{
		install(cfg), networking(cfg, networks), identities(roles), kubernetes(cluster), istio(cfg, control), fleets(cfg, control, fleet), destinations(cfg), observing(cfg, roles, observed),
	} {
		for name, value := range section {
			ctx.Export(name, value)
		}
	}
	if policies := deployerPolicies(cfg); len(policies) > 0 {
		ctx.Export("deployerPolicies", policies)
	}
	// Only a stack whose roles get something besides has this output.
	if given := rolePolicies(cfg, roles); len(given) > 0 {
		ctx.Export("rolePolicies", given)
	}
	// Only a stack in an existing EKS cluster has this output.
	if cfg.HasExistingEKS() {
		ctx.Export("existingEks", existingEKS(cfg))
	}
	if cfg.PublishContract {
		ctx.Export("contractReaders", contractReaders(cfg))
	}
	if len(cfg.Teams) > 0 {
		ctx.Export("teams", teams(cfg, roles))
	}
}

// install says what was installed where, and how the program reaches each account. Only the external id is a secret,
// and only the external id is marked. Two parties share it, and an attacker who knows it is one step nearer to the
// role.
func install(cfg config.Config) pulumi.Map {
	accounts := pulumi.Map{}
	for _, key := range cfg.AccountKeys() {
		a := cfg.Accounts[key]
		account := pulumi.Map{
			"id":          pulumi.String(a.ID),
			"profile":     pulumi.String(a.Profile),
			"roleArn":     pulumi.String(a.RoleARN),
			"externalId":  externalID(a.ExternalID),
			"sessionName": pulumi.String(a.SessionName),
			"domain":      pulumi.String(a.Domain),
			"vpcCidr":     pulumi.String(a.VPCCIDR),
			"reach":       pulumi.String(string(a.ReachOrDefault())),
			// ARNs of secrets, and nothing of what is in them.
			"registrySecrets": pulumi.ToStringMap(a.RegistrySecrets),
		}
		// Only an account with secondary networks, or in another region, has these outputs.
		if secondary := a.CIDRs()[1:]; len(secondary) > 0 {
			account["secondaryCidrs"] = pulumi.ToStringArray(secondary)
		}
		if cfg.CallsOnly(key) {
			account["connect"] = pulumi.String(string(cfg.Accounts[key].Connect))
		}
		if cfg.Abroad(key) {
			account["region"] = pulumi.String(cfg.RegionOf(key))
		}
		accounts[key] = account
	}
	return pulumi.Map{
		"installName": pulumi.String(cfg.Install),
		"region":      pulumi.String(cfg.Region),
		"partition":   pulumi.String(cfg.Partition()),
		"homeAccount": pulumi.String(cfg.Home),
		"accounts":    accounts,
	}
}

// externalID does not mark an absent id: a secret in it would hide the whole output from other stacks.
func externalID(id config.Secret) pulumi.StringInput {
	if id == "" {
		return pulumi.String("")
	}
	return pulumi.ToSecret(pulumi.String(id.Reveal())).(pulumi.StringOutput)
}

func networking(cfg config.Config, networks *network.Networks) pulumi.Map {
	ids, private, public, zones, addresses := pulumi.Map{}, pulumi.Map{}, pulumi.Map{}, pulumi.Map{}, pulumi.Map{}
	tables := pulumi.Map{}
	for key, vpc := range networks.Vpcs {
		ids[key], private[key], public[key] = vpc.VpcID, vpc.PrivateSubnetIDs, vpc.PublicSubnetIDs
		zones[key], addresses[key] = vpc.ZoneIDs, vpc.NATAddresses
		of := pulumi.StringMap{}
		for name, id := range vpc.RouteTableIDs {
			of[name] = id
		}
		tables[key] = of
	}
	client, server := pulumi.Map{}, pulumi.Map{}
	for key, groups := range networks.Tasks {
		client[key], server[key] = groups.Client.ID, groups.Server.ID
	}
	peerings := pulumi.Map{}
	for key, peering := range networks.Peerings {
		peerings[key] = peering.ConnectionID
	}
	all := pulumi.Map{
		"vpcIds":                 ids,
		"privateSubnetIds":       private,
		"publicSubnetIds":        public,
		"zoneIds":                zones,
		"routeTableIds":          tables,
		"natAddresses":           addresses,
		"peeringConnectionIds":   peerings,
		"clientSecurityGroupIds": client,
		"serverSecurityGroupIds": server,
		"meshCidrs":              pulumi.ToStringArray(networks.MeshCIDRs),
	}
	// Only a stack with a transit gateway has this output.
	if len(networks.Transits) > 0 {
		attachments := pulumi.Map{}
		for _, transit := range networks.Transits {
			for key, id := range transit.AttachmentIDs {
				attachments[key] = id
			}
		}
		all["transitGatewayId"], all["transitGatewayAttachmentIds"] = networks.Transits[cfg.Region].GatewayID, attachments
	}
	// Only a stack with transit gateways in several regions says so.
	if len(networks.TransitPeerings) > 0 {
		gateways, peerings := pulumi.Map{}, pulumi.Map{}
		for region, transit := range networks.Transits {
			gateways[region] = transit.GatewayID
		}
		for key, peering := range networks.TransitPeerings {
			peerings[key] = peering.AttachmentID
		}
		all["transitGatewayIds"], all["transitPeeringAttachmentIds"] = gateways, peerings
	}
	// Only a stack with accounts that only call says so.
	if service := networks.GatewayService; service != nil {
		endpoints, zones := pulumi.Map{}, pulumi.Map{}
		for key, endpoint := range networks.GatewayEndpoints {
			endpoints[key], zones[key] = endpoint.ID, endpoint.ZoneID
		}
		all["gatewayServiceName"], all["gatewayEndpointIds"], all["gatewayZoneIds"] = service.ServiceName, endpoints, zones
	}
	return all
}

func identities(roles *iam.Roles) pulumi.Map {
	discovery, execution, task := pulumi.Map{}, pulumi.Map{}, pulumi.Map{}
	for key, role := range roles.Discovery {
		discovery[key] = role.RoleARN
	}
	for key, role := range roles.Execution {
		execution[key] = role.RoleARN
	}
	for key, role := range roles.Task {
		task[key] = role.RoleARN
	}
	return pulumi.Map{
		"istiodRoleArn":     roles.Istiod.RoleARN,
		"discoveryRoleArns": discovery,
		"executionRoleArns": execution,
		"taskRoleArns":      task,
	}
}

func kubernetes(cluster *eks.Cluster) pulumi.Map {
	return pulumi.Map{
		"eksClusterName":          cluster.Name,
		"eksClusterArn":           cluster.ARN,
		"eksEndpoint":             cluster.Endpoint,
		"eksCertificateAuthority": cluster.CertificateAuthority,
		"eksSecurityGroupId":      cluster.SecurityGroupID,
		"oidcIssuer":              cluster.OIDCIssuer,
		"oidcProviderArn":         cluster.OIDCProviderARN,
		"kubeconfig":              pulumi.ToSecret(cluster.Kubeconfig),
	}
}

// existingEKS says whose the cluster is, and whose the load balancer controller.
func existingEKS(cfg config.Config) pulumi.Map {
	return pulumi.Map{
		"name":                   pulumi.String(cfg.ExistingEKS.Name),
		"loadBalancerController": pulumi.Bool(cfg.ExistingEKS.LoadBalancerController),
	}
}

func istio(cfg config.Config, control *mesh.Mesh) pulumi.Map {
	return pulumi.Map{
		"istioVersion":    pulumi.String(cfg.IstioVersion),
		"ztunnelImage":    pulumi.String(cfg.ZtunnelImage("")),
		"meshNetwork":     pulumi.String(cfg.Network),
		"trustDomain":     pulumi.String(cfg.TrustDomain),
		"policyStage":     pulumi.String(string(cfg.PolicyStage)),
		"testWorkloads":   pulumi.Bool(cfg.TestWorkloads),
		"gatewayAddress":  control.GatewayAddress,
		"ingressAddress":  control.IngressAddress,
		"ingress":         ingress(cfg),
		"gatewaySources":  pulumi.ToStringArray(cfg.GatewaySources()),
		"rootCertificate": control.RootCertificate,
	}
}

// fleets describes the ECS clusters and what runs on them.
func fleets(cfg config.Config, control *mesh.Mesh, fleet *ecs.Fleet) pulumi.Map {
	clusters, tokens := pulumi.Map{}, pulumi.Map{}
	for key, cluster := range fleet.Clusters {
		settings := cfg.Clusters[key]
		services := pulumi.Map{}
		for name, service := range fleet.Services[key] {
			described := pulumi.Map{
				"arn":               service.ARN,
				"hostname":          pulumi.String(service.Hostname),
				"port":              pulumi.Int(service.Port),
				"ports":             ports(cfg, key, name),
				"clientOnly":        pulumi.Bool(settings.Services[name].ClientOnly),
				"deployedBy":        pulumi.String(deployer(settings.Services[name])),
				"desiredCount":      pulumi.Int(settings.Services[name].DesiredCountOrDefault()),
				"shared":            pulumi.String(settings.Services[name].Shared),
				"namespace":         pulumi.String(cfg.NamespaceOf(key, name)),
				"waypoint":          pulumi.String(cfg.WaypointOf(key, name)),
				"serviceAccount":    pulumi.String(cfg.ServiceAccountOf(key, name)),
				"taskDefinitionArn": service.TaskDefinitionARN,
				"family":            pulumi.String(cfg.FamilyOf(key, name)),
			}
			taskRoles(described, cfg, key, name)
			if settings.Services[name].ByOwner() {
				described["parameter"] = pulumi.String(cfg.OwnedParameter(key, name))
			}
			// Only a service that is taken over and not enrolled yet has this output.
			if settings.Services[name].Import == config.ImportUnchanged {
				described["import"] = pulumi.String(string(config.ImportUnchanged))
			}
			if client := settings.Services[name].ClientOrDefault(); client != config.DefaultClient {
				described["client"] = pulumi.String(string(client))
			}
			if clients := settings.Services[name].Clients; len(clients) > 0 {
				described["clients"] = pulumi.ToStringMap(clients)
			}
			// Only a service without Exec has this output.
			if !cfg.ExecOn(key, name) {
				described["exec"] = pulumi.Bool(false)
			}
			running(described, service)
			services[name] = described
		}
		described := pulumi.Map{
			"account":        pulumi.String(settings.Account),
			"region":         pulumi.String(cfg.RegionOfCluster(key)),
			"name":           pulumi.String(cluster.Name),
			"arn":            cluster.ARN,
			"namespace":      pulumi.String(cfg.Namespace(key)),
			"serviceAccount": pulumi.String(settings.ServiceAccountOrDefault()),
			"policyStage":    pulumi.String(string(cfg.StageOf(config.Namespace{Cluster: key}))),
			"logGroup":       cluster.LogGroupName,
			"ztunnelImage":   pulumi.String(cfg.ZtunnelImage(key)),
			"services":       services,
		}
		if group := cfg.ExecLogGroup(key); group != "" {
			described["execLogGroup"] = pulumi.String(group)
		}
		// Only a cluster with standalone tasks has this output.
		if len(fleet.Tasks[key]) > 0 {
			described["tasks"] = standalone(cfg, key, fleet)
		}
		clusters[key] = described
	}
	for key, token := range fleet.Tokens {
		tokens[key] = token
	}
	ztunnel := cfg.GivenZtunnel()
	return pulumi.Map{
		"ecsClusters": clusters, "sharedServices": sharedServices(cfg), "bootstrapTokens": tokens,
		"ztunnelHealthCheck": pulumi.Map{
			"interval": pulumi.Int(cfg.HealthCheck.Interval), "timeout": pulumi.Int(cfg.HealthCheck.Timeout),
			"retries": pulumi.Int(cfg.HealthCheck.Retries), "startPeriod": pulumi.Int(cfg.HealthCheck.StartPeriod),
		},
		"ztunnelLabels":    pulumi.ToStringMap(control.Restart),
		"pipelinePolicies": pipelinePolicies(cfg),
		"ztunnelSettings": pulumi.Map{
			"cpu": pulumi.Int(ztunnel.CPU), "memory": pulumi.Int(ztunnel.Memory), "user": pulumi.String(ztunnel.User),
			"readonlyRootFilesystem": pulumi.Bool(ztunnel.ReadonlyRootFilesystem), "environment": pulumi.ToStringMap(ztunnel.Environment),
		},
	}
}

// ports are the ports of a service with their protocols, the one that is meant without a number first.
func ports(cfg config.Config, cluster, service string) pulumi.Array {
	all := pulumi.Array{}
	for _, port := range cfg.PortsOf(cluster, service) {
		all = append(all, pulumi.Map{"port": pulumi.Int(port.Port), "protocol": pulumi.String(port.Protocol)})
	}
	return all
}

// sharedServices describes the hostnames that several clusters share.
func sharedServices(cfg config.Config) pulumi.Map {
	all := pulumi.Map{}
	for _, name := range cfg.SharedKeys() {
		var members pulumi.StringArray
		for _, member := range cfg.Members(name) {
			members = append(members, pulumi.String(member.Cluster+"/"+member.Service))
		}
		settings, namespace := cfg.SharedServices[name], config.Namespace{Name: cfg.SharedNamespace(name), Shared: name}
		all[name] = pulumi.Map{
			"hostname":    pulumi.String(cfg.SharedHostname(name)),
			"namespace":   pulumi.String(namespace.Name),
			"port":        pulumi.Int(settings.Port),
			"policyStage": pulumi.String(string(cfg.StageOf(namespace))),
			"waypoint":    pulumi.String(cfg.NamespaceWaypointOf(namespace)),
			"locality":    pulumi.String(string(settings.LocalityOrDefault())),
			"members":     members,
		}
	}
	return all
}
