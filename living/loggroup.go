package living

import (
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// logGroup looks up a log group that another team made. The list of groups needs no right to read the tags of this one.
func (l *looking) logGroup(key string) error {
	subject, name := compare.LogGroupSubject(key), l.cfg.Clusters[key].LogGroup
	exists, err := l.hasLogGroup(l.accounts.Get(l.cfg.Clusters[key].Account), subject, name)
	if err != nil || !exists && l.unseen(subject) {
		return err
	}
	l.note(func(w *compare.World) { w.LogGroups[key] = exists })
	return nil
}

// hasLogGroup reports whether an account has a log group.
func (l *looking) hasLogGroup(account *providers.Account, subject, name string) (bool, error) {
	groups, found, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*cloudwatch.GetLogGroupsResult, error) {
		return cloudwatch.GetLogGroups(l.ctx, &cloudwatch.GetLogGroupsArgs{LogGroupNamePrefix: &name}, o)
	})
	return found && slices.Contains(groups.LogGroupNames, name), err
}
