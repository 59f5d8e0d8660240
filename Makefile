.DEFAULT_GOAL := help
.PHONY: help demo build test test-long coverage lint bench up down clean

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name text; do printf 'make %-10s %s\n' "$$name" "$$text"; done

demo: ## plan, apply and read back both stacks on a local AWS
	@localstack/demo

build: ## build target/debug/etlctl
	cargo build --locked

test: ## everything: format, lints, unit tests, lifecycle on a local AWS
	@tests/run

test-long: ## fuzzing, races and random work, for an hour and more
	@tests/run long

coverage: ## what the tests reach: handlers by line and branch, Rust by line
	@tests/coverage

lint: ## format and lints alone
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings

bench: ## speed of a release build beside its goals (SCALE=1000: a large stack)
	@benches/run $(PARTS)

up: ## start the local AWS (ETLCTL_LOCAL_PORT, default 4566)
	@localstack/up

down: ## stop the local AWS
	@localstack/down

clean: ## stop every local AWS of this checkout, remove all that was built
	@localstack/down --all
	rm -rf localstack/.run localstack/.venv .etlctl
	cargo clean
