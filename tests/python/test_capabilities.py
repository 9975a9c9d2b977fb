"""Every public capability of the rooms is reachable from Python.

`bindings/capabilities/*.tsv` has a line for each public function: its Rust path, the operation that
hosts call, and its name in Python. These tests compare the table with the Rust source, the registry
of operations, and the package.
"""

from __future__ import annotations

import inspect
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Unpack, get_args, get_origin, get_type_hints

import pytest

import custometry
from conftest import ROOT

ROOMS = ["data", "identity", "value", "segmentation", "churn", "migration", "overview", "simulate"]
#: Where the scan looks: the rooms, and how their data come from tables.
SCANNED = [*ROOMS, "arrow"]
ITEM = re.compile(
    r"^(?:impl(?:<[^>]*>)?\s+(?:(?P<of>[\w:]+)(?:<[^>]*>)?\s+for\s+)?(?P<type>\w+)"
    r"|pub (?:trait|struct|enum) (?P<other>\w+)"
    r"|(?P<indent>[ ]*)(?:pub (?:const )?|(?P<private>))fn (?P<fn>\w+))",
    re.M,
)


def public_functions(room: str) -> set[str]:
    """The paths of all public functions of a room, read from its source."""
    folder = ROOT / "src" / room
    room_itself = (folder / "mod.rs").read_text()
    exported = set(re.findall(r"^pub (?:struct|enum|trait|fn) (\w+)", room_itself, re.M))
    for use in re.findall(r"^pub use (.*?);", room_itself, re.S | re.M):
        exported |= set(re.findall(r"\b\w+\b", use))
    found: set[str] = set()
    for file in sorted(folder.rglob("*.rs")):
        if "tests" in file.parts or file.stem == "tests":
            continue
        text = re.sub(r"//.*", "", file.read_text()).split("#[cfg(test)]\nmod tests {")[0]
        owner, trait = None, False
        for item in ITEM.finditer(text):
            if item["type"]:
                owner, trait = item["type"], False
                if item["of"]:
                    owner = None  # functions of a trait are told once, at the trait
            elif item["other"]:
                owner, trait = item["other"], item[0].startswith("pub trait")
            elif item["fn"]:
                public = item[0].lstrip().startswith("pub")
                if not item["indent"]:
                    if public and item["fn"] in exported:
                        found.add(f"{room}::{item['fn']}")
                elif owner in exported and (public or (trait and len(item["indent"]) == 4)):
                    found.add(f"{room}::{owner}::{item['fn']}")
    return found


@cache
def capabilities() -> list[tuple[str, str, str]]:
    lines: list[tuple[str, str, str]] = []
    for file in sorted((ROOT / "bindings" / "capabilities").glob("*.tsv")):
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            fields = line.split("\t")
            assert len(fields) == 3, f"{file.name}, line {number}: three fields, not {len(fields)}"
            lines.append((fields[0], fields[1], fields[2]))
    return lines


@pytest.mark.parametrize("room", SCANNED)
def test_every_public_function_has_a_line(room: str) -> None:
    told = {path for path, _, _ in capabilities()}
    missing = sorted(public_functions(room) - told)
    assert not missing, f"{len(missing)} without a line in bindings/capabilities: {missing}"


def test_there_is_no_line_too_many() -> None:
    there = set().union(*(public_functions(room) for room in SCANNED))
    gone = sorted(path for path, _, _ in capabilities() if path not in there)
    assert not gone, f"{len(gone)} lines of what is not public: {gone}"


def test_every_operation_is_there() -> None:
    operations = custometry.operations()
    unknown = []
    for path, told, _ in capabilities():
        if told == "-" or told.startswith("params:"):
            continue
        name = told.split()[0].partition(".table:")[0]
        if ".table:" in told:
            name += ".table"
        if name not in operations:
            unknown.append((path, told))
    assert not unknown, unknown


def python_object(name: str) -> Any:
    found: Any = custometry
    for part in name.split(".")[1:]:
        # A field without a default is no attribute of its class.
        if part in getattr(found, "__dataclass_fields__", {}):
            found = found.__dataclass_fields__[part]
        elif inspect.isclass(found):
            found = inspect.getattr_static(found, part)
        else:
            found = getattr(found, part)
    return found


def arguments_of(function: Any) -> set[str]:
    """The names of the arguments, those of ``**options: Unpack[...]`` among them."""
    function = getattr(function, "__func__", function)
    taken = set(inspect.signature(function).parameters)
    for hint in get_type_hints(function).values() if "options" in taken else ():
        if get_origin(hint) is Unpack:
            taken |= set(get_args(hint)[0].__annotations__)
    return taken


def test_every_python_name_is_there() -> None:
    unknown = []
    for path, told, python in capabilities():
        if told == "-":
            continue
        name, _, arguments = python.partition("(")
        try:
            found = python_object(name.strip())
        except AttributeError:
            unknown.append((path, python))
            continue
        # A space before the bracket: fields of what is given back, not arguments.
        if arguments and not name.endswith(" "):
            taken = arguments_of(found)
            for argument in arguments.rstrip(")").split(","):
                if argument.strip() not in taken:
                    unknown.append((path, python))
    assert not unknown, unknown


def test_what_is_left_out_says_why() -> None:
    silent = [path for path, told, python in capabilities() if told == "-" and len(python) < 3]
    assert not silent, silent


def every_class() -> list[type[custometry.Held]]:
    classes = []
    for room in ROOMS:
        module = getattr(custometry, room)
        for name in module.__all__:
            found = getattr(module, name)
            if inspect.isclass(found) and issubclass(found, custometry.Held) and found._kind:
                classes.append(found)
    return classes


def test_defaults_are_those_of_the_library() -> None:
    operations = custometry.operations()
    differing = []
    for found in every_class():
        if f"{found._kind}.params" not in operations:
            continue
        defaults = custometry.call(f"{found._kind}.params")
        for verb in ("fit", "generate", "resolve", "draw"):
            function = inspect.getattr_static(found, verb, None)
            if not isinstance(function, classmethod):
                continue
            for name, taken in inspect.signature(function.__func__).parameters.items():
                if name in defaults and taken.default not in (inspect.Parameter.empty, None):
                    ours = json.loads(json.dumps(taken.default))
                    if ours != defaults[name]:
                        differing.append((found._kind, name, taken.default, defaults[name]))
    assert not differing, differing


def test_every_kind_has_a_class_that_is_documented() -> None:
    kinds = {name.rpartition(".")[0] for name in custometry.operations() if name.count(".") == 2}
    known = {found._kind for found in every_class()}
    for kind in kinds - known:
        room, name = kind.split(".")
        helper = getattr(getattr(custometry, room), name)
        assert inspect.isclass(helper) and inspect.getdoc(helper), kind
    bare = [
        f"{found.__name__}.{name}"
        for found in every_class()
        for name, it in vars(found).items()
        if not name.startswith("_") and not inspect.getdoc(it)
    ]
    assert not bare, bare


def test_files_of_the_table_are_sorted_by_room() -> None:
    names = {Path(file).stem for file in (ROOT / "bindings" / "capabilities").glob("*.tsv")}
    assert {name.partition("_")[0] for name in names} == set(SCANNED)
