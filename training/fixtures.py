"""Writes the parity fixtures: both networks on weights and input that a seed determines.

    python training/fixtures.py

Every tensor is filled from a hash of `seed/key` (FNV-1a, then a 32-bit mixer per element), so a fixture needs
no weight file and any implementation can rebuild both its weights and its input.
"""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn

from networks import SrmResidual, SrmResidualGru

FOLDER = Path(__file__).resolve().parent.parent / "test" / "fixtures" / "models"
SEED = "framewitness"
GAIN = 1.0


def uniform(key: str, count: int) -> np.ndarray:
    """`count` values in [0, 1) in double precision."""
    h = 0x811C9DC5
    for byte in f"{SEED}/{key}".encode():
        h = ((h ^ byte) * 0x01000193) & 0xFFFFFFFF
    mask = np.uint64(0xFFFFFFFF)
    z = (np.uint64(h) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B9)) & mask
    z ^= z >> np.uint64(16)
    z = (z * np.uint64(0x21F0AAAD)) & mask
    z ^= z >> np.uint64(15)
    z = (z * np.uint64(0x735A2D97)) & mask
    z ^= z >> np.uint64(15)
    return z.astype(np.float64) / 2.0**32


def fill(model: nn.Module) -> None:
    state = model.state_dict()
    for key, tensor in state.items():
        if key.endswith("num_batches_tracked"):
            continue
        signed = 2 * uniform(key, tensor.numel()) - 1
        if key.endswith("running_var") or (tensor.dim() == 1 and key.endswith("weight")):
            values = 1 + 0.1 * signed
        elif tensor.dim() >= 2:
            values = signed * (GAIN * math.sqrt(3 / math.prod(tensor.shape[1:])))
        else:
            values = 0.1 * signed
        tensor.copy_(torch.from_numpy(values.astype(np.float32)).view(tensor.shape))
    model.load_state_dict(state)


def statistics(tensor: torch.Tensor) -> dict:
    flat = tensor.detach().double().flatten()
    return {
        "shape": list(tensor.shape),
        "mean": flat.mean().item(),
        "rms": flat.pow(2).mean().sqrt().item(),
        "first": tensor.detach().flatten()[:8].tolist(),
        "last": tensor.detach().flatten()[-1].item(),
    }


def write(name: str, model: nn.Module, shape: tuple[int, ...], outputs: tuple[str, ...], modules: dict[str, nn.Module], unit: bool = False) -> None:
    """One fixture; the input is in [-1, 1), or in [0, 1) where `unit`."""
    fill(model)
    model.eval()
    probes: dict[str, dict] = {}
    for probe, module in modules.items():

        def note(_module: nn.Module, _inputs: tuple, out: torch.Tensor | tuple, probe: str = probe) -> None:
            probes.setdefault(probe, statistics(out[0] if isinstance(out, tuple) else out))

        module.register_forward_hook(note)
    u = uniform("input", math.prod(shape))
    x = torch.from_numpy((u if unit else 2 * u - 1).astype(np.float32)).view(shape)
    with torch.no_grad():
        result = model(x)
    values = result if isinstance(result, tuple) else (result,)
    document = {
        "model": name,
        "seed": SEED,
        "gain": GAIN,
        "input": {"shape": list(shape), "range": "[0,1)" if unit else "[-1,1)"},
        "outputs": [
            {"name": key, **statistics(value), "values": value.flatten().tolist()}
            for key, value in zip(outputs, values, strict=True)
        ],
        "probes": probes,
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")


def main() -> None:
    torch.set_num_threads(2)
    frame = SrmResidual()
    layers = ("rgb", "noise", "layer1", "layer2", "layer3")
    write("srm-residual", frame, (2, 3, 128, 128), ("frame",), {k: getattr(frame, k) for k in layers})
    clip = SrmResidualGru()
    modules = {f"backbone.{k}": getattr(clip.backbone, k) for k in layers} | {"gru": clip.gru}
    write("srm-residual-gru", clip, (2, 16, 3, 128, 128), ("clip", "frame"), modules)


if __name__ == "__main__":
    main()
