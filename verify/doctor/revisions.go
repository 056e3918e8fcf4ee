package doctor

import (
	"strings"

	"ambient-ecs/iam/evaluation"
	"ambient-ecs/iam/policy"
)

// FamilyOf is the ARN of a revision without its number, "" for none.
func FamilyOf(definition string) string {
	return definition[:max(strings.LastIndex(definition, ":"), 0)]
}

// notReached finds a service that runs an older revision than the stack has registered: an update has failed. The outputs do not say so,
// because an update that fails writes none. What a pipeline or an owner registers is no promise to deploy it, and a service that was imported
// unchanged runs what its owner made.
func (w *walk) notReached(d deployed) *Finding {
	latest := w.ecs.Latest[FamilyOf(d.service.Definition)]
	imported := w.stack.Clusters[d.cluster].Services[d.member.service].Imported()
	if d.standalone || imported || d.want.elsewhere || latest == "" || latest == d.service.Definition {
		return nil
	}
	why := ""
	if reason := w.whyNot(d, latest); reason != "" {
		why = ": " + reason
	}
	return missing("deployment-rolled-back", d.String(), "correct the stack file, or put the old definition back, then run `pulumi up`",
		"service %s runs %s, and the revision %s that was registered last does not run%s", d.member, last(d.service.Definition), last(latest), why)
}

// whyNot is what ECS says about a revision that does not run: why its tasks stopped, and why its deployment failed.
func (w *walk) whyNot(d deployed, definition string) string {
	var said []string
	say := func(text string) {
		if text != "" && !strings.Contains(strings.Join(said, ". "), text) {
			said = append(said, strings.TrimSuffix(text, "."))
		}
	}
	for _, o := range d.service.Deployments {
		if o.Definition == definition && o.State == "FAILED" {
			say(o.Reason)
		}
	}
	for _, t := range w.ecs.Tasks {
		if t.Service == d.service.ARN && t.Definition == definition {
			say(t.Stopped)
		}
	}
	return strings.Join(said, ". ")
}

// alsoRunning are the service with each other revision of which it has a running task. ECS starts such a task again while it deploys, and
// goes back to its revision if the deployment fails.
func (w *walk) alsoRunning(d deployed) (all []deployed) {
	if d.standalone {
		return nil
	}
	known := map[string]bool{d.definition.ARN: true}
	for _, t := range w.running(d) {
		if definition := w.definition(t.Definition); definition != nil && !known[t.Definition] {
			known[t.Definition] = true
			older := d
			older.definition = definition
			all = append(all, older)
		}
	}
	return all
}

// pulling checks that the execution role may pull the images of a task's containers. What the owner of a repository in another account
// lets it do is not read.
func (w *walk) pulling(d deployed) *Finding {
	role := w.roles[d.definition.ExecutionRole]
	for _, c := range d.definition.Containers {
		repository, private := policy.ECRRepository(c.Image)
		if !private {
			continue
		}
		for _, need := range [][2]string{{"ecr:GetAuthorizationToken", "*"}, {"ecr:BatchGetImage", repository}, {"ecr:GetDownloadUrlForLayer", repository}} {
			action, resource := need[0], need[1]
			if v := evaluation.Allows(role, evaluation.Caller{RoleARN: role.ARN}, action, resource, nil); !v.OK() {
				return missing("execution-permission", role.ARN, "allow "+action+" on "+resource+" in "+where(v)+" of the role",
					"execution role %s may not do %s on %s, from which container %s of %s takes its image, so no new task of %s starts", role.ARN, action, resource, c.Name, last(d.definition.ARN), d.member)
			}
		}
	}
	return nil
}
