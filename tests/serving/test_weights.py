from __future__ import annotations

import hashlib
import sys
from pathlib import Path

import pytest

from catwalk.errors import BackendNotInstalled, WeightsUnavailable
from catwalk.serving import weights
from catwalk.serving.catalog import HubRepository, LocalFolder, ModelSpec, NpmFiles, PackagedFile, WeightsSource
from catwalk.tasks import Task

WHOLE = b"first half, second half"
SHA256 = hashlib.sha256(WHOLE).hexdigest()


@pytest.fixture
def parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[tuple[str, str], ...]:
    """Two installed packages that carry one half each."""
    for number, half in ((1, WHOLE[:10]), (2, WHOLE[10:])):
        package = tmp_path / "packages" / f"halves_{number}"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "part.bin").write_bytes(half)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    for name in ("halves_1", "halves_2"):
        sys.modules.pop(name, None)  # another test's folder
    return (("halves_1", "part.bin"), ("halves_2", "part.bin"))


def spec(*sources: WeightsSource) -> ModelSpec:
    return ModelSpec("tiny", "fake", "m:C", frozenset({Task.SYNTHESIZE}), weights=sources)


def leftovers(home: Path) -> list[Path]:
    return [path for path in (home / "weights").iterdir() if path.name.startswith(".")]


def test_packaged_parts_are_joined_in_order(tmp_path: Path, parts: tuple[tuple[str, str], ...]) -> None:
    folder = weights.locate(spec(PackagedFile("model.bin", parts, SHA256)), tmp_path)

    assert folder is not None
    assert (folder / "model.bin").read_bytes() == WHOLE
    assert leftovers(tmp_path) == []


def test_joined_weights_are_used_again_as_they_lie(tmp_path: Path, parts: tuple[tuple[str, str], ...]) -> None:
    wanted = spec(PackagedFile("model.bin", parts, SHA256))
    first = weights.locate(wanted, tmp_path)
    assert first is not None
    made = (first / "model.bin").stat().st_mtime_ns

    second = weights.locate(wanted, tmp_path)

    assert second == first
    assert (second / "model.bin").stat().st_mtime_ns == made


def test_a_wrong_hash_leaves_nothing_behind(tmp_path: Path, parts: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(WeightsUnavailable, match=f"model.bin has SHA-256 {SHA256}"):
        weights.locate(spec(PackagedFile("model.bin", parts, "0" * 64)), tmp_path)

    assert list((tmp_path / "weights").iterdir()) == []


def test_a_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    with pytest.raises(BackendNotInstalled, match="no-such-package"):
        weights.locate(spec(PackagedFile("model.bin", (("no_such_package", "x"),), SHA256)), tmp_path)


def test_a_local_folder_is_used_where_it_lies(tmp_path: Path) -> None:
    assert weights.locate(spec(LocalFolder(tmp_path)), tmp_path / "home") == tmp_path


def test_a_local_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailable, match="nowhere"):
        weights.locate(spec(LocalFolder(tmp_path / "nowhere")), tmp_path)


def test_a_hub_revision_that_can_move_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WeightsUnavailable, match="pin a commit hash"):
        weights.locate(spec(HubRepository("someone/model", "main")), tmp_path)


def test_npm_failures_say_what_npm_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text("#!/bin/sh\necho 'no such version' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")

    with pytest.raises(WeightsUnavailable, match="no such version"):
        weights.locate(spec(NpmFiles("voices", "1.0.0", "package/*.bin", "0" * 64)), tmp_path)


def test_npm_files_are_checked_before_they_are_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text(
        "#!/bin/sh\nmkdir package && printf a > package/a.bin && tar czf voices-1.0.0.tgz package\n"
        """echo '[{"filename": "voices-1.0.0.tgz"}]'\n"""
    )
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}:/usr/bin:/bin")
    listing = f"{hashlib.sha256(b'a').hexdigest()}  a.bin\n"
    good = hashlib.sha256(listing.encode()).hexdigest()

    folder = weights.locate(spec(NpmFiles("voices", "1.0.0", "package/*.bin", good)), tmp_path)

    assert folder is not None
    assert (folder / "a.bin").read_bytes() == b"a"
    with pytest.raises(WeightsUnavailable, match=r"voices@1\.0\.0"):
        weights.locate(spec(NpmFiles("voices", "1.0.0", "package/*.bin", "0" * 64)), tmp_path)


def test_a_backend_that_carries_its_own_needs_no_folder(tmp_path: Path) -> None:
    assert weights.locate(spec(), tmp_path) is None


def test_bytes_are_known_before_anything_is_brought(tmp_path: Path, parts: tuple[tuple[str, str], ...]) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "model.bin").write_bytes(b"12345")
    wanted = spec(PackagedFile("model.bin", parts, SHA256), LocalFolder(tmp_path / "own"))

    n_bytes = weights.size_bytes(wanted, tmp_path)

    assert n_bytes == len(WHOLE) + 5
    assert not (tmp_path / "weights").exists()


def test_a_package_that_carries_weights_is_not_imported(tmp_path: Path, parts: tuple[tuple[str, str], ...]) -> None:
    weights.locate(spec(PackagedFile("model.bin", parts, SHA256)), tmp_path)

    assert not {"halves_1", "halves_2"} & set(sys.modules)


def test_weights_are_found_only_where_they_lie_already(tmp_path: Path, parts: tuple[tuple[str, str], ...]) -> None:
    packaged, own = spec(PackagedFile("model.bin", parts, SHA256)), spec(LocalFolder(tmp_path / "own"))

    assert weights.find(packaged, tmp_path) is None
    assert weights.find(own, tmp_path) is None
    assert weights.find(spec(), tmp_path) is None
    assert weights.locate(packaged, tmp_path) == weights.find(packaged, tmp_path)


def test_bytes_of_weights_in_place_are_those_of_the_folder(
    tmp_path: Path, parts: tuple[tuple[str, str], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = spec(PackagedFile("model.bin", parts, SHA256))
    folder = weights.locate(wanted, tmp_path)
    assert folder is not None
    (folder / "deep").mkdir()
    (folder / "deep" / "more.bin").write_bytes(b"123")
    monkeypatch.setattr(sys, "path", [])

    assert weights.size_bytes(wanted, tmp_path) == len(WHOLE) + 3


def test_bytes_of_a_folder_are_those_of_all_its_files(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a").write_bytes(b"12")
    (tmp_path / "deep" / "b").write_bytes(b"345")

    assert weights.size_bytes(spec(LocalFolder(tmp_path)), tmp_path / "home") == 5
    assert weights.size_bytes(spec(LocalFolder(tmp_path / "a")), tmp_path / "home") == 2


@pytest.mark.parametrize(
    "source",
    [
        PackagedFile("model.bin", (("no_such_package", "x"),), SHA256),
        PackagedFile("model.bin", (("catwalk", "no_such_file"),), SHA256),
        NpmFiles("voices", "1.0.0", "package/*.bin", "0" * 64),
        HubRepository("someone/model", "0" * 40),
        LocalFolder(Path("/nowhere/at/all")),
    ],
    ids=["no package", "no file in it", "npm", "hub", "no folder"],
)
def test_what_is_not_on_this_disk_counts_nothing(tmp_path: Path, source: WeightsSource) -> None:
    assert weights.size_bytes(spec(source), tmp_path) == 0


def test_a_backend_that_carries_its_own_has_no_weights_to_count(tmp_path: Path) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "other").write_bytes(b"12")

    assert weights.size_bytes(spec(), tmp_path) == 0
