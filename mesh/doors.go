package mesh

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/config"
	"ambient-ecs/eks"
	"ambient-ecs/iam"
	"ambient-ecs/mesh/eastwest"
	"ambient-ecs/mesh/ingress"
	"ambient-ecs/mesh/loadbalancer"
)

// door is the east-west gateway behind the load balancer of one maker.
func door(cfg config.Config, restart map[string]string, maker loadbalancer.Controller) eastwest.Gateway {
	gateway := eastwest.Gateway{
		Network: cfg.Network, Sources: cfg.GatewaySources(), Revision: revisionLabel(cfg), Restart: restart,
		Maker: maker, Subnets: cfg.LoadBalancerSubnets(), Annotations: cfg.GatewayAnnotations,
	}
	if maker == loadbalancer.AWS {
		gateway.SecurityGroup, gateway.DeletionProtection = cfg.GatewayGroupTag(), cfg.GatewayDeletionProtection
		if logs := cfg.GatewayAccessLogs; logs.Bucket != "" {
			gateway.AccessLogs = &loadbalancer.AccessLogs{Bucket: logs.Bucket, Prefix: logs.Prefix}
		}
	}
	return gateway
}

// balancers are what gateways wait for whose load balancers the AWS Load Balancer Controller makes: the controller, where the
// program installs it, and the security group of each load balancer. Both are nil without such a door, ingress also without an ingress.
type balancers struct{ eastwest, ingress component.Dependency }

// controllerDoor installs the AWS Load Balancer Controller, unless the cluster has it, and makes the security groups of its load balancers.
func controllerDoor(ctx *pulumi.Context, cfg config.Config, cluster *eks.Cluster, roles *iam.Roles) (made balancers, err error) {
	if !cfg.HasDoor(config.DoorController) {
		return made, nil
	}
	var behind []component.Dependency
	if cfg.InstallsBalancerController() {
		controller, err := NewLoadBalancerController(ctx, "load-balancer-controller", &LoadBalancerControllerArgs{
			Values:      loadbalancer.ChartValues{Cluster: cfg.EKSName(), Region: cfg.Region, Tags: cfg.ResourceTags()},
			ClusterName: cluster.Name,
			VpcID:       cluster.VpcID,
			RoleARN:     roles.BalancerController.RoleARN,
			RoleID:      roles.BalancerController.UniqueID,
			Home:        cluster.AWS,
			Provider:    cluster.Kubernetes,
			Cluster:     cluster.ControlPlane,
			Effect:      cluster.Effect,
			Role:        roles.BalancerController.Ready,
		})
		if err != nil {
			return made, err
		}
		behind = append(behind, controller.Ready)
	}
	group, err := NewLoadBalancerGroup(ctx, "eastwest-load-balancer", &LoadBalancerGroupArgs{
		Name:         cfg.GatewayGroupTag(),
		Description:  "East-west gateway: who reaches its load balancer",
		VpcID:        cluster.VpcID,
		Sources:      cfg.GatewaySources(),
		Ports:        []PortRange{{From: eastwest.PortHBONE, To: eastwest.PortXDS}},
		TargetPorts:  []PortRange{{From: eastwest.PortHBONE, To: eastwest.PortStatus}},
		NodesGroupID: cluster.SecurityGroupID,
		Home:         cluster.AWS,
	})
	if err != nil {
		return made, err
	}
	made.eastwest = component.All[EastWestGateway](append(behind, group.Ready)...)
	if !cfg.Ingress.On() {
		return made, nil
	}
	both := []PortRange{{From: ingress.PortHTTP, To: ingress.PortHTTP}, {From: ingress.PortHTTPS, To: ingress.PortHTTPS}}
	users, err := NewLoadBalancerGroup(ctx, "ingress-load-balancer", &LoadBalancerGroupArgs{
		Name:         cfg.IngressGroupTag(),
		Description:  "Ingress: who reaches its load balancer",
		VpcID:        cluster.VpcID,
		Sources:      cfg.IngressSources(),
		Ports:        both,
		TargetPorts:  both,
		NodesGroupID: cluster.SecurityGroupID,
		Home:         cluster.AWS,
	})
	if err != nil {
		return made, err
	}
	made.ingress = component.All[Ingress](append(behind, users.Ready)...)
	return made, nil
}
