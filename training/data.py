"""Shards and single crops as tensors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor


def shard_paths(cache: Path, kind: str, split: str) -> list[Path]:
    return sorted(p for p in (cache / f"{kind}-{split}").glob("*.npz") if ".part" not in p.name)


def load_shards(paths: list[Path]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Crops (uint8), labels, sources."""
    shards = [np.load(p) for p in paths]
    return tuple(np.concatenate([s[key] for s in shards]) for key in ("crops", "labels", "sources"))


def to_input(crops: np.ndarray | Tensor) -> Tensor:
    """uint8 (..., H, W, 3) to float32 (..., 3, H, W) in [-1, 1]."""
    tensor = torch.as_tensor(crops)
    return tensor.movedim(-1, -3).float() / 127.5 - 1


