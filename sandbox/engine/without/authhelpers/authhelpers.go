// Package authhelpers stands in for Pulumi's sign-in to Google Cloud, which the sandbox's CLI does not have.
package authhelpers

import (
	"context"
	"errors"

	"gocloud.dev/blob"
)

// GoogleCredentialsMux always fails.
func GoogleCredentialsMux(context.Context) (*blob.URLMux, error) {
	return nil, errors.New("this build of the Pulumi CLI is for the sandbox and has no backend of Google Cloud: " +
		"install the official CLI (https://www.pulumi.com/docs/install/)")
}
