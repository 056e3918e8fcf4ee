package edits

// permission is a statement with every key that goes with Action and Resource.
var permission = object{"Sid": "Read", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*", "Condition": object{"StringEquals": object{"aws:PrincipalTag/team": "echo"}}}

// refusal is a statement with the keys that say what is meant by what it leaves out.
var refusal = object{"Effect": "Deny", "NotAction": list("s3:GetObject", "iam:PassRole"), "NotResource": "arn:aws:s3:::reports/*"}

// ofServices are the edits of ECS clusters and their services.
var ofServices = []Edit{
	{World: dev, Keys: "clusters", Change: "one more", Values: Values{"clusters.ecs-4": object{"account": "external", "services": object{"echo-service": object{"image": server, "port": 8080}}}}},
	{World: dev, Keys: "clusters.<c>.services", Change: "one more", Values: Values{"clusters.ecs-1.services.second-echo": object{"image": server, "port": 8080}}},
	{World: dev, Keys: "clusters.<c>.account", Change: "the other", Refused: true, Values: Values{"clusters.ecs-2.account": "external"}},
	{World: dev, Keys: "clusters.<c>.existing", Change: "a team's cluster", Values: Values{"clusters.ecs-2.existing": "Their-ECS"}, Refused: true},
	{World: dev, Keys: "clusters.<c>.clusterName", Change: "another", Values: Values{"clusters.ecs-2.clusterName": "Apps-Prod"}, Refused: true, Says: "the cluster lives as ambient-ecs-2, and ECS renames none"},
	{World: dev, Keys: "clusters.<c>.logGroup", Change: "a team's", Values: Values{"clusters.ecs-2.logGroup": "/their/tasks"}},
	{World: dev, Keys: "clusters.<c>.serviceAccount", Change: "another", Values: Values{"clusters.ecs-1.serviceAccount": "apps"}},
	{World: dev, Keys: "clusters.<c>.policyStage, access, allow, deny", Change: "l4, declared, one of each", Values: Values{
		"clusters.ecs-1.policyStage": "l4", "clusters.ecs-1.access": "declared", "clusters.ecs-1.allow": list(object{"from": list("cluster:ecs-2"), "port": 8080}), "clusters.ecs-1.deny": list(object{"from": list("account:external")}),
	}},
	{World: dev, Keys: "clusters.<c>.waypoint", Change: "on", Values: Values{"clusters.ecs-1.waypoint": true}},
	{World: dev, Keys: "clusters.<c>.capacityProviders", Change: "both", Values: Values{"clusters.ecs-1.capacityProviders": list("FARGATE", "FARGATE_SPOT")}},
	{World: dev, Keys: "clusters.<c>.services.<s>.image", Change: "another", Values: Values{echo + "image": "public.ecr.aws/j8r2p7b6/echo-server:2"}},
	{World: dev, Keys: "….entryPoint, command, user, healthCheck, stopTimeout", Change: "others", Values: Values{
		echo + "entryPoint": list("/bin/server"), echo + "command": list("--verbose"), echo + "user": "1000", echo + "stopTimeout": 60,
		echo + "healthCheck": object{"command": list("CMD-SHELL", "wget -qO- http://127.0.0.1:8080/"), "interval": 10, "timeout": 3, "retries": 2, "startPeriod": 20},
	}},
	{World: dev, Keys: "….architecture, platformVersion", Change: "ARM64, 1.4.0", Values: Values{echo + "architecture": "ARM64", echo + "platformVersion": "1.4.0"}},
	{World: dev, Keys: "….secrets, secretKeys", Change: "one of each", Values: Values{echo + "secrets": object{"API_KEY": "/echo/api-key"}, echo + "secretKeys": list("arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")}},
	{World: dev, Keys: "….taskDefinition, clients, notSecret, ports[].private", Change: "a file instead of image, port and environment", Values: Values{
		echo + "taskDefinition": "tests/edits/files/echo.json", echo + "image": nil, echo + "environment": nil,
		echo + "clients": object{"agent": "none"}, echo + "notSecret": list("CHECK_KEY_PASS"), echo + "ports": list(object{"port": 4317, "private": true}),
	}},
	{World: dev, Keys: "….environment", Change: "one more variable", Values: Values{echo + "environment": object{"PORT": "8080", "LEVEL": "debug"}}},
	{World: dev, Keys: "….client", Change: "java", Values: Values{"clusters.ecs-1.services.shell-task.client": "java"}},
	{World: dev, Keys: "….cpu, memory", Change: "twice", Values: Values{echo + "cpu": 512, echo + "memory": 1024}},
	{World: dev, Keys: "….ztunnel", Change: "all of its own", Values: Values{echo + "ztunnel": object{"cpu": 64, "memory": 128, "user": "1337", "readonlyRootFilesystem": true, "environment": object{"RUST_LOG": "debug"}}}},
	{World: dev, Keys: "….port", Change: "another", Values: Values{echo + "port": 9090, echo + "environment": object{"PORT": "9090"}}},
	{World: dev, Keys: "….ports", Change: "one more, by protocol", Values: Values{echo + "port": nil, echo + "ports": list(object{"port": 8080, "protocol": "http2"}, object{"port": 9090, "protocol": "tcp"})}},
	{World: dev, Keys: "….serviceAccount", Change: "another", Values: Values{echo + "serviceAccount": "echo"}},
	{World: dev, Keys: "….serviceAccount, taskRoleArn", Change: "another, with a team's role", Values: Values{echo + "serviceAccount": "echo", echo + "taskRoleArn": "arn:aws:iam::111122223333:role/their-task"}},
	{World: full, Keys: "….taskRoleArn", Change: "a team's", Values: Values{echo + "taskRoleArn": "arn:aws:iam::111122223333:role/their-task"}, Refused: true, Says: "the identity ambient-ecs-1/echo would change from the role"},
	{World: full, Keys: "….taskRoleName", Change: "another", Values: Values{echo + "taskRoleName": "Echo-Task"}, Refused: true, Says: "the identity ambient-ecs-1/echo would change from the role"},
	{World: full, Keys: "….executionRoleName", Change: "a role of its own", Values: Values{echo + "executionRoleName": "Echo-Start"}},
	{World: full, Keys: "….permissions", Change: "all of its keys", Values: Values{echo + "permissions": object{
		"managedPolicies": list("arn:aws:iam::aws:policy/ReadOnlyAccess"), "statements": list(permission, refusal), "policy": "tests/edits/files/policy.json", "meant": list("passRole"),
	}}},
	{World: dev, Keys: "….egress", Change: "a database", Values: Values{echo + "egress": list(object{"description": "database", "cidr": "192.168.200.0/24", "protocol": "tcp", "port": 5432})}},
	{World: dev, Keys: "….desiredCount", Change: "2", Values: Values{echo + "desiredCount": 2}},
	{World: dev, Keys: "….scaling", Change: "on", Values: Values{echo + "scaling": object{"min": 1, "max": 4, "cpu": 50}}},
	{World: full, Keys: "….scaling", Change: "other targets and cooldowns", Values: Values{
		echo + "scaling.max": 6, echo + "scaling.min": 2, echo + "scaling.cpu": 60, echo + "scaling.memory": 70, echo + "scaling.scaleOutCooldown": 60, echo + "scaling.scaleInCooldown": 600, echo + "scaling.disableScaleIn": true,
	}},
	{World: full, Keys: "….scaling.metrics, schedules", Change: "others", Values: Values{
		echo + "scaling.metrics":   list(object{"namespace": "Shop", "metricName": "Waiting", "dimensions": object{"Shop": "one"}, "statistic": "Maximum", "unit": "Count", "target": 20}),
		echo + "scaling.schedules": object{"night": object{"schedule": "cron(0 23 * * ? *)", "timezone": "Europe/Berlin", "min": 1, "max": 2}},
	}},
	{World: full, Keys: "….scaling.metrics[].metrics", Change: "a queue divided by tasks", Values: Values{
		echo + "scaling.metrics": list(object{"target": 10, "metrics": list(
			object{"id": "waiting", "returnData": false, "metricStat": object{
				"metric": object{"namespace": "AWS/SQS", "metricName": "ApproximateNumberOfMessagesVisible", "dimensions": object{"QueueName": "mails"}}, "stat": "Sum", "unit": "Count",
			}},
			object{"id": "running", "returnData": false, "metricStat": object{
				"metric": object{"namespace": "ECS/ContainerInsights", "metricName": "RunningTaskCount", "dimensions": object{"ClusterName": "ambient-ecs-1", "ServiceName": "echo-service"}}, "stat": "Average",
			}},
			object{"id": "each", "expression": "waiting / running", "label": "messages for each task", "returnData": true},
		)}),
	}},
	{World: full, Keys: "….scaling", Change: "off", Values: Values{echo + "scaling": nil}},
	{World: dev, Keys: "….capacityProviderStrategy", Change: "half on Spot, from a launch type", Values: Values{echo + "capacityProviderStrategy": list(
		object{"capacityProvider": "FARGATE", "base": 1}, object{"capacityProvider": "FARGATE_SPOT", "weight": 1})}, Refused: true},
	{World: full, Keys: "….capacityProviderStrategy", Change: "half on Spot, from another strategy", Values: Values{"clusters.ecs-3.services.shell-task.capacityProviderStrategy": list(
		object{"capacityProvider": "FARGATE", "base": 1}, object{"capacityProvider": "FARGATE_SPOT", "weight": 1})}},
	{World: dev, Keys: "….deploymentConfiguration", Change: "50 to 150 percent", Values: Values{echo + "deploymentConfiguration": object{"minimumHealthyPercent": 50, "maximumPercent": 150}}},
	{World: dev, Keys: "….exec", Change: "off", Values: Values{echo + "exec": false}},
	{World: dev, Keys: "….clientOnly", Change: "on: nobody calls it any more", Values: Values{echo + "clientOnly": true, echo + "port": nil, echo + "allow": nil, "ingress": nil}},
	{World: dev, Keys: "….access, allow, deny", Change: "at l4", Values: Values{
		"policyStage": "l4", echo + "access": "declared", echo + "allow": list(object{"from": list("cluster:ecs-2"), "port": 8080}), echo + "deny": list(object{"from": list("account:external")}),
	}},
	{World: full, Keys: "….allow[].methods, paths, headers", Change: "narrower", Values: Values{echo + "allow": list(object{"from": list("ingress"), "methods": list("GET"), "paths": list("/api/*"), "headers": object{"x-shop": list("one")}})}},
	{World: dev, Keys: "….waypoint", Change: "on", Values: Values{echo + "waypoint": true}},
	{World: full, Keys: "….traffic", Change: "all of its keys", Values: Values{echo + "traffic": object{
		"timeout": "5s", "retries": object{"attempts": 1, "perTryTimeout": "1s", "on": list("5xx")},
		"fault": object{"delay": object{"percent": 1, "duration": "1s"}, "abort": object{"percent": 1, "status": 503}},
	}}},
	{World: dev, Keys: "….shared, sharedServices", Change: "on, with members that are new", Values: Values{"sharedServices.checkout.enabled": true, "sharedServices.orders.enabled": true, "sharedServices.orders-canary.enabled": true}},
	{World: full, Keys: "….shared", Change: "a living service joins", Values: Values{
		"sharedServices.greeter": object{"port": 8080}, "clusters.ecs-3.services.echo-service.shared": "greeter", "clusters.ecs-3.services.echo-service.port": nil,
	}},
	{World: full, Keys: "sharedServices.<s>.hostname", Change: "another", Values: Values{"sharedServices.checkout.hostname": "pay.ambient.ecs.local"}, Says: "with policyStage l7 the tasks that run refuse every call until then"},
	{World: full, Keys: "sharedServices.<s>.port", Change: "another", Values: Values{"sharedServices.checkout.port": 9090}},
	{World: full, Keys: "sharedServices.<s>.locality, policyStage, access, allow, deny", Change: "others", Values: Values{
		"sharedServices.checkout.locality": "any", "sharedServices.checkout.policyStage": "l4", "sharedServices.checkout.access": "declared",
		"sharedServices.checkout.allow": list(object{"from": list("cluster:ecs-1")}), "sharedServices.checkout.deny": list(object{"from": list("account:external")}),
	}},
	{World: full, Keys: "sharedServices.<s>.waypoint", Change: "on", Values: Values{"sharedServices.checkout.waypoint": true}},
	{World: full, Keys: "sharedServices.<s>.traffic", Change: "other routes and weights", Values: Values{
		"sharedServices.orders.traffic.routes": list(object{"pathPrefix": "/new", "method": "GET", "headers": object{"x-canary": "always"}, "to": object{"orders": 1, "orders-canary": 1}}), "sharedServices.orders.traffic.split": object{"orders": 1, "orders-canary": 1},
	}},
	{World: dev, Keys: "….deployedBy", Change: "pipeline", Values: Values{echo + "deployedBy": "pipeline"}},
	{World: dev, Keys: "….deployedBy, owned", Change: "owner, of a service that the program made", Values: Values{echo + "deployedBy": "owner", echo + "image": nil, echo + "environment": nil}, Refused: true},
	{World: lodger, Keys: "….owned.executionRoleArn", Change: "the account's", Values: Values{"clusters.prod.services.billing.owned": nil}},
	{World: lodger, Keys: "….owned.family", Change: "another", Values: Values{"clusters.prod.services.billing.owned.family": "billing-v2"}},
	{World: lodger, Keys: "….owned.serviceName", Change: "another", Values: Values{"clusters.prod.services.billing.owned.serviceName": "billing-v2"}},
	{World: lodger, Keys: "….import, serviceName", Change: "of a service under another name", Values: Values{"clusters.prod.services.shell-task.import": "unchanged", "clusters.prod.services.shell-task.serviceName": "Shell-Task"}, Refused: true},
	{World: lodger, Keys: "….import", Change: "of a service that the program made", Values: Values{"clusters.prod.services.shell-task.import": "unchanged"}, Refused: true},
}

const report = "clusters.ecs-1.tasks.report."

// ofTasks are the edits of standalone tasks.
var ofTasks = []Edit{
	{World: dev, Keys: "clusters.<c>.tasks.<t>", Change: "on", Values: Values{report + "enabled": true}},
	{World: full, Keys: "clusters.<c>.tasks.<t>.enabled", Change: "off", Values: Values{report + "enabled": false}},
	{World: full, Keys: "clusters.<c>.tasks.<t>: what its containers are", Change: "others", Values: Values{
		report + "image": "public.ecr.aws/j8r2p7b6/curl:2", report + "entryPoint": list("/bin/sh", "-c"), report + "command": list("exit 0"), report + "user": "1000", report + "architecture": "ARM64",
		report + "secrets": object{"API_KEY": "/report/api-key"}, report + "secretKeys": list("arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"),
		report + "healthCheck": object{"command": list("CMD", "true")}, report + "stopTimeout": 60, report + "platformVersion": "1.4.0", report + "ztunnel": object{"memory": 128},
		report + "cpu": 512, report + "memory": 1024, report + "client": "python", report + "environment": object{"LEVEL": "debug"},
		report + "egress": list(object{"cidr": "192.168.200.0/24", "port": 5432}),
	}},
	{World: full, Keys: "clusters.<c>.tasks.<t>.taskDefinition, clients, notSecret", Change: "a file instead of image and command", Values: Values{report + "taskDefinition": "tests/edits/files/report.json", report + "image": nil, report + "command": nil, report + "clients": object{"report": "curl"}, report + "notSecret": list("CHECK_KEY_PASS")}},
	{World: full, Keys: "clusters.<c>.tasks.<t>.serviceAccount, taskRoleArn", Change: "others", Values: Values{report + "serviceAccount": "night", report + "taskRoleArn": "arn:aws:iam::111122223333:role/their-task"}},
	{World: full, Keys: "clusters.<c>.tasks.<t>.taskRoleName, executionRoleName", Change: "others, of a service account of its own", Values: Values{report + "serviceAccount": "night", report + "taskRoleName": "Report-Task", report + "executionRoleName": "Report-Start"}},
	{World: full, Keys: "clusters.<c>.tasks.<t>.permissions", Change: "one statement", Values: Values{report + "permissions": object{"statements": list(permission)}}},
	{World: full, Keys: "clusters.<c>.tasks.<t>.schedule", Change: "all of its keys", Values: Values{report + "schedule": object{
		"expression": "cron(30 4 * * ? *)", "timezone": "Europe/Vienna", "flexibleWindowMinutes": 15, "paused": true,
		"retryPolicy": object{"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 3600}, "deadLetterQueueArn": "arn:aws:sqs:eu-central-1:111122223333:missed",
	}}},
}
