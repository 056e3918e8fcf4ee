package eks

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const addonType = "aws:eks/addon:Addon"

// kubeProxy registers the add-on kube-proxy.
func (a *clusterArgs) kubeProxy(ctx *pulumi.Context, name string, parent pulumi.Resource, eks *awsCluster) error {
	options := a.KubeProxyAddonOptions
	if disabled(options) {
		return nil
	}
	return ctx.RegisterResource(addonType, name+"-kube-proxy", present(pulumi.Map{
		"clusterName":              eks.Name,
		"addonName":                pulumi.String("kube-proxy"),
		"addonVersion":             options.Version,
		"preserve":                 pulumi.Bool(true),
		"tags":                     a.Tags,
		"resolveConflictsOnCreate": pulumi.String(orOverwrite(options.ResolveConflictsOnCreate)),
		"resolveConflictsOnUpdate": pulumi.String(orOverwrite(options.ResolveConflictsOnUpdate)),
		"configurationValues":      configurationText(options.ConfigurationValues),
	}), &other{}, pulumi.Parent(parent))
}

// vpcCNIOptions are those of the add-on vpc-cni. The plain ones become environment variables of the plugin.
type vpcCNIOptions struct {
	AddonVersion             pulumi.StringInput `pulumi:"addonVersion"`
	ConfigurationValues      pulumi.MapInput    `pulumi:"configurationValues"`
	EnableNetworkPolicy      *bool              `pulumi:"enableNetworkPolicy"`
	ServiceAccountRoleARN    pulumi.StringInput `pulumi:"serviceAccountRoleArn"`
	ResolveConflictsOnCreate string             `pulumi:"resolveConflictsOnCreate"`
	ResolveConflictsOnUpdate string             `pulumi:"resolveConflictsOnUpdate"`

	NodePortSupport        bool   `pulumi:"nodePortSupport"`
	CustomNetworkConfig    bool   `pulumi:"customNetworkConfig"`
	WarmEniTarget          *int   `pulumi:"warmEniTarget"`
	WarmIPTarget           int    `pulumi:"warmIpTarget"`
	WarmPrefixTarget       int    `pulumi:"warmPrefixTarget"`
	EnablePrefixDelegation bool   `pulumi:"enablePrefixDelegation"`
	LogLevel               string `pulumi:"logLevel"`
	LogFile                string `pulumi:"logFile"`
	VethPrefix             string `pulumi:"vethPrefix"`
	EniMTU                 int    `pulumi:"eniMtu"`
	EniConfigLabelDef      string `pulumi:"eniConfigLabelDef"`
	EnablePodEni           bool   `pulumi:"enablePodEni"`
	DisableTCPEarlyDemux   bool   `pulumi:"disableTcpEarlyDemux"`
	ConfigureRPFilter      bool   `pulumi:"cniConfigureRpfilter"`
	CustomNetworkCfg       bool   `pulumi:"cniCustomNetworkCfg"`
	CNIExternalSNAT        bool   `pulumi:"cniExternalSnat"`
	ExternalSNAT           bool   `pulumi:"externalSnat"`
}

// environment are the variables of the plugin and of its init container. A setting that is off is left out,
// unless pulumi-eks writes it explicitly.
func (o *vpcCNIOptions) environment() (plugin, initialise map[string]any) {
	warm := 1
	if o.WarmEniTarget != nil {
		warm = *o.WarmEniTarget
	}
	plugin = map[string]any{
		"WARM_ENI_TARGET":                    strconv.Itoa(warm),
		"AWS_VPC_K8S_CNI_LOGLEVEL":           or(o.LogLevel, "DEBUG"),
		"AWS_VPC_K8S_CNI_LOG_FILE":           or(o.LogFile, "/host/var/log/aws-routed-eni/ipamd.log"),
		"AWS_VPC_K8S_CNI_VETHPREFIX":         or(o.VethPrefix, "eni"),
		"AWS_VPC_ENI_MTU":                    strconv.Itoa(or(o.EniMTU, 9001)),
		"AWS_VPC_K8S_PLUGIN_LOG_LEVEL":       "DEBUG",
		"AWS_VPC_K8S_PLUGIN_LOG_FILE":        "/var/log/aws-routed-eni/plugin.log",
		"ENABLE_POD_ENI":                     strconv.FormatBool(o.EnablePodEni),
		"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": strconv.FormatBool(o.CustomNetworkCfg),
		"AWS_VPC_K8S_CNI_EXTERNALSNAT":       strconv.FormatBool(o.ExternalSNAT || o.CNIExternalSNAT),
	}
	for name, on := range map[string]bool{
		"AWS_VPC_CNI_NODE_PORT_SUPPORT":      o.NodePortSupport,
		"ENABLE_PREFIX_DELEGATION":           o.EnablePrefixDelegation,
		"AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER": o.ConfigureRPFilter,
	} {
		if on {
			plugin[name] = "true"
		}
	}
	for name, target := range map[string]int{"WARM_IP_TARGET": o.WarmIPTarget, "WARM_PREFIX_TARGET": o.WarmPrefixTarget} {
		if target != 0 {
			plugin[name] = strconv.Itoa(target)
		}
	}
	if o.EniConfigLabelDef != "" {
		plugin["ENI_CONFIG_LABEL_DEF"] = o.EniConfigLabelDef
	}
	return plugin, map[string]any{"DISABLE_TCP_EARLY_DEMUX": strconv.FormatBool(o.DisableTCPEarlyDemux)}
}

