package policy

import (
	"regexp"
	"strings"

	"ambient-ecs/quota"
)

// ecrHost matches the registry host of a private ECR repository: the classic and FIPS endpoints, and the
// dual-stack ones, in every partition.
var ecrHost = regexp.MustCompile(`^([0-9]{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)$`)

// ECRRepository returns the ARN of the private ECR repository that holds an image, and whether it is in
// one. Images of public registries, public ECR among them, need no permission.
func ECRRepository(image string) (arn string, private bool) {
	host, path, found := strings.Cut(image, "/")
	if !found {
		return "", false
	}
	match := ecrHost.FindStringSubmatch(host)
	if match == nil {
		return "", false
	}
	path, _, _ = strings.Cut(path, "@")
	path, _, _ = strings.Cut(path, ":")
	place := Place{Partition: quota.Partition(match[2]), Region: match[2], Account: match[1]}
	return place.ARN("ecr", "repository/"+path), true
}
