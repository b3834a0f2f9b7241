from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from catwalk.errors import BackendNotInstalled, TermsNotAccepted
from catwalk.serving.catalog import ModelSpec, PackagedFile, Terms
from catwalk.serving.weights import locate

SPEC = ModelSpec(
    name="gemma",
    backend="fake",
    factory="catwalk.backends.fake:Fake",
    tasks=frozenset(),
    weights=(PackagedFile("model.gguf", (("no_such_package", "part"),)),),
    terms=Terms("Terms of Use", "https://terms.example"),
)


def test_weights_under_terms_wait_until_somebody_accepts_them(tmp_path: Path) -> None:
    with pytest.raises(TermsNotAccepted, match=r"https://terms\.example.*accept_terms = true under \[models\.gemma\]"):
        locate(SPEC, tmp_path)

    assert not (tmp_path / "weights").exists()


def test_accepted_terms_stand_in_nobodys_way(tmp_path: Path) -> None:
    accepted = dataclasses.replace(SPEC, terms=Terms("Terms of Use", "https://terms.example", accepted=True))

    with pytest.raises(BackendNotInstalled, match="no-such-package"):
        locate(accepted, tmp_path)
