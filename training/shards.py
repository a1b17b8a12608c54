"""Makes training pictures: pairs of one real face and its forgery, with one and the same history.

    python training/shards.py frames --data D --cache C --split train --shards 40 --seed 1
    python training/shards.py clips  --data D --cache C --split train --shards 30 --seed 2

A shard is an `.npz` of uint8 crops as the networks see them: frames (1024, 128, 128, 3), clips (64, 16, 128, 128, 3),
with labels (1 = forged) in alternating order real, forged, real, forged.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from compress import compress_clip, compress_stills, draw_codec
from forge import Detail, draw_detail, draw_forgery, draw_tone, forge
from networks import CLIP_LENGTH, INPUT_SIZE

CROP_SCALE = 1.3
CANVAS_SCALE = 1.3 * 1.36
CANVAS_SIZES = (112, 128, 144, 160, 192, 224, 256)
PAIRS_PER_SHARD = 512
CLIP_PAIRS_PER_SHARD = 32
SOURCE_WEIGHTS = {"utkface": 0.3, "ytf": 0.25, "video": 0.45}


@dataclass
class Library:
    """Real faces of one split; a person is in one split only."""

    data: Path
    table: dict[str, np.ndarray]
    groups: dict[str, dict[str, np.ndarray]]
    rng: np.random.Generator

    @staticmethod
    def open(data: Path, cache: Path, split: str, rng: np.random.Generator) -> Library:
        table = dict(np.load(cache / "faces.npz"))
        real = (table["label"] == 0) & (table["split"] == split)
        groups: dict[str, dict[str, np.ndarray]] = {}
        for source in SOURCE_WEIGHTS:
            rows = np.flatnonzero(real & (table["source"] == source))
            people = table["person"][rows]
            groups[source] = {p: rows[people == p] for p in np.unique(people)}
        return Library(data, table, groups, rng)

    def draw(self, source: str | None = None) -> int:
        """A row; people with many pictures count for more, but only by the square root."""
        if source is None:
            names = list(SOURCE_WEIGHTS)
            source = str(self.rng.choice(names, p=list(SOURCE_WEIGHTS.values())))
        groups = self.groups[source]
        if not hasattr(self, "_weights"):
            self._weights: dict[str, tuple[list[str], np.ndarray]] = {}
        if source not in self._weights:
            sizes = np.sqrt([len(rows) for rows in groups.values()])
            self._weights[source] = (list(groups), sizes / sizes.sum())
        people, weights = self._weights[source]
        return int(self.rng.choice(groups[people[self.rng.choice(len(people), p=weights)]]))

    def image(self, row: int) -> np.ndarray:
        return cv2.imread(str(self.data / str(self.table["path"][row])))[:, :, ::-1]

    def canvas(self, row: int, size: int, pose: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
        """The face on a square of `size` pixels. `pose`: flip, turn, scale, x and y shift.

        Returns the picture, the mesh points, the box's longer side and the box's centre. Resampling here also breaks
        the pictures' own JPEG grid, for both classes alike.
        """
        image = self.image(row)
        box, points = self.table["box"][row].astype(np.float64), self.table["landmarks"][row].astype(np.float64)
        unit = size / CANVAS_SCALE * pose[2]
        scale = unit / max(box[2], box[3])
        while scale < 0.5:
            image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
            box, points, scale = box / 2, points / 2, scale * 2
        if scale < 0.9:
            image = cv2.GaussianBlur(image, (0, 0), 0.35 / scale)
        cos, sin = np.cos(pose[1]) * scale, np.sin(pose[1]) * scale
        linear = np.array([[cos, -sin], [sin, cos]])
        if pose[0]:
            linear = linear @ np.diag([-1.0, 1.0])
        centre = box[:2] + box[2:] / 2
        target = np.full(2, size / 2) + pose[3:5] * unit
        matrix = np.column_stack([linear, target - linear @ centre])
        picture = cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
        return picture, (points @ linear.T + matrix[:, 2]).astype(np.float32), unit, target


def draw_pose(rng: np.random.Generator) -> np.ndarray:
    return np.array([rng.random() < 0.5, rng.normal(0, 0.06), rng.uniform(0.9, 1.1), *rng.normal(0, 0.015, 2)])


def crop(picture: np.ndarray, centre: np.ndarray, side: float) -> np.ndarray:
    """The network's square; area averaging when shrinking, bilinear when enlarging, as the product does."""
    whole = max(16, round(side))
    left, top = round(centre[0] - whole / 2), round(centre[1] - whole / 2)
    right, bottom = left + whole - picture.shape[1], top + whole - picture.shape[0]
    border = [max(0, -top), max(0, bottom), max(0, -left), max(0, right)]
    if any(border):
        picture = cv2.copyMakeBorder(picture, *border, cv2.BORDER_REFLECT_101)
        left, top = left + border[2], top + border[0]
    cut = picture[top : top + whole, left : left + whole]
    way = cv2.INTER_AREA if whole > INPUT_SIZE else cv2.INTER_LINEAR
    return cv2.resize(cut, (INPUT_SIZE, INPUT_SIZE), interpolation=way)


