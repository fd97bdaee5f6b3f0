# Bare `make` lists the targets. Every target sets up what it needs.
# GOTOOLCHAIN pins the Go release: the go command fetches it from the module proxy when it is another one.
export GOTOOLCHAIN := go1.27.3
# One set of flags for everything on this machine, the Lambdas' own (local/build): what programs and tests share is then
# compiled once, which saves a minute of a first start. GOFLAGS keeps what the user has set.
export CGO_ENABLED := 0
export GOFLAGS := $(shell go env GOFLAGS) -trimpath -tags=lambda.norpc
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 1

LOCAL := build/bin/local
# An empty setting is no setting: only what was given is passed on.
export NAME ?= dev
BIN := build/bin
REZAGENT := $(BIN)/rezagent
# What rezagent needs to use the running stack; where none runs, it says so and nothing else happens.
SIGNED_IN = signed_in="$$($(LOCAL) env)" && eval "$$signed_in"
LINT := $(BIN)/golangci-lint
VULN := $(BIN)/govulncheck
VULNDB := build/vulndb
D2 := $(BIN)/d2
STATELINT := .venv/bin/statelint
ACTIONLINT := $(BIN)/actionlint
# What check/templates lints, and stubs in the place of what a template only names: Lambdas and dashboard.
TEMPLATES := build/templates
STUBS := build/stubs

.DEFAULT_GOAL := help
.PHONY: web/build web/dev web/lint web/test help dev demo send list replay show logs break heal status build synth golden reconcile test lint vuln \
	test/unit test/race test/fuzz test/mutation test/faults test/e2e bench bench/api bench/cost check clean fmt bench/coldstart bench/load check/templates check/workflows check/packages \
	test/web test/stack screenshots FORCE

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9\/_-]+:.*## / {printf "  \033[1m%-14s\033[0m %s\n", $$1, $$2}' $(MAKEFILE_LIST)

##  Use it
dev: $(LOCAL) ## Start everything on this machine, deliver a message, stay with the logs (NAME=, NTFY_URL=, TIME_DIVISOR=, IAM=true)
	@$(LOCAL) dev

demo: $(LOCAL) ## The same, and end: exit 0 only if the message was delivered
	@$(LOCAL) --name=$(NAME)-demo demo

send: $(LOCAL) $(REZAGENT) ## Send a text through the running stack: make send TEXT="it works"
	@$(SIGNED_IN) && $(REZAGENT) send --wait --timeout=20s -- "$$TEXT"

list: $(LOCAL) $(REZAGENT) ## List the running stack's messages
	@$(SIGNED_IN) && $(REZAGENT) list

replay: $(LOCAL) $(REZAGENT) ## Deliver a message again: make replay ID=…
	@$(SIGNED_IN) && $(REZAGENT) replay --wait -- "$$ID"

show: $(LOCAL) $(REZAGENT) ## Show a message and its history: make show ID=…
	@$(SIGNED_IN) && $(REZAGENT) show -- "$$ID"

logs: $(LOCAL) ## Show the logs of all Lambdas of the running stack
	@$(LOCAL) logs

break: $(LOCAL) ## Break the ntfy stand-in: make break [KIND=status|latency|reset|ratelimit|…] [COUNT=n] [CHANNEL=webhook]
	@$(LOCAL) break $(if $(KIND),--kind=$(KIND)) $(if $(COUNT),--count=$(COUNT)) $(if $(CHANNEL),--channel=$(CHANNEL))

heal: $(LOCAL) ## Heal the ntfy stand-in, or the receiver: make heal [CHANNEL=webhook]
	@$(LOCAL) heal $(if $(CHANNEL),--channel=$(CHANNEL))

status: $(LOCAL) ## Show the running stack's queue, DLQ and circuit
	@$(LOCAL) status

##  The dashboard
web/build: $(LOCAL) ## Build the dashboard into web/dist
	@$(LOCAL) dashboard

web/dev: $(LOCAL) web/build ## The dashboard with hot reload, against the running stack
	@$(SIGNED_IN) && cd web && npm run dev

web/lint: $(LOCAL) web/build ## eslint, prettier, tsc, knip, and the first page's size
	@cd web && npm run lint && npm run size

screenshots: $(LOCAL) ## Take the dashboard's pictures anew, on a stack that has seen a little of everything
	@$(LOCAL) screenshots

web/test: $(LOCAL) web/build ## The dashboard's unit and component tests
	@cd web && npm test

##  Build and deploy
build: $(LOCAL) ## Compile the Lambdas for AWS (arm64) and for this machine, and the CDK app
	@$(LOCAL) build

