package config

// Defaults of fields inside the maps accounts and clusters. The defaults of top-level keys are in
// Pulumi.yaml and nowhere else.
const (
	// DefaultCPU and DefaultMemory are the smallest Fargate size: a quarter vCPU and 512 MiB.
	DefaultCPU    = 256
	DefaultMemory = 512
	// DefaultDesiredCount is the number of tasks of a service.
	DefaultDesiredCount = 1
	// DefaultReach goes through the east-west gateway, which needs no open port on the nodes.
	DefaultReach = ReachGateway
	// DefaultProtocol is the protocol of an egress rule.
	DefaultProtocol = "tcp"
)

// ReachOrDefault is the account's way to EKS workloads.
func (a Account) ReachOrDefault() Reach {
	if a.Reach == "" {
		return DefaultReach
	}
	return a.Reach
}

// ServiceAccountOrDefault is the Kubernetes service account of services that name none.
func (c Cluster) ServiceAccountOrDefault() string {
	if c.ServiceAccount == "" {
		return DefaultServiceAccount
	}
	return c.ServiceAccount
}

// CPUOrDefault is the task's CPU in units of 1/1024 vCPU.
func (s Service) CPUOrDefault() int {
	if s.CPU == 0 {
		return DefaultCPU
	}
	return s.CPU
}

// MemoryOrDefault is the task's memory in MiB.
func (s Service) MemoryOrDefault() int {
	if s.Memory == 0 {
		return DefaultMemory
	}
	return s.Memory
}

// DesiredCountOrDefault is the number of tasks.
func (s Service) DesiredCountOrDefault() int {
	if s.DesiredCount == nil {
		return DefaultDesiredCount
	}
	return *s.DesiredCount
}

// ProtocolOrDefault is the rule's protocol.
func (e Egress) ProtocolOrDefault() string {
	if e.Protocol == "" {
		return DefaultProtocol
	}
	return e.Protocol
}
