package policy

// Start says which task somebody may start by ecs run-task.
type Start struct {
	Place Place
	// Cluster is the name of the ECS cluster.
	Cluster string
	// Family is the family of the task definition.
	Family string
	// TaskRoleARN and ExecutionRoleARN are the roles that the definition names.
	TaskRoleARN, ExecutionRoleARN string
	// QueueARN is the queue of starts that were given up. Empty: none.
	QueueARN string
}

// ScheduleTrust lets EventBridge Scheduler, for the schedules of one group and nothing else, assume a role. The ARN is the
// group's: Scheduler compares that one, and refuses a role whose condition names a schedule.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html, 2026-11-29.
func ScheduleTrust(place Place, group string) Document {
	return Document{Statements: []Statement{{
		Sid:       "SchedulesOfTheGroup",
		Principal: &Principal{Service: Values{"scheduler.amazonaws.com"}},
		Actions:   []string{"sts:AssumeRole"},
		Condition: Condition{"StringEquals": {
			"aws:SourceAccount": {place.Account},
			"aws:SourceArn":     {place.ARN("scheduler", "schedule-group/"+group)},
		}},
	}}}
}

// StartPermissions let somebody start the tasks of one family on one cluster. RunTask takes the ARN of a revision: the last part
// is its number, which AWS counts. ECS tags the task for its caller.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html and
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/CWE_IAM_role.html, 2026-11-29.
func StartPermissions(s Start) Document {
	document := Document{Statements: []Statement{
		{
			Sid: "StartTheTask", Actions: []string{"ecs:RunTask"}, Resources: []string{s.Place.ARN("ecs", "task-definition/"+s.Family+":*")},
			Condition: Condition{"ArnEquals": {"ecs:cluster": {s.Place.ARN("ecs", "cluster/"+s.Cluster)}}},
		},
		{
			Sid: "TagTheTask", Actions: []string{"ecs:TagResource"}, Resources: []string{s.Place.ARN("ecs", "task/"+s.Cluster+"/*")},
			Condition: Condition{"StringEquals": {"ecs:CreateAction": {"RunTask"}}},
		},
		{
			Sid: "PassRolesOfTheTask", Actions: []string{"iam:PassRole"}, Resources: []string{s.TaskRoleARN, s.ExecutionRoleARN},
			Condition: Condition{"StringEquals": {"iam:PassedToService": {"ecs-tasks.amazonaws.com"}}},
		},
	}}
	if s.QueueARN != "" {
		document.Statements = append(document.Statements, Statement{Sid: "KeepLostStarts", Actions: []string{"sqs:SendMessage"}, Resources: []string{s.QueueARN}})
	}
	return document
}
