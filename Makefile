# Every recipe here is what CI runs. `make` alone lists them.

STACK ?= dev
# One pulumi on PATH is used as it is; without one, the CLI is built from its own Go module.
CLI := $(shell command -v pulumi 2>/dev/null || echo bin/pulumi)
SANDBOX = bin/sandbox
TOOLS = bin/ambient-ecs bin/sandbox bin/pulumi-resource-shim $(CLI)

# Inlining and debug information cost the generated SDKs a third of their compile time and memory, and gain nothing. Go's cache is by
# flags, so every recipe uses the same. Plain `go test` works as well, and compiles the SDKs once more. With -trimpath the cache is not by
# folder: a second clone compiles nothing twice.
SDKS = github.com/pulumi/pulumi-aws/sdk/v6 github.com/pulumi/pulumi-eks/sdk/v3 github.com/pulumi/pulumi-kubernetes/sdk/v4 \
	github.com/aws/aws-sdk-go-v2/service
FLAGS = -trimpath $(foreach sdk,$(SDKS),'-gcflags=$(sdk)/...=-l -dwarf=false')

# `go test` vets what it tests, with a part of vet's checks of its own, and for that reads every dependency's source once more. `make lint`
# vets everything with all checks, so the tests leave it out.
TEST = go test -vet=off $(FLAGS)

.PHONY: exhaustive help up preview refresh destroy outputs verify plan doctor topology test test-engine lifecycles mutations clients typescript clone lint bench bench-scale golden clean FORCE

help: ## List the recipes.
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

up: $(TOOLS) ## Bring the stack up in the sandbox (STACK=dev|single|pair).
	@$(SANDBOX) up --stack $(STACK)

preview: $(TOOLS) ## Show what `make up` would change.
	@$(SANDBOX) preview --stack $(STACK)

refresh: $(TOOLS) ## Compare Pulumi's state with the sandbox.
	@$(SANDBOX) refresh --stack $(STACK)

destroy: $(TOOLS) ## Remove everything the stack made in the sandbox.
	@$(SANDBOX) destroy --stack $(STACK)

outputs: $(TOOLS) ## Print the stack's outputs.
	@$(SANDBOX) stack output --stack $(STACK)

# What is deployed in the sandbox; without --sandbox the same commands ask real accounts (docs/verify.md).
AMBIENT = bin/ambient --sandbox .sandbox --stack $(STACK)

verify: $(TOOLS) bin/ambient ## Try every call that the mesh must allow and must refuse, through all policy stages.
	@$(AMBIENT) verify --policies-if-permissive

plan: $(TOOLS) bin/ambient ## Say which calls that work now the edited stack file would stop.
	@$(SANDBOX) preview --json --stack $(STACK) | $(AMBIENT) verify --plan -

doctor: $(TOOLS) bin/ambient ## Name the first missing piece of what does not work.
	@$(AMBIENT) doctor

topology: $(TOOLS) bin/ambient ## Show services, workloads, identities and who may call whom.
	@$(AMBIENT) topology

# Most of a test of the sandbox waits for its clouds, so sixteen wait at once.
test: bin/ambient-ecs ## Run the fast tests.
	$(TEST) ./...
	cd sandbox && $(TEST) -parallel 16 ./...
	cd verify && $(TEST) ./...
	cd plugin && $(TEST) ./...

test-engine: $(TOOLS) bin/ambient bin/team-go bin/policy-pack bin/ci bin/contract-stack bin/pulumi-resource-ambient-ecs bin/pulumi-language-yaml ## Play whole life cycles on the real engine in the sandbox.
	@$(MAKE) -j 2 lifecycles mutations

exhaustive: $(TOOLS) bin/ambient ## Play what CI leaves out: a kill at each type of resource, an edit of every key, an upgrade by revision, fifty accounts (more than an hour).
	cd sandbox && $(TEST) -count=1 -tags 'engine exhaustive' -timeout 180m -v -run 'Killed|Repaired|EveryKey|ByRevision|FiftyAccounts' ./lifecycle/...

# A life cycle waits for the sandbox's clouds half of the time, so one more than there are cores plays at once.
lifecycles:
	cd sandbox && $(TEST) -count=1 -tags engine -timeout 60m -parallel $$(($$(getconf _NPROCESSORS_ONLN) + 1)) ./host/... ./eks/... ./lifecycle/...

# One mutation after the other: one core does this while another plays life cycles.
mutations:
	cd verify && $(TEST) -count=1 -tags engine -timeout 20m -v ./mutation/...

