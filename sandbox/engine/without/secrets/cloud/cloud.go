// Package cloud stands in for Pulumi's secrets providers of AWS, Azure, Google Cloud and Vault, which the sandbox's CLI
// does not have.
package cloud

import (
	"encoding/json"
	"errors"

	"github.com/pulumi/pulumi/pkg/v3/secrets"
	"github.com/pulumi/pulumi/sdk/v3/go/common/workspace"
)

// Type is the type of secrets that a cloud's key encrypts.
const Type = "cloud"

var errLeftOut = errors.New("this build of the Pulumi CLI is for the sandbox and has no cloud's secrets provider: " +
	"install the official CLI (https://www.pulumi.com/docs/install/)")

// EditProjectStack always fails.
func EditProjectStack(*workspace.ProjectStack, json.RawMessage) error { return errLeftOut }

// NewCloudSecretsManager always fails.
func NewCloudSecretsManager(*workspace.ProjectStack, string, bool) (secrets.Manager, error) {
	return nil, errLeftOut
}

// NewCloudSecretsManagerFromState always fails.
func NewCloudSecretsManagerFromState(json.RawMessage) (secrets.Manager, error) {
	return nil, errLeftOut
}
