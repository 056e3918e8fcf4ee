package aws

import (
	"fmt"
	"slices"

	"ambient-ecs/quota"
)

// serviceQuota answers with AWS's defaults, which are what the sandbox enforces: nobody has raised a quota of its accounts.
func (s *session) serviceQuota(args map[string]any) (map[string]any, error) {
	service, number := text(args, "serviceCode"), text(args, "quotaCode")
	i := slices.IndexFunc(quota.All, func(q quota.Quota) bool { return q.Code == service+"/"+number })
	if i < 0 {
		return nil, fmt.Errorf("invoking aws:servicequotas/getServiceQuota:getServiceQuota: 1 error occurred:\n\t* getting Default Service Quota for (%s/%s): "+
			"operation error Service Quotas: GetAWSDefaultServiceQuota, NoSuchResourceException: The request failed because the specified service quota does not exist.\n\n", service, number)
	}
	of, arn := quota.All[i], fmt.Sprintf("arn:%s:servicequotas:%s:%s:%s/%s", s.partition, s.region, s.account, service, number)
	out := cloneMap(args)
	out["id"], out["arn"], out["quotaName"], out["serviceName"] = arn, arn, of.Name, service
	out["adjustable"], out["globalQuota"], out["usageMetrics"] = of.Adjustable, false, []any{}
	out["defaultValue"], out["value"] = float64(of.Default), float64(of.Default)
	return out, nil
}