clients: ## Try which clients of curl, Go, Java, Node.js and Python reach ztunnel's proxy (installs nothing: tests/clients/install).
	$(TEST) -count=1 -tags clients ./tests/clients

typescript: ## Check the TypeScript example against the SDK of the component (installs nothing: plugin/typescript/install).
	cd plugin && $(TEST) -count=1 -tags typescript ./typescript

clone: ## Build the component from the committed files alone.
	cd plugin && $(TEST) -count=1 -tags clone -run Committed .

# staticcheck compiles packages itself, so it needs the recipes' flags as well. What it learns about the SDKs takes minutes: it is kept
# beside what Go has compiled, where a cache of CI keeps it too.
STATICCHECK = STATICCHECK_CACHE="$$(go env GOCACHE)/staticcheck" GOFLAGS="$(FLAGS)" go run honnef.co/go/tools/cmd/staticcheck@v0.8.2

lint: ## Check formatting, vet, staticcheck, and that the module files are tidy.
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "gofmt these files:"; echo "$$unformatted"; exit 1; }
	go vet $(FLAGS) ./...
	go run github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
	$(STATICCHECK) ./...
	cd plugin && $(STATICCHECK) ./...
	cd sandbox && $(STATICCHECK) -tags 'engine exhaustive' ./...
	cd verify && $(STATICCHECK) -tags engine ./...
	go vet $(FLAGS) -tags clients ./tests/clients
	cd sandbox && go vet $(FLAGS) -tags 'engine exhaustive' ./...
	cd sandbox/engine && go vet $(FLAGS) ./...
	cd verify && go vet $(FLAGS) -tags engine ./...
	cd plugin && go vet $(FLAGS) -tags 'typescript clone' ./...
	cd examples/team-go && go vet $(FLAGS) ./...
	go mod tidy -diff
	cd sandbox && go mod tidy -diff
	cd verify && go mod tidy -diff
	cd plugin && go mod tidy -diff
	cd sandbox/yaml && go mod tidy -diff
	cd examples/team-go && go mod tidy -diff
	cd sandbox/engine && go mod tidy -diff

golden: bin/ambient-ecs ## Rewrite the golden files after an intended change; read the diff.
	$(TEST) $$(grep -rl '"ambient-ecs/tests/golden"' --include='*_test.go' --exclude-dir=plugin . | xargs -n1 dirname | sort -u) -update
	cd plugin && $(TEST) ./... -update

bench: $(TOOLS) ## Measure compile cost (cold and warm) and sandbox times.
	go run ./tests/bench $(FLAGS)

bench-scale: $(TOOLS) ## Measure what `make up` costs as stacks grow to 2,000 resources, and a preview to 13,000.
	go -C sandbox run ./cmd/scale -root ..
	go -C sandbox run ./cmd/scale -root .. -preview

clean: ## Remove what was built and the sandbox with all its state.
	rm -rf bin .sandbox

bin/ambient-ecs: FORCE
	@./sandbox/build.sh "the program" . $@ . $(FLAGS)

bin/ci: FORCE
	@./sandbox/build.sh "the roles of CI" . $@ ./ci $(FLAGS)

bin/contract-stack: FORCE
	@./sandbox/build.sh "the stack of a contract" . $@ ./contract/stack $(FLAGS)

bin/policy-pack: FORCE
	@./sandbox/build.sh "the policy pack" . $@ ./controls/pack $(FLAGS)

bin/team-go: FORCE
	@./sandbox/build.sh "the program of examples/team-go" examples/team-go $@ . $(FLAGS)

bin/pulumi-resource-ambient-ecs: FORCE
	@./sandbox/build.sh "the component for teams" plugin $@ . $(FLAGS)

bin/pulumi-language-yaml:
	@./sandbox/build.sh "the language of Pulumi YAML" sandbox/yaml $@ github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml -trimpath -ldflags '-s -w'

bin/sandbox: FORCE
	@./sandbox/build.sh "the sandbox" sandbox $@ ./cmd/sandbox $(FLAGS)

bin/pulumi-resource-shim: FORCE
	@./sandbox/build.sh "the plugin shim" sandbox $@ ./cmd/pulumi-resource-shim $(FLAGS)

bin/ambient: FORCE
	@./sandbox/build.sh "the verifier" verify $@ ./cmd/ambient $(FLAGS)

bin/pulumi:
	@./sandbox/engine/build.sh $@

FORCE:
