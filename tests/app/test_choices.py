from __future__ import annotations

from collections.abc import Callable

from catwalk.app.choices import reading_choices
from catwalk.reader.policy import ScriptPolicy
from catwalk.settings import Settings


def test_the_readers_text_models_are_told_apart_from_its_policy(settings: Callable[..., Settings]) -> None:
    chosen = reading_choices(settings(reader={"script": {"code_model": "gemma", "summary_model": "other"}}))

    assert (chosen.models.code, chosen.models.summary) == ("gemma", "other")


def test_a_post_is_read_as_the_script_settings_say(settings: Callable[..., Settings]) -> None:
    said = {"code": "skip", "footnotes": "end", "numbers": False, "chapter_level": 2, "large_table_cells": 9}

    policy = reading_choices(settings(reader={"script": said})).policy

    assert {name: getattr(policy, name) for name in said} == said


def test_without_settings_a_post_is_read_by_the_policy_of_the_reader(settings: Callable[..., Settings]) -> None:
    assert reading_choices(settings()).policy == ScriptPolicy()


def test_another_model_is_not_asked_for_the_voices_of_the_chosen_one(settings: Callable[..., Settings]) -> None:
    chosen = settings(reader={"model": "kokoro", "voice": "af_sky", "quote_voice": "bm_george"})

    own, other = reading_choices(chosen).voicing, reading_choices(chosen, model="hibari").voicing

    assert (own.voice, own.quote_voice) == ("af_sky", "bm_george")
    assert (other.voice, other.quote_voice) == ("heart", None)


def test_a_voice_has_an_understudy_that_sounds_like_it(settings: Callable[..., Settings]) -> None:
    own = settings(reader={"model": "hibari"})

    assert reading_choices(own).voicing.understudy == "kokoro"
    assert reading_choices(own, voice="heart").voicing.understudy == "kokoro"
    assert reading_choices(own, model="kokoro").voicing.understudy is None


def test_a_voice_that_sounds_like_nobody_else_has_no_understudy(settings: Callable[..., Settings]) -> None:
    own = settings(reader={"model": "hibari", "voice": "ann"})

    assert reading_choices(own).voicing.understudy is None


def test_the_settings_name_the_understudy_or_say_that_there_is_none(settings: Callable[..., Settings]) -> None:
    named = settings(reader={"model": "hibari", "voice": "ann", "understudy": "tortoise"})
    none = settings(reader={"model": "hibari", "understudy": ""})

    assert reading_choices(named).voicing.understudy == "tortoise"
    assert reading_choices(none).voicing.understudy is None
