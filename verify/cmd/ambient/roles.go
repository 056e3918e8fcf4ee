package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"ambient-ecs/ecs/task/definition"
	"ambient-ecs/verify/enrolled"
	"ambient-ecs/verify/stack"
)

// checkRoles refuses roles with which the task could not be who it says, or not start. The notes are about another execution role than that
// of the services that the definition may be of.
func checkRoles(s *stack.Stack, d *definition.Definition, key string, services []enrolled.Service) (notes []string, err error) {
	var problems []error
	if want, have := s.TaskRoles[key], definition.Text(d.TaskRoleArn); have != want {
		problems = append(problems, fmt.Errorf("taskRoleArn = %q: istiod knows the identity %s by the role %s", have, key, want))
	}
	switch have := definition.Text(d.ExecutionRoleArn); {
	case have == "":
		problems = append(problems, fmt.Errorf("executionRoleArn is not set: ECS reads the secrets, pulls the images and writes ztunnel's logs with it; %s", starting(s, key, services)))
	case slices.ContainsFunc(services, func(o enrolled.Service) bool { return o.ExecutionRoleARN == have || o.ExecutionRoleARN == "" }):
	case len(services) > 0:
		notes = append(notes, fmt.Sprintf("executionRoleArn = %q: %s. Another role may not read the secrets of a service, and the policy of its pipeline does not pass it", have, starting(s, key, services)))
	}
	return notes, errors.Join(problems...)
}

// starting says with which role ECS starts the tasks of the services: each service's own, or the account's where the stack names none.
func starting(s *stack.Stack, key string, services []enrolled.Service) string {
	var of []string
	for _, o := range services {
		if o.ExecutionRoleARN != "" {
			of = append(of, fmt.Sprintf("that of %s is %s", o.Name, o.ExecutionRoleARN))
		}
	}
	if len(of) > 0 {
		return strings.Join(of, ", ")
	}
	cluster, _, _ := strings.Cut(key, "/")
	account := "the account's is " + s.ExecutionRoles[s.Clusters[cluster].Account]
	if len(services) > 0 {
		account += ", and these outputs are too old to say whether the service has one of its own: run `pulumi up` first"
	}
	return account
}
