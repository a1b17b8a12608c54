"""Trains the frame network on shards.

    python training/train_frames.py --cache C --out C/frame.pt --epochs 8 --seed 5

Shards are re-listed each epoch, so the maker of shards may still be running. The kept epoch is the one with the best
AUC on forgeries of held-out people. A second, local task (where do forgery and original differ?) shows the network what
to look for; learning from one label a picture takes far longer.
"""

from __future__ import annotations

import argparse
import copy
import math
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional as F

from data import load_shards, shard_paths, to_input
from networks import Localiser, SrmResidual

BATCH = 64
LOCAL_WEIGHT = 2.0
EASIEST = 0.12
FAINTEST = 0.008
AVERAGING = 0.99


def changed(x: Tensor) -> Tensor:
    """Pairs real, forged, real, forged … (2N, 3, 128, 128) to soft targets (2N, 1, 16, 16): 0 where nothing was changed.

    Differences of up to 1.5 grey levels are the codec's; from 6 on a place counts as changed.
    """
    real, forged = x[0::2], x[1::2]
    difference = F.avg_pool2d((forged - real).abs().mean(dim=1, keepdim=True) * 127.5, 8)
    target = ((difference - 1.5) / 4.5).clamp(0, 1)
    return torch.stack([torch.zeros_like(target), target], dim=1).flatten(0, 1)


def strengths(crops: np.ndarray) -> np.ndarray:
    """Changed part of each pair's picture, 0 to 1; 0 as well where the border changed, so that the pair is left out.

    A border that differs means that the two got different pictures to start from, which says nothing about forgery.
    """
    out = []
    for start in range(0, len(crops), 128):
        target = changed(to_input(crops[start : start + 128]))[1::2, 0]
        border = torch.cat([target[:, 0], target[:, :, 0], target[:, :, -1]], dim=1).mean(dim=1)
        out.append((target.mean(dim=(1, 2)) * (border < 0.4)).numpy())
    return np.concatenate(out)


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
    parser.add_argument("--data", type=Path, help="not read; so that every script takes the same arguments")
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
    localiser = Localiser()
    parameters = [*model.parameters(), *localiser.parameters()]
    decayed = [p for p in parameters if p.dim() > 1]
    others = [p for p in parameters if p.dim() <= 1]
    optimiser = torch.optim.AdamW([{"params": decayed, "weight_decay": 0.02}, {"params": others, "weight_decay": 0.0}])
    average = copy.deepcopy(model)
    held_crops, held_labels, held_sources = load_shards(shard_paths(arguments.cache, "frames", "val"))
    best, loaded, used, strength = 0.0, {}, {}, {}
    started, running, locally = time.time(), [], []
    for step in range(arguments.steps):
        if step % 100 == 0:
            for path in shard_paths(arguments.cache, "frames", "train"):
                if path not in loaded:
                    loaded[path] = np.load(path)["crops"]
                    strength[path] = strengths(loaded[path])
                    used[path] = 0
        # Coarse forgeries first, subtle ones from the middle of the training on; nearly invisible ones never.
        floor = max(EASIEST * (1 - 2 * step / arguments.steps), FAINTEST) if not arguments.start else FAINTEST
        # The least used shards first: fresh pictures are worth more than repeated ones.
        order = sorted(used, key=lambda p: (used[p], rng.random()))[:4]
        items = []
        for path in order:
            used[path] += 1
            pairs = rng.choice(np.flatnonzero(strength[path] >= floor), BATCH // 2 // len(order), replace=False)
            items.append(loaded[path][np.stack([2 * pairs, 2 * pairs + 1], axis=1).reshape(-1)])
        crops = np.concatenate(items)
        labels = torch.tensor([0.0, 1.0]).repeat(len(crops) // 2)
        x = to_input(crops)
        flips = torch.from_numpy(rng.random(len(crops) // 2) < 0.5).repeat_interleave(2)
        x[flips] = x[flips].flip(-1)
        places = changed(x)
        warm = min(1.0, (step + 1) / 50)
        rate = arguments.rate * warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * step / arguments.steps)))
        for group in optimiser.param_groups:
            group["lr"] = rate
        model.train()
        with torch.autocast("cpu", torch.bfloat16):
            middle, last = model.maps(x.contiguous(memory_format=torch.channels_last))
            logits = model.frame_head(model.dropout(last.mean(dim=(2, 3)))).float().squeeze(1)
            local = localiser(middle, last).float()
        whole = F.binary_cross_entropy_with_logits(logits, labels * 0.94 + 0.03)
        where = F.binary_cross_entropy_with_logits(local, places)
        loss = whole + LOCAL_WEIGHT * where
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 2.0)
        optimiser.step()
        keep = min(AVERAGING, step / (step + 10))
        with torch.no_grad():
            for mean, value in zip(average.state_dict().values(), model.state_dict().values(), strict=True):
                mean.lerp_(value, 1 - keep) if mean.is_floating_point() else mean.copy_(value)
        running.append(whole.item())
        locally.append(where.item())
        if (step + 1) % 25 == 0:
            print(f"step {step + 1} loss {np.mean(running[-25:]):.4f} local {np.mean(locally[-25:]):.4f} "
                  f"{time.time() - started:.0f} s", flush=True)
        if (step + 1) % arguments.every == 0 or step + 1 == arguments.steps:
            held = scores(average, held_crops)
            auc = roc_auc_score(held_labels, held)
            by_source = {str(s): round(float(roc_auc_score(held_labels[held_sources == s], held[held_sources == s])), 3)
                         for s in np.unique(held_sources)}
            print(f"step {step + 1} loss {np.mean(running):.4f} local {np.mean(locally):.4f} held-out AUC {auc:.4f} {by_source} "
                  f"shards {len(loaded)} {time.time() - started:.0f} s", flush=True)
            running, locally = [], []
            if auc > best:
                best = auc
                torch.save(average.state_dict(), arguments.out)


if __name__ == "__main__":
    main()
