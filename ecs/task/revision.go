package task

import "fmt"

// CheckRevision returns an error when a service does not run the declared revision. To the AWS provider a deployment
// that ECS has rolled back looks as steady as a successful one, so the revision is the only sign of it.
func CheckRevision(service, running, declared string) error {
	if running == declared {
		return nil
	}
	return fmt.Errorf("service %s runs %s and not %s, which was declared: ECS rolled the deployment back. "+
		"The service's events, the stopped tasks' reasons and their log group say why; the next `pulumi up` tries again",
		service, running, declared)
}
