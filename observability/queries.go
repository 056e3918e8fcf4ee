package observability

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/component"
	"ambient-ecs/observability/queries"
	"ambient-ecs/problem"
)

// QueriesTypeToken is the Pulumi type of Queries.
const QueriesTypeToken = "ambient-ecs:observability:Queries"

// QueriesArgs configures Queries.
type QueriesArgs struct {
	// Folder is the folder in the console. Required.
	Folder string
	// LogGroups are the log groups that the queries read. At least one.
	LogGroups pulumi.StringArray
	// Provider is the AWS provider of the log groups' account. Required.
	Provider pulumi.ProviderResource
}

// QueryName is the name of a saved query in its folder.
func QueryName(folder string, query queries.Query) string { return folder + "/" + query.Name }

// Validate reports every problem of the arguments, or returns nil.
func (a *QueriesArgs) Validate() error {
	var p problem.List
	if a.Folder == "" {
		p.Missing("Folder", "queries of two installs would be mixed")
	}
	if len(a.LogGroups) == 0 {
		p.Missing("LogGroups", "there is nothing to ask")
	}
	if a.Provider == nil {
		p.Missing("Provider", "without one the queries could land in another account")
	}
	return p.Err()
}

// Queries are the saved queries of one account.
type Queries struct{ pulumi.ResourceState }

// NewQueries registers the queries.
func NewQueries(ctx *pulumi.Context, name string, args *QueriesArgs, opts ...pulumi.ResourceOption) (*Queries, error) {
	out := &Queries{}
	return component.New(ctx, QueriesTypeToken, name, out, args, opts, func() (pulumi.Map, error) {
		for _, query := range queries.All() {
			if _, err := cloudwatch.NewQueryDefinition(ctx, name+"-"+query.Name, &cloudwatch.QueryDefinitionArgs{
				Name:          pulumi.String(QueryName(args.Folder, query)),
				LogGroupNames: args.LogGroups,
				QueryString:   pulumi.String(query.Text),
			}, component.Child(out, args.Provider)...); err != nil {
				return nil, fmt.Errorf("register %s: %w", query.Name, err)
			}
		}
		return pulumi.Map{"folder": pulumi.String(args.Folder)}, nil
	})
}
