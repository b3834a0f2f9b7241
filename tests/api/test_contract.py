"""The OpenAPI document, and what schemathesis makes of it."""

from __future__ import annotations

import atexit
import tempfile
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from catwalk.app import build
from catwalk.library.episodes import find_episode
from catwalk.settings import read_settings
from libraries import read_post

METHODS = {"get", "post", "put", "patch", "delete"}
HOME = tempfile.TemporaryDirectory(prefix="catwalk-contract-")
atexit.register(HOME.cleanup)
SERVER = build(read_settings(home=Path(HOME.name), fetch={"timeout_s": 0.2}))
APP = SERVER.http


def operations() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method} {path}", operation)
        for path, item in APP.openapi()["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


@pytest.mark.parametrize(("name", "operation"), operations(), ids=[name for name, _ in operations()])
def test_every_route_has_a_summary_and_an_example(name: str, operation: dict[str, Any]) -> None:
    text = str(operation)
    shown = {ref.rsplit("/", 1)[-1] for ref in text.split("'") if ref.startswith("#/components/schemas/")}
    schemas = APP.openapi()["components"]["schemas"]

    assert operation.get("summary"), name
    assert "'example'" in text or any("example" in schemas[ref] for ref in shown), name


schema = schemathesis.openapi.from_asgi("/openapi.json", APP)


@schema.hook("map_path_parameters")
def ask_for_what_is_there(context: Any, path: dict[str, Any] | None) -> dict[str, Any] | None:
    """Most numbers and names that nobody has thought of are of nothing."""
    path = path or {}
    for name, value in path.items():
        if name.endswith("_id") and isinstance(value, int):
            path[name] = abs(value) % 3 + 1
        if name == "slug" and len(str(value)) % 3 and context.operation.method != "delete":
            path[name] = "blog"
    return path


@schema.hook("map_body")
def edit_what_is_there(context: Any, body: Any) -> Any:
    del context
    if isinstance(body, dict) and isinstance(body.get("revision"), int):
        with SERVER.library().read() as session:
            body["revision"] = find_episode(session, 1).revision if body["revision"] % 5 else 0
    if isinstance(body, dict) and isinstance(body.get("changes"), dict):
        body["changes"] = {str(number): change for number, change in enumerate(body["changes"].values(), start=1)}
    return body


@pytest.fixture(scope="module", autouse=True)
def something_to_ask_for() -> None:
    read_post(SERVER.library(), "One line.", "And another.", show="blog")


@schema.exclude(path_regex="/load|/readyz|/v1/events|/metrics").parametrize()
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),  # what is found is told as it is, and not made smaller
)
def test_whatever_is_asked_is_answered_as_the_description_says(case: schemathesis.Case[Any]) -> None:
    answer = case.call()

    if answer.status_code >= 500:
        assert answer.json()["error"]["code"] != "internal_error"
    case.validate_response(
        answer,
        checks=[status_code_conformance, content_type_conformance, response_schema_conformance],
    )
