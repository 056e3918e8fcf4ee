package zone

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Default is the number of zones of a VPC when neither zones nor subnets are given.
const Default = 3

// withoutEKS are the zones in which EKS accepts no subnet of a cluster, as the EKS user guide lists
// them. use1-az3 also has no Fargate for ARM64.
var withoutEKS = []string{"cac1-az3", "use1-az3", "usw1-az2"}

var idPattern = regexp.MustCompile(`^[a-z]+[0-9]+-az[0-9]+$`)

// WithoutEKS reports whether EKS refuses subnets in the zone.
func WithoutEKS(id string) bool { return slices.Contains(withoutEKS, id) }

// Pick returns the first count of the offered zones, in the order of their ids. It skips zones without EKS. The order
// in which AWS lists the zones does not matter.
//
// All VPCs skip the zones without EKS, not only the cluster's VPC. So the accounts of a mesh use the same zones, and
// calls between them can stay within one zone.
func Pick(offered []string, count int) ([]string, error) {
	usable := slices.DeleteFunc(slices.Clone(offered), WithoutEKS)
	slices.SortFunc(usable, compare)
	usable = slices.Compact(usable)
	if len(usable) < count {
		return nil, fmt.Errorf("need %d availability zones, but only %d can be used of those that AWS offers now (%s): name the zones that the VPC has or shall have with the key zoneIds",
			count, len(usable), strings.Join(slices.Sorted(slices.Values(offered)), ", "))
	}
	return usable[:count], nil
}

// Validate reports every problem of given zone ids. With eks it also refuses zones without EKS.
func Validate(ids []string, eks bool) error {
	var problems []error
	for i, id := range ids {
		switch {
		case !idPattern.MatchString(id):
			problems = append(problems, fmt.Errorf("%q is not an availability zone id such as euc1-az1 (a zone name such as eu-central-1a means different places in different accounts)", id))
		case slices.Contains(ids[:i], id):
			problems = append(problems, fmt.Errorf("%s is given twice: two subnets in one zone do not survive its loss", id))
		case eks && WithoutEKS(id):
			problems = append(problems, fmt.Errorf("EKS accepts no cluster subnet in %s", id))
		}
	}
	return errors.Join(problems...)
}

// compare orders ids by their text, but az10 after az2.
func compare(a, b string) int {
	aText, aNumber := split(a)
	bText, bNumber := split(b)
	return cmp.Or(strings.Compare(aText, bText), cmp.Compare(aNumber, bNumber), strings.Compare(a, b))
}

// split parts an id from the number at its end.
func split(id string) (text string, number int) {
	text = strings.TrimRight(id, "0123456789")
	number, _ = strconv.Atoi(id[len(text):])
	return text, number
}
