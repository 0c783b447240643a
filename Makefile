# The few commands to remember. Each installs or finds what it needs (Rust is assumed) and may be run again at any time.

.PHONY: demo test test-all test-long bench

# The main job on the embedded Postgres: seal an example, act as four principals, show what was allowed and refused.
demo:
	@scripts/setup
	@cargo run --quiet --package pgseal-cli -- demo examples/agent_social

# The whole suite, on Postgres 15 and 18 where both can be had, else on the oldest and the newest that are installed.
test:
	@scripts/setup --postgres 15 18
	@scripts/test

# The suite on every supported Postgres.
test-all:
	@scripts/setup --postgres 15 16 17 18
	@PGSEAL_TEST_POSTGRES="15 16 17 18" scripts/test

# The suite with a million differential decisions.
test-long:
	@scripts/setup --postgres 15 18
	@PGSEAL_DIFFERENTIAL=$${PGSEAL_DIFFERENTIAL:-1000000} scripts/test

# What compiled rules cost.
bench:
	@scripts/setup --postgres 18
	@scripts/bench
