package living

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/living/compare"
)

// logGroup looks up a log group that another team made. The list of groups needs no right to read the tags of this one.
func (l *looking) logGroup(key string) error {
	subject, name := compare.LogGroupSubject(key), l.cfg.Clusters[key].LogGroup
	groups, found, err := ask(l, l.accounts.Get(l.cfg.Clusters[key].Account), subject, func(o pulumi.InvokeOption) (*cloudwatch.GetLogGroupsResult, error) {
		return cloudwatch.GetLogGroups(l.ctx, &cloudwatch.GetLogGroupsArgs{LogGroupNamePrefix: &name}, o)
	})
	if err != nil || !found && l.unseen(subject) {
		return err
	}
	l.note(func(w *compare.World) { w.LogGroups[key] = found && slices.Contains(groups.LogGroupNames, name) })
	return nil
}
