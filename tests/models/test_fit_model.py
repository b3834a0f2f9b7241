from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from catwalk.app.server import build
from catwalk.casting.fit import FitChoices, fit_voice
from catwalk.client import Client
from catwalk.settings import read_settings
from sounds import babble, to_wav


@pytest.mark.anyio
async def test_a_search_that_is_stopped_at_once_still_gives_the_voice_a_blend(
    shared_home: Path, tmp_path: Path
) -> None:
    server = build(read_settings(home=shared_home))
    clip = tmp_path / "clip.wav"
    clip.write_bytes(to_wav(babble(6.0)))
    heard: list[str] = []
    async with Client("http://catwalk", transport=httpx.ASGITransport(server.http)) as client:
        await client.add_voice("mol", [clip], consent=True)
        choices = FitChoices("kokoro", listener=None)

        found = await fit_voice(client, "mol", choices, report=lambda what, *_: heard.append(what), stop=lambda: True)

        (voice,) = [each for each in await client.voices() if each["name"] == "mol"]
        spoken = await client.speak("Tea.", model="kokoro", voice="mol")
        await client.remove_voice("mol")
    await server.pool.close()
    assert found.n_trials == 0
    assert found.fitted == found.preset
    assert len(heard) <= 4
    assert voice["blends"] == {"kokoro": found.fitted.blend}
    assert spoken.duration_s > 0.2
