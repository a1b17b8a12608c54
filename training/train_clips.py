"""Trains the clip network on clip shards, starting from the frame network's backbone.

    python training/train_clips.py --cache C --start C/frame.pt --out C/clip.pt --passes 40 --steps 150 --seed 6

Dual level (Pu et al. 2022): the loss is the clip's plus the mean over its frames. First the heads and the GRU learn on
features of the fixed backbone, computed once; then everything learns together for `--steps` steps, the backbone at a
tenth of the rate and with its batch normalisation fixed (sixteen frames of one person are no fair sample of the world).
"""

from __future__ import annotations

import argparse
import math
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


def loss_of(clip: Tensor, frame: Tensor, labels: Tensor) -> Tensor:
    soft = labels * 0.94 + 0.03
    entropy = nn.functional.binary_cross_entropy_with_logits
    return entropy(clip, soft) + entropy(frame, soft[:, None].expand_as(frame))


def heads(model: SrmResidualGru, features: Tensor) -> tuple[Tensor, Tensor]:
    features = model.dropout(features)
    hidden, _ = model.gru(features)
    return model.clip_head(hidden.mean(dim=1)).squeeze(1), model.frame_head(features).squeeze(2)


def features_of(model: SrmResidualGru, crops: np.ndarray, mirrored: bool) -> Tensor:
    """(N, T, 160) of the fixed backbone."""
    parts = []
    with torch.no_grad():
        for clip in crops:
            x = to_input(clip)
            parts.append(model.backbone((x.flip(-1) if mirrored else x).contiguous(memory_format=torch.channels_last)))
    return torch.stack(parts)


def report(model: SrmResidualGru, crops: np.ndarray, labels: np.ndarray, what: str) -> float:
    held, frames = scores(model, crops)
    auc = float(roc_auc_score(labels, held))
    print(f"{what}: held-out clip AUC {auc:.4f}, mean of frames {roc_auc_score(labels, frames.mean(axis=1)):.4f}", flush=True)
    return auc


def train_heads(model: SrmResidualGru, cache: Path, passes: int, rate: float) -> None:
    model.backbone.eval()
    features, labels = [], []
    for path in shard_paths(cache, "clips", "train"):
        shard = np.load(path)
        for mirrored in (False, True):
            features.append(features_of(model, shard["crops"], mirrored))
            labels.append(torch.from_numpy(shard["labels"]).float())
    x, y = torch.cat(features), torch.cat(labels)
    print(len(x) // 2, "training clips", flush=True)
    learnt = [*model.gru.parameters(), *model.clip_head.parameters(), *model.frame_head.parameters()]
    batches = math.ceil(len(x) / 32)
    optimiser = torch.optim.AdamW(learnt, lr=rate, weight_decay=0.02)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, passes * batches)
    model.train()
    model.backbone.eval()
    for number in range(passes):
        total = 0.0
        for rows in torch.randperm(len(x)).split(32):
            batch = x[rows]
            if torch.rand(()) < 0.5:
                batch = batch.flip(1)
            loss = loss_of(*heads(model, batch), y[rows])
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(learnt, 2.0)
            optimiser.step()
            schedule.step()
            total += loss.item() * len(rows)
        if (number + 1) % 10 == 0:
            print(f"pass {number + 1} loss {total / len(x):.4f}", flush=True)


def train_everything(model: SrmResidualGru, cache: Path, steps: int, rate: float, rng: np.random.Generator) -> None:
    loaded = [np.load(path)["crops"] for path in shard_paths(cache, "clips", "train")]
    new = [*model.gru.parameters(), *model.clip_head.parameters()]
    old = [*model.backbone.parameters(), *model.frame_head.parameters()]
    optimiser = torch.optim.AdamW([{"params": new, "lr": rate * 0.3}, {"params": old, "lr": rate * 0.1}], weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: min(1.0, (s + 1) / 20) * 0.5 * (1 + math.cos(math.pi * s / steps)))
    everything = [(shard, pair) for shard, crops in enumerate(loaded) for pair in range(len(crops) // 2)]
    running = []
    for step in range(steps):
        drawn = [everything[i] for i in rng.choice(len(everything), PAIRS, replace=False)]
        x = to_input(np.stack([loaded[shard][2 * pair + k] for shard, pair in drawn for k in (0, 1)]))
        flips = torch.from_numpy(rng.random(len(x)) < 0.5)
        x[flips] = x[flips].flip(-1)
        backwards = torch.from_numpy(rng.random(len(x)) < 0.5)
        x[backwards] = x[backwards].flip(1)
        model.train()
        model.backbone.eval()
        with torch.autocast("cpu", torch.bfloat16):
            features = model.backbone(x.flatten(0, 1).contiguous(memory_format=torch.channels_last))
        loss = loss_of(*heads(model, features.float().view(len(x), -1, features.shape[1])), torch.tensor([0.0, 1.0]).repeat(PAIRS))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        schedule.step()
        running.append(loss.item())
        if (step + 1) % 25 == 0:
            print(f"step {step + 1} loss {np.mean(running[-25:]):.4f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, help="not read; so that every script takes the same arguments")
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--start", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--passes", type=int, default=40)
    parser.add_argument("--steps", type=int, default=0)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=6)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(arguments.seed)
    model = SrmResidualGru()
    missing = model.load_state_dict(from_frame_network(torch.load(arguments.start, weights_only=True)), strict=False)
    assert all(k.startswith(("gru.", "clip_head.")) for k in missing.missing_keys) and not missing.unexpected_keys
    model.backbone.to(memory_format=torch.channels_last)
    held_crops, held_labels, _ = load_shards(shard_paths(arguments.cache, "clips", "val"))
    train_heads(model, arguments.cache, arguments.passes, arguments.rate)
    best = report(model, held_crops, held_labels, "heads")
    torch.save(model.state_dict(), arguments.out)
    if arguments.steps > 0:
        train_everything(model, arguments.cache, arguments.steps, arguments.rate, np.random.default_rng(arguments.seed))
        if report(model, held_crops, held_labels, "everything") > best:
            torch.save(model.state_dict(), arguments.out)


if __name__ == "__main__":
    main()
