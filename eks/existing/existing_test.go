package existing

import (
	"slices"
	"testing"
)

func TestTheConfigurationOfVPCCNIIsRead(t *testing.T) {
	for text, want := range map[string]struct{ policies, strict, networks bool }{
		"":                               {},
		"no JSON":                        {},
		"[]":                             {},
		`{"enableNetworkPolicy":"true"}`: {policies: true},
		`{"enableNetworkPolicy":true}`:   {policies: true},
		`{"enableNetworkPolicy":"false","env":{"ENABLE_POD_ENI":"false"}}`:                           {},
		`{"env":{"ENABLE_POD_ENI":"true"}}`:                                                          {strict: true},
		`{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"strict"}}`:             {strict: true},
		`{"env":{"ENABLE_POD_ENI":"true","POD_SECURITY_GROUP_ENFORCING_MODE":"standard"}}`:           {},
		`{"env":{"POD_SECURITY_GROUP_ENFORCING_MODE":"strict","WARM_IP_TARGET":"5"},"resources":{}}`: {},
		`{"env":{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"true"}}`:                                      {networks: true},
		`{"env":{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"false"}}`:                                     {},
	} {
		a := Addon{Configuration: text}
		if a.EnforcesPolicies() != want.policies || a.StrictGroups() != want.strict || a.PodNetworks() != want.networks {
			t.Errorf("%s: enforces policies %v, strict groups %v, networks of pods %v", text, a.EnforcesPolicies(), a.StrictGroups(), a.PodNetworks())
		}
	}
}

func TestOnlyConfigMapModeHasNoEntries(t *testing.T) {
	for mode, want := range map[string]bool{"CONFIG_MAP": false, "API_AND_CONFIG_MAP": true, "API": true} {
		if got := (Cluster{Mode: mode}).HasEntries(); got != want {
			t.Errorf("%s: %v", mode, got)
		}
	}
}

func TestTheControlPlaneReachesWebhooksWhereARuleAdmitsIt(t *testing.T) {
	for name, c := range map[string]struct {
		rules []Rule
		shut  []int
	}{
		"not known":                         {nil, nil},
		"none":                              {[]Rule{}, []int{15017, 9443}},
		"the rules of Terraform's module":   {[]Rule{{"tcp", 443, 443, "", "sg-more", ""}, {"tcp", 9443, 9443, "", "sg-more", ""}, {"tcp", 1025, 65535, "", "sg-nodes", ""}}, []int{15017}},
		"with a rule more":                  {[]Rule{{"tcp", 9443, 9443, "", "sg-more", ""}, {"tcp", 15017, 15017, "", "sg-eks", ""}}, nil},
		"everything from the control plane": {[]Rule{{"-1", 0, 0, "", "sg-eks", ""}}, nil},
		"everything from the VPC":           {[]Rule{{"tcp", 0, 65535, "10.0.0.0/8", "", ""}}, nil},
		"a part of the VPC":                 {[]Rule{{"tcp", 0, 65535, "10.1.0.0/24", "", ""}}, []int{15017, 9443}},
		"a prefix list":                     {[]Rule{{"tcp", 15017, 15017, "", "", "pl-1"}}, []int{9443}},
		"UDP":                               {[]Rule{{"udp", 0, 65535, "", "sg-eks", ""}}, []int{15017, 9443}},
	} {
		cluster := Cluster{SecurityGroup: "sg-eks", ControlPlaneGroups: []string{"sg-more"}, NodeGroup: &SecurityGroup{ID: "sg-nodes", Ingress: c.rules}}
		if got := cluster.Shut([]string{"10.1.0.0/16"}, IstiodWebhook, ControllerWebhook); !slices.Equal(got, c.shut) {
			t.Errorf("%s: shut are %v, want %v", name, got, c.shut)
		}
	}
	if got := (Cluster{SecurityGroup: "sg-eks"}).Shut(nil, IstiodWebhook); got != nil {
		t.Errorf("nodes with the group of EKS: %v", got)
	}
}
