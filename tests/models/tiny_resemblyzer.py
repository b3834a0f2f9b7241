"""Resemblyzer's network with random weights; its real ones come with its package, where that is installed."""

from __future__ import annotations

from pathlib import Path

from tiny import Tiny


def build(folder: Path) -> Tiny:
    """The network as it is: it has no smaller form, and takes 6 MB."""
    import torch

    torch.manual_seed(0)
    network = torch.nn.ModuleDict(
        {"lstm": torch.nn.LSTM(40, 256, 3, batch_first=True), "linear": torch.nn.Linear(256, 256)}
    )
    torch.save({"model_state": network.state_dict()}, folder / "pretrained.pt")
    return Tiny(weights=folder)
