"""Trains the clip network on clip shards, starting from the frame network's backbone.

    python training/train_clips.py --cache C --start C/frame.pt --out C/clip.pt --steps 600 --seed 6

Dual level (Pu et al. 2022): the loss is the clip's plus the mean over its frames. The backbone learns at a tenth of
the rate, its batch normalisation stays fixed (sixteen frames of one person are no fair sample of the world).
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from data import load_shards, shard_paths, to_input
from networks import SrmResidualGru

PAIRS = 4


def from_frame_network(state: dict[str, Tensor]) -> dict[str, Tensor]:
    return {k if k.startswith("frame_head.") else f"backbone.{k}": v for k, v in state.items()}


def scores(model: nn.Module, crops: np.ndarray, batch: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Clip logits (N,) and frame logits (N, T)."""
    model.eval()
    clips, frames = [], []
    with torch.no_grad():
        for start in range(0, len(crops), batch):
            clip, frame = model(to_input(crops[start : start + batch]))
            clips.append(clip.squeeze(1).numpy())
            frames.append(frame.numpy())
    return np.concatenate(clips), np.concatenate(frames)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--every", type=int, default=150)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    rng = np.random.default_rng(arguments.seed)
    model = SrmResidualGru()
    missing = model.load_state_dict(from_frame_network(torch.load(arguments.start, weights_only=True)), strict=False)
    assert all(k.startswith(("gru.", "clip_head.")) for k in missing.missing_keys) and not missing.unexpected_keys
    model.backbone.to(memory_format=torch.channels_last)
    new = [*model.gru.parameters(), *model.clip_head.parameters()]
    old = [*model.backbone.parameters(), *model.frame_head.parameters()]
    optimiser = torch.optim.AdamW([{"params": new, "part": 1.0}, {"params": old, "part": 0.1}], weight_decay=0.01)
    held_crops, held_labels, _ = load_shards(shard_paths(arguments.cache, "clips", "val"))
    loaded: dict[Path, np.ndarray] = {}
    best, started, running = 0.0, time.time(), []
    loss_of = nn.functional.binary_cross_entropy_with_logits
    queue: list[tuple[Path, int]] = []
    for step in range(arguments.steps):
        if len(queue) < PAIRS:
            for path in shard_paths(arguments.cache, "clips", "train"):
                if path not in loaded:
                    loaded[path] = np.load(path)["crops"]
            everything = [(p, i) for p, c in loaded.items() for i in range(len(c) // 2)]
            queue = [everything[i] for i in rng.permutation(len(everything))]
        drawn = [queue.pop() for _ in range(PAIRS)]
        crops = np.stack([loaded[p][2 * i + k] for p, i in drawn for k in (0, 1)])
        x = to_input(crops)
        flips = torch.from_numpy(rng.random(len(crops)) < 0.5)
        x[flips] = x[flips].flip(-1)
        backwards = torch.from_numpy(rng.random(len(crops)) < 0.5)
        x[backwards] = x[backwards].flip(1)
        labels = torch.tensor([0.03, 0.97]).repeat(PAIRS)
        rate = arguments.rate * min(1, (step + 1) / 50) * (0.02 + 0.49 * (1 + math.cos(math.pi * step / arguments.steps)))
        for group in optimiser.param_groups:
            group["lr"] = rate * group["part"]
        model.train()
        model.backbone.eval()
        with torch.autocast("cpu", torch.bfloat16):
            batch, steps = x.shape[:2]
            features = model.backbone(x.flatten(0, 1).contiguous(memory_format=torch.channels_last))
        features = model.dropout(features.float()).view(batch, steps, -1)
        frame = model.frame_head(features).squeeze(2)
        hidden, _ = model.gru(features)
        clip = model.clip_head(hidden.mean(dim=1)).squeeze(1)
        loss = loss_of(clip, labels) + loss_of(frame, labels[:, None].expand_as(frame))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        running.append(loss.item())
        if (step + 1) % arguments.every == 0 or step + 1 == arguments.steps:
            held, held_frames = scores(model, held_crops)
            auc = roc_auc_score(held_labels, held)
            mean_auc = roc_auc_score(held_labels, held_frames.mean(axis=1))
            print(f"step {step + 1} loss {np.mean(running):.4f} held-out clip AUC {auc:.4f} mean-of-frames {mean_auc:.4f} "
                  f"shards {len(loaded)} {time.time() - started:.0f} s", flush=True)
            running = []
            if auc > best:
                best = auc
                torch.save(model.state_dict(), arguments.out)


if __name__ == "__main__":
    main()
