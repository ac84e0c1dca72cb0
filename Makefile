# Everything needs Go, make and git, nothing else. `make` prints this file's targets.

GO    ?= go
BIN   := bin
ARGS  ?=

# The linters are pinned in tools/go.mod, apart from what the programs are built of, and built once.
TOOLS := $(BIN)/.tools

.DEFAULT_GOAL := help

.PHONY: help
help: ## print this
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## watch one person leave, or SCENE=join|move|leave|rehire (ARGS="--once --json --data DIR")
	$(GO) run ./standalone --simulate $(if $(SCENE),--scene $(SCENE)) $(ARGS)

.PHONY: test
test: ## run every test
	$(GO) test ./...

.PHONY: day
day: ## play a day in a company of 2,000: 60 join, 40 move, 30 leave, 10 go on leave, at once (minutes)
	TENURE_DAY=2000 $(GO) test -v -count=1 -timeout 60m -run TestDay ./e2e

.PHONY: test-postgres
test-postgres: ## run the tests that can use PostgreSQL against a throwaway one (root installs it where it is missing)
	tools/with-postgres sh -c '$(GO) test ./internal/store/... ./deploy && $(GO) test -run Postgres ./e2e'

.PHONY: race
race: ## run the tests of what runs concurrently under the race detector (needs a C compiler)
	$(GO) test -race ./simulators/... ./workers/... ./starter/... ./internal/...

.PHONY: check
check: fmt-check lint replay-safe ## check format, style, doors and replay safety; changes nothing

.PHONY: fmt
fmt: ## format every Go file
	gofmt -w $$(git ls-files --cached --others --exclude-standard '*.go')

.PHONY: fmt-check
fmt-check:
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not formatted, run \`make fmt\`:"; echo "$$unformatted"; exit 1; fi

.PHONY: lint
lint: $(TOOLS) ## run the linters of .golangci.yml
	$(BIN)/golangci-lint run ./...

.PHONY: replay-safe
replay-safe: $(TOOLS) ## look for what a replay would not repeat in workflow code
	$(BIN)/workflowcheck -config tools/workflowcheck.yaml ./workflows

.PHONY: cover
cover: ## measure the tests' coverage into coverage.out and print the total
	$(GO) test -coverprofile=coverage.out ./...
	$(GO) tool cover -func=coverage.out | tail -1

.PHONY: build
build: ## build the programs into bin/
	$(GO) build -trimpath -o $(BIN)/tenure ./starter
	$(GO) build -trimpath -o $(BIN)/tenure-worker ./workers
	$(GO) build -trimpath -o $(BIN)/tenure-standalone ./standalone

.PHONY: clean
clean: ## remove what was built and measured
	rm -rf $(BIN) coverage.out

$(TOOLS): tools/go.mod tools/go.sum
	@mkdir -p $(BIN)
	cd tools && GOBIN=$(CURDIR)/$(BIN) $(GO) install tool
	@touch $@
