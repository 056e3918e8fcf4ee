package policy

// Workload is a Kubernetes workload: the pods of one service account of the EKS cluster.
type Workload struct {
	// ClusterARN is the ARN that the cluster has or will have.
	ClusterARN string
	// Namespace and ServiceAccount are the pods'.
	Namespace, ServiceAccount string
}

// PodTrust lets EKS Pod Identity, and nothing else, assume a role for the pods of a workload. IstiodTrust gives the
// reasons for its form.
func PodTrust(account string, w Workload) Document {
	return Document{Statements: []Statement{{
		Sid:       "PodIdentity",
		Principal: &Principal{Service: Values{"pods.eks.amazonaws.com"}},
		Actions:   []string{"sts:AssumeRole", "sts:TagSession"},
		Condition: Condition{
			"StringEquals": {
				"aws:SourceAccount":                         {account},
				"aws:RequestTag/kubernetes-namespace":       {w.Namespace},
				"aws:RequestTag/kubernetes-service-account": {w.ServiceAccount},
			},
			"ArnEquals": {"aws:SourceArn": {w.ClusterARN}},
		},
	}}}
}

// AssumePermissions lets a pod assume other roles and do nothing else. The tags of its session pass on to the next
// session.
func AssumePermissions(roleARNs []string) Document {
	return Document{Statements: []Statement{{
		Sid:       "AssumeRoles",
		Actions:   []string{"sts:AssumeRole", "sts:TagSession"},
		Resources: roleARNs,
	}}}
}

// ScrapeTrust lets the role of a workload, in a session that Pod Identity made for it, assume a role of another
// account. DiscoveryTrust gives the reasons for its form.
func ScrapeTrust(home Place, roleARN string, w Workload) Document {
	return chainedTrust("PrometheusOfTheHomeCluster", home, roleARN, w, []string{w.ServiceAccount})
}

// defaultCluster is the ECS cluster that a call without a cluster means.
const defaultCluster = "default"

// ScrapePermissions lets Prometheus find the tasks of some ECS clusters of an account.
//
// Unlike istiod, Prometheus is told the clusters and lists none. Its discovery first makes a call without any
// cluster, to test its permission, and AWS takes that for the cluster "default". It also looks up the tasks' network
// interfaces, for public addresses. That action supports no resource, so it is narrowed to the region. (Prometheus's
// own source, discovery/aws/ecs.go.)
func ScrapePermissions(place Place, clusters []string) Document {
	described := []string{place.ARN("ecs", "cluster/"+defaultCluster)}
	var own, services, tasks []string
	for _, name := range clusters {
		own = append(own, place.ARN("ecs", "cluster/"+name))
		services = append(services, place.ARN("ecs", "service/"+name+"/*"))
		tasks = append(tasks, place.ARN("ecs", "task/"+name+"/*"))
	}
	return Document{Statements: []Statement{
		{Sid: "DescribeClusters", Actions: []string{"ecs:DescribeClusters"}, Resources: append(described, own...)},
		{
			Sid:       "ListWithinClusters",
			Actions:   []string{"ecs:ListServices", "ecs:ListTasks"},
			Resources: []string{"*"},
			Condition: Condition{"ArnEquals": {"ecs:cluster": own}},
		},
		{Sid: "DescribeServices", Actions: []string{"ecs:DescribeServices"}, Resources: services},
		{Sid: "DescribeTasks", Actions: []string{"ecs:DescribeTasks"}, Resources: tasks},
		{
			Sid:       "LookUpNetworkInterfaces",
			Actions:   []string{"ec2:DescribeNetworkInterfaces"},
			Resources: []string{"*"},
			Condition: Condition{"StringEquals": {"aws:RequestedRegion": {place.Region}}},
		},
	}}
}

// NotifyPermissions lets a workload publish to one SNS topic. If the topic is encrypted with a key of the account, SNS asks for
// the key in the publisher's name (https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html, 2026-11-29). The key's ARN
// may not be known yet, so the statement names what the key is used for: this topic, through SNS.
func NotifyPermissions(place Place, topicARN string, encrypted bool) Document {
	document := Document{Statements: []Statement{{Sid: "PublishAlerts", Actions: []string{"sns:Publish"}, Resources: []string{topicARN}}}}
	if encrypted {
		document.Statements = append(document.Statements, Statement{
			Sid:       "UseTheTopicsKey",
			Actions:   []string{"kms:Decrypt", "kms:GenerateDataKey"},
			Resources: []string{place.ARN("kms", "key/*")},
			Condition: Condition{"StringEquals": {
				"kms:ViaService":                         {"sns." + place.Region + "." + place.domain()},
				"kms:EncryptionContext:aws:sns:topicArn": {topicARN},
			}},
		})
	}
	return document
}

// ShipLogsPermissions lets a workload write to one log group that exists already.
func ShipLogsPermissions(place Place, group string) Document {
	return Document{Statements: []Statement{
		{
			Sid:       "FindStreams",
			Actions:   []string{"logs:DescribeLogStreams"},
			Resources: []string{place.ARN("logs", "log-group:"+group+":*")},
		},
		{
			Sid:       "WriteLogs",
			Actions:   []string{"logs:CreateLogStream", "logs:PutLogEvents"},
			Resources: []string{place.ARN("logs", "log-group:"+group+":log-stream:*")},
		},
	}}
}
