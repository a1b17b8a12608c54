"""The two networks, as ARCHITECTURE.md describes them. State-dict names are a contract with src/models."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

INPUT_SIZE = 128
CLIP_LENGTH = 16
FEATURES = 160

# Zhou et al. 2018, section 3.2: three residual filters of the steganalysis rich model.
_SRM = (
    ([[0, 0, 0, 0, 0], [0, -1, 2, -1, 0], [0, 2, -4, 2, 0], [0, -1, 2, -1, 0], [0, 0, 0, 0, 0]], 4),
    ([[-1, 2, -2, 2, -1], [2, -6, 8, -6, 2], [-2, 8, -12, 8, -2], [2, -6, 8, -6, 2], [-1, 2, -2, 2, -1]], 12),
    ([[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 1, -2, 1, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0]], 2),
)
_RESIDUAL_CLIP = 4.0


def srm_kernels() -> Tensor:
    """(9, 1, 5, 5): output channel 3 * colour + kernel."""
    bank = torch.stack([torch.tensor(rows, dtype=torch.float32) / divisor for rows, divisor in _SRM])
    return bank.repeat(3, 1, 1).unsqueeze(1)


class ConvNorm(nn.Module):
    """Strided 3x3 convolution, batch normalisation, ReLU: the first layer of each stream."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(channels_out)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv(x)))


class BasicBlock(nn.Module):
    """The residual block of He et al. 2016 with a strided first convolution and a projected shortcut."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels_out, 3, stride=2, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels_out)
        self.conv2 = nn.Conv2d(channels_out, channels_out, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels_out)
        self.downsample = nn.Sequential(
            nn.Conv2d(channels_in, channels_out, 1, stride=2, bias=False), nn.BatchNorm2d(channels_out)
        )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.downsample(x))


class Backbone(nn.Module):
    """(N, 3, 128, 128) in [-1, 1] to (N, 160)."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("srm", srm_kernels(), persistent=False)
        self.rgb = ConvNorm(3, 16)
        self.noise = ConvNorm(9, 16)
        self.layer1 = BasicBlock(32, 48)
        self.layer2 = BasicBlock(48, 96)
        self.layer3 = BasicBlock(96, FEATURES)

    def residuals(self, x: Tensor) -> Tensor:
        # Never in bfloat16: its 8 bits round grey levels by up to half a level, as much as the noise looked for.
        with torch.autocast(x.device.type, enabled=False):
            grey_levels = F.conv2d(x * 127.5, self.srm, padding=2, groups=3)
        return grey_levels.clamp(-_RESIDUAL_CLIP, _RESIDUAL_CLIP) / _RESIDUAL_CLIP

    def maps(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """What `layer2` (96 x 16 x 16) and `layer3` (160 x 8 x 8) see."""
        y = torch.cat([self.rgb(x), self.noise(self.residuals(x))], dim=1)
        middle = self.layer2(self.layer1(y))
        return middle, self.layer3(middle)

    def features(self, x: Tensor) -> Tensor:
        return self.maps(x)[1].mean(dim=(2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.features(x)


class SrmResidual(Backbone):
    """The frame network: (N, 3, 128, 128) to logits (N, 1), positive = forged."""

    def __init__(self) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.2)
        self.frame_head = nn.Linear(FEATURES, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.frame_head(self.dropout(self.features(x)))


class SrmResidualGru(nn.Module):
    """The clip network: (N, T, 3, 128, 128) to clip logits (N, 1) and frame logits (N, T)."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = Backbone()
        self.dropout = nn.Dropout(0.2)
        self.frame_head = nn.Linear(FEATURES, 1)
        self.gru = nn.GRU(FEATURES, 64, batch_first=True)
        self.clip_head = nn.Linear(64, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        batch, steps = x.shape[:2]
        features = self.dropout(self.backbone(x.flatten(0, 1))).view(batch, steps, FEATURES)
        frame = self.frame_head(features).squeeze(2)
        hidden, _ = self.gru(features)
        return self.clip_head(hidden.mean(dim=1)), frame


class Localiser(nn.Module):
    """Where the face was changed, as logits (N, 1, 16, 16): a second task in training only, in no weight file."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Conv2d(96, 1, 1)
        self.coarse = nn.Conv2d(FEATURES, 1, 1)

    def forward(self, middle: Tensor, last: Tensor) -> Tensor:
        return self.fine(middle) + F.interpolate(self.coarse(last), scale_factor=2, mode="bilinear")


def stored_tensors(model: nn.Module) -> dict[str, Tensor]:
    """What goes into the weight file: the state dict without the counters that scoring never reads."""
    return {
        key: value.detach().clone().float().contiguous()
        for key, value in model.state_dict().items()
        if not key.endswith("num_batches_tracked")
    }
