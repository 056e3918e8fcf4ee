package architecture

// picture says which package may import which. Each line is one room: a folder with the packages below it, or
// "folder/*" for the packages below a folder that have no line of their own. The rooms and libraries that it may
// import stand to the right of the arrow. Those that only its tests may import stand behind the bar. A listed import
// that does not exist fails the test as well.
const picture = `
# The program: main.go is this line, from top to bottom. Rooms with a star are arithmetic and documents, without Pulumi.
.               → Pulumi config providers living keys network iam eks mesh ecs observability contract/publish outputs problem
problem         →
component       → Pulumi problem
config          → AWS problem quota support contract iam/evaluation network/* eks/* ecs/* mesh/bootstrap mesh/podsecurity mesh/requestpath | mesh/* tests
providers       → Pulumi config
living          → Pulumi config contract providers quota living/* network/* eks/* ecs/* mesh/bootstrap
living/*        → config contract problem quota iam/evaluation network/* eks/* ecs/* mesh/* | tests
keys            → Pulumi component problem config providers iam/*
network         → Pulumi component problem config providers keys network/* iam/*
network/*       →
iam             → Pulumi component problem quota config providers eks/* iam/* mesh/* observability/*
iam/*           → quota iam/actions | config iam/evaluation tests
eks             → Pulumi component problem config providers keys network iam iam/* eks/*
eks/*           → problem | tests
mesh            → Pulumi component problem config iam eks mesh/* mesh/helm mesh/networkpolicy mesh/podsecurity observability/*
mesh/*          → problem mesh/podsecurity | tests
mesh/helm       → Pulumi component problem
mesh/networkpolicy →
mesh/podsecurity →
ecs             → AWS Pulumi component problem config contract providers keys network iam mesh mesh/bootstrap ecs/*
ecs/*           → AWS problem | tests
observability   → Pulumi component problem config providers keys network iam eks mesh mesh/helm mesh/networkpolicy mesh/podsecurity ecs observability/*
observability/* → | config tests
outputs         → Pulumi config contract network iam iam/* iam/evaluation eks mesh ecs observability observability/*
tests           → Pulumi config | component controls contract contract/publish providers keys quota living/* network network/* iam iam/* iam/actions iam/evaluation eks eks/* mesh mesh/* mesh/bootstrap mesh/helm mesh/networkpolicy mesh/podsecurity ecs ecs/* observability observability/*

# What other teams' stacks read and use, without Pulumi.
contract         → ecs/* | tests
contract/publish → Pulumi component problem config providers contract network mesh ecs
contract/stack   → Pulumi contract
examples/team-go → Pulumi contract ecs/* eks/*
plugin           → Pulumi component problem config contract network iam mesh mesh/* ecs ecs/* | iam/* iam/evaluation tests

# A program of its own: the roles by which CI reaches the accounts.
ci              → Pulumi problem quota iam/* | iam/evaluation tests

# The controls of AWS and CIS, without Pulumi, and the policy pack that asks them.
controls        →
controls/pack   → Pulumi controls

# Neutral ground: what the program writes, read as AWS, ztunnel and Envoy read it, and AWS's limits. The sandbox and the verifier share these and no more.
quota            → | tests
support          →
iam/actions      →
iam/evaluation   →
mesh/bootstrap   → | tests
mesh/requestpath →

# The sandbox plays AWS and Kubernetes. It knows neither the program nor the verifier.
sandbox/cmd              → sandbox/aws sandbox/eks sandbox/host sandbox/kubernetes sandbox/lock sandbox/makespan sandbox/memo sandbox/mesh sandbox/provider sandbox/shim sandbox/world
sandbox/host             → Pulumi sandbox/language sandbox/lock sandbox/memo sandbox/provider sandbox/shim
sandbox/kubernetes       → Kubernetes quota sandbox/aws sandbox/kubernetes/api sandbox/kubernetes/chart sandbox/mesh sandbox/provider sandbox/world | mesh/*
sandbox/kubernetes/chart → Helm Istio Kubernetes sandbox/kubernetes/api sandbox/memo sandbox/mesh
sandbox/makespan         → sandbox/aws
sandbox/mesh             → Istio Kubernetes mesh/bootstrap sandbox/aws sandbox/kubernetes/api sandbox/world | sandbox/kubernetes/chart
sandbox/kubernetes/api   → Kubernetes sandbox/memo sandbox/world
sandbox/aws              → Pulumi iam/actions iam/evaluation quota sandbox/provider sandbox/world
sandbox/eks              → Pulumi sandbox/provider | sandbox/host
sandbox/provider         → Pulumi
sandbox/language         → Pulumi
sandbox/engine           → Pulumi
sandbox/definitions      →
sandbox/lock             →
sandbox/memo             →
sandbox/shim             →
sandbox/world            →
sandbox/lifecycle        → | sandbox/aws sandbox/kubernetes sandbox/kubernetes/api sandbox/mesh sandbox/provider sandbox/world tests

# The verifier judges what is deployed, from the stack's outputs. Only its back end for the sandbox knows the sandbox.
verify/cmd            → config contract ecs/* verify/adopt verify/backend verify/check verify/cost verify/doctor verify/enrolled verify/onaws verify/plan verify/preview verify/repair verify/report verify/run verify/sandboxed verify/stack verify/topology | eks/* tests
verify/adopt          → config problem eks/* ecs/* living/* network/* verify/backend verify/resident
verify/resident       → verify/backend
verify/enrolled       → contract ecs/* verify/stack
verify/report         → verify/backend verify/cases verify/run
verify/run            → mesh/bootstrap verify/backend verify/cases verify/policy verify/stack verify/observability
verify/cases          → verify/backend verify/stack
verify/doctor         → ecs/* eks/* iam/* iam/evaluation mesh/* mesh/bootstrap verify/backend verify/enrolled verify/stack verify/observability
verify/plan           → Istio verify/backend verify/policy verify/stack
verify/cost           → quota support verify/preview | tests
verify/check          → controls verify/preview
verify/preview        →
verify/topology       → verify/backend verify/doctor verify/stack
verify/policy         → Istio mesh/requestpath verify/backend
verify/onaws          → AWS Kubernetes quota eks/* iam/evaluation living/* network/* verify/adopt verify/backend verify/curl verify/doctor verify/repair verify/stack verify/observability
verify/sandboxed      → Istio Kubernetes eks/* iam/evaluation living/* mesh/bootstrap network/* sandbox/aws sandbox/kubernetes sandbox/kubernetes/api sandbox/lock sandbox/mesh sandbox/world verify/adopt verify/backend verify/doctor verify/policy verify/repair verify/stack verify/observability | ecs/* sandbox/kubernetes/chart verify/run
verify/curl           → verify/backend
verify/observability  → verify/backend verify/stack
verify/backend        → verify/stack
verify/repair         → problem quota | iam/actions
verify/stack          →
verify/mutation       → | sandbox/kubernetes/api sandbox/world verify/cases verify/doctor verify/run verify/sandboxed verify/stack
`
