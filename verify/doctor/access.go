package doctor

import (
	"fmt"
	"strings"
)

// lockedOut explains an error of the Kubernetes API that means that the API does not know the caller. `pulumi destroy`
// does not run the program, so nothing else reports this before the destroy.
func lockedOut(err error) error {
	for _, words := range []string{"Unauthorized", "provide credentials"} {
		if strings.Contains(err.Error(), words) {
			return fmt.Errorf("%w. The caller has no access entry of the EKS cluster. An update and a destroy would end in \"configured Kubernetes cluster is unreachable\": "+
				"run them as the principal that made the cluster, or as one of clusterAdmins (docs/living-stack.md, \"Who may reach the cluster\"). "+
				"Do not set PULUMI_K8S_DELETE_UNREACHABLE: the gateway's load balancer would be forgotten, and would hold the VPC", err)
		}
	}
	return err
}
