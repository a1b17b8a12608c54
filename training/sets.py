"""Validation material as segments: up to 16 consecutive faces of one track, the unit that the product judges."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from data import load_shards, shard_paths
from faces import FaceDetector
from networks import CLIP_LENGTH
from tracks import face_crop, tracks_of


@dataclass(frozen=True)
class Segment:
    """`crops` (n, 128, 128, 3) with n up to 16; `group` is the person or video that intervals resample."""

    source: str
    group: str
    label: int
    crops: np.ndarray


def self_blended(cache: Path) -> list[Segment]:
    """Clips of held-out people and their forgeries."""
    crops, labels, sources = load_shards(shard_paths(cache, "clips", "val"))
    return [Segment(f"self-blended/{source}", f"pair{index // 2}", int(label), clip)
            for index, (clip, label, source) in enumerate(zip(crops, labels, sources, strict=True))]


def windows(crops: np.ndarray) -> list[np.ndarray]:
    """Runs of 16; a rest shorter than half of that is dropped unless it is all there is."""
    runs = [crops[i : i + CLIP_LENGTH] for i in range(0, len(crops), CLIP_LENGTH)]
    return [r for r in runs if len(r) >= CLIP_LENGTH // 2] or runs[:1]


def there_and_back(crops: np.ndarray) -> np.ndarray:
    """A short run played to and fro until it has 16 faces."""
    tour = np.concatenate([np.arange(len(crops)), np.arange(len(crops) - 2, 0, -1)])
    return crops[np.resize(tour, CLIP_LENGTH)]


def video_faces(data: Path, cache: Path) -> list[Segment]:
    """Crops of held-out people's real videos, and of generated talking heads (forgeries of another kind)."""
    table = np.load(cache / "faces.npz")
    chosen = np.flatnonzero((table["source"] == "video") & (table["split"] == "val"))
    segments = []
    for clip in np.unique(table["clip"][chosen]):
        rows = chosen[table["clip"][chosen] == clip]
        rows = rows[np.argsort(table["time"][rows], kind="stable")]
        crops = []
        for row in rows:
            image = cv2.imread(str(data / str(table["path"][row])))[:, :, ::-1]
            crops.append(face_crop(image, table["box"][row]))
        label = int(table["label"][rows[0]])
        for run in windows(np.stack(crops)):
            segments.append(Segment("talking heads" if label else "real video", str(table["person"][rows[0]]), label,
                                    there_and_back(run)))
    return segments


def videos(folder: Path, models: Path) -> list[Segment]:
    """`folder/real/*` and `folder/fake/*`, sampled, detected, tracked and cropped as the product does."""
    detector = FaceDetector(models)
    segments = []
    for label, name in enumerate(("real", "fake")):
        for path in sorted((folder / name).iterdir()):
            for track in tracks_of(path, detector):
                segments += [Segment(path.name, path.name, label, run) for run in windows(track)]
    return segments
