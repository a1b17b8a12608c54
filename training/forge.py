"""Self-blended forgeries: one face, changed, pasted back into itself.

The idea is Shiohara and Yamasaki's (CVPR 2022): a forgery made from two versions of the same photograph shows what
every swap leaves behind (a seam, and a mismatch of colour, sharpness, noise and geometry between face and
surroundings) without any generator's own fingerprint. Here also: another person's face pasted in, single parts
pasted in, a smoothed or low-resolution face as generators give it, and a mouth of its own.

A `Forgery` holds everything that was drawn at random, so the same forgery can be applied to each frame of a clip
with a little temporal jitter on top.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

OVAL = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149,
        150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109]
LIPS = [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185]
EYE_A = [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246]
EYE_B = [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466]
BROWS = [70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 300, 293, 334, 296, 336, 285, 295, 282, 283, 276]
NOSE = [168, 6, 197, 195, 5, 4, 1, 19, 94, 2, 98, 97, 326, 327, 49, 279, 129, 358]
JAW = [454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234]
STABLE = [33, 133, 362, 263, 1, 168, 61, 291, 152]
STABLE_MIRRORED = [263, 362, 133, 33, 1, 168, 291, 61, 152]

REGIONS: dict[str, list[list[int]]] = {
    "oval": [OVAL],
    "inner": [BROWS + LIPS + NOSE],
    "lower": [JAW + [4, 49, 279]],
    "mouth": [LIPS],
    "eyes": [EYE_A, EYE_B],
    "nose": [NOSE],
    "features": [EYE_A, EYE_B, NOSE, LIPS],
}


@dataclass(frozen=True)
class Tone:
    """A change of colour: per channel gain and offset, gamma, saturation."""

    gain: np.ndarray
    offset: np.ndarray
    gamma: float
    saturation: float

    def apply(self, image: np.ndarray) -> np.ndarray:
        levels = np.arange(256, dtype=np.float32) / 255
        curve = levels[:, None] ** self.gamma * 255 * self.gain + self.offset
        table = np.clip(curve, 0, 255).astype(np.uint8).reshape(256, 1, 3)
        toned = cv2.LUT(image, table.transpose(1, 0, 2))
        if abs(self.saturation - 1) > 0.01:
            grey = cv2.cvtColor(cv2.cvtColor(toned, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
            toned = cv2.addWeighted(toned, self.saturation, grey, 1 - self.saturation, 0)
        return toned


def draw_tone(rng: np.random.Generator, strength: float) -> Tone:
    return Tone(
        gain=(1 + strength * rng.normal(0, 0.07) + strength * rng.normal(0, 0.03, 3)).astype(np.float32),
        offset=(strength * rng.normal(0, 8) + strength * rng.normal(0, 6, 3)).astype(np.float32),
        gamma=float(np.exp(strength * rng.normal(0, 0.12))),
        saturation=float(np.clip(1 + strength * rng.normal(0, 0.2), 0.3, 1.7)),
    )


@dataclass(frozen=True)
class Detail:
    """A change of sharpness: through a smaller picture, smoothed, sharpened, or recompressed. 1 and 0 change nothing."""

    shrink: float = 1.0
    upscale: int = cv2.INTER_LINEAR
    smooth: float = 0.0
    sharpen: float = 0.0
    noise: float = 0.0
    jpeg: int = 0

    def apply(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        height, width = image.shape[:2]
        out = image
        if self.shrink < 1:
            size = (max(8, round(width * self.shrink)), max(8, round(height * self.shrink)))
            out = cv2.resize(cv2.resize(out, size, interpolation=cv2.INTER_AREA), (width, height), interpolation=self.upscale)
        if self.smooth > 0:
            out = cv2.bilateralFilter(out, 5, 12 + 30 * self.smooth, 2)
        if self.sharpen > 0:
            out = cv2.addWeighted(out, 1 + self.sharpen, cv2.GaussianBlur(out, (0, 0), 1.2), -self.sharpen, 0)
        if self.noise > 0:
            out = np.clip(out + rng.normal(0, self.noise, out.shape).astype(np.float32), 0, 255).astype(np.uint8)
        if self.jpeg > 0:
            out = recompress(out, self.jpeg)
        return out


def recompress(image: np.ndarray, quality: int) -> np.ndarray:
    _, data = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(data, cv2.IMREAD_COLOR)[:, :, ::-1]


def draw_detail(rng: np.random.Generator) -> Detail:
    choice = rng.random()
    upscale = int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC]))
    if choice < 0.5:
        return Detail(shrink=float(rng.uniform(0.3, 0.85)), upscale=upscale)
    if choice < 0.65:
        return Detail(sharpen=float(rng.uniform(0.3, 1.2)))
    if choice < 0.8:
        return Detail(smooth=float(rng.uniform(0.3, 1.0)))
    if choice < 0.9:
        return Detail(noise=float(rng.uniform(1.5, 6)))
    return Detail(jpeg=int(rng.integers(30, 75)))


@dataclass(frozen=True)
class Forgery:
    """What was drawn. Lengths are parts of the face box's longer side."""

    region: str
    spread: float
    feather: float
    ratio: float
    field: np.ndarray
    shift: np.ndarray
    stretch: np.ndarray
    turn: float
    tone: Tone | None
    detail: Detail | None
    matched: bool = False
    donor: tuple[np.ndarray, np.ndarray] | None = field(default=None, repr=False)

    def jittered(self, rng: np.random.Generator, amount: float) -> Forgery:
        """The same forgery as a frame-by-frame forger would make it: each frame a little different."""
        if amount == 0:
            return self
        tone = self.tone
        if tone is not None:
            tone = replace(tone, offset=tone.offset + np.float32(amount * rng.normal(0, 3)))
        return replace(
            self,
            spread=self.spread + amount * rng.normal(0, 0.01),
            field=self.field + amount * rng.normal(0, 0.008, self.field.shape).astype(np.float32),
            shift=self.shift + amount * rng.normal(0, 0.006, 2),
            stretch=self.stretch * (1 + amount * rng.normal(0, 0.006, 2)),
            turn=self.turn + amount * rng.normal(0, 0.006),
            tone=tone,
        )


