package edits

// echo is the service of the dev stack that others call.
const echo = "clusters.ecs-1.services.echo-service."

// The image of the example's servers.
const server = "public.ecr.aws/j8r2p7b6/echo-server:latest"

// dev is the dev stack with versions that have a next one.
var dev = &World{
	Name: "dev", Stack: "dev", Folder: "tests/edits/files", Exists: []string{"tests/edits/files/theirs.json", "tests/edits/files/key.json"},
	Secrets: []string{"arn:aws:secretsmanager:eu-central-1:111122223333:secret:registry-a1b2c3", "arn:aws:secretsmanager:eu-central-1:444455556666:secret:registry-d4e5f6"},
	Values:  Values{"istioVersion": "1.28.3-patch0-solo", "kubernetesVersion": "1.34"},
}

// full is the dev stack with everything that has a switch.
var full = &World{
	Name: "dev, all on", Stack: "dev", Folder: "tests/edits/files", Exists: dev.Exists,
	Values: Values{
		"gatewayLoadBalancers": list("controller"), "policyStage": "l7",
		"ingress.enabled": true, "sharedServices.checkout.enabled": true, "sharedServices.orders.enabled": true, "sharedServices.orders-canary.enabled": true,
		"clusters.ecs-1.tasks.report.enabled": true,
		"flowLogs":                            object{"enabled": true}, "endpoints": object{"enabled": true},
		"accounts.local.keys":    object{"logs": "own", "topics": "own", "volumes": "own"},
		"accounts.external.keys": object{"logs": "own", "topics": "own"},
		"observability": object{
			"queries": true, "metrics": true, "dashboards": true, "kiali": true, "tracing": true, "clusterLogs": true,
			"alarms": object{"enabled": true, "emails": list("ops@example.com")},
			"charts": object{"prometheus": object{"version": "27.42.0"}},
		},
		"nodeGroups": object{"more": object{
			"instanceTypes": list("m6i.large"), "labels": object{"team": "data"}, "taints": list(object{"key": "dedicated", "value": "data", "effect": "NO_SCHEDULE"}),
		}},
		"teams": object{"orders": object{"clusters": list("ecs-2"), "deployers": list("arn:aws:iam::999999999999:role/ci/orders")}},
		echo + "scaling": object{
			"min": 1, "max": 4, "cpu": 50,
			"metrics":   list(object{"namespace": "AWS/SQS", "metricName": "ApproximateNumberOfMessagesVisible", "dimensions": object{"QueueName": "mails"}, "statistic": "Average", "target": 10}),
			"schedules": object{"night": object{"schedule": "cron(0 22 * * ? *)", "min": 2}},
		},
		echo + "waypoint":       true,
		echo + "serviceAccount": "echo",
		"clusters.ecs-3.services.shell-task.capacityProviderStrategy": list(object{"capacityProvider": "FARGATE", "weight": 1}),
	},
}

// networks is a stack in the VPCs of a network team.
var networks = &World{Name: "their-networks", Stack: "their-networks", Exists: []string{"examples/their-networks/networks.json", "tests/edits/files/organization.json", "tests/edits/files/subnet.json"}}

// lodger is a stack on the ECS cluster of another team, with a service that the team keeps.
var lodger = &World{Name: "their-service", Stack: "their-service", Exists: []string{"examples/their-cluster/theirs.json"}}

// guest is a stack in the EKS cluster of another team.
var guest = &World{Name: "their-eks", Stack: "their-eks", Exists: []string{"examples/their-eks/theirs.json"}}

// guarded is the example for production, whose tasks call AWS by the internet still.
var guarded = &World{Name: "prod", Stack: "prod", Values: Values{
	"protect": false, "gatewayDeletionProtection": false,
	"accounts.local.egress": nil, "accounts.external.egress": nil, "endpoints": nil,
	"clusters.shop.services.web.image":        "111122223333.dkr.ecr.eu-central-1.amazonaws.com/curl@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	"clusters.payments.services.orders.image": "444455556666.dkr.ecr.eu-central-1.amazonaws.com/echo-server@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
}}
