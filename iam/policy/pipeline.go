package policy

// Pipeline says what a team's pipeline deploys.
type Pipeline struct {
	Place Place
	// Family is the family of the service's task definition.
	Family string
	// ServiceARN is the service.
	ServiceARN string
	// TaskRoleARN and ExecutionRoleARN are the roles that its task definition names.
	TaskRoleARN, ExecutionRoleARN string
	// Parameters are the names of SSM parameters that the pipeline reads. Empty: none.
	Parameters []string
}

// PipelinePermissions let a pipeline register revisions of one family and deploy them to one service. It may hand ECS the two
// roles of that service and no other, so it cannot take the identity of another service.
//
// An update must name a revision of the family. ecs:task-definition is a condition key of UpdateService, and its value is an
// ARN. The last part of the ARN is the revision, which AWS counts: hence the wildcard after the family. RegisterTaskDefinition
// takes the ARN of the family in the same way. DescribeTaskDefinition takes no resource.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html, 2026-11-29.
func PipelinePermissions(p Pipeline) Document {
	revisions := []string{p.Place.ARN("ecs", "task-definition/"+p.Family+":*")}
	document := Document{Statements: []Statement{
		{Sid: "RegisterRevisions", Actions: []string{"ecs:RegisterTaskDefinition"}, Resources: revisions},
		{
			Sid: "TagNewRevisions", Actions: []string{"ecs:TagResource"}, Resources: revisions,
			Condition: Condition{"StringEquals": {"ecs:CreateAction": {"RegisterTaskDefinition"}}},
		},
		{
			Sid: "ReadRevisions", Actions: []string{"ecs:DescribeTaskDefinition"}, Resources: []string{"*"},
			Condition: Condition{"StringEquals": {"aws:RequestedRegion": {p.Place.Region}}},
		},
		{
			Sid: "Deploy", Actions: []string{"ecs:UpdateService"}, Resources: []string{p.ServiceARN},
			Condition: Condition{"ArnLike": {"ecs:task-definition": revisions}},
		},
		{Sid: "WatchDeployment", Actions: []string{"ecs:DescribeServices"}, Resources: []string{p.ServiceARN}},
		{
			Sid: "PassRolesOfTheService", Actions: []string{"iam:PassRole"}, Resources: []string{p.TaskRoleARN, p.ExecutionRoleARN},
			Condition: Condition{"StringEquals": {"iam:PassedToService": {"ecs-tasks.amazonaws.com"}}},
		},
	}}
	if len(p.Parameters) > 0 {
		var parameters []string
		for _, name := range p.Parameters {
			parameters = append(parameters, p.Place.ARN("ssm", "parameter"+name))
		}
		document.Statements = append(document.Statements, Statement{Sid: "ReadWhatTheMeshGives", Actions: ssm("GetParameter", "GetParameters"), Resources: parameters})
	}
	return document
}
