package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"ambient-ecs/verify/adopt"
)

// controlPlane says which EKS cluster of somebody else to look into.
type controlPlane struct {
	account                  adopt.Account
	region, name, kubeconfig string
	// gatewayAPI is the stack file's gatewayApiSource.
	gatewayAPI string
}

// lookInside looks into an EKS cluster before the mesh comes. `adopt` and `doctor` call it.
func (p *program) lookInside(ctx context.Context, c controlPlane) (adopt.Inside, error) {
	reader, can := p.surveyor(p.place).(adopt.ControlPlaneReader)
	if !can {
		return adopt.Inside{}, errors.New("EKS clusters cannot be read here")
	}
	kubeconfig := ""
	if c.kubeconfig != "" {
		text, err := os.ReadFile(c.kubeconfig)
		if err != nil {
			return adopt.Inside{}, fmt.Errorf("read the kubeconfig: %w", err)
		}
		kubeconfig = string(text)
	}
	plane, err := reader.ReadControlPlane(ctx, c.account, c.region, c.name, kubeconfig)
	switch {
	case err != nil:
		return adopt.Inside{}, err
	case plane.Name == "":
		return adopt.Inside{}, fmt.Errorf("account %s (%s) has no EKS cluster %s in %s", c.account.Key, c.account.ID, c.name, c.region)
	}
	return adopt.LookInside(ctx, plane, c.region, adopt.GatewayAPIVersion(c.gatewayAPI)), nil
}
