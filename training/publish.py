"""Calibrates the two trained networks, measures them, and writes weights, cards and a report.

    python training/publish.py --data D --cache C --models M --frame C/frame.pt --clip C/clip.pt [--videos D/clips/dev]

Calibration and thresholds are fitted on held-out people only. `--videos` adds the measurement on whole videos, which
nothing is fitted on: run it once, with the networks that are kept.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from scipy.optimize import minimize
from sklearn.metrics import roc_auc_score

import sets
import train_clips
import train_frames
from data import load_shards, shard_paths
from networks import CLIP_LENGTH, SrmResidual, SrmResidualGru, stored_tensors

ROOT = Path(__file__).resolve().parent.parent
LOGIT_LIMIT = float(np.log((1 - 1e-4) / 1e-4))
RESAMPLES = 1000
COMMAND = "python training/publish.py (training/README.md)"


def platt(logits: np.ndarray, labels: np.ndarray, strata: np.ndarray) -> tuple[float, float]:
    """Scale and offset of `sigmoid(scale * logit + offset)` (Platt 1999, with his smoothed targets).

    Both classes count alike, and so do the strata of a class: many easy items do not outvote few hard ones.
    """
    weights = np.zeros(len(labels))
    targets = np.zeros(len(labels))
    for label in (0, 1):
        mine = labels == label
        names = np.unique(strata[mine])
        for name in names:
            part = mine & (strata == name)
            weights[part] = 0.5 / len(names) / part.sum()
        targets[mine] = (mine.sum() + 1) / (mine.sum() + 2) if label else 1 / (mine.sum() + 2)

    def loss(v: np.ndarray) -> float:
        z = np.exp(v[0]) * logits + v[1]
        return float((weights * (np.logaddexp(0, z) - targets * z)).sum())

    found = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"maxiter": 2000})
    return round(float(np.exp(found.x[0])), 4), round(float(found.x[1]), 4)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def calibrated(logits: np.ndarray, scale: float, offset: float) -> np.ndarray:
    """Log-odds as the verdict holds them: clamped to probabilities from 1e-4 to 1 - 1e-4."""
    return np.clip(scale * logits + offset, -LOGIT_LIMIT, LOGIT_LIMIT)


def auc_with_interval(values: np.ndarray, labels: np.ndarray, groups: np.ndarray) -> tuple[float, list[float]]:
    """AUC and its 95% percentile interval, resampling whole groups (people, videos)."""
    rng = np.random.default_rng(0)
    names = np.unique(groups)
    members = [np.flatnonzero(groups == n) for n in names]
    drawn = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([members[i] for i in rng.integers(0, len(names), len(names))])
        if len(np.unique(labels[rows])) == 2:
            drawn.append(roc_auc_score(labels[rows], values[rows]))
    return float(roc_auc_score(labels, values)), [float(v) for v in np.percentile(drawn, [2.5, 97.5])]


class Scored:
    """Segments with the logits of both networks; `clip` is NaN where a segment is too short for a clip."""

    def __init__(self, segments: list[sets.Segment], frame: SrmResidual, clip: SrmResidualGru) -> None:
        self.source = np.array([s.source for s in segments])
        self.group = np.array([s.group for s in segments])
        self.label = np.array([s.label for s in segments])
        self.frames = [train_frames.scores(frame, s.crops) for s in segments]
        self.clip = np.full(len(segments), np.nan)
        self.clip_frames: list[np.ndarray] = [np.zeros(0)] * len(segments)
        for i, s in enumerate(segments):
            if len(s.crops) == CLIP_LENGTH:
                value, heads = train_clips.scores(clip, s.crops[None])
                self.clip[i], self.clip_frames[i] = value[0], heads[0]

    def fused_logit(self, frame_platt: tuple[float, float], clip_platt: tuple[float, float]) -> np.ndarray:
        frame = np.array([calibrated(f, *frame_platt).mean() for f in self.frames])
        clip = calibrated(self.clip, *clip_platt)
        return np.where(np.isnan(clip), frame, (frame + clip) / 2)


def joined(parts: list[Scored], pick) -> np.ndarray:
    return np.concatenate([pick(p) for p in parts])


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("data", "cache", "models", "frame", "clip"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--videos", type=Path)
    parser.add_argument("--provisional", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(2)
    frame, clip = SrmResidual(), SrmResidualGru()
    frame.load_state_dict(torch.load(arguments.frame, weights_only=True))
    clip.load_state_dict(torch.load(arguments.clip, weights_only=True))

    blended = Scored(sets.self_blended(arguments.cache), frame, clip)
    heads = Scored(sets.video_faces(arguments.data, arguments.cache), frame, clip)
    print(len(blended.label), "self-blended segments;", int((heads.label == 0).sum()), "real video segments of",
          len(np.unique(heads.group[heads.label == 0])), "people;", int((heads.label == 1).sum()), "talking-head segments")

    # Fitted on: real video of held-out people and real self-blending clips, against their self-blended forgeries.
    # The talking heads are no part of it: nothing here is trained to see them, and fitting on them would say otherwise.
    def fitting(part: Scored) -> np.ndarray:
        return (part.source == "real video") | np.char.startswith(part.source, "self-blended")

    parts = [blended, heads]
    chosen = [fitting(p) for p in parts]

    def gather(per_segment) -> np.ndarray:
        return np.concatenate([per_segment(p)[c] for p, c in zip(parts, chosen, strict=True)])

    labels, groups = gather(lambda p: p.label), gather(lambda p: p.group)
    strata = np.where(np.char.startswith(gather(lambda p: p.source), "self"), "self-blended", "real video")
    counts = np.concatenate([[len(f) for f, c in zip(p.frames, ch, strict=True) if c] for p, ch in zip(parts, chosen, strict=True)])
    all_frames = np.concatenate([f for p, ch in zip(parts, chosen, strict=True) for f, c in zip(p.frames, ch, strict=True) if c])
    frame_platt = platt(all_frames, labels.repeat(counts), strata.repeat(counts))
    clip_platt = platt(gather(lambda p: p.clip), labels, strata)
    heads_frames = np.concatenate([f for p, ch in zip(parts, chosen, strict=True) for f, c in zip(p.clip_frames, ch, strict=True) if c])
    clip_frame_platt = platt(heads_frames, labels.repeat(counts), strata.repeat(counts))
    fused = gather(lambda p: p.fused_logit(frame_platt, clip_platt))
    fused_platt = platt(fused, labels, strata)
    probability = sigmoid(fused_platt[0] * fused + fused_platt[1])

    real_video = (labels == 0) & (strata == "real video")
    real_blended = (labels == 0) & (strata == "self-blended")
    forged = labels == 1
    # At most 5% of the real segments, both kinds together, may reach `forgedAt`; at most 5% of the forgeries may stay at
    # or below `authenticAt`. Between the two lies the abstention band.
    print("highest of real video", np.sort(probability[real_video])[-4:].round(3), "of real clips", np.sort(probability[real_blended])[-8:].round(3))
    forged_at = float(np.clip(np.quantile(probability[real_video | real_blended], 0.95, method="higher") + 0.005, 0.5, 0.98))
    authentic_at = float(min(np.quantile(probability[forged], 0.05, method="lower"), forged_at - 0.15))
    forged_at, authentic_at = round(forged_at, 2), round(max(authentic_at, 0.02), 2)

    def shares(mask: np.ndarray) -> dict[str, float]:
        p = probability[mask]
        return {"forged": round(float((p >= forged_at).mean()), 3), "authentic": round(float((p <= authentic_at).mean()), 3),
                "inconclusive": round(float(((p > authentic_at) & (p < forged_at)).mean()), 3), "segments": int(mask.sum())}

    report: dict = {
        "provisional": arguments.provisional,
        "calibration": {"frame": frame_platt, "clip": clip_platt, "clipFrame": clip_frame_platt, "fused": fused_platt},
        "thresholds": {"forgedAt": forged_at, "authenticAt": authentic_at},
        "verdicts": {"real video": shares(real_video), "real self-blending clips": shares(real_blended), "self-blended forgeries": shares(forged)},
    }

    def measure(part: Scored, keep: np.ndarray, per: str = "segment") -> dict:
        levels = {
            "frame": np.array([f.mean() for f in part.frames]),
            "clip": part.clip,
            "fused": part.fused_logit(frame_platt, clip_platt),
        }
        out = {}
        for name, values in levels.items():
            rows = np.flatnonzero(keep & ~np.isnan(values))
            v, y, g = values[rows], part.label[rows], part.group[rows]
            if per == "video":
                names = np.unique(g)
                v, y = np.array([v[g == n].mean() for n in names]), np.array([y[g == n][0] for n in names])
                g = names
            auc, interval = auc_with_interval(v, y, g)
            out[name] = {"auc": round(auc, 4), "interval95": [round(x, 4) for x in interval], "items": len(y)}
        return out

    crops, stills, sources = load_shards(shard_paths(arguments.cache, "frames", "val"))
    still_logits = train_frames.scores(frame, crops)
    report["auc"] = {
        "self-blended stills, held-out people": {"frame": {"auc": round(float(roc_auc_score(stills, still_logits)), 4), "items": len(stills)}},
        "self-blended stills from video only": {"frame": {"auc": round(float(roc_auc_score(stills[sources == "video"], still_logits[sources == "video"])), 4), "items": int((sources == "video").sum())}},
        "self-blended clips, held-out people": measure(blended, np.ones(len(blended.label), bool)),
        "talking heads against real video, held-out people": measure(heads, np.ones(len(heads.label), bool)),
    }
    if arguments.videos:
        whole = Scored(sets.videos(arguments.videos, arguments.models), frame, clip)
        report["auc"]["whole videos (14 real, 8 forged), per video"] = measure(whole, np.ones(len(whole.label), bool), "video")
        p = sigmoid(fused_platt[0] * whole.fused_logit(frame_platt, clip_platt) + fused_platt[1])
        report["videos"] = {
            str(n): {"label": int(whole.label[whole.group == n][0]), "segments": int((whole.group == n).sum()),
                     "frame": round(float(sigmoid(np.mean([calibrated(f, *frame_platt).mean() for f, k in zip(whole.frames, whole.group == n, strict=True) if k]))), 3),
                     "meanProbability": round(float(p[whole.group == n].mean()), 3),
                     "forgedSegments": int((p[whole.group == n] >= forged_at).sum()),
                     "authenticSegments": int((p[whole.group == n] <= authentic_at).sum())}
            for n in np.unique(whole.group)
        }
    (arguments.cache / "report.json").write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))
    write_cards(report, frame, clip)


TRAINED_ON = [
    {"data": "UTKFace, 6,515 of its chips (split by picture)", "items": 6515, "terms": "non-commercial research only"},
    {"data": "YouTube Faces frames (Udacity's selection), split by person", "items": 1233, "terms": "research"},
    {"data": "Faces from talking-head videos in public repositories, split by person", "items": 931, "terms": "mixed, research"},
]
LIMITS = [
    "Trained on real faces and on forgeries made from them by blending. No face swapper's, lip-syncer's or generator's output was trained on.",
    "Looks for traces of blending. A picture that a generator makes whole (talking-head diffusion models, for example) has none: see the metric on talking heads.",
    "Small (0.6 M parameters, 128 x 128 input) and trained for about an hour on two shared processor cores: a baseline that shows the pipeline at work, not a state-of-the-art detector.",
    "Measured on few people: the intervals are wide, and no group of people was measured apart. A score is no proof.",
    "People may recur between the training videos and the whole videos measured (some come from the same collections), and the UTKFace split is by picture: the figures may flatter.",
    "Heavy compression, faces below about 80 pixels, strong blur and stylised video raise errors of both kinds.",
]


def card(name: str, kind: str, digest: str, report: dict, outputs: list[dict], calibrations: dict, description: str, procedure: str) -> dict:
    metrics = []
    for data, levels in report["auc"].items():
        for level, value in levels.items():
            if level == ("frame" if kind == "frame" else "clip") or level == "fused":
                metrics.append({"name": f"AUC, {level}" + (" (both networks)" if level == "fused" else ""), "value": value["auc"],
                                **({"interval95": value["interval95"]} if "interval95" in value else {}),
                                "data": f"{data}; {value['items']} items", "command": COMMAND})
    for data, share in report["verdicts"].items():
        metrics.append({"name": f"share called forged at {report['thresholds']['forgedAt']} (both networks)", "value": share["forged"],
                        "data": f"{data}; {share['segments']} segments", "command": COMMAND})
    return {
        "schema": "framewitness.model-card/1",
        "name": name,
        "network": name,
        "kind": kind,
        "version": "1",
        "description": ("PROVISIONAL: barely trained, to be replaced. " if report["provisional"] else "") + description,
        "weights": {"file": f"{name}.safetensors", "sha256": digest},
        "input": {"size": 128, "clipLength": 1 if kind == "frame" else CLIP_LENGTH, "range": "rgb/127.5-1", "cropScale": 1.3,
                  "layout": "NCHW" if kind == "frame" else "NTCHW"},
        "outputs": outputs,
        **calibrations,
        "trainedOn": TRAINED_ON,
        "procedure": procedure,
        "metrics": metrics,
        "limits": LIMITS,
        "licence": {"weights": "Research use only: the training data include UTKFace (non-commercial research) and YouTube Faces (research).",
                    "code": "Apache-2.0"},
    }


def write_cards(report: dict, frame: SrmResidual, clip: SrmResidualGru) -> None:
    fitted = "held-out people: real video and real self-blending clips against self-blended forgeries; classes and sources weighted alike"

    def fit(key: str) -> dict:
        scale, offset = report["calibration"][key]
        return {"method": "platt", "scale": scale, "offset": offset, "fittedOn": fitted}

    weights = ROOT / "weights"
    weights.mkdir(exist_ok=True)
    for name, model in (("srm-residual", frame), ("srm-residual-gru", clip)):
        path = weights / f"{name}.safetensors"
        save_file(stored_tensors(model), path)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if name == "srm-residual":
            document = card(
                name, "frame", digest, report,
                [{"name": "frame", "meaning": "logit that the face is forged; positive = forged"}],
                {"calibration": fit("frame")},
                "Two streams, RGB and fixed SRM noise residuals, into a small residual network: says of one face whether it was blended in.",
                "Self-blended pairs (one real face, one forgery of it, the same compression history), AdamW, cosine rate, bfloat16 autocast, "
                "averaged weights; epoch by AUC on forgeries of held-out people. Scripts and seeds: training/.",
            )
        else:
            document = card(
                name, "clip", digest, report,
                [{"name": "clip", "meaning": "logit that the clip is forged; positive = forged"},
                 {"name": "frame", "meaning": "logit of each face of the clip; positive = forged"}],
                {"calibration": fit("clip"), "frameCalibration": fit("clipFrame")},
                "Dual-level (Pu et al. 2022): the frame network's backbone, a GRU over 16 faces of one track at 8 per second, one loss a face and one a clip.",
                "From the frame network's backbone (its batch normalisation fixed), on clips from moving stills and from consecutive crops of real video, "
                "with forgeries that tremble in time. Scripts and seeds: training/.",
            )
        (weights / f"{name}.card.json").write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
