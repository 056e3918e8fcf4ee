package edits

// Without are the keys that have no edit, by their path in docs/reference.md, each with the reason.
var Without = map[string]string{
	"accounts.NAME.zoneIds":              "only an account in another region has it, for its life in the stack: an account comes with it",
	"existingEks.kubeconfig":             "it holds the address and the certificate of one cluster. sandbox/lifecycle plays it (TestAKubeconfigLeadsIntoACluster)",
	"existingEks.endpoint":               "it is the address of one cluster, for a kubeconfig that leads through something in front of it",
	"existingEks.clusterSecurityGroupId": "it goes with existingEks.kubeconfig, which sandbox/lifecycle plays",
	"existingEks.loadBalancerController": "it says that the owner's cluster has a controller. The sandbox has no owner's, and without one a load balancer never gets its address",
	"imports":                            "it names what exists before the stack makes it. With the ids of what the stack has it changes nothing, and the life cycle of an import plays both",
	"gatewayApiSource":                   "it is where the definitions come from: another place with the same ones changes nothing, and the sandbox has those of one release",
	"gatewayApiSha256":                   "it only says whether the file is the right one",
}
