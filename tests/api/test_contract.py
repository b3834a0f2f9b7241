"""The OpenAPI document, and what schemathesis makes of it."""

from __future__ import annotations

from collections.abc import Iterator
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

from catwalk.app.server import build
from catwalk.library.episodes import find_episode
from catwalk.settings import read_settings
from conftest import RunningServer, run_server
from libraries import read_post

METHODS = {"get", "post", "put", "patch", "delete"}
APP = build(read_settings(home=Path("/nonexistent"))).http


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


schema = schemathesis.openapi.from_dict(APP.openapi())
asked: list[RunningServer] = []
"""The server that is asked; what changes generated requests is told nothing of fixtures."""


@pytest.fixture(scope="module", autouse=True)
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """One with jobs, a model that can be asked, an episode, and no way out."""
    settings = read_settings(home=tmp_path_factory.mktemp("contract"), fetch={"timeout_s": 0.2})
    for running in run_server(settings, works=True):
        read_post(running.server.library(), "One line.", "And another.", show="blog")
        asked[:] = [running]
        yield running


@schema.hook("map_path_parameters")
def ask_for_what_is_there(context: Any, path: dict[str, Any] | None) -> dict[str, Any] | None:
    """Most numbers and names that nobody has thought of are of nothing."""
    path = path or {}
    for name, value in path.items():
        if name.endswith("_id") and isinstance(value, int):
            path[name] = abs(value) % 3 + 1
        if name == "slug" and len(str(value)) % 3 and context.operation.method != "delete":
            path[name] = "blog"
        if name == "model" and len(str(value)) % 3:
            path[name] = "fake"
        if name == "job_id" and len(str(value)) % 3:
            jobs = asked[0].server.works.find_jobs().list(limit=1)
            path[name] = jobs[0].id if jobs else value
    return path


@schema.hook("map_body")
def ask_for_what_can_be_done(context: Any, body: Any) -> Any:
    del context
    if not isinstance(body, dict):
        return body
    if isinstance(body.get("revision"), int):
        with asked[0].server.library().read() as session:
            body["revision"] = find_episode(session, 1).revision if body["revision"] % 5 else 0
    if isinstance(body.get("changes"), dict):
        body["changes"] = {str(number): change for number, change in enumerate(body["changes"].values(), start=1)}
    if isinstance(body.get("model"), str) and len(body["model"]) % 3:
        body["model"] = "fake"
    return body


# The server's threads draw random numbers while requests are made up.
@pytest.mark.filterwarnings("ignore:Do not use the .random. module")
@schema.exclude(path_regex="/v1/events").parametrize()  # a stream that does not end; it has tests of its own
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),  # what is found is told as it is, and not made smaller
)
def test_whatever_is_asked_is_answered_as_the_description_says(
    case: schemathesis.Case[Any], server: RunningServer
) -> None:
    answer = case.call(base_url=server.url)

    if answer.status_code >= 500:
        assert answer.json()["error"]["code"] != "internal_error"
    case.validate_response(
        answer,
        checks=[status_code_conformance, content_type_conformance, response_schema_conformance],
    )
