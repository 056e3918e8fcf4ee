//go:build engine

package mutation

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"ambient-ecs/sandbox/kubernetes/api"
)

// ownCertificate is a certificate for the users' host, and its key, as lines of the ingress in a stack file.
func ownCertificate(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{entry}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().AddDate(1, 0, 0)}
	public, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	lines := ""
	for _, one := range []struct {
		name, kind string
		der        []byte
	}{{"certificate", "CERTIFICATE", public}, {"key", "PRIVATE KEY", private}} {
		text := strings.TrimSpace(string(pem.EncodeToMemory(&pem.Block{Type: one.kind, Bytes: one.der})))
		lines += "    " + one.name + ": |\n      " + strings.ReplaceAll(text, "\n", "\n      ") + "\n"
	}
	return lines
}

const (
	targetKind    = "aws:appautoscaling/target:Target"
	scalingKind   = "aws:appautoscaling/policy:Policy"
	actionKind    = "aws:appautoscaling/scheduledAction:ScheduledAction"
	webMorning    = "ambient-ecs-3/web:scheduledActionName/at-morning"
	providersKind = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
	webService    = "service/ambient-ecs-3/web"
	webExecution  = "ambient-ecs-3-web-execution"
	execLogs      = "/ecs/ambient-ecs-1/exec"

	attachmentKind = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
	managedPolicy  = "arn:aws:iam::aws:policy/AmazonSSMReadOnlyAccess"
)

// operations are the ingredients of how services run, and of the way of their users, that calls and inspections show.
var operations = []mutation{
	{name: "Secret of the users' certificate", spoil: without("v1", "Secret", entryNS, "ingress-certificate"),
		blind: "users→* ingress/unknown-host/443", ingredient: "ingress-certificate", words: "ambient-ingress/ingress-certificate", frozen: true},
	{name: "key in the Secret of the users' certificate", spoil: unset("v1", "Secret", entryNS, "ingress-certificate", "data", "tls.key"),
		blind: "users→* ingress/unknown-host/443", ingredient: "ingress-certificate", words: "ambient-ingress/ingress-certificate|tls.key", frozen: true},
	{name: "shares of a service of ECS and a shared one", spoil: usersShares(10, 90),
		red: "ingress/echo.example.com/1/shares", ingredient: "ingress-route", words: entry + "/shared|90 % to checkout.ambient.ecs.local"},
	{name: "share of the shared service", spoil: usersShares(100, 0),
		red: "ingress/echo.example.com/1/shares", ingredient: "ingress-route", words: entry + "/shared|100 % to echo-service.ambient-ecs-1.ecs.local"},
}

// usersShares sets the weights of the two services behind a path of users, first that of ECS.
func usersShares(ecs, shared int64) func(*spoiler) {
	return func(s *spoiler) {
		s.Helper()
		s.object(gatewayAPI, "HTTPRoute", entryNS, "host."+entry, func(_ *api.Cluster, o api.Object) {
			for _, rule := range api.Maps(o, "spec", "rules") {
				backends := api.Maps(rule, "backendRefs")
				if len(backends) != 2 {
					continue
				}
				for _, b := range backends {
					if b["weight"] = ecs; strings.HasPrefix(api.String(b, "name"), "checkout.") {
						b["weight"] = shared
					}
				}
				return
			}
			s.Fatal("no path of users has two services")
		})
	}
}

