package living

import (
	"ambient-ecs/living/compare"
	"ambient-ecs/providers"
)

// otherKey finds the key under which this install has an account already: the security groups of its tasks have the key in their names. An
// account with a discovery role under its key of today has no other.
func (l *looking) otherKey(account *providers.Account, found *compare.Account) error {
	if _, lives := found.Roles[l.cfg.DiscoveryRoleName(account.Key)]; lives || l.unseen(compare.RolesSubject) {
		return nil
	}
	groups, err := l.groups(account, compare.GroupsSubject)
	if err != nil {
		return err
	}
	var names []string
	for _, group := range groups {
		names = append(names, group.Tags["Name"])
	}
	found.OtherKey = compare.OtherKey(l.cfg, account.Key, names)
	return nil
}
