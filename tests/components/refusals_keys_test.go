package components

import (
	"ambient-ecs/iam/policy"
	"ambient-ecs/keys"
)

func validKey(f *fixture) *keys.KeyArgs {
	return &keys.KeyArgs{
		Alias: "alias/mesh-topics", Description: "The topic of alarms", Protect: true, Provider: f.local,
		Policy: policy.TopicKey(policy.Place{Partition: "aws", Region: region, Account: local}),
	}
}

func keySubjects() []subject {
	return []subject{
		of("key", keys.NewKey, validKey,
			word("Alias", "Description", "Policy", "Provider"),
			[]bad[keys.KeyArgs]{
				{"no provider", func(a *keys.KeyArgs) { a.Provider = nil }, word("Provider", "another account")},
				{"no alias", func(a *keys.KeyArgs) { a.Alias = "" }, word("Alias is not set")},
				{"no description", func(a *keys.KeyArgs) { a.Description = "" }, word("Description is not set")},
				{"nobody who may use it", func(a *keys.KeyArgs) { a.Policy = policy.Document{} }, word("Policy is not set", "could not use it")},
			}),
	}
}