// unseenOperations are those that no call shows: they decide about the next tasks.
var unseenOperations = []invisible{
	{mutation{name: "scalable target", spoil: all(remove(away, targetKind, webService), remove(away, scalingKind, webService), remove(away, actionKind, webService)), ingredient: "scaler", words: "ecs-3/web|no scalable target"},
		scaled, scalingGuide},
	{mutation{name: "bounds of a scaler", spoil: property(away, targetKind, "minCapacity", 0.0, webService), ingredient: "scaler", words: "ecs-3/web|0 to 6"},
		scaled, scalingGuide},
	{mutation{name: "scaling policy", spoil: remove(away, scalingKind, webService), ingredient: "scaler", words: "ecs-3/web|scaling policy cpu"},
		scaled, scalingGuide},
	{mutation{name: "target of a scaling policy", spoil: property(away, scalingKind, "targetTrackingScalingPolicyConfiguration", map[string]any{
		"targetValue": 95.0, "predefinedMetricSpecification": map[string]any{"predefinedMetricType": "ECSServiceAverageCPUUtilization"}}, webService), ingredient: "scaler", words: "ecs-3/web|95|60"},
		scaled, scalingGuide},
	{mutation{name: "scheduled action", spoil: remove(away, actionKind, webMorning), ingredient: "scaler", words: "ecs-3/web|at-morning"},
		scaled, scalingGuide},
	{mutation{name: "time of a scheduled action", spoil: text(away, actionKind, "schedule", "0 6", "0 4", webMorning), ingredient: "scaler", words: "ecs-3/web|at-morning|cron(0 4"},
		scaled, scalingGuide},
	{mutation{name: "capacity provider of a cluster", spoil: property(away, providersKind, "capacityProviders", []any{"FARGATE"}), ingredient: "capacity-provider", words: "ambient-ecs-3|FARGATE_SPOT"},
		placed, capacityGuide},
	{mutation{name: "capacity providers of a cluster", spoil: remove(away, providersKind), ingredient: "capacity-provider", words: "ambient-ecs-3|FARGATE"},
		placed, capacityGuide},
	{mutation{name: "strategy of a service", spoil: property(away, serviceKind, "capacityProviderStrategies", []any{}, webService), ingredient: "capacity-provider", words: "ecs-3/web|launch type"},
		placed, capacityGuide},
	{mutation{name: "weight in the strategy of a service", spoil: property(away, serviceKind, "capacityProviderStrategies", []any{
		map[string]any{"capacityProvider": "FARGATE", "weight": 1.0}, map[string]any{"capacityProvider": "FARGATE_SPOT", "base": 1.0, "weight": 1.0}}, webService), ingredient: "capacity-provider", words: "ecs-3/web|base 1"},
		placed, capacityGuide},
	{mutation{name: "group of schedules with what is in it", spoil: all(remove(home, "aws:scheduler/scheduleGroup:ScheduleGroup"), remove(home, scheduleKind)), ingredient: "schedule", words: "ecs-1/report|does not exist"},
		"no task starts by it now", schedulerGuide + "managing-schedule-group.html"},
	{mutation{name: "execution role of a service", spoil: remove(away, roleKind, "role/"+webExecution+`"`), ingredient: "execution-role", words: webExecution},
		"the agent takes it when a task starts", ecsGuide + "task_execution_IAM_role.html"},
	{mutation{name: "policy of a service's execution role", spoil: remove(away, rolePolicyKind, webExecution+":"), ingredient: "execution-permission", words: webExecution},
		"the agent needs it when a task starts", ecsGuide + "task_execution_IAM_role.html"},
	{mutation{name: "secret in the policy of a service's execution role", spoil: text(away, rolePolicyKind, "policy", "parameter/web/api-key", "parameter/other", webExecution+":"), ingredient: "execution-permission", words: webExecution + "|ssm:GetParameters|web/api-key"},
		"the agent reads the secret when a task starts", ecsGuide + "secrets-envvar-ssm-paramstore.html"},
	{mutation{name: "permissions of a service", spoil: remove(home, rolePolicyKind, "ambient-ecs-1-catalog-ecs-1:permissions-"), ingredient: "role-policy", words: "ambient-ecs-1-catalog-ecs-1|an inline policy"},
		permitted, permissionGuide},
	{mutation{name: "statement of the permissions of a service", spoil: text(home, rolePolicyKind, "policy", "s3:GetObject", "s3:GetBucketAcl", "ambient-ecs-1-catalog-ecs-1:permissions-"), ingredient: "role-policy", words: "ambient-ecs-1-catalog-ecs-1|an inline policy"},
		permitted, permissionGuide},
	{mutation{name: "managed policy of a service", spoil: remove(away, attachmentKind, "ambient-ecs-3-web-ecs-3", managedPolicy), ingredient: "role-policy", words: "ambient-ecs-3-web-ecs-3|" + managedPolicy},
		permitted, permissionGuide},
	{mutation{name: "log group of sessions", spoil: remove(home, logGroupKind, execLogs), ingredient: "exec-logs", words: "ambient-ecs-1|" + execLogs},
		"only ECS Exec needs it", ecsGuide + "ecs-exec.html"},
	{mutation{name: "logging of sessions", spoil: property(home, clusterKind, "configuration", nil, "ambient-ecs-1"), ingredient: "exec-logs", words: "ambient-ecs-1|" + execLogs},
		"sessions go to the log of their container then", ecsGuide + "ecs-exec.html"},
	{mutation{name: "permission to log sessions", spoil: text(home, rolePolicyKind, "policy", "logs:PutLogEvents", "logs:GetLogEvents", "ambient-ecs-1-ecs:"), ingredient: "exec-logs", words: "ambient-ecs-1-ecs|logs:PutLogEvents"},
		"only ECS Exec needs it", ecsGuide + "ecs-exec.html"},
}

const (
	scaled          = "tasks that run stay; their number follows the load no more"
	permitted       = "a call in the mesh asks for no right in AWS; what the application asks of AWS does"
	placed          = "running tasks stay where they are"
	scalingGuide    = "https://docs.aws.amazon.com/autoscaling/application/userguide/what-is-application-auto-scaling.html"
	permissionGuide = ecsGuide + "task-iam-roles.html"
	capacityGuide   = ecsGuide + "cluster-capacity-providers.html"
)
