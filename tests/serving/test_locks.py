from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catwalk.errors import EnvironmentFailed
from catwalk.serving import environments
from catwalk.serving.locks import parse_lock

HASH = "0" * 64
TEXT = f"""\
# python: 3.11
# cpu: torch==2.13.0+cpu --hash=sha256:{HASH}
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:{HASH} \\
    --hash=sha256:{HASH}
Nvidia_cublas==13.1 ; sys_platform == 'linux' \\
    --hash=sha256:{HASH}
nvidia-ml-py==13.615 \\
    --hash=sha256:{HASH}
torch==2.13.0 \\
    --hash=sha256:{HASH}
triton==3.7.1 \\
    --hash=sha256:{HASH}
wheel==0.48.0 \\
    --hash=sha256:{HASH}
"""

names = st.from_regex(r"[a-z][a-z0-9]{0,10}(-[a-z0-9]{1,5})?", fullmatch=True)


def test_an_entry_is_a_name_a_version_a_marker_and_its_hashes() -> None:
    lock = parse_lock(TEXT)

    assert lock.python == "3.11"
    assert [each.name for each in lock.requirements][:2] == ["numpy", "nvidia-cublas"]
    assert lock.requirements[0].text.count("--hash") == 2


def test_what_others_are_built_with_comes_first() -> None:
    builders, rest = parse_lock(TEXT).split()

    assert [each.name for each in builders] == ["torch", "wheel"]
    assert "numpy" in [each.name for each in rest]


def test_a_machine_without_gpu_takes_the_build_for_cpus_and_none_of_cudas_libraries() -> None:
    light = parse_lock(TEXT).without_cuda()

    assert [each.name for each in light.requirements] == ["numpy", "nvidia-ml-py", "torch", "wheel"]
    assert light.render(light.requirements).count("torch==2.13.0+cpu") == 1


@pytest.mark.parametrize("entry", ["numpy>=2 --hash=sha256:" + HASH, "numpy==2.4.6", "--index-url somewhere", "numpy"])
def test_what_is_not_pinned_and_hashed_is_refused(entry: str) -> None:
    with pytest.raises(EnvironmentFailed, match="pinned with == and hashes"):
        parse_lock(entry)


@given(st.dictionaries(names, st.integers(0, 99)))
def test_what_is_written_can_be_read_again(pins: dict[str, int]) -> None:
    text = "".join(f"{name}=={version} \\\n    --hash=sha256:{HASH}\n" for name, version in pins.items())

    lock = parse_lock(text)

    assert lock.render(lock.requirements) == text


@pytest.mark.parametrize("backend", environments.available())
def test_every_lock_that_catwalk_brings_holds_what_a_worker_needs(backend: str) -> None:
    lock = parse_lock(environments.available()[backend].read_text())

    assert {"msgpack", "numpy", "av"} <= {each.name for each in lock.requirements}
