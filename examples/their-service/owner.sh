#!/bin/sh
# What the owner of `billing` runs, in a pipeline with the policy of the output `pipelinePolicies` and the right to tag the service:
# the service joins the mesh, and later gets what the mesh has changed. The owner's own task definition is billing.json.
set -eu
install=lodger cluster=prod service=billing
read_parameter() { aws ssm get-parameter --name "/ambient-ecs/$install/v1/$cluster/$1" --query Parameter.Value --output text; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

read_parameter "services/$service" > "$work/set"
read_parameter contract > "$work/contract"
account=$(jq -r '.identity | split("/")[1]' "$work/set")
read_parameter "tokens/$account" > "$work/token"

# The roles of the mesh, and ztunnel.
jq --slurpfile set "$work/set" '.family = $set[0].family | .taskRoleArn = $set[0].taskRoleArn | .executionRoleArn = $set[0].executionRoleArn' billing.json |
  ambient enrol --contract "$work/contract" --token "$work/token" --identity "$(jq -r .identity "$work/set")" --client "$(jq -r .client "$work/set")" > "$work/enrolled.json"
revision=$(aws ecs register-task-definition --cli-input-json "file://$work/enrolled.json" --query 'taskDefinition.taskDefinitionArn' --output text)

# The tags first: the tasks of the deployment get them from the service.
aws ecs tag-resource --resource-arn "$(jq -r .serviceArn "$work/set")" --tags "$(jq -c '[.tags | to_entries[] | {key, value}]' "$work/set")"
aws ecs update-service --cluster "$(jq -r .cluster "$work/set")" --service "$(jq -r .service "$work/set")" --task-definition "$revision" \
  --propagate-tags SERVICE --enable-ecs-managed-tags \
  --network-configuration "$(jq -c '{awsvpcConfiguration: {subnets: .subnetIds, securityGroups: .securityGroupIds, assignPublicIp: "DISABLED"}}' "$work/set")"
