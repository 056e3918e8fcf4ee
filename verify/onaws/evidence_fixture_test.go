package onaws

import (
	"context"
	"errors"
	"strings"
	"testing"

	"ambient-ecs/verify/onaws/awstest"
	"ambient-ecs/verify/onaws/connect"
	"ambient-ecs/verify/stack/stacktest"
)

// newEvidence reads stand-ins. The AWS CLI prints the text that is recorded for its first three words.
func newEvidence(t *testing.T, printed map[string]string, objects ...map[string]any) (*AWS, *awstest.AWS) {
	t.Helper()
	aws := awstest.New(t)
	kubernetes := awstest.NewKubernetes(t, objects...)
	s := stacktest.New(stacktest.Home)
	s.Kubeconfig = kubernetes.Kubeconfig()
	one := s.Clusters["ecs-1"]
	one.LogGroup = "/ecs/mesh-1"
	s.Clusters["ecs-1"] = one
	s.VpcIDs = map[string]string{stacktest.Home: "vpc-1"}
	s.IstiodRole = "arn:aws:iam::111122223333:role/mesh-istiod"
	s.TaskRoles = map[string]string{"ecs-1/ecs": "arn:aws:iam::111122223333:role/path/gone"}
	s.DiscoveryRoles = map[string]string{"stranger": "arn:aws:iam::999999999999:role/elsewhere"}
	accounts, err := connect.OpenAccounts(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	c, err := connect.OpenCluster(s.Kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	say := func(_ context.Context, _ []string, args ...string) ([]byte, error) {
		if text, ok := printed[args[1]]; ok && strings.Join(args[2:4], " ") == "--cluster-name mesh" {
			return []byte(text), nil
		}
		return nil, errors.New("not recorded: " + strings.Join(args, " "))
	}
	b := newAWS(s, Options{}, accounts, c)
	b.evidence.cli = say
	return b, aws
}

const (
	clusterARN     = "arn:aws:ecs:eu-central-1:111122223333:cluster/mesh-1"
	serviceARN     = "arn:aws:ecs:eu-central-1:111122223333:service/mesh-1/echo-service"
	firstRevision  = "arn:aws:ecs:eu-central-1:111122223333:task-definition/mesh-1-echo-service:1"
	secondRevision = "arn:aws:ecs:eu-central-1:111122223333:task-definition/mesh-1-echo-service:2"
)

type l = []any

func recordECS(aws *awstest.AWS) {
	tag := func(key, value string) l { return l{m{"key": key, "value": value}} }
	aws.On("ecs:DescribeClusters", func(awstest.Input) any {
		return m{"clusters": l{m{"clusterArn": clusterARN, "status": "ACTIVE", "tags": tag("ecs.solo.io/discovery-enabled", "true"), "capacityProviders": l{"FARGATE", "FARGATE_SPOT"},
			"configuration": m{"executeCommandConfiguration": m{"logging": "OVERRIDE", "logConfiguration": m{"cloudWatchLogGroupName": "/ecs/mesh-1/exec"}}}}}}
	})
	aws.On("ecs:ListServices", func(awstest.Input) any { return m{"serviceArns": l{serviceARN}} })
	aws.On("ecs:DescribeServices", func(awstest.Input) any {
		return m{"services": l{m{
			"serviceArn": serviceARN, "clusterArn": clusterARN, "status": "ACTIVE", "desiredCount": 2, "runningCount": 1, "enableExecuteCommand": true,
			"taskDefinition": firstRevision, "propagateTags": "SERVICE", "tags": tag("ecs.solo.io/namespace", "mesh-1"),
			"networkConfiguration":     m{"awsvpcConfiguration": m{"subnets": l{"subnet-1"}, "securityGroups": l{"sg-1"}}},
			"capacityProviderStrategy": l{m{"capacityProvider": "FARGATE_SPOT", "base": 1, "weight": 3}},
			"deployments":              l{m{"taskDefinition": secondRevision, "rolloutState": "FAILED", "rolloutStateReason": "ECS deployment circuit breaker"}},
		}}}
	})
	aws.On("ecs:ListTasks", func(in awstest.Input) any {
		return m{"taskArns": l{"arn:aws:ecs:eu-central-1:111122223333:task/mesh-1/" + in.Text("desiredStatus")}}
	})
	aws.On("ecs:DescribeTasks", func(awstest.Input) any {
		return m{"tasks": l{
			m{
				"taskArn": "arn:aws:ecs:eu-central-1:111122223333:task/mesh-1/RUNNING", "group": "service:echo-service", "lastStatus": "RUNNING", "healthStatus": "HEALTHY", "enableExecuteCommand": true,
				"taskDefinitionArn": firstRevision, "attachments": l{m{"details": l{m{"name": "privateIPv4Address", "value": "10.0.1.20"}}}},
			},
			m{"taskArn": "arn:aws:ecs:eu-central-1:111122223333:task/mesh-1/STOPPED", "group": "family:x", "lastStatus": "STOPPED", "stoppedReason": "CannotPullContainerError", "taskDefinitionArn": secondRevision},
		}}
	})
	aws.On("ecs:DescribeTaskDefinition", func(in awstest.Input) any {
		if in.Text("taskDefinition") == secondRevision {
			return awstest.Failure{Code: "ClientException", Message: "Unable to describe task definition."}
		}
		return m{"taskDefinition": m{
			"taskDefinitionArn": firstRevision, "taskRoleArn": "arn:aws:iam::111122223333:role/mesh-1-ecs", "executionRoleArn": "arn:aws:iam::111122223333:role/mesh-execution",
			"containerDefinitions": l{
				m{
					"name": "echo-service", "image": "i", "environment": l{m{"name": "ALL_PROXY", "value": "socks5h://127.0.0.1:15080"}}, "portMappings": l{m{"containerPort": 8080}},
					"dependsOn":             l{m{"containerName": "ztunnel", "condition": "HEALTHY"}},
					"secrets":               l{m{"name": "KEY", "valueFrom": "/echo/key"}},
					"environmentFiles":      l{m{"type": "s3", "value": "arn:aws:s3:::config/echo.env"}},
					"repositoryCredentials": m{"credentialsParameter": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:registry-a1b2c3"},
					"logConfiguration":      m{"logDriver": "awslogs", "options": m{"awslogs-group": "/ecs/mesh-1", "awslogs-stream-prefix": "echo-service"}},
				},
				m{"name": "ztunnel", "image": "z", "healthCheck": m{"command": l{"CMD", "ztunnel", "healthcheck"}}},
			},
		}}
	})
	aws.On("logs:DescribeLogGroups", func(in awstest.Input) any {
		name := in.Text("logGroupNamePrefix")
		return m{"logGroups": l{m{"logGroupName": name + "-other"}, m{"logGroupName": name}}}
	})
}

// recordNetwork answers what EC2 describes with the items of each set.
func recordNetwork(aws *awstest.AWS, sets map[string]string) {
	for action, items := range sets {
		name, set, _ := strings.Cut(action, "|")
		aws.On("ec2:"+name, func(awstest.Input) any {
			return "<" + name + "Response><" + set + ">" + items + "</" + set + "></" + name + "Response>"
		})
	}
}
