package contract

import (
	"encoding/json"
	"fmt"
)

// OwnedService is what the owner of an ECS service sets on it so that its tasks join the mesh. It is the value of the SSM parameter
// OwnedParameterName. It holds no secret. Fields are only ever added.
type OwnedService struct {
	// Version is the version of this form: 1.
	Version int `json:"version"`
	// Cluster and Service are names in ECS, ServiceARN is the ARN of the service.
	Cluster    string `json:"cluster"`
	Service    string `json:"service"`
	ServiceARN string `json:"serviceArn"`
	// Family is the family of the task definition.
	Family string `json:"family"`
	// Identity is CLUSTER/SERVICEACCOUNT, and Client the preset: the flags of `ambient enrol`.
	Identity string `json:"identity"`
	Client   string `json:"client"`
	// Clients are the presets of single containers, by the container's name: more flags of `ambient enrol`.
	Clients map[string]string `json:"clients,omitempty"`
	// Hostname is the service's name in the mesh.
	Hostname string `json:"hostname"`
	// Tags are the tags of discovery. The service has them, and hands them to its tasks.
	Tags map[string]string `json:"tags"`
	// PropagateTags is SERVICE, and EnableECSManagedTags true: discovery reads the tags of tasks.
	PropagateTags        string `json:"propagateTags"`
	EnableECSManagedTags bool   `json:"enableEcsManagedTags"`
	// SubnetIDs and SecurityGroupIDs are the network of the tasks, which have no public address.
	SubnetIDs        []string `json:"subnetIds"`
	SecurityGroupIDs []string `json:"securityGroupIds"`
	// TaskRoleARN is the role by which istiod knows the identity. ExecutionRoleARN is the role with which ECS starts the tasks.
	TaskRoleARN      string `json:"taskRoleArn"`
	ExecutionRoleARN string `json:"executionRoleArn"`
	// LogGroup is the log group of ztunnel's container. The execution role may write to it.
	LogGroup string `json:"logGroup"`
	// Given are digests of what the mesh gives to new tasks since the last `up`. Where they differ from the stamp of the running
	// revision, `ambient enrol` has to run again.
	Given string `json:"given"`
}

// JSON is the value of the parameter.
func (o OwnedService) JSON() string {
	o.Version = Version
	text, err := json.Marshal(o)
	if err != nil {
		// It holds texts, numbers and booleans, which always marshal.
		panic("contract: " + err.Error())
	}
	return string(text)
}

// ParseOwned reads the value of the parameter. It refuses another version.
func ParseOwned(text string) (OwnedService, error) {
	var o OwnedService
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return OwnedService{}, fmt.Errorf("what the owner of a service sets cannot be read: %w", err)
	}
	if o.Version != Version {
		return OwnedService{}, fmt.Errorf("what the owner of a service sets has version %d, and this program reads version %d", o.Version, Version)
	}
	return o, nil
}
