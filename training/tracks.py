"""Faces of real videos as the product sees them: sampled at 8 per second, BlazeFace, 1.3x crops, tracks by overlap."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from faces import FaceDetector, iou
from networks import INPUT_SIZE
from shards import CROP_SCALE

SAMPLE_FPS = 8
SMALLEST_FACE = 40


def frames_of(path: Path, most: int):
    """RGB frames of the video on the sampling grid."""
    probe = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height,avg_frame_rate",
         "-of", "json", str(path)], capture_output=True, check=True)
    stream = json.loads(probe.stdout)["streams"][0]
    width, height = stream["width"], stream["height"]
    rate = min(Fraction(SAMPLE_FPS), Fraction(stream["avg_frame_rate"]))
    command = ["ffmpeg", "-nostdin", "-v", "error", "-noautorotate", "-i", str(path), "-an", "-vf", f"fps={rate}",
               "-frames:v", str(most), "-f", "rawvideo", "-pix_fmt", "rgb24", "-threads", "1", "-"]
    size = width * height * 3
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while len(data := process.stdout.read(size)) == size:
            yield np.frombuffer(data, np.uint8).reshape(height, width, 3)


@dataclass
class Track:
    crops: list[np.ndarray] = field(default_factory=list)
    box: np.ndarray | None = None
    last: int = -1


def face_crop(image: np.ndarray, box: np.ndarray) -> np.ndarray:
    """Square of 1.3 times the longer side around the box's centre; outside the frame the edge is repeated."""
    side = max(8, round(CROP_SCALE * max(box[2], box[3])))
    left = round(box[0] + box[2] / 2 - side / 2)
    top = round(box[1] + box[3] / 2 - side / 2)
    xs = np.clip(np.arange(left, left + side), 0, image.shape[1] - 1)
    ys = np.clip(np.arange(top, top + side), 0, image.shape[0] - 1)
    cut = image[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    cut = cut[ys - ys[0]][:, xs - xs[0]]
    return cv2.resize(cut, (INPUT_SIZE, INPUT_SIZE), interpolation=cv2.INTER_AREA if side > INPUT_SIZE else cv2.INTER_LINEAR)


def tracks_of(path: Path, detector: FaceDetector, most: int = 80, least: int = 4) -> list[np.ndarray]:
    """Crops (n, 128, 128, 3) of each track with at least `least` faces."""
    open_tracks: list[Track] = []
    done: list[Track] = []
    for index, image in enumerate(frames_of(path, most)):
        for face in detector.detect(image):
            if max(face.box[2:]) < SMALLEST_FACE:
                continue
            near = [t for t in open_tracks if t.last < index and iou(t.box, face.box) > 0.3]
            track = max(near, key=lambda t: iou(t.box, face.box)) if near else Track()
            if not near:
                open_tracks.append(track)
            track.crops.append(face_crop(image, face.box))
            track.box, track.last = face.box, index
        done += [t for t in open_tracks if t.last < index - 2]
        open_tracks = [t for t in open_tracks if t.last >= index - 2]
    return [np.stack(t.crops) for t in done + open_tracks if len(t.crops) >= least]
