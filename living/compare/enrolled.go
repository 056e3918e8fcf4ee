package compare

// Enrolled is with what the tasks of an ECS service have joined the mesh, as the revision says that the service runs.
type Enrolled struct {
	// Namespace and ServiceAccount are the identity that they ask for, TaskRole is the ARN of the role that proves it.
	Namespace, ServiceAccount, TaskRole string
	// ExecutionRole is the ARN of the role with which ECS starts them.
	ExecutionRole string
	// Roots are the root certificates that they trust at first, PEM.
	Roots string
	// Labels are ztunnel's Docker labels.
	Labels map[string]string
}
