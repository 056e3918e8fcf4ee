// Package access decides who gets an access entry of the EKS cluster, and which.
//
// EKS refuses a second entry for a principal, in the middle of an `up`. This package refuses a principal that is
// listed twice. Package living finds out whether a principal has an entry already: EKS gives one to the principal
// that makes the cluster.
package access

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/problem"
)

// The access policies of EKS for administrators and readers, for the whole cluster. The readers' policy shows no
// Secret and no custom resource. AmazonEKSAdminViewPolicy would show both, and with the Secrets the key of the mesh's
// certificate authority.
const (
	AdminPolicy  = "AmazonEKSClusterAdminPolicy"
	ReaderPolicy = "AmazonEKSViewPolicy"
)

// Entry is one access entry.
type Entry struct {
	// Name is unique within the cluster and stable. It comes from the principal alone, so removing one principal does
	// not rename the others. A reader who becomes an administrator keeps the entry, because EKS would refuse a second
	// one beside it. Principals that would share a name each get a name of their own while both are listed.
	Name string
	// Formerly is the name under which Pulumi may know the entry from an earlier list of principals. Empty: none.
	Formerly string
	// Principal is the ARN of an IAM role or user.
	Principal string
	// Policy is the ARN of an access policy of EKS.
	Policy string
}

// principal matches an IAM role or user. A session (assumed-role) is neither: it ends when somebody logs out.
var principal = regexp.MustCompile(`^arn:(aws[a-z-]*):iam::([0-9]{12}):((?:role|user)/[A-Za-z0-9+=,.@_/-]+)$`)

// Entries returns the entries of administrators and readers, sorted by name. living lists the principals whose
// entries the stack made before. Nil means that they are not known.
func Entries(partition string, admins, readers, living []string) ([]Entry, error) {
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
			case seen[arn] != "":
				problems.Refuse(place, arn, "%s names it already: a principal has one access entry", seen[arn])
			default:
				seen[arn] = place
				entries = append(entries, Entry{Principal: arn, Policy: "arn:" + partition + ":eks::aws:cluster-access-policy/" + policy})
			}
		}
	}
	add("AdminPrincipals", AdminPolicy, admins)
	add("ReaderPrincipals", ReaderPolicy, readers)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	name(entries, living)
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Name, b.Name) })
	return entries, nil
}