synth: build web/build node_modules/.stamp ## Synthesize every stage into cdk.out (NTFY_URL= where it delivers)
	@node_modules/.bin/cdk synth --quiet -c stage=local
	@node_modules/.bin/cdk synth --quiet -c stage=all -c ntfy_url=$(or $(NTFY_URL),https://ntfy.sh/rez-agent-synth)

golden: $(D2) web/build ## Write anew what is generated: the workflow's ASL, its graph, the API's description, docs/cli.md, the pictures
	UPDATE_GOLDEN=1 go test ./statemachine ./internal/cli -run TestGolden -count=1
	go run ./internal/api/describe
	cd web && npm run types
	go run ./statemachine/graph/draw
	$(D2) docs/img/architecture.d2 docs/img/architecture.svg
	UPDATE_GOLDEN=1 go test ./infra -run TestGolden -count=1
	$(D2) docs/img/stacks.d2 docs/img/stacks.svg

reconcile: ## Recompute a stage's hourly counters from its records: make reconcile STAGE=dev [ARGS=--dry-run]
	@go run ./cmd/reconcile --stage=$(STAGE) $(ARGS)

##  Check
test: check web/test test/unit test/race test/e2e ## Everything: lint and the other checks, unit, property, template, conformance and end-to-end tests

lint: $(LINT) .venv/.stamp web/lint ## gofmt, vet, golangci-lint with the layers' rules, statelint on the workflow
	@echo "golangci-lint"; $(LINT) run ./...
	@echo "statelint"; for asl in statemachine/testdata/*.asl.json; do $(STATELINT) $$asl || exit 1; done
	@echo "go mod tidy"; go mod tidy -diff

vuln: $(VULN) $(VULNDB) ## govulncheck, against the database of the version in tools/go.mod (no network needed)
	@echo "govulncheck"; $(VULN) -db file://$(CURDIR)/$(VULNDB) ./...

test/unit: ## Unit, property, template and conformance tests
	go test $$(go list ./... | grep -v /e2e)

test/race: ## The domain's tests once more under the race detector
	CGO_ENABLED=1 go test -race $$(go list ./internal/... | grep -vE '/(cli|client|queue|eventscheduler)(/|$$)')

# package:target; the corpora also run as plain tests.
FUZZ := message:FuzzParseTicket ntfy:FuzzDecide ntfy:FuzzAnswer ntfy:FuzzParseURL messagetype:FuzzRender config:FuzzLoad \
	schedule:FuzzParse listing:FuzzCursor auth:FuzzCredential auth/signin:FuzzOwnPath auth/signin:FuzzUnseal gateway:FuzzHandler
test/fuzz: ## Each fuzz target for five seconds
	@for t in $(FUZZ); do \
		go test ./internal/$${t%%:*} -run '^$$' -fuzz "^$${t##*:}$$" -fuzztime 5s || exit 1; done

test/mutation: $(LOCAL) ## Break the code in hundreds of small ways, one at a time: a test must notice each (MUTANT= an area, a name or a pattern)
	@$(LOCAL) mutation $(if $(MUTANT),--mutant='$(MUTANT)')

test/e2e: ## End-to-end tests on stacks of their own, with the emulator's IAM enforcement on: test/stack and test/web side by side
	@$(MAKE) --no-print-directory -j 2 test/stack test/web

test/stack: ## The deployed stack from outside: messages, faults, the API's contract, the command line (part of test/e2e)
	go test -count=1 -v -p 1 -timeout 20m ./e2e ./e2e/contract

test/web: ## The dashboard in Chromium: its pages over a played API, then stories on a stack of its own (part of test/e2e)
	go test -count=1 -v -timeout 20m ./e2e/web

test/faults: $(LOCAL) ## Break a stack of its own in every way and do the books (ROW=, SEED=)
	@$(LOCAL) faults $(if $(ROW),--row='$(ROW)') $(if $(SEED),--seed=$(SEED))

bench: $(LOCAL) ## Measure latency, throughput, AWS calls and units per message, beside a chain of empty Lambdas
	@$(LOCAL) bench

bench/api: $(LOCAL) ## Measure the API at 50 requests a second, beside an empty Lambda behind the same gateway and authorizer
	@$(LOCAL) bench --api --seconds=60

bench/cost: $(LOCAL) ## Count what messages use, in dollars per million delivered
	@$(LOCAL) bench --cost

bench/coldstart: $(LOCAL) ## Measure each Lambda's binary, memory and time to its first event, beside an empty Lambda
	@$(LOCAL) bench --coldstart

bench/load: $(LOCAL) ## Send 5,000 messages as fast as they are taken, and see that each is shown once (COUNT=)
	@$(LOCAL) bench --load=$(or $(COUNT),5000)

check: lint vuln check/packages check/workflows check/templates ## Lint, known vulnerabilities, the workflows of GitHub Actions, the templates of every stage

check/templates: node_modules/.stamp ## cfn-lint on the templates of every stage on AWS (.cfnlintrc.yaml has what is ignored, and why)
	@echo "cfn-lint"
	@rm -rf $(TEMPLATES) $(STUBS)
	@for task in $(notdir $(wildcard tasks/*)); do mkdir -p $(STUBS)/arm64/$$task && echo stub >$(STUBS)/arm64/$$task/bootstrap || exit; done
	@echo stub >$(STUBS)/index.html
	@go build -o $(BIN)/infra ./infra/app
	@node_modules/.bin/cdk synth --quiet --app $(BIN)/infra --output $(TEMPLATES) -c stage=all -c ntfy_url=https://ntfy.sh/rez-agent-synth \
		-c assets=$(STUBS) -c dashboard=$(STUBS) >build/templates.log 2>&1 || { cat build/templates.log; exit 1; }
	@.venv/bin/cfn-lint

check/workflows: $(ACTIONLINT) .venv/.stamp ## actionlint and zizmor on the workflows of GitHub Actions, shellcheck on their scripts and .ci/run
	@echo "actionlint"; PATH="$(CURDIR)/.venv/bin:$$PATH" $(ACTIONLINT)
	@echo "zizmor"; .venv/bin/zizmor --offline --quiet .github/workflows
	@echo "shellcheck"; .venv/bin/shellcheck .ci/run

# A registry that has no audits is no finding, and no clean bill either: it is said, and the rest goes on.
check/packages: ## npm audit of the CDK's and the dashboard's packages
	@mkdir -p build && for folder in . web; do \
		echo "npm audit in $$folder"; \
		(cd $$folder && npm audit --package-lock-only --json 2>/dev/null) >build/audit.json && continue; \
		if grep -q '"auditReportVersion"' build/audit.json; then (cd $$folder && npm audit --package-lock-only); exit 1; fi; \
		echo "  NOT CHECKED: the registry answers no audits ($$(sed -n 's/^  "message": "\(.*\)",/\1/p' build/audit.json)); known vulnerabilities of its packages would not be seen"; \
	done

fmt: $(LINT) ## Format the code
	$(LINT) fmt ./...

clean: ## Remove what was built and installed
	rm -rf build cdk.out node_modules .venv

# A program of its own and not `go run`: that would not pass a SIGTERM on, and leave a stack behind.
$(LOCAL): FORCE
	@test -e $@ || echo "building $@ (the first time takes a minute)"
	@go build -o $@ ./local
$(REZAGENT): FORCE
	@go build -o $@ ./cmd/rezagent
FORCE:

# The tools are a module of their own, so that what they need does not mix with what the product needs.
$(LINT) $(VULN) $(D2): tools/go.sum
	@mkdir -p $(BIN)
	@echo "building $(@F) (the first time takes up to two minutes)"
	@cd tools && go build -o ../$@ $(PACKAGE)
	@touch $@
$(LINT): PACKAGE = github.com/golangci/golangci-lint/v2/cmd/golangci-lint
$(VULN): PACKAGE = golang.org/x/vuln/cmd/govulncheck
$(D2): PACKAGE = oss.terrastruct.com/d2

# Not one of tools/go.mod: golangci-lint needs a newer YAML library than actionlint compiles with.
ACTIONLINT_VERSION := v1.7.12
$(ACTIONLINT): Makefile
	@echo "building $(@F)"
	@GOBIN=$(CURDIR)/$(BIN) go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT_VERSION)
	@touch $@

# Go's vulnerability database as a module: pinned like everything else, renewed by updating golang.org/x/vulndb.
$(VULNDB): tools/go.sum
	@echo "indexing the vulnerability database (takes a minute)"
	@rm -rf $@ && cd tools && go mod download golang.org/x/vulndb && go run golang.org/x/vulndb/cmd/indexdb -out ../$@ \
		-vulns "$$(go list -m -f '{{.Dir}}' golang.org/x/vulndb)/data/osv"
	@touch $@

.venv/.stamp node_modules/.stamp &: requirements.txt package-lock.json | $(LOCAL)
	@$(LOCAL) setup
	@touch .venv/.stamp node_modules/.stamp