def draw_forgery(rng: np.random.Generator, donor: tuple[np.ndarray, np.ndarray] | None) -> Forgery:
    kind = rng.random()
    region = str(rng.choice(["oval", "inner", "lower", "features", "mouth", "eyes", "nose"],
                            p=[0.46, 0.2, 0.12, 0.06, 0.1, 0.04, 0.02]))
    small = region in ("mouth", "eyes", "nose", "features")
    tone: Tone | None = draw_tone(rng, float(rng.uniform(0.4, 1.4))) if rng.random() < 0.75 else None
    detail: Detail | None = draw_detail(rng) if rng.random() < 0.75 else None
    base = Forgery(
        region=region,
        spread=float(rng.uniform(0.0, 0.08) if small else rng.uniform(-0.05, 0.05)),
        feather=float(rng.uniform(0.008, 0.07)),
        ratio=float(rng.choice([0.5, 0.75, 0.9, 1, 1, 1])),
        field=rng.normal(0, 0.022, (5, 5, 2)).astype(np.float32),
        shift=rng.normal(0, [0.018, 0.012]),
        stretch=rng.uniform(0.95, 1.05, 2),
        turn=float(rng.normal(0, 0.03)),
        tone=tone,
        detail=detail,
    )
    if kind < 0.2 and donor is not None:
        return replace(base, donor=donor, matched=True, ratio=1.0 if rng.random() < 0.8 else 0.85,
                       region=region if not small else "inner", spread=float(rng.uniform(-0.05, 0.03)))
    if kind < 0.35:
        generator = Detail(shrink=float(rng.uniform(0.3, 0.7)), upscale=cv2.INTER_CUBIC,
                           smooth=float(rng.uniform(0, 0.8)) if rng.random() < 0.5 else 0.0,
                           sharpen=float(rng.uniform(0, 0.8)) if rng.random() < 0.4 else 0.0)
        return replace(base, detail=generator, ratio=1.0, tone=tone if rng.random() < 0.4 else None)
    if kind < 0.42:
        return replace(base, region="lower" if rng.random() < 0.5 else "mouth", spread=float(rng.uniform(0.02, 0.1)),
                       stretch=np.array([rng.uniform(0.92, 1.08), rng.uniform(0.8, 1.25)]), ratio=1.0,
                       detail=Detail(shrink=float(rng.uniform(0.35, 0.8))))
    return base


