"""The OpenAPI document, and what schemathesis makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from catwalk.app import build
from catwalk.settings import read_settings

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


schema = schemathesis.openapi.from_asgi("/openapi.json", APP)


@(
    schema.include(path_regex="/v1/models|/healthz|/v1/audio|/v1/images|/v1/chat|/v1/voices|/v1/speakers")
    .exclude(path_regex="/load|/readyz")
    .parametrize()
)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_input_makes_the_server_fail(case: schemathesis.Case[Any]) -> None:
    answer = case.call()

    not_a_server_error_unless_said(answer)


def not_a_server_error_unless_said(answer: Any) -> None:
    assert answer.status_code < 500 or answer.json()["error"]["code"] != "internal_error"
