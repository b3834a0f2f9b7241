"""What an endpoint says of its failures is found in every shape that is about."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.backends.remote.problems import Problem, guess_status, read_problem


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({"error": {"message": "no", "code": "bad", "param": "voice"}}, Problem("no", "bad", "voice")),
        ({"error": {"message": "no", "code": None, "param": None}}, Problem("no")),
        ({"error": {"message": "no", "code": 400}}, Problem("no", "400")),
        ({"error": "model not found"}, Problem("model not found")),
        ({"detail": "Not Found"}, Problem("Not Found")),
        (
            {"detail": [{"type": "extra_forbidden", "loc": ["body", "fallback"], "msg": "Extra inputs"}]},
            Problem("fallback: Extra inputs", "extra_forbidden", "fallback"),
        ),
        ({"code": 500, "message": "no slot"}, Problem("no slot", "500")),
        ({"error": {"reason": "other"}}, Problem('{"reason": "other"}')),
    ],
)
def test_usual_shapes_are_understood(body: object, problem: Problem) -> None:
    assert read_problem(json.dumps(body).encode()) == problem


def test_plain_text_is_its_own_message() -> None:
    assert read_problem(b" upstream\n is down ") == Problem("upstream is down")


@pytest.mark.parametrize("body", [b"", b"  ", b"<html><h1>502</h1></html>", b"[]", b"null"])
def test_what_says_nothing_is_no_problem(body: bytes) -> None:
    assert read_problem(body) is None


def test_a_long_message_is_cut() -> None:
    problem = read_problem(b"x" * 5000)

    assert problem is not None
    assert len(problem.message) < 600


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["error", "detail", "message", "code", "param", "loc", "msg", "type"]), inner
            )
        ),
    )
)
def test_any_json_is_read_without_an_error(body: object) -> None:
    problem = read_problem(json.dumps(body))

    assert problem is None or isinstance(problem.message, str)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        ({"message": "no", "code": 503}, 503),
        ({"message": "no", "code": "rate_limit_exceeded"}, 429),
        ({"message": "no", "type": "rate_limit_error"}, 429),
        ({"message": "no", "type": "invalid_request_error"}, 400),
        ({"message": "no", "type": "server_error"}, 500),
        ("no", 500),
    ],
)
def test_an_error_inside_an_answer_has_the_status_that_it_would_have_had(error: object, status: int) -> None:
    problem = read_problem(json.dumps({"error": error}))

    assert problem is not None
    assert guess_status({"error": error}, problem) == status
