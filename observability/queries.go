package observability

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"ambient-ecs/observability/queries"
)

// QueriesTypeToken is the Pulumi type of Queries.
const QueriesTypeToken = "ambient-ecs:observability:Queries"

// QueriesArgs configures Queries.
type QueriesArgs struct {
	// Folder is the folder in the console. Required.
	Folder string
	// LogGroups are the log groups that the queries are for. At least one.
	LogGroups pulumi.StringArray
	// Provider is the AWS provider of the log groups' account. Required.
	Provider pulumi.ProviderResource
}

// QueryName is the name of a saved query in its folder.
func QueryName(folder string, query queries.Query) string { return folder + "/" + query.Name }

// Validate reports every problem of the arguments, or returns nil.
func (a *QueriesArgs) Validate() error {
	var problems []error
	if a.Folder == "" {
		problems = append(problems, errors.New("Folder is empty: queries of two installs would be mixed"))
	}
	if len(a.LogGroups) == 0 {
		problems = append(problems, errors.New("LogGroups is empty: there is nothing to ask"))
	}
	if a.Provider == nil {
		problems = append(problems, errors.New("Provider is nil: without one the queries could land in another account"))
	}
	return errors.Join(problems...)
}

// Queries are the saved queries of one account.
type Queries struct{ pulumi.ResourceState }

// NewQueries registers the queries.
func NewQueries(ctx *pulumi.Context, name string, args *QueriesArgs, opts ...pulumi.ResourceOption) (*Queries, error) {
	if args == nil {
		return nil, fmt.Errorf("queries %s: args is nil", name)
	}
	if err := args.Validate(); err != nil {
		return nil, fmt.Errorf("queries %s: %w", name, err)
	}
	component := &Queries{}
	if err := ctx.RegisterComponentResource(QueriesTypeToken, name, component, opts...); err != nil {
		return nil, fmt.Errorf("queries %s: %w", name, err)
	}
	for _, query := range queries.All() {
		if _, err := cloudwatch.NewQueryDefinition(ctx, name+"-"+query.Name, &cloudwatch.QueryDefinitionArgs{
			Name:          pulumi.String(QueryName(args.Folder, query)),
			LogGroupNames: args.LogGroups,
			QueryString:   pulumi.String(query.Text),
		}, child(component, args.Provider)...); err != nil {
			return nil, fmt.Errorf("queries %s: register %s: %w", name, query.Name, err)
		}
	}
	if err := ctx.RegisterResourceOutputs(component, pulumi.Map{"folder": pulumi.String(args.Folder)}); err != nil {
		return nil, fmt.Errorf("queries %s: %w", name, err)
	}
	return component, nil
}
