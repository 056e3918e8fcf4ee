package edits

// ofTheMesh are the edits of Istio and its gateways.
var ofTheMesh = []Edit{
	{World: dev, Keys: "istioVersion", Change: "the next minor version", Values: Values{"istioVersion": "1.29.1-solo"}},
	{World: dev, Keys: "istioVersion, clusters.<c>.ztunnelVersion", Change: "the next minor version, with tasks that stay", Values: Values{
		"istioVersion": "1.29.1-solo", "clusters.ecs-1.ztunnelVersion": old, "clusters.ecs-2.ztunnelVersion": old, "clusters.ecs-3.ztunnelVersion": old,
	}},
	{World: dev, Keys: "istioRevisions", Change: "one more istiod", Values: Values{"istioRevisions": object{"default": old, "1-29-1": "1.29.1-solo"}}},
	{World: dev, Keys: "istioRevisions, istioDefaultRevision", Change: "one more istiod, which takes over at once", Values: Values{"istioRevisions": object{"default": old, "1-29-1": "1.29.1-solo"}, "istioDefaultRevision": "1-29-1"}, Refused: true, Says: "istiod-1-29-1 does not live yet"},
	{World: dev, Keys: "meshCa", Change: "an authority of one's own, in one step", Values: Values{"meshCa": meshCA}, Refused: true, Says: "leads to no root that living tasks trust"},
	{World: dev, Keys: "imageVariant", Change: "none", Values: Values{"imageVariant": ""}},
	{World: dev, Keys: "imageHub", Change: "a copy", Values: Values{"imageHub": "111122223333.dkr.ecr.eu-central-1.amazonaws.com/solo"}},
	{World: dev, Keys: "chartRepository, chartUsername, chartPassword", Change: "a copy", Values: Values{"chartRepository": "oci://charts.example.com/istio-helm", "chartUsername": "mesh", "chartPassword": "a-secret"}},
	{World: dev, Keys: "license", Change: "another", Values: Values{"license": "another"}},
	{World: dev, Keys: "licenseDelivery", Change: "secretRef", Values: Values{"licenseDelivery": "secretRef"}},
	{World: dev, Keys: "ecsAccountsDelivery", Change: "env", Values: Values{"ecsAccountsDelivery": "env"}},
	{World: dev, Keys: "istiodReplicas, gatewayReplicas", Change: "3", Values: Values{"istiodReplicas": 3, "gatewayReplicas": 3}},
	{World: dev, Keys: "istiodReplicas, gatewayReplicas", Change: "1", Values: Values{"istiodReplicas": 1, "gatewayReplicas": 1}},
	{World: full, Keys: "waypointReplicas", Change: "3", Values: Values{"waypointReplicas": 3}},
	{World: dev, Keys: "ecsDiscoveryRate, ecsDiscoveryBurst", Change: "5, 20", Values: Values{"ecsDiscoveryRate": 5, "ecsDiscoveryBurst": 20}},
	{World: dev, Keys: "pilotEnv", Change: "one more variable", Values: Values{"pilotEnv": object{"PILOT_ENABLE_STATUS": "true"}}},
	{World: dev, Keys: "meshNetwork", Change: "another", Values: Values{"meshNetwork": "another"}},
	{World: dev, Keys: "trustDomain", Change: "another", Values: Values{"trustDomain": "mesh.example"}},
	{World: dev, Keys: "pathNormalization", Change: "BASE", Values: Values{"pathNormalization": "BASE"}},
	{World: dev, Keys: "gatewayAnnotations", Change: "one more", Values: Values{"gatewayAnnotations": object{"service.beta.kubernetes.io/aws-load-balancer-cross-zone-load-balancing-enabled": "true"}}},
	{World: dev, Keys: "gatewayLoadBalancers", Change: "the other one beside the first", Values: Values{"gatewayLoadBalancers": list("controller", "legacy")}},
	{World: dev, Keys: "gatewayLoadBalancers", Change: "the other one without the first", Values: Values{"gatewayLoadBalancers": list("controller")}, Refused: true},
	{World: full, Keys: "gatewayAccessLogs, gatewayDeletionProtection", Change: "on", Values: Values{"gatewayAccessLogs": object{"bucket": "mesh-logs", "prefix": "gateway"}, "gatewayDeletionProtection": true}},
	{World: dev, Keys: "policyStage", Change: "l4", Values: Values{"policyStage": "l4"}},
	{World: dev, Keys: "testWorkloads", Change: "off", Values: Values{"testWorkloads": false}},
	{World: dev, Keys: "ztunnelHealthCheck", Change: "another", Values: Values{"ztunnelHealthCheck": object{"interval": 5, "timeout": 4, "retries": 9, "startPeriod": 200}}},
	{World: dev, Keys: "ztunnel", Change: "memory of its own", Values: Values{"ztunnel": object{"memory": 128}}},
	{World: dev, Keys: "ecsExec.enabled, logSessions", Change: "with logs", Values: Values{"ecsExec": object{"enabled": true, "logSessions": true}}},
	{World: dev, Keys: "ecsExec.kmsKeyArn", Change: "a key", Values: Values{"ecsExec": object{"enabled": true, "kmsKeyArn": "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"}}},
	{World: dev, Keys: "ecsExec.enabled", Change: "off", Values: Values{"ecsExec": object{"enabled": false}}},
	{World: dev, Keys: "requireDigests", Change: "on, with tags", Values: Values{"requireDigests": true}, Refused: true},
}

// old is the version of the dev stack.
const old = "1.28.3-patch0-solo"
