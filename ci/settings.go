package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ambient-ecs/iam/policy"
	"ambient-ecs/problem"
	"ambient-ecs/quota"
)

// Kind is what the jobs of an environment may do.
type Kind string

const (
	// Read is for previews and for the comparison with AWS.
	Read Kind = "read"
	// Deploy is for updates.
	Deploy Kind = "deploy"
	// Verify is for trying every call, which runs commands in tasks.
	Verify Kind = "verify"
)

// Settings are the program's configuration.
type Settings struct {
	// Repository is the one repository whose workflows may take the roles: OWNER/NAME, or GROUP/…/PROJECT of GitLab.
	Repository string
	// OwnerID and RepositoryID are the numbers by which GitHub knows the owner and the repository. With both, the subject of a token names them
	// beside the names. RepositoryID alone is for a repository whose subjects have names only. Empty: neither is checked.
	OwnerID, RepositoryID string
	// Forge is who runs the jobs: github or gitlab. Empty: github.
	Forge string
	// GitLabHost is the host of GitLab, as its tokens name it. Empty: gitlab.com.
	GitLabHost string
	// Branch is the protected branch whose jobs may take the roles: on GitLab all of them, on GitHub all but those of Previews. Empty: main.
	Branch string
	// Previews are the environments whose jobs GitHub runs for pull requests, and so for no branch. They may only read. Empty: preview.
	Previews []string
	// Install and Region are the stack's installName and region.
	Install, Region string
	// Home is the key of the account that holds EKS.
	Home string
	// Accounts are the stack's accounts by the name of their AWS profile, which the stack file has too.
	Accounts map[string]Account
	// Environments are what the jobs of each environment may do.
	Environments map[string]Kind
	// Provider says whether the account of Home has the forge's identity provider already: an account has one at most. Empty: make it.
	Provider string
	// EntryPolicies are the ARNs of managed policies for the state backend of Pulumi and its key. Empty: Pulumi Cloud has the state.
	EntryPolicies []string
}

// Account is one AWS account.
type Account struct {
	// ID is the 12-digit account id.
	ID string `json:"id"`
	// Profile is the AWS profile of the person who runs this program. Empty: the account's key.
	Profile string `json:"profile"`
	// Region is the account's own region. Empty: the stack's. Two entries may share an id if their regions differ.
	Region string `json:"region"`
	// ExistingEKS is the name of the EKS cluster of somebody else in which the mesh lives, NodeSecurityGroupID the group that the stack
	// file names for its nodes. Of the home account alone. Empty: none.
	ExistingEKS         string `json:"existingEks"`
	NodeSecurityGroupID string `json:"nodeSecurityGroupId"`
	// TransitRegions are the other regions in which the account owns a transit gateway: those of the stack's accounts, with connect
	// transit-gateway. Of the home account alone.
	TransitRegions []string `json:"transitRegions"`
	// The others are those of the stack file, since the deployer's policies follow them. PermissionsBoundary is an ARN, and so are
	// Clusters, ECS clusters that exist, Services, the stack's services on them, and OwnedServices, those there that their owners deploy.
	// NamedClusters and NamedRoles are ARNs too: what clusterName, taskRoleName and executionRoleName name.
	// VPCID and RouteTableIDs are a network that exists.
	// Teams says that teams have a role in the account.
	IAMPath             string   `json:"iamPath"`
	PermissionsBoundary string   `json:"permissionsBoundary"`
	ManagedPolicies     []string `json:"managedPolicies"`
	TaskRoles           []string `json:"taskRoles"`
	Clusters            []string `json:"clusters"`
	Services            []string `json:"services"`
	OwnedServices       []string `json:"ownedServices"`
	NamedClusters       []string `json:"namedClusters"`
	NamedRoles          []string `json:"namedRoles"`
	Teams               bool     `json:"teams"`
	VPCID               string   `json:"vpcId"`
	RouteTableIDs       []string `json:"routeTableIds"`
}

// existingProvider says that the forge's identity provider is there.
const existingProvider = "existing"

var kinds = []Kind{Read, Deploy, Verify}

