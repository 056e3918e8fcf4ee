package backend

import "context"

// The states of a deployment, in ECS's own words.
const (
	RolloutInProgress = "IN_PROGRESS"
	RolloutCompleted  = "COMPLETED"
	RolloutFailed     = "FAILED"
)

// Deployment is a deployment of an ECS service.
type Deployment struct {
	ID string
	// Rollout is one of the states above. Reason is ECS's sentence about it, or "".
	Rollout, Reason string
}

// Redeployer is a back end that can replace the tasks of an ECS service. Only --rolling uses it.
type Redeployer interface {
	// Redeploy starts a new deployment of the revision that the service runs. It returns the deployment's id.
	Redeploy(ctx context.Context, cluster, service string) (id string, err error)
	// Deployments are the deployments of an ECS service, the primary one first. One that has ended is no longer among them,
	// unless it is the primary one or has failed.
	Deployments(ctx context.Context, cluster, service string) ([]Deployment, error)
}
