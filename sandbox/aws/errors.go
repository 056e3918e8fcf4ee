package aws

import (
	"errors"
	"fmt"
	"slices"
)

// apiError is a refusal in AWS's own words.
type apiError struct {
	Service, Operation, Code, Message string
}

func (e *apiError) Error() string {
	return fmt.Sprintf("operation error %s: %s, api error %s: %s", e.Service, e.Operation, e.Code, e.Message)
}

// refuse is an error of the call's operation.
func (c *call) refuse(code, format string, args ...any) error {
	return c.refuseIn(c.operation, code, format, args...)
}

// invalid is the error of EKS, ECS and CloudWatch Logs for a parameter that they do not take.
func (c *call) invalid(format string, args ...any) error {
	return c.refuse("InvalidParameterException", format, args...)
}

// refuseIn is an error of another operation of the service that the call's type belongs to.
func (c *call) refuseIn(operation, code, format string, args ...any) error {
	return &apiError{Service: c.kind.service, Operation: operation, Code: code, Message: fmt.Sprintf(format, args...)}
}

// codeOf returns the AWS error code in err, or "".
func codeOf(err error) string {
	var e *apiError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// retried are the error codes on which the provider retries a deletion, because the obstacle may be about to go.
var retried = []string{
	"DependencyViolation", "DeleteConflict", "ResourceInUseException", "InvalidIPAddress.InUse",
	"ClusterContainsServicesException", "ClusterContainsTasksException", "ClusterContainsContainerInstancesException",
}

func again(err error) bool { return slices.Contains(retried, codeOf(err)) }

// errStillGoing makes a deletion wait until AWS has finished it.
var errStillGoing = errors.New("still exists")
