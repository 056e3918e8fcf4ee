package edits

// ofTheStack are the edits of accounts, networks, roles and what holds for all of AWS.
var ofTheStack = []Edit{
	{World: dev, Keys: "installName", Change: "another", Values: Values{"installName": "other"}, Refused: true},
	{World: dev, Keys: "region", Change: "another", Values: Values{"region": "eu-west-1", "ingress": nil}, Refused: true},
	{World: dev, Keys: "home", Change: "the other account", Values: Values{"home": "external", "ingress": nil}, Refused: true},
	{World: dev, Keys: "serviceIpv4Cidr", Change: "another", Values: Values{"serviceIpv4Cidr": "172.21.0.0/16"}, Refused: true},
	{World: dev, Keys: "iamPath", Change: "another", Values: Values{"iamPath": "/mesh/"}, Refused: true},
	{World: dev, Keys: "owner, tags", Change: "another owner, one more tag", Values: Values{"owner": "another-team", "tags": object{"stage": "test"}}},
	{World: dev, Keys: "protect", Change: "on", Values: Values{"protect": true}},
	{World: dev, Keys: "quotaLookUps", Change: "off", Values: Values{"quotaLookUps": false}},
	{World: dev, Keys: "logRetentionDays", Change: "90", Values: Values{"logRetentionDays": 90}},
	{World: dev, Keys: "flowLogs", Change: "on", Values: Values{"flowLogs": object{"enabled": true}}},
	{World: full, Keys: "flowLogs.traffic, retentionDays", Change: "refused connections, 90", Values: Values{"flowLogs.traffic": "reject", "flowLogs.retentionDays": 90}},
	{World: dev, Keys: "permissionsBoundary", Change: "a policy of AWS", Values: Values{"permissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}},
	{World: dev, Keys: "accounts.<a>.permissionsBoundary", Change: "a policy of AWS", Values: Values{"accounts.external.permissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}},
	{World: dev, Keys: "natGateways", Change: "per-zone", Values: Values{"natGateways": "per-zone", "accounts.external.subnets.public": list("10.1.4.0/24", "10.1.5.0/24", "10.1.6.0/24")}},
	{World: dev, Keys: "connect", Change: "transit-gateway instead of peerings", Values: Values{"connect": "transit-gateway"}},
	{World: networks, Keys: "connect, transitGateway.organization", Change: "transit-gateway, in an organization", Values: Values{"connect": "transit-gateway", "transitGateway": object{"organization": true}}},
	{World: networks, Keys: "connect, transitGateway.id", Change: "one that nobody shares with the accounts", Values: Values{"connect": "transit-gateway", "transitGateway": object{"id": "tgw-0123456789abcdef0"}}, Refused: true},
	{World: dev, Keys: "endpoints", Change: "on, with one more", Values: Values{"endpoints": object{"enabled": true, "also": list("sqs")}}},
	{World: full, Keys: "accounts.<a>.endpoints, services", Change: "its own list", Values: Values{"accounts.external.endpoints": object{"enabled": true, "services": list("ecr.api", "ecr.dkr", "logs", "sts")}}},
	{World: guarded, Keys: "accounts.<a>.egress, endpoints", Change: "only to endpoints, which are new", Values: Values{
		"endpoints": object{"enabled": true, "also": list("ec2", "ecr.api", "ecr.dkr", "ssm")}, "accounts.local.egress": "endpoints", "accounts.external.egress": "endpoints",
	}},
	{World: dev, Keys: "accounts", Change: "one more", Values: Values{"accounts.third": object{"id": "777788889999", "profile": "third", "domain": "ecs.third", "vpcCidr": "10.9.0.0/16"}}},
	{World: dev, Keys: "accounts.<a>.id", Change: "another", Values: Values{"accounts.external.id": "777788889999"}, Refused: true},
	{World: dev, Keys: "accounts.<a>.region, discoveryValues", Change: "another region", Values: Values{"accounts.external.region": "eu-west-1", "accounts.external.discoveryValues": object{"regions": list("eu-west-1")}}, Refused: true},
	{World: dev, Keys: "accounts.<a>.profile, roleArn, externalId, sessionName", Change: "a role instead of a profile", Values: Values{
		"accounts.external.profile": nil, "accounts.external.roleArn": "arn:aws:iam::444455556666:role/deployer", "accounts.external.externalId": "a-secret", "accounts.external.sessionName": "pulumi",
	}},
	{World: dev, Keys: "accounts.<a>.vpcCidr, subnets", Change: "another network of the other account", Values: Values{
		"accounts.external.vpcCidr": "10.2.0.0/16",
		"accounts.external.subnets": object{"private": list("10.2.1.0/24", "10.2.2.0/24", "10.2.3.0/24"), "public": list("10.2.4.0/24")},
	}, Says: "has another network, and AWS changes none"},
	{World: dev, Keys: "accounts.<a>.domain", Change: "another domain", Values: Values{"accounts.external.domain": "ecs.elsewhere"}, Says: "takes echo-service.ambient-ecs-3.ecs.external away from a service that lives"},
	{World: dev, Keys: "accounts.<a>.reach", Change: "direct", Values: Values{"accounts.external.reach": "direct"}},
	{World: dev, Keys: "accounts.<a>.connect", Change: "privatelink, with services that are called", Values: Values{"accounts.external.connect": "privatelink"}, Refused: true},
	{World: dev, Keys: "accounts.<a>.connect", Change: "none: whoever joins it now has other routes", Values: Values{"accounts.external.connect": "none"}, Says: "deletes the peering ambient-local-external"},
	{World: dev, Keys: "accounts.<a>.registrySecrets, pullThroughPrefixes", Change: "a registry, a prefix", Values: Values{
		"accounts.external.registrySecrets":     object{"public.ecr.aws": "arn:aws:secretsmanager:eu-central-1:444455556666:secret:registry-d4e5f6"},
		"accounts.external.pullThroughPrefixes": list("docker-hub"),
	}},
	{World: dev, Keys: "accounts.<a>.executionRoleArn", Change: "a team's role", Values: Values{"accounts.local.executionRoleArn": "arn:aws:iam::111122223333:role/their-execution"}},
	{World: dev, Keys: "accounts.<a>.keys.logs", Change: "own", Values: Values{"accounts.local.keys": object{"logs": "own"}}},
	{World: full, Keys: "accounts.<a>.keys.topics", Change: "AWS's instead of an own one", Values: Values{"accounts.external.keys.topics": nil}},
	{World: dev, Keys: "accounts.<a>.keys.volumes", Change: "own", Values: Values{"accounts.local.keys": object{"volumes": "own"}}},
	{World: dev, Keys: "accounts.<a>.keys.secrets", Change: "an ARN", Values: Values{"accounts.local.keys": object{"secrets": "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}}, Refused: true},
	{World: dev, Keys: "executionRoleSourceCheck", Change: "off", Values: Values{"executionRoleSourceCheck": false}},
	{World: dev, Keys: "clusterRoleSourceCheck", Change: "on", Values: Values{"clusterRoleSourceCheck": true}},
	{World: dev, Keys: "publishContract", Change: "on", Values: Values{"publishContract": true}},
	{World: dev, Keys: "teams", Change: "one", Values: Values{"teams": object{"orders": object{"clusters": list("ecs-2"), "deployers": list("arn:aws:iam::999999999999:role/ci/orders")}}}},
	{World: full, Keys: "teams.<t>.clusters, deployers, hostnames, tagKeys, statements", Change: "more of each", Values: Values{
		"teams.orders.clusters": list("ecs-2", "ecs-3"), "teams.orders.deployers": list("arn:aws:iam::999999999999:role/ci/orders", "arn:aws:iam::999999999999:role/ci/more"),
		"teams.orders.hostnames": list("orders.example.com"), "teams.orders.tagKeys": list("stage"),
		"teams.orders.statements": list(object{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::orders/*"}),
	}},
	{World: networks, Keys: "accounts.<a>.network.vpcTags, privateSubnetTags, routeTableTags", Change: "tags instead of ids", Values: Values{
		"accounts.payments.network": object{"vpcTags": object{"Name": "payments-vpc"}, "privateSubnetTags": object{"Tier": "private"}, "routeTableTags": object{"Tier": "private"}},
	}},
	{World: networks, Keys: "accounts.<a>.network.vpcTags, privateSubnetTags, routeTableTags", Change: "tags instead of ids, at home", Values: Values{
		"accounts.platform.network": object{
			"vpcTags": object{"Name": "platform-vpc"}, "privateSubnetTags": object{"Tier": "private"}, "routeTableTags": object{"Tier": "private"},
			"secondaryCidrs": list("100.64.0.0/16"), "loadBalancerSubnetIds": list("subnet-0010300000000000a", "subnet-0010400000000000a"),
		},
	}},
	{World: networks, Keys: "accounts.<a>.network.privateSubnetIds", Change: "another, at home", Values: Values{
		"accounts.platform.network.privateSubnetIds": list("subnet-0010100000000000a", "subnet-0010400000000000a"),
	}, Refused: true},
	{World: networks, Keys: "accounts.<a>.network.privateSubnetIds", Change: "one more", Values: Values{
		"accounts.payments.network.privateSubnetIds": list("subnet-0020100000000000a", "subnet-0020200000000000a", "subnet-0020300000000000a"),
	}},
	{World: networks, Keys: "accounts.<a>.network.vpcId", Change: "another, at home", Values: Values{"accounts.platform.network.vpcId": "vpc-0030000000000000a"}, Refused: true},
	{World: networks, Keys: "accounts.<a>.network.secondaryCidrs", Change: "one that the VPC has not", Values: Values{"accounts.platform.network.secondaryCidrs": list("100.64.0.0/16", "100.65.0.0/16")}, Refused: true},
	{World: networks, Keys: "accounts.<a>.network.unroutedCidrs", Change: "one that the VPC has not", Values: Values{"accounts.payments.network.unroutedCidrs": list("100.66.0.0/16")}, Refused: true},
	{World: networks, Keys: "connect, accounts.<a>.network.attachmentSubnetIds", Change: "transit-gateway, in named subnets", Values: Values{
		"connect": "transit-gateway", "transitGateway": object{"organization": true}, "accounts.payments.network.attachmentSubnetIds": list("subnet-0020100000000000a", "subnet-0020200000000000a"),
	}},
	{World: networks, Keys: "accounts.<a>.network.attachmentId", Change: "one that is not there", Values: Values{
		"connect": "transit-gateway", "transitGateway": object{"id": "tgw-0123456789abcdef0"}, "accounts.payments.network.attachmentId": "tgw-attach-0123456789abcdef0",
	}, Refused: true},
	{World: networks, Keys: "accounts.<a>.network.routeTableIds", Change: "one more", Values: Values{"accounts.payments.network.routeTableIds": list("rtb-0020100000000000a", "rtb-0020000000000000a")}},
	{World: networks, Keys: "accounts.<a>.network.loadBalancerSubnetIds", Change: "the private subnets", Values: Values{"accounts.platform.network.loadBalancerSubnetIds": nil}},
	{World: networks, Keys: "accounts.<a>.network.publicSubnetIds", Change: "for an ingress", Values: Values{
		"accounts.platform.network.publicSubnetIds": list("subnet-0010000000000000a"),
		"clusters.front.services.web.allow":         list(object{"from": list("ingress")}),
		"ingress":                                   object{"scheme": "public", "sources": list("0.0.0.0/0"), "certificateArn": certificateARN, "hosts": object{"web.example.com": object{"routes": list(object{"to": object{"front/web": 1}})}}},
	}},
}

const certificateARN = "arn:aws:acm:eu-central-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
