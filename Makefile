# make run needs the package alone; every other target also installs the development tools.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RUN := $(BIN)/tradingfloor run --config examples/spx_daily.toml
PYTEST := $(BIN)/python -m pytest
SOURCES := actors gateway storage src tests bench docs examples setup.py
LINKS := src/tradingfloor/actors src/tradingfloor/gateway src/tradingfloor/storage src/tradingfloor/v1

.DEFAULT_GOAL := test
.DELETE_ON_ERROR:
.PHONY: run test check bench protos campaign clean lint links types slow

run: $(VENV)/.stamp-run
	$(RUN)

test: $(VENV)/.stamp-dev
	$(PYTEST) -q -rs

check: lint types test slow

lint: $(VENV)/.stamp-dev
	$(BIN)/ruff check $(wildcard $(SOURCES))
	$(BIN)/ruff format --check $(wildcard $(SOURCES))

types: $(VENV)/.stamp-dev links
	$(BIN)/mypy

slow: $(VENV)/.stamp-dev
	$(PYTEST) -q -rs -m slow

campaign: $(VENV)/.stamp-dev
	$(PYTEST) -q -rs -m campaign --timeout=0

bench: $(VENV)/.stamp-dev
	@for file in $$(grep -l __main__ bench/*.py); do echo "== $$file"; $(BIN)/python $$file || exit 1; done

protos: $(VENV)/.stamp-dev
	$(BIN)/python -m grpc_tools.protoc -Iprotos --python_out=protos --pyi_out=protos \
		--grpc_python_out=protos protos/tradingfloor/v1/*.proto
	rm -f protos/tradingfloor/v1/common_pb2_grpc.py  # no service in it

# Type checkers do not follow an editable install; they follow these (see CONTRIBUTING).
links: $(LINKS)
src/tradingfloor/v1:
	ln -sfn ../../protos/tradingfloor/v1 $@
src/tradingfloor/%:
	ln -sfn ../../$* $@

# Each stamp is touched only after its installation succeeded, so a broken one is tried again.
$(VENV)/.stamp-run: pyproject.toml setup.py
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	@echo "installing tradingfloor into $(VENV)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check -e .
	@touch $@

# Dependency groups need pip 25.1 or newer.
$(VENV)/.stamp-dev: $(VENV)/.stamp-run
	@echo "installing the development tools into $(VENV)"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --group dev
	@touch $@

clean:
	rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis $(LINKS)
	find $(wildcard $(filter-out setup.py,$(SOURCES)) protos) -name __pycache__ -prune -exec rm -rf {} +
