package living

import (
	"slices"
	"strings"
)

// The AWS provider reports a failed look-up as text only. These are the texts of release 6.83, which wraps
// Terraform's 5.100. "couldn't find resource", "empty result" and "no matching …" are the provider's own (internal/tfresource), as is
// "query returned no results" (internal/service/ec2/vpc_route_table_data_source.go). The
// others are AWS's error codes.
var (
	absentTexts  = []string{"couldn't find resource", "empty result", "no matching ", "NotFoundException", "NoSuchEntity", "InvalidVpcID.NotFound", "InvalidSubnetID.NotFound", "InvalidRouteTableID.NotFound", "InvalidTransitGatewayID.NotFound", "query returned no results", "NoSuchResourceException"}
	severalTexts = []string{"multiple EC2 VPC Endpoints matched"}
	deniedTexts  = []string{"AccessDenied", "UnauthorizedOperation", "not authorized to perform"}
)

// absent reports whether a look-up says that the resource does not exist.
func absent(err error) bool { return !denied(err) && says(err, absentTexts) }

// several reports whether a look-up of one resource says that there are more.
func several(err error) bool { return says(err, severalTexts) }

// denied reports whether the caller may not look up the resource.
func denied(err error) bool { return says(err, deniedTexts) }

func says(err error, texts []string) bool {
	return err != nil && slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(err.Error(), text) })
}