// vpcCNI registers the add-on vpc-cni, in a component of its own.
func (a *clusterArgs) vpcCNI(ctx *pulumi.Context, name string, parent pulumi.Resource, eks *awsCluster, entries []pulumi.Resource) error {
	if a.UseDefaultVpcCNI {
		return nil
	}
	options := a.VpcCNIOptions
	if options.CNIExternalSNAT && options.ExternalSNAT {
		return fmt.Errorf("Please specify one of `cniExternalSnat` or `externalSnat` in your VpcCniOptions")
	}
	var c component
	if err := ctx.RegisterComponentResource(vpcCNIType, name+"-vpc-cni", &c, pulumi.Parent(parent), pulumi.DependsOn(entries)); err != nil {
		return err
	}
	addon := &other{}
	if err := ctx.RegisterResource(addonType, name+"-vpc-cni", present(pulumi.Map{
		"clusterName":              eks.Name,
		"addonName":                pulumi.String("vpc-cni"),
		"addonVersion":             options.AddonVersion,
		"preserve":                 pulumi.Bool(true),
		"tags":                     a.Tags,
		"resolveConflictsOnCreate": pulumi.String(orOverwrite(options.ResolveConflictsOnCreate)),
		"resolveConflictsOnUpdate": pulumi.String(orOverwrite(options.ResolveConflictsOnUpdate)),
		"serviceAccountRoleArn":    options.ServiceAccountRoleARN,
		"configurationValues":      options.configuration(),
	}), addon, pulumi.Parent(&c)); err != nil {
		return err
	}
	return ctx.RegisterResourceOutputs(&c, pulumi.Map{"addon": pulumi.NewResourceInput(addon)})
}

// configuration is the add-on's configuration as JSON: the environment, overridden by the user's values.
func (o *vpcCNIOptions) configuration() pulumi.StringOutput {
	var given pulumi.MapInput = pulumi.Map{}
	if o.ConfigurationValues != nil {
		given = o.ConfigurationValues
	}
	return given.ToMapOutput().ApplyT(func(values map[string]any) (string, error) {
		values = maps.Clone(values)
		if values == nil {
			values = map[string]any{}
		}
		plugin, initialise := o.environment()
		if _, ok := values["enableNetworkPolicy"]; !ok && o.EnableNetworkPolicy != nil {
			values["enableNetworkPolicy"] = strconv.FormatBool(*o.EnableNetworkPolicy)
		}
		values["env"] = over(plugin, values["env"])
		init := over(nil, values["init"])
		init["env"] = over(initialise, init["env"])
		values["init"] = init
		text, err := json.Marshal(values)
		return string(text), err
	}).(pulumi.StringOutput)
}

func over(base map[string]any, top any) map[string]any {
	merged := map[string]any{}
	maps.Copy(merged, base)
	if m, ok := top.(map[string]any); ok {
		maps.Copy(merged, m)
	}
	return merged
}

func configurationText(values pulumi.MapInput) pulumi.Input {
	if values == nil {
		return nil
	}
	return pulumi.JSONMarshal(values)
}

func orOverwrite(resolution string) string { return or(resolution, "OVERWRITE") }

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
