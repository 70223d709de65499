"""The rules of the design that a reader relies on, checked in the code's own syntax tree."""

import ast
import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SERVICES = ("auth_service", "chat_service")
PACKAGES = (*SERVICES, "chassis", "standalone", "parley_client")
TESTS = ROOT / "tests"
MAX_LINES = 300
DRAWERS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "managers", "misc", "tools"}

CONNECTING = {"aiohttp", "aiohttp_jinja2", "motor", "pymongo", "bson", "aio_pika", "aiormq"}
DOMAIN = {
    f"chat_service.{name}"
    for name in (
        "access", "attendance", "changing", "chat", "commands", "directory", "errors", "events", "feed", "finding",
        "following", "handover", "hub", "keeping_up", "limits", "lobby", "log", "membership", "naming", "notices",
        "outbox", "pace", "presence", "protocol", "relay", "requests", "rights", "rooms", "store",
        "succession", "summaries", "timeline", "visitor", "writer"
    )
}  # fmt: skip
PORTS = ("chat_service.store", "chat_service.directory", "chat_service.archive", "chat_service.relay")
PURE = {
    f"chat_service.{name}"
    for name in (
        "commands", "errors", "events", "limits", "membership", "naming", "notices", "protocol", "rights", "timeline",
        "visitor"
    )
}  # fmt: skip
DOING_IO = {"asyncio", "io", "logging", "multiprocessing", "os", "pathlib", "socket", "ssl", "structlog", "subprocess"}

IMPORT_EVERYTHING = """
import importlib, sys

def refuse(event, _details):
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo", "subprocess.Popen", "os.fork"}:
        raise SystemExit(f"{event} while importing {name}")

sys.addaudithook(refuse)
for name in sys.argv[1:]:
    importlib.import_module(name)
"""


def found(*packages: str) -> dict[str, Path]:
    """Every module of these packages, by its dotted name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in packages
        for path in sorted((ROOT / package).rglob("*.py"))
    }


MODULES = found(*PACKAGES)


def imports(module: str) -> set[str]:
    """The modules that this one names in its imports, wherever they stand."""
    tree = ast.parse(MODULES[module].read_text())
    return set(imported(tree, module))


def imported(tree: ast.AST, module: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.rsplit(".", node.level)[0] if node.level else ""
            source = ".".join(part for part in (package, node.module) if part)
            for name in node.names:
                inside = f"{source}.{name.name}"
                yield inside if inside in MODULES else source


def imports_in_the_end(module: str) -> set[str]:
    """What it names, and what those of ours name that it names."""
    reached: set[str] = set()
    unread = [module]
    while unread:
        for name in imports(unread.pop()):
            if name not in reached:
                reached.add(name)
                if name in MODULES:
                    unread.append(name)
    return reached


def tops(names: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def importers(library: str) -> set[str]:
    return {module for module in MODULES if library in tops(imports(module))}


def implementations() -> dict[str, str]:
    """The implementations of each port, which stand beside it and begin with its name."""
    return {module: port for module in MODULES for port in PORTS if module.startswith(f"{port}_")}


def test_the_rules_below_speak_of_modules_that_exist() -> None:
    missing = {module for module in DOMAIN if module not in MODULES}
    assert missing == set()
    assert implementations() == {
        "chat_service.archive_memory": "chat_service.archive",
        "chat_service.archive_mongo": "chat_service.archive",
        "chat_service.directory_memory": "chat_service.directory",
        "chat_service.directory_mongo": "chat_service.directory",
        "chat_service.store_memory": "chat_service.store",
        "chat_service.store_mongo": "chat_service.store",
        "chat_service.relay_memory": "chat_service.relay",
        "chat_service.relay_rabbitmq": "chat_service.relay",
    }


@pytest.mark.parametrize("module", sorted(DOMAIN & MODULES.keys()))
def test_the_domain_knows_neither_the_web_nor_the_database_nor_the_broker(module: str) -> None:
    assert tops(imports_in_the_end(module)) & CONNECTING == set()


@pytest.mark.parametrize("module", sorted(PURE & MODULES.keys()))
def test_what_is_pure_does_no_input_or_output(module: str) -> None:
    assert tops(imports_in_the_end(module)) & (DOING_IO | CONNECTING) == set()


def test_one_module_knows_the_class_of_the_database_client() -> None:
    assert importers("motor") == {"chassis.mongo"}


def test_the_broker_is_known_where_a_connection_is_kept_and_where_something_is_sent() -> None:
    assert importers("aio_pika") <= {"chassis.amqp", "chassis.wake_up", "chat_service.relay_rabbitmq"}


@pytest.mark.parametrize("module", sorted(found("chassis")))
def test_the_chassis_does_not_know_who_stands_on_it(module: str) -> None:
    assert tops(imports(module)) & set(PACKAGES) <= {"chassis"}


@pytest.mark.parametrize("module", sorted(found(*SERVICES)))
def test_a_service_does_not_know_the_other(module: str) -> None:
    assert tops(imports(module)) & set(PACKAGES) <= {module.partition(".")[0], "chassis"}


@pytest.mark.parametrize("implementation", sorted(implementations()))
def test_who_uses_a_port_does_not_know_how_it_is_made(implementation: str) -> None:
    users = {module for module in MODULES if implementation in imports(module)}
    assert users <= {f"{implementation.partition('.')[0]}.app"}


async def test_nothing_connects_while_it_is_imported() -> None:
    names = [name for name in MODULES if not name.endswith("__main__")]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        IMPORT_EVERYTHING,
        *names,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert (process.returncode, said.decode()) == (0, "")


@pytest.mark.parametrize(
    "module",
    sorted(module for module in MODULES if "." in module and not module.endswith("__main__")),  # tests/e2e runs those
)
def test_every_module_has_its_test_file(module: str) -> None:
    package, _, name = module.partition(".")
    own = TESTS / package / f"test_{name}.py"
    port = implementations().get(module, module).rpartition(".")[2]
    contract = TESTS / "contracts" / f"test_{port}.py"
    assert own.exists() or contract.exists()


@pytest.mark.parametrize("module", sorted(MODULES))
def test_no_module_is_a_drawer(module: str) -> None:
    assert DRAWERS.isdisjoint(part for name in module.split(".") for part in name.split("_"))


@pytest.mark.parametrize("path", sorted(path.relative_to(ROOT) for path in MODULES.values()), ids=str)
def test_no_file_holds_more_than_one_idea(path: Path) -> None:
    assert len((ROOT / path).read_text().splitlines()) <= MAX_LINES