def global_change(rng: np.random.Generator):
    """Tone and sharpness of the whole picture: what cameras and platforms do, to both classes."""
    tone = draw_tone(rng, 0.7) if rng.random() < 0.6 else None
    detail: Detail | None = None
    choice = rng.random()
    if choice < 0.2:
        detail = Detail(shrink=float(rng.uniform(0.45, 0.9)))
    elif choice < 0.3:
        detail = Detail(noise=float(rng.uniform(1, 6)))
    elif choice < 0.38:
        detail = Detail(sharpen=float(rng.uniform(0.2, 0.8)))
    elif choice < 0.43:
        detail = Detail(smooth=float(rng.uniform(0.2, 0.8)))

    def apply(picture: np.ndarray, noise: np.random.Generator) -> np.ndarray:
        out = picture if detail is None else detail.apply(picture, noise)
        return out if tone is None else tone.apply(out)

    return apply


def draw_donor(library: Library, row: int, size: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The face to paste in: mostly another one of the same collection, sometimes the same one (perhaps mirrored)."""
    other = row if rng.random() < 0.3 else library.draw(str(library.table["source"][row]))
    picture, points, _, _ = library.canvas(other, size, draw_pose(rng))
    return picture, points


def frame_shard(library: Library, rng: np.random.Generator) -> dict[str, np.ndarray]:
    crops, sources = [], []
    while len(crops) < 2 * PAIRS_PER_SHARD:
        size = int(rng.choice(CANVAS_SIZES))
        pictures, places = [], []
        for _ in range(16):
            row = library.draw()
            picture, points, unit, centre = library.canvas(row, size, draw_pose(rng))
            before = draw_detail(rng) if rng.random() < 0.25 else None
            target = picture if before is None else before.apply(picture, rng)
            donor = draw_donor(library, row, size, rng) if rng.random() < 0.6 else None
            forged = forge(target, points, unit, draw_forgery(rng, donor), rng)
            real = target if rng.random() < 0.75 else picture
            change = global_change(rng)
            pictures += [change(real, rng), change(forged, rng)]
            # The same crop for both, so that framing tells nothing.
            place = (centre + rng.normal(0, 0.02, 2) * unit, CROP_SCALE * unit * rng.uniform(0.9, 1.15))
            places += [place, place]
            sources += [library.table["source"][row]] * 2
        for picture, place in zip(compress_stills(pictures, rng), places, strict=True):
            crops.append(crop(picture, *place))
    count = 2 * PAIRS_PER_SHARD
    return {"crops": np.stack(crops[:count]), "labels": np.tile([0, 1], count // 2).astype(np.int8),
            "sources": np.array(sources[:count])}


def smooth_path(rng: np.random.Generator, amount: np.ndarray, steps: int) -> np.ndarray:
    """(steps, len(amount)): three knots of a random walk, interpolated."""
    knots = np.cumsum(rng.normal(0, 1, (4, len(amount))) * amount, axis=0)
    knots -= knots.mean(axis=0)
    at = np.linspace(0, 3, steps)
    return np.stack([np.interp(at, range(4), knots[:, i]) for i in range(len(amount))], axis=1)


def clip_rows(library: Library, rng: np.random.Generator) -> list[int]:
    """Rows for the frames of one clip: a still held still, or consecutive crops of one video."""
    if rng.random() < 0.55:
        return [library.draw()] * CLIP_LENGTH
    row = library.draw("video")
    same = np.flatnonzero(library.table["clip"] == library.table["clip"][row])
    same = same[np.argsort(library.table["time"][same], kind="stable")]
    if len(same) < 3:
        return [row] * CLIP_LENGTH
    hold = int(rng.choice([1, 2, 4]))
    start = int(rng.integers(0, len(same)))
    # To and fro over the video's crops, each held for a few frames.
    tour = np.concatenate([same, same[-2:0:-1]])
    return [int(tour[(start + step // hold) % len(tour)]) for step in range(CLIP_LENGTH)]


def clip_pair(library: Library, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, str]:
    size = int(rng.choice(CANVAS_SIZES[1:]))
    rows = clip_rows(library, rng)
    pose = draw_pose(rng)
    path = smooth_path(rng, np.array([0.02, 0.015, 0.02, 0.015]) * rng.uniform(0, 1.5), CLIP_LENGTH)
    donor = draw_donor(library, rows[0], size, rng) if rng.random() < 0.5 else None
    forgery = draw_forgery(rng, donor)
    jitter = float(rng.choice([0, 0.5, 1, 2]))
    change = global_change(rng)
    noise = float(rng.uniform(0, 2.5))
    real, fake, places = [], [], []
    tremor = rng.uniform(0, 0.01)
    for row, step in zip(rows, path, strict=True):
        moved = pose.copy()
        moved[1:5] += step * np.array([1, 1, 1, 1])
        picture, points, unit, centre = library.canvas(row, size, moved)
        forged = forge(picture, points, unit, forgery.jittered(rng, jitter), rng)
        grain = rng.normal(0, noise, picture.shape).astype(np.float32)
        real.append(np.clip(change(picture, rng) + grain, 0, 255).astype(np.uint8))
        fake.append(np.clip(change(forged, rng) + grain, 0, 255).astype(np.uint8))
        places.append((centre + rng.normal(0, tremor, 2) * unit, CROP_SCALE * unit * rng.normal(1, tremor)))
    codec = draw_codec(rng) if rng.random() < 0.9 else None
    framing = rng.uniform(0.93, 1.1)
    pair = []
    for frames in (real, fake):
        coded = compress_clip(np.stack(frames), codec)
        pair.append(np.stack([crop(f, c, s * framing) for f, (c, s) in zip(coded, places, strict=True)]))
    return pair[0], pair[1], str(library.table["source"][rows[0]])


def clip_shard(library: Library, rng: np.random.Generator) -> dict[str, np.ndarray]:
    crops, sources = [], []
    for _ in range(CLIP_PAIRS_PER_SHARD):
        real, fake, source = clip_pair(library, rng)
        crops += [real, fake]
        sources += [source, source]
    return {"crops": np.stack(crops), "labels": np.tile([0, 1], CLIP_PAIRS_PER_SHARD).astype(np.int8),
            "sources": np.array(sources)}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=["frames", "clips"])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--split", choices=["train", "val"], required=True)
    parser.add_argument("--shards", type=int, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--seed", type=int, required=True)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    folder = arguments.cache / f"{arguments.kind}-{arguments.split}"
    folder.mkdir(parents=True, exist_ok=True)
    make = frame_shard if arguments.kind == "frames" else clip_shard
    for index in range(arguments.first, arguments.first + arguments.shards):
        rng = np.random.default_rng([arguments.seed, index])
        shard = make(Library.open(arguments.data, arguments.cache, arguments.split, rng), rng)
        unfinished = folder / f"{index:04d}.part.npz"
        np.savez(unfinished, **shard)
        unfinished.rename(folder / f"{index:04d}.npz")
        print(folder.name, index, flush=True)


if __name__ == "__main__":
    main()
