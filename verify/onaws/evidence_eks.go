package onaws

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"ambient-ecs/verify/doctor"
)

// readEKS adds the cluster's add-ons and Pod Identity associations.
func (b *AWS) readEKS(ctx context.Context, k *doctor.Kubernetes) error {
	var addons struct {
		Addons []string `json:"addons"`
	}
	if err := b.eks(ctx, &addons, "list-addons"); err != nil {
		return err
	}
	k.AddOns = addons.Addons
	var list struct {
		Associations []struct {
			ID string `json:"associationId"`
		} `json:"associations"`
	}
	if err := b.eks(ctx, &list, "list-pod-identity-associations"); err != nil {
		return err
	}
	for _, a := range list.Associations {
		var one struct {
			Association struct {
				Namespace      string `json:"namespace"`
				ServiceAccount string `json:"serviceAccount"`
				Role           string `json:"roleArn"`
				Modified       moment `json:"modifiedAt"`
			} `json:"association"`
		}
		if err := b.eks(ctx, &one, "describe-pod-identity-association", "--association-id", a.ID); err != nil {
			return err
		}
		k.Associations = append(k.Associations, doctor.Association{
			ID: a.ID, Namespace: one.Association.Namespace, ServiceAccount: one.Association.ServiceAccount,
			Role: one.Association.Role, Changed: time.Time(one.Association.Modified),
		})
	}
	return nil
}

// moment is a time as the AWS CLI prints it: text in version 2, seconds in version 1.
type moment time.Time

func (m *moment) UnmarshalJSON(data []byte) error {
	var seconds float64
	if json.Unmarshal(data, &seconds) == nil {
		*m = moment(time.UnixMilli(int64(seconds * 1000)))
		return nil
	}
	var at time.Time
	if err := json.Unmarshal(data, &at); err != nil {
		return fmt.Errorf("%s is no time: %w", data, err)
	}
	*m = moment(at)
	return nil
}
