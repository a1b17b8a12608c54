"""Finds the face and its 468 mesh points in every training image, once, and caches them.

    python training/faces.py --data <data folder> --models <folder with the MediaPipe networks> --out <cache>/faces.npz

Boxes come from BlazeFace full-range because the product crops around the boxes of that detector: a network
trained on another detector's framing would see every face at the wrong scale.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

DETECTOR_SIZE = 192
GRID = 48
MESH_SIZE = 192
MESH_ROI = 1.5
NON_MAXIMUM_IOU = 0.3


def session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession(str(path), options)


@dataclass(frozen=True)
class Face:
    """`box` is x, y, width, height in pixels; `points` the right and left eye, nose, mouth, ears."""

    score: float
    box: np.ndarray
    points: np.ndarray


def iou(a: np.ndarray, b: np.ndarray) -> float:
    width = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    height = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    overlap = width * height
    return overlap / (a[2] * a[3] + b[2] * b[3] - overlap)


class FaceDetector:
    """BlazeFace full-range (dense): one anchor of unit size in each cell of a 48 x 48 grid."""

    def __init__(self, models: Path) -> None:
        self.network = session(models / "face_detection_full_range.onnx")
        centres = (np.arange(GRID) + 0.5) / GRID
        self.anchors = np.stack(np.meshgrid(centres, centres), axis=-1).reshape(-1, 2)

    def detect(self, image: np.ndarray, margin: float = 0.0, threshold: float = 0.5) -> list[Face]:
        """`image` is RGB uint8; `margin` adds a border, as a part of the longer side (for chips cut tightly)."""
        height, width = image.shape[:2]
        side = max(height, width) * (1 + 2 * margin)
        scale = DETECTOR_SIZE / side
        left, top = (side - width) / 2, (side - height) / 2
        matrix = np.float32([[scale, 0, left * scale], [0, scale, top * scale]])
        small = image
        while min(small.shape[:2]) > 2.5 * DETECTOR_SIZE:
            small = cv2.resize(small, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        matrix[:, :2] *= width / small.shape[1]
        letterbox = cv2.warpAffine(small, matrix, (DETECTOR_SIZE, DETECTOR_SIZE), flags=cv2.INTER_LINEAR)
        tensor = letterbox.astype(np.float32)[None] / 127.5 - 1
        regressed, logits = self.network.run(None, {"input": tensor})
        scores = 1 / (1 + np.exp(-np.clip(logits[0, :, 0], -80, 80)))
        kept = np.flatnonzero(scores >= threshold)
        kept = kept[np.argsort(-scores[kept])]
        raw = regressed[0, kept].reshape(-1, 8, 2) / DETECTOR_SIZE
        raw[:, 0] += self.anchors[kept]
        raw[:, 2:] += self.anchors[kept][:, None]
        faces: list[Face] = []
        remaining = list(range(len(kept)))
        boxes = np.concatenate([raw[:, 0] - raw[:, 1] / 2, raw[:, 1]], axis=1)
        while remaining:
            best = remaining[0]
            group = [i for i in remaining if i == best or iou(boxes[i], boxes[best]) > NON_MAXIMUM_IOU]
            remaining = [i for i in remaining if i not in group]
            weights = scores[kept[group]][:, None, None]
            mean = (raw[group] * weights).sum(axis=0) / weights.sum()
            corner = (mean[0] - mean[1] / 2) * side - (left, top)
            faces.append(
                Face(
                    score=float(scores[kept[best]]),
                    box=np.array([*corner, *(mean[1] * side)]),
                    points=mean[2:] * side - (left, top),
                )
            )
        return faces


class FaceMesh:
    """The 468-point mesh of MediaPipe on an upright region of 1.5 times the box."""

    def __init__(self, models: Path) -> None:
        self.network = session(models / "face_landmark.onnx")

    def landmarks(self, image: np.ndarray, face: Face) -> tuple[np.ndarray, float]:
        """Points (468, 2) in pixels of `image`, and the logit that a face is there."""
        x, y, width, height = face.box
        centre = np.array([x + width / 2, y + height / 2])
        side = max(width, height) * MESH_ROI
        eye_line = face.points[1] - face.points[0]
        angle = np.arctan2(eye_line[1], eye_line[0])
        cos, sin = np.cos(angle) * side / MESH_SIZE, np.sin(angle) * side / MESH_SIZE
        back = np.array([[cos, -sin], [sin, cos]])
        offset = centre - back @ np.full(2, MESH_SIZE / 2)
        matrix = np.column_stack([back, offset])
        roi = cv2.warpAffine(image, matrix, (MESH_SIZE, MESH_SIZE), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
        points, presence = self.network.run(None, {"input_1": roi.astype(np.float32)[None] / 255})
        local = points.reshape(-1, 3)[:, :2]
        return local @ back.T + offset, float(presence.reshape(-1)[0])


def rows(data: Path):
    """(file, source, label, split, person, clip, time) of every listed image."""
    with open(data / "train_faces" / "utkface.csv", newline="") as handle:
        for row in csv.DictReader(handle):
            yield f"train_faces/utkface/{row['file']}", "utkface", 0, row["split"], row["file"], "", 0.0
    with open(data / "train_faces" / "ytf_udacity.csv", newline="") as handle:
        for row in csv.DictReader(handle):
            yield f"train_faces/ytf_udacity/{row['file']}", "ytf", 0, row["split"], row["id"], "", 0.0
    with open(data / "video_faces" / "video_faces.csv", newline="") as handle:
        for row in csv.DictReader(handle):
            label = int(row["label"] == "fake")
            yield (
                f"video_faces/{row['file']}",
                "video",
                label,
                row["split"],
                row["person_id"],
                row["clip_id"],
                float(row["frame_time"]),
            )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    detector, mesh = FaceDetector(arguments.models), FaceMesh(arguments.models)
    kept: list[tuple] = []
    boxes, landmarks = [], []
    lost: dict[str, int] = {}
    for index, row in enumerate(rows(arguments.data)):
        image = cv2.imread(str(arguments.data / row[0]))
        image = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
        # Chips and crops fill the picture with the face; the detector wants some surroundings.
        faces = detector.detect(image, margin=0.25)
        centre = np.array([image.shape[1], image.shape[0]]) / 2
        if faces:
            face = max(faces, key=lambda f: f.box[2] - np.linalg.norm(f.box[:2] + f.box[2:] / 2 - centre))
            points, presence = mesh.landmarks(image, face)
        if not faces or presence < 0:
            lost[row[1]] = lost.get(row[1], 0) + 1
            continue
        kept.append(row)
        boxes.append(face.box)
        landmarks.append(points)
        if index % 1000 == 0:
            print(index, row[0], np.round(face.box), flush=True)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        arguments.out,
        path=np.array([r[0] for r in kept]),
        source=np.array([r[1] for r in kept]),
        label=np.array([r[2] for r in kept], dtype=np.int8),
        split=np.array([r[3] for r in kept]),
        person=np.array([f"{r[1]}/{r[4]}" for r in kept]),
        clip=np.array([r[5] for r in kept]),
        time=np.array([r[6] for r in kept]),
        box=np.array(boxes, dtype=np.float32),
        landmarks=np.array(landmarks, dtype=np.float32),
    )
    print(len(kept), "faces kept; no face found in", lost)


if __name__ == "__main__":
    main()
