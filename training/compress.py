"""What video does to a face: the same for both classes, drawn once for a group of pictures."""

from __future__ import annotations

import subprocess

import cv2
import numpy as np

from forge import recompress


def video_round_trip(frames: np.ndarray, codec: list[str]) -> np.ndarray:
    """`frames` (N, H, W, 3) RGB uint8 with even sides, through ffmpeg and back."""
    count, height, width = frames.shape[:3]
    shape = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "25"]
    quiet = ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1"]
    encode = [*quiet, *shape, "-i", "-", *codec, "-pix_fmt", "yuv420p", "-threads", "1", "-f", "matroska", "-"]
    coded = subprocess.run(encode, input=frames.tobytes(), capture_output=True, check=True).stdout
    decode = [*quiet, "-i", "-", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    raw = subprocess.run(decode, input=coded, capture_output=True, check=True).stdout
    decoded = np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)
    if len(decoded) != count:
        raise RuntimeError(f"{count} frames went into the codec, {len(decoded)} came out")
    return decoded


def draw_codec(rng: np.random.Generator) -> list[str]:
    if rng.random() < 0.85:
        preset = str(rng.choice(["ultrafast", "veryfast", "veryfast", "fast"]))
        crf = int(np.clip(rng.normal(24, 5), 14, 38))
        return ["-c:v", "libx264", "-preset", preset, "-crf", str(crf), "-bf", str(rng.integers(0, 3))]
    return ["-c:v", "mpeg4", "-q:v", str(rng.integers(2, 9))]


def compress_stills(pictures: list[np.ndarray], rng: np.random.Generator) -> list[np.ndarray]:
    """Unrelated pictures of one size: a codec each sees alike (each is shown for two frames, so half are predicted)."""
    choice = rng.random()
    if choice < 0.12:
        return pictures
    if choice < 0.42:
        qualities = rng.integers(30, 96, len(pictures) // 2).repeat(2)
        return [recompress(p, int(q)) for p, q in zip(pictures, qualities, strict=True)]
    repeated = np.stack([cv2.warpAffine(p, np.float32([[1, 0, d], [0, 1, d / 2]]), p.shape[1::-1],
                                        borderMode=cv2.BORDER_REFLECT_101) if d else p
                         for p in pictures for d in (1, 0)])
    return list(video_round_trip(repeated, draw_codec(rng))[1::2])


def compress_clip(frames: np.ndarray, codec: list[str] | None) -> np.ndarray:
    return frames if codec is None else video_round_trip(frames, codec)