var (
	repository  = regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+$`)
	gitlabPath  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)+$`)
	gitlabHost  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+$`)
	number      = regexp.MustCompile(`^[1-9][0-9]*$`)
	branchName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
	environment = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	label       = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	region      = regexp.MustCompile(`^[a-z]{2}(?:-gov)?-[a-z]+-[1-9]$`)
	accountID   = regexp.MustCompile(`^[0-9]{12}$`)
	clusterName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)
	groupID     = regexp.MustCompile(`^sg-[0-9a-f]{8}(?:[0-9a-f]{9})?$`)
	policyARN   = regexp.MustCompile(`^arn:aws[a-z-]*:iam::(?:aws|[0-9]{12}):policy/.+$`)
)

// project is the program's name, which begins its keys.
const project = "ambient-ecs-ci"

// read reads and checks the configuration as the engine hands it over: texts, and JSON for objects and lists. The error names every
// problem.
func read(raw map[string]string) (Settings, error) {
	s := Settings{Install: "ambient"}
	texts := map[string]*string{"repository": &s.Repository, "installName": &s.Install, "region": &s.Region, "home": &s.Home, "identityProvider": &s.Provider,
		"ownerId": &s.OwnerID, "repositoryId": &s.RepositoryID,
		"forge": &s.Forge, "gitlabHost": &s.GitLabHost, "branch": &s.Branch}
	objects := map[string]any{"accounts": &s.Accounts, "environments": &s.Environments, "entryPolicies": &s.EntryPolicies, "previews": &s.Previews}
	var p problem.List
	for name, value := range raw {
		key, ours := strings.CutPrefix(name, project+":")
		text, isText := texts[key]
		object, isObject := objects[key]
		switch {
		case !ours:
		case isText:
			*text = value
		case isObject:
			decoder := json.NewDecoder(strings.NewReader(value))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(object); err != nil {
				p.Add(key, problem.Unread, "%v", err)
			}
		default:
			p.Add(key, problem.Unread, "there is no such key")
		}
	}
	s.check(&p)
	p.Sort()
	if err := p.Err(); err != nil {
		return Settings{}, fmt.Errorf("the configuration is refused:\n%w", err)
	}
	return s, nil
}

func (s Settings) check(p *problem.List) {
	matches := func(field, value string, form *regexp.Regexp, reason string) {
		if value == "" {
			p.Missing(field, "%s", reason)
		} else if !form.MatchString(value) {
			p.Refuse(field, value, "%s", reason)
		}
	}
	// A wildcard would let every repository that fits take the roles.
	s.checkForge(p, matches)
	matches("installName", s.Install, label, "it is the stack's installName")
	if s.Install == "ci" || strings.HasPrefix(s.Install, "ci-") {
		p.Refuse("installName", s.Install, "a deployer of this install may change every role whose name begins with it, so those of CI too: choose another")
	}
	matches("region", s.Region, region, "it is the stack's region, for example eu-central-1")
	if s.Provider != "" && s.Provider != existingProvider {
		p.Refuse("identityProvider", s.Provider, "it is %s, or not set", existingProvider)
	}
	if _, has := s.Accounts[s.Home]; !has {
		p.Refuse("home", s.Home, "it is the key in accounts of the account that holds EKS")
	}
	if len(s.Accounts) == 0 {
		p.Missing("accounts", "they are the stack's accounts, by the profile that the stack file names")
	}
	for _, key := range slices.Sorted(maps.Keys(s.Accounts)) {
		field := "accounts." + key
		matches(field, key, environment, "it is the name of a profile in the stack file: letters, digits and . _ -")
		matches(field+".id", s.Accounts[key].ID, accountID, "an account id has 12 digits, in quotes")
		if arn := s.Accounts[key].PermissionsBoundary; arn != "" {
			matches(field+".permissionsBoundary", arn, policyARN, "it is the ARN of a managed policy")
		}
		s.checkPlace(p, key)
	}
	if len(s.Environments) == 0 {
		p.Missing("environments", "they are the environments of the workflows: preview and drift with read, production with deploy, verify with verify")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Environments)) {
		matches("environments."+name, name, environment, "it is one environment of GitHub, without wildcards")
		if kind := s.Environments[name]; !slices.Contains(kinds, kind) {
			p.Refuse("environments."+name, kind, "it is read, deploy or verify")
		}
	}
	s.checkNames(p)
	for i, arn := range s.EntryPolicies {
		matches(fmt.Sprintf("entryPolicies[%d]", i), arn, policyARN, "it is the ARN of a managed policy")
	}
}

// maxRoleName is IAM's limit for the name of a role (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html,
// 2026-11-29). The name of a policy begins with its role's and may have 128 characters.
const maxRoleName = 64

// checkNames checks the length of every name that the roles get from the configuration.
func (s Settings) checkNames(p *problem.List) {
	tooLong := func(field, value, name string) {
		if len(name) > maxRoleName {
			p.Refuse(field, value, "the name of the IAM role %s has %d characters and may have %d: shorten it or installName", name, len(name), maxRoleName)
		}
	}
	for _, environment := range slices.Sorted(maps.Keys(s.Environments)) {
		tooLong("environments."+environment, environment, s.entryName(environment))
	}
	told := map[string]bool{}
	for _, key := range slices.Sorted(maps.Keys(s.Accounts)) {
		for _, kind := range s.kinds() {
			if name := s.roleName(key, kind); !told[name] {
				told[name] = true
				tooLong("accounts."+key, s.regionOf(key), name)
			}
		}
	}
}

// checkForge checks who may take the roles.
func (s Settings) checkForge(p *problem.List, matches func(field, value string, form *regexp.Regexp, reason string)) {
	switch cmp.Or(s.Forge, forgeGitHub) {
	case forgeGitHub:
		matches("repository", s.Repository, repository, "it is one repository, OWNER/NAME, without wildcards; the numbers of GitHub are ownerId and repositoryId")
		for field, value := range map[string]string{"ownerId": s.OwnerID, "repositoryId": s.RepositoryID} {
			if value != "" {
				matches(field, value, number, "it is a number of GitHub, as gh api repos/OWNER/NAME prints it")
			}
		}
		if s.OwnerID != "" && s.RepositoryID == "" {
			p.Missing("repositoryId", "ownerId is set, and a subject has the numbers of both or of neither")
		}
		if s.GitLabHost != "" {
			p.Refuse("gitlabHost", s.GitLabHost, "it is GitLab's: set forge to gitlab, or leave it out")
		}
		for i, name := range s.Previews {
			if _, has := s.Environments[name]; !has {
				p.Refuse(fmt.Sprintf("previews[%d]", i), name, "it is none of environments")
			}
		}
		for _, name := range slices.Sorted(maps.Keys(s.Environments)) {
			if kind := s.Environments[name]; s.previews(name) && kind != Read {
				p.Refuse("environments."+name, kind, "its jobs run the code of pull requests, so it is read")
			}
		}
	case forgeGitLab:
		if len(s.Previews) > 0 {
			p.Add("previews", problem.IsSet, "on GitLab previews run in pipelines of the branch, as every job with a role")
		}
		for field, value := range map[string]string{"ownerId": s.OwnerID, "repositoryId": s.RepositoryID} {
			if value != "" {
				p.Refuse(field, value, "it is GitHub's: leave it out")
			}
		}
		matches("repository", s.Repository, gitlabPath, "it is the path of one project, GROUP/PROJECT, without wildcards")
		matches("gitlabHost", cmp.Or(s.GitLabHost, defaultHost), gitlabHost, "it is the host of your GitLab, without https:// and without a path")
	default:
		p.Refuse("forge", s.Forge, "it is github or gitlab")
	}
	matches("branch", cmp.Or(s.Branch, defaultBranch), branchName, "it is one protected branch, without wildcards")
}

// checkPlace checks where an account's resources lie, and the EKS cluster that it has.
func (s Settings) checkPlace(p *problem.List, key string) {
	field, account := "accounts."+key, s.Accounts[key]
	switch own := account.Region; {
	case own == "":
	case !region.MatchString(own):
		p.Refuse(field+".region", own, "it is the account's region in the stack file, for example eu-west-1")
	case key == s.Home && own != s.Region:
		p.Refuse(field+".region", own, "the home account is in the stack's region, %s", s.Region)
	case region.MatchString(s.Region) && quota.Partition(own) != quota.Partition(s.Region):
		p.Refuse(field+".region", own, "%s is in another partition of AWS, and no role reaches from one into another", s.Region)
	}
	for _, other := range slices.Sorted(maps.Keys(s.Accounts)) {
		if other < key && s.Accounts[other].ID == account.ID && s.regionOf(other) == s.regionOf(key) {
			p.Refuse(field+".id", account.ID, "accounts.%s is the same account in the same region, and the names of their roles would be the same: set region, or leave one out", other)
		}
	}
	if key != s.Home && len(account.TransitRegions) > 0 {
		p.Add(field+".transitRegions", problem.IsSet, "the transit gateways of all regions are the home account's, %s", s.Home)
	}
	for i, other := range account.TransitRegions {
		switch {
		case !region.MatchString(other):
			p.Refuse(fmt.Sprintf("%s.transitRegions[%d]", field, i), other, "this is no region")
		case other == s.Region:
			p.Refuse(fmt.Sprintf("%s.transitRegions[%d]", field, i), other, "it is the stack's region, whose policies the role has")
		}
	}
	eks, group := account.ExistingEKS, account.NodeSecurityGroupID
	switch {
	case key != s.Home && eks != "":
		p.Refuse(field+".existingEks", eks, "the EKS cluster is in the home account, %s", s.Home)
	case eks != "" && !clusterName.MatchString(eks):
		p.Refuse(field+".existingEks", eks, "it is existingEks.name of the stack file, and no ARN")
	}
	switch {
	case group == "":
	case eks == "":
		p.Refuse(field+".nodeSecurityGroupId", group, "it is the group of the nodes of existingEks, which is not set")
	case !groupID.MatchString(group):
		p.Refuse(field+".nodeSecurityGroupId", group, "this is not the id of a security group, such as sg-0123456789abcdef0")
	}
}

// previews reports whether the jobs of an environment run for pull requests.
func (s Settings) previews(environment string) bool {
	if len(s.Previews) == 0 {
		return environment == defaultPreview
	}
	return slices.Contains(s.Previews, environment)
}

// regionOf is the region of an account.
func (s Settings) regionOf(key string) string { return cmp.Or(s.Accounts[key].Region, s.Region) }

// place is where an account's resources lie.
func (s Settings) place(key string) policy.Place {
	return policy.Place{Partition: quota.Partition(s.Region), Region: s.regionOf(key), Account: s.Accounts[key].ID}
}

// deployer is who runs the stack's program in an account.
func (s Settings) deployer(key string) policy.Deployer {
	account := s.Accounts[key]
	return policy.Deployer{
		Place: s.place(key), Install: s.Install, Guardrails: policy.Guardrails{Path: account.IAMPath, Boundary: account.PermissionsBoundary},
		Attached: account.ManagedPolicies, TaskRoles: account.TaskRoles, Clusters: account.Clusters, Services: account.Services, Owned: account.OwnedServices, Teams: account.Teams,
		NamedClusters: account.NamedClusters, NamedRoles: account.NamedRoles,
		VPC: account.VPCID, RouteTables: account.RouteTableIDs, EKS: account.ExistingEKS, NodesGroup: account.NodeSecurityGroupID,
	}
}

// kinds are the kinds that an environment has, in order.
func (s Settings) kinds() (all []Kind) {
	for _, kind := range kinds {
		if len(s.of(kind)) > 0 {
			all = append(all, kind)
		}
	}
	return all
}

// of are the environments of a kind, sorted.
func (s Settings) of(kind Kind) (names []string) {
	for name, is := range s.Environments {
		if is == kind {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// entryName and roleName are the names of the roles. They do not begin with the install's name: a deployer may change every role
// that does.
func (s Settings) entryName(environment string) string {
	return "ci-" + s.Install + "-from-" + environment
}
func (s Settings) roleName(key string, kind Kind) string {
	name := s.plainName(kind)
	if own := s.regionOf(key); own != s.Region && s.shared(key) {
		name += "-" + own
	}
	return name
}

// plainName is a role's name in an account that the stack has in one region. Resources of every account are registered by it.
func (s Settings) plainName(kind Kind) string { return "ci-" + s.Install + "-" + string(kind) }

// shared reports whether the stack has the account in another region too: then IAM, which has no regions, has the roles of both.
func (s Settings) shared(key string) bool {
	for other, account := range s.Accounts {
		if other != key && account.ID == s.Accounts[key].ID {
			return true
		}
	}
	return false
}
