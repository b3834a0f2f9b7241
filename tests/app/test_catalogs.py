from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from catwalk.app.catalogs import build_catalog
from catwalk.errors import SettingsInvalid
from catwalk.serving.catalog import FOREVER, KOKORO_82M, HubRepository, LocalFolder, ModelSpec
from catwalk.settings import ModelSettings
from catwalk.tasks import Task

REVISION = "0123456789abcdef0123456789abcdef01234567"


def specs(**models: dict[str, Any]) -> dict[str, ModelSpec]:
    """The catalog's specs by name, built from what a file would say."""
    return {spec.name: spec for spec in build_catalog({name: ModelSettings(**said) for name, said in models.items()})}


def test_without_settings_there_are_the_built_in_models_and_all_stay() -> None:
    built_in = specs()

    assert {"hibari", "kokoro", "faster_whisper", "fake"} <= built_in.keys()
    assert {spec.keep_alive_s for spec in built_in.values()} == {FOREVER}
    assert [name for name, spec in built_in.items() if spec.is_internal] == ["probe"]


def test_tasks_of_a_model_can_be_narrowed() -> None:
    listener = specs(listener={"backend": "fake", "tasks": ["transcribe"]})["listener"]

    assert listener.tasks == {Task.TRANSCRIBE}
    assert specs()["fake"].tasks > {Task.TRANSCRIBE, Task.SYNTHESIZE}


@pytest.mark.parametrize("tasks", [["caption"], ["synthesize", "sing"], []], ids=["not its", "nobody's", "none"])
def test_tasks_that_a_backend_cannot_do_are_refused_with_those_it_can(tasks: list[str]) -> None:
    with pytest.raises(SettingsInvalid, match=r"models\.a\.tasks: backend hibari can synthesize, not"):
        specs(a={"backend": "hibari", "tasks": tasks})


def test_terms_of_use_are_accepted_in_the_settings_alone() -> None:
    before, after = specs()["gemma"].terms, specs(gemma={"accept_terms": True})["gemma"].terms

    assert before is not None
    assert after is not None
    assert (before.accepted, after.accepted) == (False, True)


def test_a_context_of_another_length_is_expected_to_take_other_memory() -> None:
    short, long = (specs(gemma={"options": {"n_ctx": n_ctx}})["gemma"].extra_bytes for n_ctx in (1024, 4096))

    assert 0 < 4 * short == long == specs()["gemma"].extra_bytes


def test_a_fallback_takes_over_what_the_model_does() -> None:
    big = specs(big={"backend": "fake", "tasks": ["synthesize"], "fallback": "kokoro"})["big"]

    assert big.fallback == "kokoro"


def test_a_fallback_that_cannot_do_the_same_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match=r"models\.big\.fallback is 'kokoro', which cannot transcribe"):
        specs(big={"backend": "faster_whisper", "fallback": "kokoro"})


def test_a_fallback_that_does_not_exist_is_refused() -> None:
    with pytest.raises(SettingsInvalid, match=r"models\.hibari\.fallback names 'cloud'"):
        specs(hibari={"fallback": "cloud"})


def test_what_a_model_takes_can_be_said_before_it_is_measured() -> None:
    assert specs(a={"backend": "fake", "memory": "6GiB"})["a"].expected_bytes == 6 * 2**30
    assert specs(a={"backend": "fake"})["a"].expected_bytes is None


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"memory": "lots"}, r"^models\.a\.memory: an amount of memory is .*, not 'lots'$"),
        ({"keep_alive": "long"}, r"^models\.a\.keep_alive: a duration is .*, not 'long'$"),
        ({"weights": {}}, r"^models\.a\.weights needs either path, or hub with revision$"),
        ({"weights": {"hub": "someone/model"}}, r"^models\.a\.weights needs"),
        ({"weights": {"hub": "someone/model", "revision": REVISION, "path": "/x"}}, r"^models\.a\.weights needs"),
    ],
)
def test_what_cannot_be_read_of_a_model_is_named(said: dict[str, Any], complaint: str) -> None:
    with pytest.raises(SettingsInvalid, match=complaint):
        specs(a={"backend": "fake", **said})


@pytest.mark.parametrize(
    ("said", "seconds"), [(None, FOREVER), (0, 0.0), ("10m", 600.0), (-1, FOREVER), ("1.5h", 5400.0)]
)
def test_a_model_stays_as_long_as_is_said(said: float | str | None, seconds: float) -> None:
    assert specs(a={"backend": "fake", "keep_alive": said})["a"].keep_alive_s == seconds


@pytest.mark.parametrize(
    ("options", "device"), [({}, "ram"), ({"device": "cpu"}, "ram"), ({"device": "cuda:1"}, "cuda:1")]
)
def test_a_model_is_expected_on_the_device_that_its_options_name(options: dict[str, str], device: str) -> None:
    spec = specs(kokoro={"options": options})["kokoro"]

    assert (spec.device, spec.latents_device) == (device, device)


def test_voices_can_be_given_more_names() -> None:
    kokoro = specs(kokoro={"voice_aliases": {"host": "af_heart", "alloy": "am_adam"}})["kokoro"]

    names = [kokoro.name_voice(asked) for asked in ("host", "alloy", "nova")]

    assert names == ["af_heart", "am_adam", "af_nova"]


def test_a_backend_that_foresees_what_it_takes_is_asked() -> None:
    large = specs(large={"backend": "fake", "options": {"n_bytes": 700, "voice_bytes": 30}})["large"]

    assert (large.extra_bytes, large.latents_bytes) == (700, 30)


def test_a_built_in_model_keeps_what_the_settings_do_not_change() -> None:
    before, after = specs()["kokoro"], specs(kokoro={"voice": "bf_emma", "preload": True, "pin": True})["kokoro"]

    assert (after.default_voice, after.preload, after.pinned) == ("bf_emma", True, True)
    assert (after.weights, after.aliases, after.tasks) == (before.weights, before.aliases, before.tasks)


def test_another_model_of_a_known_backend_has_its_weights_and_voices_but_not_its_names() -> None:
    both = specs(careful={"backend": "kokoro", "options": {"threads": 1}})

    careful = both["careful"]
    assert (careful.weights, careful.default_voice) == (KOKORO_82M, "af_heart")
    assert (careful.aliases, dict(careful.options)) == ((), {"threads": 1})
    assert both["kokoro"].options == {}


def test_weights_are_a_path_or_a_repository_that_cannot_move(tmp_path: Path) -> None:
    local = specs(a={"backend": "fake", "weights": {"path": str(tmp_path)}})["a"]
    hub = specs(a={"backend": "fake", "weights": {"hub": "someone/model", "revision": REVISION, "files": ["*.bin"]}})[
        "a"
    ]

    assert local.weights == (LocalFolder(tmp_path),)
    assert hub.weights == (HubRepository("someone/model", REVISION, ("*.bin",)),)


def test_a_path_may_begin_at_the_persons_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))

    assert specs(a={"backend": "fake", "weights": {"path": "~/a"}})["a"].weights == (LocalFolder(tmp_path / "a"),)


def test_a_model_that_is_not_built_in_needs_a_backend_that_exists() -> None:
    with pytest.raises(SettingsInvalid, match=r"models\.mine is not built in, so it needs a backend"):
        specs(mine={})
    with pytest.raises(SettingsInvalid, match="there is no backend 'nothing'; there are: blip, "):
        specs(mine={"backend": "nothing"})