def upscaled_field(grid: np.ndarray, size: int) -> np.ndarray:
    return cv2.resize(grid.astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)


def region_mask(forgery: Forgery, points: np.ndarray, size: int, unit: float) -> np.ndarray:
    """Soft mask (size, size) in [0, 1]."""
    mask = np.zeros((size, size), np.uint8)
    for group in REGIONS[forgery.region]:
        hull = cv2.convexHull(points[group].astype(np.float32))
        cv2.fillConvexPoly(mask, np.round(hull * 8).astype(np.int32), 255, lineType=cv2.LINE_AA, shift=3)
    grow = round(abs(forgery.spread) * unit)
    if grow > 0:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * grow + 1, 2 * grow + 1))
        mask = cv2.dilate(mask, kernel) if forgery.spread > 0 else cv2.erode(mask, kernel)
    moved = upscaled_field(forgery.field, size) * np.float32(unit)
    ys, xs = np.mgrid[0:size, 0:size].astype(np.float32)
    mask = cv2.remap(mask, xs + moved[..., 0], ys + moved[..., 1], cv2.INTER_LINEAR)
    soft = cv2.GaussianBlur(mask, (0, 0), max(0.6, forgery.feather * unit))
    if forgery.feather > 0.035:
        soft = cv2.GaussianBlur(cv2.erode(soft, np.ones((3, 3), np.uint8)), (0, 0), forgery.feather * unit * 0.5)
    return soft.astype(np.float32) / 255 * forgery.ratio


def stable(points: np.ndarray) -> np.ndarray:
    """Nine points that expressions move little, named by their side of the picture: a mirrored face is a face too."""
    return points[STABLE if points[33, 0] < points[263, 0] else STABLE_MIRRORED]


def donor_source(donor: tuple[np.ndarray, np.ndarray], points: np.ndarray, size: int) -> np.ndarray:
    """The donor's face brought over this one by the similarity that fits nine stable points best."""
    image, theirs = donor
    matrix, _ = cv2.estimateAffinePartial2D(stable(theirs), stable(points), method=cv2.LMEDS)
    if matrix is None:
        matrix = np.float32([[1, 0, 0], [0, 1, 0]])
    return cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)


def match_colour(source: np.ndarray, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Mean and deviation of each channel inside the mask brought to the target's (after Reinhard et al. 2001)."""
    inside = mask > 0.5
    if inside.sum() < 50:
        return source
    a, b = source[inside].astype(np.float32), target[inside].astype(np.float32)
    gain = np.clip(b.std(axis=0) / (a.std(axis=0) + 1e-3), 0.5, 2)
    return np.clip((source - a.mean(axis=0)) * gain + b.mean(axis=0), 0, 255).astype(np.uint8)


def forge(image: np.ndarray, points: np.ndarray, unit: float, forgery: Forgery, rng: np.random.Generator) -> np.ndarray:
    """`image` (S, S, 3) uint8 with mesh `points` (468, 2) and a face box of `unit` pixels; returns the forged image."""
    size = image.shape[0]
    source = donor_source(forgery.donor, points, size) if forgery.donor is not None else image
    mask = region_mask(forgery, points, size, unit)
    if forgery.matched:
        source = match_colour(source, image, mask)
    if forgery.detail is not None:
        source = forgery.detail.apply(source, rng)
    if forgery.tone is not None:
        source = forgery.tone.apply(source)
    centre = points[REGIONS[forgery.region][0]].mean(axis=0)
    cos, sin = np.cos(forgery.turn), np.sin(forgery.turn)
    linear = np.array([[cos, -sin], [sin, cos]]) @ np.diag(forgery.stretch)
    matrix = np.column_stack([linear, centre - linear @ centre + forgery.shift * unit])
    source = cv2.warpAffine(source, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    alpha = mask[..., None]
    return (image + (source.astype(np.float32) - image) * alpha + 0.5).astype(np.uint8)
