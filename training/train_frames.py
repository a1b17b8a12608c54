"""Trains the frame network on shards.

    python training/train_frames.py --cache C --out C/frame.pt --epochs 8 --seed 5

Shards are re-listed each epoch, so the maker of shards may still be running. The kept epoch is the one with the best
AUC on forgeries of held-out people; real video faces of held-out people are reported beside it.
"""

from __future__ import annotations

import argparse
import math
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from data import load_shards, shard_paths, to_input
from networks import SrmResidual

BATCH = 64


def scores(model: nn.Module, crops: np.ndarray, batch: int = 128) -> np.ndarray:
    model.eval()
    parts = []
    with torch.no_grad():
        for start in range(0, len(crops), batch):
            x = to_input(crops[start : start + batch]).contiguous(memory_format=torch.channels_last)
            parts.append(model(x).float().squeeze(1).numpy())
    return np.concatenate(parts)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--every", type=int, default=250)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    rng = np.random.default_rng(arguments.seed)
    model = SrmResidual().to(memory_format=torch.channels_last)
    if arguments.start:
        model.load_state_dict(torch.load(arguments.start, weights_only=True))
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() <= 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}])
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.995), use_buffers=True
    )
    held_crops, held_labels, held_sources = load_shards(shard_paths(arguments.cache, "frames", "val"))
    best, loaded, used = 0.0, {}, {}
    started, running = time.time(), []
    for step in range(arguments.steps):
        if step % 100 == 0:
            for path in shard_paths(arguments.cache, "frames", "train"):
                if path not in loaded:
                    loaded[path] = np.load(path)["crops"]
                    used[path] = 0
        # The least used shards first, then two of them mixed: fresh pictures are worth more than repeated ones.
        order = sorted(used, key=lambda p: (used[p], rng.random()))[:4]
        items = []
        for path in order:
            used[path] += 1
            pairs = rng.choice(len(loaded[path]) // 2, BATCH // 2 // len(order), replace=False)
            items.append(loaded[path][np.stack([2 * pairs, 2 * pairs + 1], axis=1).reshape(-1)])
        crops = np.concatenate(items)
        labels = torch.tensor([0.0, 1.0]).repeat(len(crops) // 2)
        x = to_input(crops)
        flips = torch.from_numpy(rng.random(len(crops)) < 0.5)
        x[flips] = x[flips].flip(-1)
        warm = min(1.0, (step + 1) / 100)
        rate = arguments.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / arguments.steps)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        model.train()
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(x.contiguous(memory_format=torch.channels_last)).float().squeeze(1)
        loss = nn.functional.binary_cross_entropy_with_logits(logits, labels * 0.94 + 0.03)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        average.update_parameters(model)
        running.append(loss.item())
        if (step + 1) % arguments.every == 0 or step + 1 == arguments.steps:
            held = scores(average.module, held_crops)
            auc = roc_auc_score(held_labels, held)
            by_source = {s: round(roc_auc_score(held_labels[held_sources == s], held[held_sources == s]), 3)
                         for s in np.unique(held_sources)}
            print(f"step {step + 1} loss {np.mean(running):.4f} held-out AUC {auc:.4f} {by_source} "
                  f"shards {len(loaded)} {time.time() - started:.0f} s", flush=True)
            running = []
            if auc > best:
                best = auc
                torch.save(average.module.state_dict(), arguments.out)


if __name__ == "__main__":
    main()
