package living

import (
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/config"
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
	names, err := l.logGroups(account, subject, name)
	return slices.Contains(names, name), err
}

// logGroups are the names of an account's log groups that begin with a prefix.
func (l *looking) logGroups(account *providers.Account, subject, prefix string) ([]string, error) {
	groups, found, err := ask(l, account, subject, func(o pulumi.InvokeOption) (*cloudwatch.GetLogGroupsResult, error) {
		return cloudwatch.GetLogGroups(l.ctx, &cloudwatch.GetLogGroupsArgs{LogGroupNamePrefix: &prefix}, o)
	})
	if err != nil || !found {
		return nil, err
	}
	return groups.LogGroupNames, nil
}

// unusedLogGroups finds the log groups of this install in an account that the configuration no longer makes. Names of others may begin like
// the install's, and the deployer has no right to their tags.
func (l *looking) unusedLogGroups(account *providers.Account) error {
	makes := l.cfg.LogGroups(account.Key)
	var unused []string
	for _, pattern := range l.cfg.LogGroupPatterns(account.Key) {
		names, err := l.logGroups(account, compare.LogGroupsSubject, strings.TrimSuffix(pattern, "*"))
		if err != nil {
			return err
		}
		for _, name := range names {
			if slices.Contains(makes, name) || slices.Contains(unused, name) {
				continue
			}
			group, exists, err := askOfOthers(l, account, "the log group "+name, func(o pulumi.InvokeOption) (*cloudwatch.LookupLogGroupResult, error) {
				return cloudwatch.LookupLogGroup(l.ctx, &cloudwatch.LookupLogGroupArgs{Name: name}, o)
			})
			if err != nil {
				return err
			}
			if exists && group.Tags[config.InstallTag] == l.cfg.Install {
				unused = append(unused, name)
			}
		}
	}
	slices.Sort(unused)
	if len(unused) > 0 {
		l.note(func(w *compare.World) { w.UnusedLogGroups[account.Key] = unused })
	}
	return nil
}
