"""The house has floors: imports go downward only (see the map in `monitor/__init__.py`)."""

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "monitor"

LEAVES = {"model", "errors", "config", "urls", "text", "clock", "countries", "crew", "logs", "links"}
PURE = {"feeds", "articles", "tagging", "watch", "messages"}
EFFECTS = {"net", "store", "channels", "workers"}

# room -> the rooms that it may import, besides itself and the leaves
ALLOWED: dict[str, set[str]] = {
    **{leaf: set() for leaf in LEAVES},
    **{room: set() for room in PURE},
    "analysis": {"articles", "tagging"},
    **{room: set() for room in EFFECTS},
    "jobs": {"feeds", "articles", "watch", "analysis"},
    "batch": {"articles", "analysis", "workers"},
    "store": {"watch"},  # a search takes the query that the watch language gives
    "pipeline": PURE | EFFECTS | {"analysis", "jobs"},
    "evaluate": PURE | {"analysis"},
    "services": PURE | EFFECTS | {"jobs", "pipeline"},
    "demo": PURE | EFFECTS | {"analysis", "pipeline", "services", "daemon"},
    "daemon": PURE | EFFECTS | {"analysis", "pipeline", "services"},
    "web": {"store"},
    "cli": PURE
    | EFFECTS
    | {"analysis", "batch", "jobs", "pipeline", "services", "daemon", "demo", "evaluate", "web"},
    "__main__": {"cli"},
}
ALLOWED["errors"] = set()
ALLOWED["model"] = set()


def _modules() -> Iterator[tuple[str, Path]]:
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts != ("__init__",):
            yield parts[0], path


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            if node.module == "monitor":
                yield from (alias.name for alias in node.names)
            elif node.module and node.module.startswith("monitor."):
                yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("monitor."))


def test_imports_go_downward() -> None:
    wrong = []
    for room, path in _modules():
        assert room in ALLOWED, f"{path}: the map does not know this room"
        for target in _imports(path):
            if target not in ALLOWED[room] | LEAVES | {room, "__version__"}:
                wrong.append(f"{path.relative_to(PACKAGE)} imports {target}")
    assert not wrong, "\n".join(wrong)


def test_services_do_not_import_each_other() -> None:
    folder = PACKAGE / "pipeline"
    wrong = []
    for path in folder.rglob("*.py"):
        own = path.relative_to(folder).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("monitor.pipeline"):
                names = [alias.name for alias in node.names]
                imported = node.module.split(".")[2:3] or names  # type: ignore[union-attr]
                wrong += [f"{path.name} imports {name}" for name in imported if name != own]
    assert not wrong, "\n".join(wrong)


def test_pure_rooms_touch_no_clock_network_or_database() -> None:
    forbidden = {"sqlalchemy", "httpx", "aiohttp", "socket", "random", "time", "asyncio", "os", "requests"}
    wrong = []
    for room, path in _modules():
        if room not in PURE:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name.split(".")[0] for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module.split(".")[0]]
            wrong += [f"{path.relative_to(PACKAGE)} imports {name}" for name in names if name in forbidden]
    assert not wrong, "\n".join(wrong)


def test_orm_stays_in_the_store() -> None:
    wrong = []
    for room, path in _modules():
        if room in {"store", "pipeline"}:
            continue
        text = path.read_text()
        if "store.tables" in text or "store import tables" in text:
            wrong.append(str(path.relative_to(PACKAGE)))
    assert not wrong, "\n".join(wrong)
