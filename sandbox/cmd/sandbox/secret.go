package main

import (
	"errors"
	"fmt"
	"strings"

	"ambient-ecs/sandbox/aws"
	"ambient-ecs/sandbox/world"
)

// secretsCommand makes what `sandbox exist` cannot, secrets: `sandbox secret ARN…`.
const secretsCommand = "secret"

// putSecrets lets secrets of Secrets Manager exist in the accounts of the sandbox. On AWS a team has made them before it names
// them in a task definition. An ARN of another form is an error, and then none is put.
func putSecrets(state string, arns []string) error {
	if len(arns) == 0 {
		return errors.New("give the ARN of at least one secret")
	}
	for _, arn := range arns {
		parsed := aws.ParseARN(arn)
		name, secret := strings.CutPrefix(parsed.Resource, "secret:")
		if !strings.HasPrefix(arn, "arn:") || parsed.Service != "secretsmanager" || !secret || strings.Contains(name, ":") {
			return fmt.Errorf("%q is no ARN of a secret, arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME", arn)
		}
	}
	return making(state, func(w *world.World) error {
		return w.Do(func(tx *world.Tx) error {
			for _, arn := range arns {
				aws.AddSecret(tx, arn)
			}
			return nil
		})
	})
}
