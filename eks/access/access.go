// Package access decides who gets an access entry of the EKS cluster, and which.
//
// EKS gives one to the principal that makes the cluster, and refuses a second one for any principal, in the
// middle of an `up`. So both are refused here.
package access

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// The access policies of EKS that the two kinds of principals get, for the whole cluster. The one of readers
// shows no Secret, and no custom resource; AmazonEKSAdminViewPolicy would show both, and with the Secrets the
// key of the mesh's certificate authority.
const (
	AdminPolicy  = "AmazonEKSClusterAdminPolicy"
	ReaderPolicy = "AmazonEKSViewPolicy"
)

// Entry is one access entry.
type Entry struct {
	// Name is unique within the cluster and stable: it comes from the principal alone, so that taking one out
	// does not rename the others, and a reader who becomes an administrator keeps his entry: EKS refuses a
	// second one beside it.
	Name string
	// Principal is the ARN of an IAM role or user.
	Principal string
	// Policy is the ARN of an access policy of EKS.
	Policy string
}

// principal is an IAM role or user. A session (assumed-role) is neither: it is gone when somebody logs out.
var principal = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::([0-9]{12}):((?:role|user)/[A-Za-z0-9+=,.@_/-]+)$`)

// Entries returns the entries of administrators and readers, sorted by name. Creator is the role that makes
// the cluster, if it is known.
func Entries(partition, creator string, admins, readers []string) ([]Entry, error) {
	var entries []Entry
	var problems problem.List
	seen := map[string]string{}
	add := func(field, policy string, arns []string) {
		for i, arn := range arns {
			place := fmt.Sprintf("%s[%d]", field, i)
			parts := principal.FindStringSubmatch(arn)
			switch {
			case parts == nil || parts[1] != partition:
				problems.Refuse(place, arn, "it is not the ARN of an IAM role or user in partition %s", partition)
			case arn == creator:
				problems.Refuse(place, arn, "it makes the cluster and so has an access entry already")
			case seen[arn] != "":
				problems.Refuse(place, arn, "%s names it already: a principal has one access entry", seen[arn])
			default:
				seen[arn] = place
				entries = append(entries, Entry{
					Name:      parts[2] + "-" + strings.ReplaceAll(parts[3], "/", "."),
					Principal: arn,
					Policy:    "arn:" + partition + ":eks::aws:cluster-access-policy/" + policy,
				})
			}
		}
	}
	add("AdminPrincipals", AdminPolicy, admins)
	add("ReaderPrincipals", ReaderPolicy, readers)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}
