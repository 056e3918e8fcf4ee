package edits

// ofEntrances are the edits of what lets users in, and of what shows the mesh.
var ofEntrances = []Edit{
	{World: dev, Keys: "ingress", Change: "on", Values: Values{"ingress.enabled": true}},
	{World: full, Keys: "ingress.enabled", Change: "off", Values: Values{"ingress.enabled": false}},
	{World: full, Keys: "ingress.scheme, sources", Change: "public, everybody", Values: Values{"ingress.scheme": "public", "ingress.sources": list("0.0.0.0/0")}, Says: "deletes the load balancer of Service"},
	{World: full, Keys: "ingress.sources", Change: "one network", Values: Values{"ingress.sources": list("10.0.0.0/8")}},
	{World: full, Keys: "ingress.certificateArn", Change: "another", Values: Values{"ingress.certificateArn": "arn:aws:acm:eu-central-1:111122223333:certificate/87654321-1234-1234-1234-123456789012"}},
	{World: full, Keys: "ingress.certificate, key", Change: "at the gateway instead of the load balancer", Values: Values{"ingress.certificateArn": nil, "ingress.certificate": hostCertificate.certificate, "ingress.key": hostCertificate.key}},
	{World: full, Keys: "ingress.accessLogs, deletionProtection", Change: "on", Values: Values{"ingress.accessLogs": object{"bucket": "mesh-logs", "prefix": "ingress"}, "ingress.deletionProtection": true}},
	{World: full, Keys: "ingress.hosts", Change: "another route, one more host", Values: Values{"ingress.hosts": object{
		"echo.example.com": object{"routes": list(object{"pathPrefix": "/echo", "to": object{"ecs-1/echo-service": 1}})},
		"more.example.com": object{"routes": list(object{"to": object{"ecs-1/echo-service": 1}})},
	}}},
	{World: dev, Keys: "observability", Change: "all on", Values: Values{"observability": full.Values["observability"]}},
	{World: full, Keys: "observability.traceSampling", Change: "10", Values: Values{"observability.traceSampling": 10}},
	{World: full, Keys: "observability.charts", Change: "another version of Prometheus, from a copy", Values: Values{"observability.charts.prometheus": object{"repository": "oci://charts.example.com/prometheus", "version": "27.43.0"}}},
	{World: full, Keys: "observability.alarms.topicArn, emails", Change: "a topic that exists", Values: Values{
		"observability.alarms": object{"enabled": true, "topicArn": "arn:aws:sns:eu-central-1:111122223333:on-call"}, "accounts.local.keys.topics": nil, "accounts.external.keys.topics": nil,
	}},
}

// ofNeighbours are further edits with which other accounts come.
var ofNeighbours = []Edit{
	{World: full, Keys: "accounts, with connect privatelink", Change: "one more, which only calls", Values: Values{
		"accounts.bought": object{"id": "333344445555", "profile": "bought", "domain": "ecs.bought", "vpcCidr": "10.1.0.0/16", "connect": "privatelink"},
		"clusters.branch": object{"account": "bought", "services": object{"till": object{"image": "public.ecr.aws/j8r2p7b6/curl:latest", "command": list("sh", "-c", "trap exit TERM; while :; do sleep 3600 & wait; done"), "clientOnly": true}}},
	}},
	{World: full, Keys: "accounts, with region, zoneIds, discoveryValues", Change: "one more, in another region", Values: Values{
		"accounts.abroad": object{"id": "111122223333", "profile": "local", "region": "us-east-1", "zoneIds": list("use1-az1", "use1-az2", "use1-az4"), "domain": "ecs.abroad", "vpcCidr": "10.11.0.0/16", "discoveryValues": object{"regions": list("us-east-1")}},
	}},
}
