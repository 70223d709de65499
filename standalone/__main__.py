"""`python -m standalone`: Parley on this machine, from nothing to one address. `make run` calls it."""

import argparse
import dataclasses
import os
import sys
from pathlib import Path

from standalone import broker, machine, mongodb
from standalone.launch import launch
from standalone.parts import parts
from standalone.plan import MAX_REPLICAS, Plan
from standalone.problem import Problem


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 after a stop that was asked for, 1 after a problem."""
    parser = argparse.ArgumentParser(prog="python -m standalone", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8420, help="the one that people open; the ten above it are used too"
    )
    parser.add_argument("--data", type=Path, default=Path(".local"), help="folder of all that is kept")
    parser.add_argument("--replicas", type=int, default=2, help="chat processes")
    parser.add_argument("--verbose", action="store_true", help="show everything that the parts log")
    options = parser.parse_args(arguments)
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal without ✓ must not end it
    try:
        run(Plan(options.port, options.data.absolute(), options.replicas), verbose=options.verbose)
    except Problem as problem:  # for the person at the terminal: one line, and its evidence below
        print(f"\n✗ {problem}", *(f"    {line}" for line in problem.details), sep="\n", flush=True)
        return 1
    return 0


def run(plan: Plan, *, verbose: bool) -> None:
    """Check, prepare, run. Raises `Problem`."""
    machine.check_kind()
    if not 1 <= plan.replicas <= MAX_REPLICAS:
        raise Problem(f"REPLICAS must be between 1 and {MAX_REPLICAS}, not {plan.replicas}.")
    with machine.claim(plan.data):
        machine.check_ports(plan, with_broker=False)
        mongodb.prepare()
        own = broker.own_broker()
        amqp_url = os.environ.get("AMQP_URL", "")
        if own:
            machine.check_ports(plan, with_broker=True)
        elif not amqp_url:
            broker.without(plan.replicas)
            plan = dataclasses.replace(plan, replicas=1)
        if not plan.secrets.exists():
            print(f"First start: making secrets and databases in {plan.data}")
        made = parts(plan, own_broker=own, amqp_url=amqp_url, verbose=verbose)
        print(f"Starting {', '.join(part.name for part in made)}", flush=True)
        launch(plan, made, verbose=verbose)


if __name__ == "__main__":
    sys.exit(main())
