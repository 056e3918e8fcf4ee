package config

// GuardSettings close what the pods of the program's namespaces do not need.
type GuardSettings struct {
	// NetworkPolicies makes Kubernetes network policies in the program's namespaces, and has vpc-cni enforce network policies in the
	// cluster.
	NetworkPolicies bool `config:"networkPolicies"`
	// DefaultTokens gives a token of the Kubernetes API to pods that name no service account.
	DefaultTokens bool `config:"defaultServiceAccountTokens"`
}
