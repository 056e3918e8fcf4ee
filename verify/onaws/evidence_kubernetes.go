package onaws

import (
	"context"
	"fmt"

	"ambient-ecs/verify/backend"
	"ambient-ecs/verify/doctor"
)

// Get returns an object of the cluster, nil if there is none.
func (b *AWS) Get(ctx context.Context, apiVersion, kind, namespace, name string) (backend.Object, error) {
	return b.cluster.Get(ctx, apiVersion, kind, namespace, name)
}

// Kubernetes implements doctor.Evidence. The association with which istiod's pod started is not visible from outside, so the
// doctor compares times.
func (b *AWS) Kubernetes(ctx context.Context) (*doctor.Kubernetes, error) {
	k, err := doctor.ReadKubernetes(ctx, b, b.stack)
	if err != nil {
		return nil, err
	}
	if err := b.readEKS(ctx, k); err != nil {
		return nil, fmt.Errorf("EKS cluster %s: %w", b.stack.EKSName, err)
	}
	return k, nil
}
