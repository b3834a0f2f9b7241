from __future__ import annotations

import dataclasses

import pytest

from catwalk.errors import SettingsInvalid, UnknownModel, WrongTask
from catwalk.serving.catalog import Catalog, ModelSpec
from catwalk.tasks import Task

SPEAKING = frozenset({Task.SYNTHESIZE})
LISTENING = frozenset({Task.TRANSCRIBE})
BOTH = SPEAKING | LISTENING


def spec(
    name: str, fallback: str | None = None, tasks: frozenset[Task] = SPEAKING, aliases: tuple[str, ...] = ()
) -> ModelSpec:
    return ModelSpec(name, "fake", "m:C", tasks, fallback=fallback, aliases=aliases)


def test_a_model_is_found_by_its_name_and_by_its_aliases() -> None:
    first, second = spec("a", aliases=("tts-1", "one")), spec("b")
    catalog = Catalog([first, second])

    assert [catalog.find(name) for name in ("a", "tts-1", "one", "b")] == [first, first, first, second]
    assert list(catalog) == [first, second]


def test_a_model_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(UnknownModel, match=r"no model 'c'; the catalog has: a, b$") as refusal:
        Catalog([spec("b"), spec("a")]).find("c")

    assert refusal.value.param == "model"


def test_a_model_that_cannot_do_the_task_is_answered_with_those_that_can() -> None:
    catalog = Catalog([spec("a"), spec("c", tasks=BOTH), spec("b", tasks=LISTENING)])

    with pytest.raises(WrongTask, match=r"'a' cannot transcribe; models that can: b, c$"):
        catalog.find("a", Task.TRANSCRIBE)
    with pytest.raises(WrongTask, match="models that can: none"):
        catalog.find("a", Task.CAPTION)


def test_a_model_that_serves_the_server_itself_is_not_named_to_callers() -> None:
    probe = dataclasses.replace(spec("probe"), is_internal=True)
    catalog = Catalog([spec("a"), probe, spec("b", tasks=LISTENING)])

    with pytest.raises(UnknownModel, match=r"the catalog has: a, b$"):
        catalog.find("c")
    with pytest.raises(WrongTask, match=r"models that can: a$"):
        catalog.find("b", Task.SYNTHESIZE)
    with pytest.raises(SettingsInvalid, match=r"the catalog has: d$"):
        Catalog([spec("d", "c"), probe])
    assert catalog.find("probe") is probe


@pytest.mark.parametrize(
    "specs",
    [
        [spec("a", aliases=("x",)), spec("b", aliases=("x",))],
        [spec("a", aliases=("b",)), spec("b")],
        [spec("a", aliases=("x", "x"))],
        [spec("a"), spec("a", tasks=LISTENING)],
    ],
    ids=["two aliases", "alias and name", "alias twice", "two names"],
)
def test_a_name_means_one_model(specs: list[ModelSpec]) -> None:
    with pytest.raises(SettingsInvalid, match="share a name or an alias"):
        Catalog(specs)


def test_fallbacks_may_form_a_chain_and_meet() -> None:
    catalog = Catalog([spec("a", "b"), spec("b", "d"), spec("c", "d"), spec("d")])

    assert catalog.find("a").fallback == "b"


def test_a_fallback_may_do_more_but_not_less() -> None:
    Catalog([spec("a", "b"), spec("b", tasks=BOTH)])

    with pytest.raises(SettingsInvalid, match=r"models\.a\.fallback is 'b', which cannot transcribe"):
        Catalog([spec("a", "b", tasks=BOTH), spec("b")])


def test_a_fallback_that_does_not_exist_is_answered_with_the_models_that_do() -> None:
    with pytest.raises(SettingsInvalid, match=r"models\.b\.fallback names 'c'; the catalog has: a, b"):
        Catalog([spec("a", "b"), spec("b", "c")])


@pytest.mark.parametrize(
    "specs",
    [[spec("a", "a")], [spec("a", "b"), spec("b", "a")], [spec("a", "b"), spec("b", "c"), spec("c", "b")]],
    ids=["itself", "each other", "further down"],
)
def test_fallbacks_that_lead_in_a_circle_are_refused(specs: list[ModelSpec]) -> None:
    with pytest.raises(SettingsInvalid, match="leads back to"):
        Catalog(specs)


def test_a_voice_is_asked_for_by_the_models_name_by_an_alias_or_not_at_all() -> None:
    model = ModelSpec("a", "fake", "m:C", SPEAKING, voice_aliases={"alloy": "heart"}, default_voice="bella")

    names = {asked: model.name_voice(asked) for asked in ("alloy", "heart", "unheard of", "", None)}

    assert names == {"alloy": "heart", "heart": "heart", "unheard of": "unheard of", "": "bella", None: "bella"}


def test_a_model_without_a_voice_of_its_own_leaves_the_choice_open() -> None:
    assert spec("a").name_voice(None) is None
