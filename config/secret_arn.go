package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// completeSecret is the ARN of a secret with the six characters that Secrets Manager adds to its name.
var completeSecret = regexp.MustCompile(`^arn:[^:]+:secretsmanager:[^:]+:[^:]+:secret:[^:]+-[A-Za-z0-9]{6}(:|$)`)

// partialSecrets warns of ARNs of secrets without the six characters that Secrets Manager adds. The execution role may read what the
// ARN says, and IAM compares it with the complete one, so the task does not start. An account's registrySecrets are refused so.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen,
// https://github.com/aws/aws-cdk/issues/18555 and 20744, 2026-11-30.
func (c Config) partialSecrets() (all []string) {
	check := func(field, arn string) {
		if strings.Contains(arn, ":secretsmanager:") && !completeSecret.MatchString(arn) {
			all = append(all, fmt.Sprintf("%s: %s does not end in the - and six characters that Secrets Manager adds to a secret's name. With a part of the ARN ECS would be refused the secret, and the tasks would not start: "+
				"take the ARN that `aws secretsmanager describe-secret --secret-id NAME --query ARN` prints", field, arn))
		}
	}
	for _, key := range c.ClusterKeys() {
		for _, name := range c.Clusters[key].WorkloadKeys() {
			s, field := c.asService(key, name), c.Field(key, name)
			for _, variable := range slices.Sorted(maps.Keys(s.Secrets)) {
				check(field+".secrets."+variable, s.Secrets[variable])
			}
			if s.definition == nil {
				continue
			}
			for _, source := range s.definition.Sources() {
				check(field+".taskDefinition."+source.Field, source.From)
			}
		}
	}
	return all
}
