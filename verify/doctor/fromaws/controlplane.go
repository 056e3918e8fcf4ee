package fromaws

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"ambient-ecs/verify/doctor"
)

// readEKS adds the cluster's add-ons and Pod Identity associations.
func (e *evidence) readEKS(ctx context.Context, k *doctor.Kubernetes) error {
	var addons struct {
		Addons []string `json:"addons"`
	}
	if err := e.eks(ctx, &addons, "list-addons"); err != nil {
		return err
	}
	k.AddOns = addons.Addons
	var list struct {
		Associations []struct {
			ID string `json:"associationId"`
		} `json:"associations"`
	}
	if err := e.eks(ctx, &list, "list-pod-identity-associations"); err != nil {
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
		if err := e.eks(ctx, &one, "describe-pod-identity-association", "--association-id", a.ID); err != nil {
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

// istiod is its youngest ready pod. With which association a pod started is not to be seen from outside; the doctor
// compares times then.
func (e *evidence) istiod(ctx context.Context) (*doctor.Istiod, error) {
	pods, err := e.objects(ctx, "v1", "Pod")
	if err != nil {
		return nil, err
	}
	var youngest object
	for _, o := range pods {
		if o.namespace() == system && o.labels()["app"] == "istiod" && pod(o).Ready && (youngest == nil || created(o).After(created(youngest))) {
			youngest = o
		}
	}
	if youngest == nil {
		return nil, nil
	}
	i := &doctor.Istiod{Name: youngest.name(), ServiceAccount: youngest.text("spec", "serviceAccountName"), Created: created(youngest), AutoAllocate: true}
	for _, container := range youngest.objects("spec", "containers") {
		if container.text("name") != "discovery" {
			continue
		}
		i.Image = container.text("image")
		environment, err := e.environment(ctx, container)
		if err != nil {
			return nil, err
		}
		i.Accounts = domains(environment["ECS_ACCOUNTS"])
		i.AutoAllocate = environment["PILOT_ENABLE_IP_AUTOALLOCATE"] != "false"
		if i.Licensed, err = e.licensed(ctx, environment); err != nil {
			return nil, err
		}
	}
	return i, nil
}

func created(o object) time.Time {
	at, err := time.Parse(time.RFC3339, o.text("metadata", "creationTimestamp"))
	if err != nil {
		return time.Time{} // The API server always sets it.
	}
	return at
}

// environment is a container's, with what it takes from Secrets.
func (e *evidence) environment(ctx context.Context, container object) (map[string]string, error) {
	all := map[string]string{}
	for _, v := range container.objects("env") {
		name := v.text("name")
		all[name] = v.text("value")
		secret := v.text("valueFrom", "secretKeyRef", "name")
		if secret == "" {
			continue
		}
		values, err := e.secret(ctx, system, secret)
		if err != nil {
			return nil, err
		}
		all[name] = values[v.text("valueFrom", "secretKeyRef", "key")]
	}
	return all, nil
}

// licenceKeys are the keys of a Secret under which istiod looks for its licence.
var licenceKeys = []string{"license-key", "gloo-mesh-license-key", "gloo-trial-license-key"}

func (e *evidence) licensed(ctx context.Context, environment map[string]string) (bool, error) {
	if strings.TrimSpace(environment["SOLO_LICENSE_KEY"]) != "" {
		return true, nil
	}
	namespace, name, named := strings.Cut(environment["SOLO_LICENSE_SECRET"], "/")
	if !named {
		return false, nil
	}
	values, err := e.secret(ctx, namespace, name)
	if err != nil {
		return false, err
	}
	for _, key := range licenceKeys {
		if strings.TrimSpace(values[key]) != "" {
			return true, nil
		}
	}
	return false, nil
}

// secret reads the values of a Secret. One that does not exist has none.
func (e *evidence) secret(ctx context.Context, namespace, name string) (map[string]string, error) {
	o, err := e.object(ctx, "v1", "Secret", namespace, name)
	if err != nil {
		return nil, err
	}
	values := map[string]string{}
	for key, encoded := range o.strings("data") {
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return nil, fmt.Errorf("secret %s/%s: key %s: %w", namespace, name, key, err)
		}
		values[key] = string(decoded)
	}
	return values, nil
}

// domains reads "domain1,role1,domain2,role2": domains by role.
func domains(text string) map[string]string {
	byRole := map[string]string{}
	fields := strings.Split(text, ",")
	for i := 0; i+1 < len(fields); i += 2 {
		byRole[strings.TrimSpace(fields[i+1])] = strings.TrimSpace(fields[i])
	}
	return byRole
}
