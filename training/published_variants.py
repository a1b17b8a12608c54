"""Writes parity fixtures of published variants for which no released checkpoint or fixture speaks.

    python training/published_variants.py

Each network is put together here from PyTorch's own layers (its convolutions over time, its recurrent layers, its
normalisations), on the deterministic weights and input of fixtures.py, so that the project's graphs, which compose some
of these from smaller operations, are checked against an implementation that does not.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

import fixtures

FOLDER = Path(__file__).resolve().parent.parent / "test" / "fixtures" / "parity"
STATISTICS = Path(__file__).resolve().parent.parent / "src" / "models" / "block-cosine-statistics.ts"


class Bottleneck(nn.Module):
    def __init__(self, inputs: int, width: int, stride: int, first_kernel: int | None = None) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, first_kernel or 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, 4 * width, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(4 * width)
        self.downsample = None
        if stride != 1 or inputs != 4 * width or first_kernel:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, 4 * width, first_kernel or 1, stride, bias=False), nn.BatchNorm2d(4 * width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        return F.relu(self.bn3(self.conv3(y)) + (x if self.downsample is None else self.downsample(x)))


def stage(inputs: int, width: int, count: int, stride: int, first_kernel: int | None = None) -> nn.Sequential:
    first = Bottleneck(inputs, width, stride, first_kernel)
    return nn.Sequential(first, *(Bottleneck(4 * width, width, 1) for _ in range(count - 1)))


def stem() -> list[nn.Module]:
    return [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]


def later_stages() -> list[nn.Module]:
    return [stage(256, 128, 4, 2), stage(512, 256, 6, 2), stage(1024, 512, 3, 2)]


def resnet50() -> list[nn.Module]:
    return [*stem(), stage(64, 64, 3, 1), *later_stages()]


class Dual(nn.Module):
    """Feature vectors of faces into recurrent layers with two heads."""

    def __init__(self, cnn: nn.Module, cell: type[nn.RNNBase], bidirectional: bool) -> None:
        super().__init__()
        self.cnn = cnn
        self.rnn = cell(2048, 256, 3, batch_first=True, bidirectional=bidirectional)
        self.fc_cnn = nn.Linear(512 if bidirectional else 256, 1)
        self.global_pool = nn.AdaptiveAvgPool2d(16)
        self.fc_rnn = nn.Linear(256, 1)

    def features(self, faces: torch.Tensor) -> torch.Tensor:
        return self.cnn(faces).flatten(1)

    def forward(self, clips: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = torch.stack([self.features(clips[:, t]) for t in range(clips.size(1))], 1)
        states = self.rnn(features)[0]
        return self.fc_rnn(self.global_pool(states).flatten(1)), self.fc_cnn(states).squeeze(-1)


def cosines(faces: torch.Tensor) -> torch.Tensor:
    rows = torch.tensor([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
    planes = torch.einsum("pc,nchw->nphw", rows, faces * 255)
    planes[:, 0] -= 128
    doubled = F.interpolate(planes, scale_factor=2, mode="bilinear")
    colours = F.avg_pool2d(F.interpolate(doubled[:, 1:], scale_factor=2, mode="bilinear"), 2)
    planes = torch.cat([doubled[:, :1], colours], 1)
    u = torch.arange(8.0)
    basis = torch.cos((2 * u[None] + 1) * u[:, None] * math.pi / 16) * 0.5
    basis[0] /= math.sqrt(2)
    n, _, h, w = planes.shape
    blocks = planes.view(n, 3, h // 8, 8, w // 8, 8)
    coefficients = torch.einsum("ua,vb,npiajb->npuvij", basis, basis, blocks).reshape(n, 192, h // 8, w // 8)
    numbers = [[float(x) for x in re.findall(r"-?[\d.]+(?:e-?\d+)?", body)] for body in re.findall(r"= \[(.*?)\]", STATISTICS.read_text(), re.S)]
    mean, deviation = (torch.tensor(x).view(1, 192, 1, 1) for x in numbers)
    return (coefficients - mean) / deviation


class Gate(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.inp_gate = nn.Sequential(nn.Conv2d(192, 192, 1), nn.BatchNorm2d(192), nn.ReLU())
        self.inp_gate_l = nn.Conv2d(192, 384, 1, groups=192)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pairs = self.inp_gate_l(self.inp_gate(F.adaptive_avg_pool2d(x, 1))).view(-1, 192, 2, 1, 1)
        return x * pairs.argmax(2).float()


class DualDct(Dual):
    def __init__(self, gated: bool) -> None:
        trunk = nn.Sequential(stage(192, 64, 3, 1, 3), *later_stages(), nn.AdaptiveAvgPool2d(1))
        super().__init__(nn.Sequential(trunk), nn.GRU, False)
        if gated:
            self.inp_GM = Gate()
        self.gated = gated

    def features(self, faces: torch.Tensor) -> torch.Tensor:
        x = cosines(faces)
        return self.cnn(self.inp_GM(x) if self.gated else x).flatten(1)


class GruCell(nn.Module):
    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        self.conv_gates = nn.Conv2d(inputs + channels, 2 * channels, 1)
        self.conv_can = nn.Conv2d(inputs + channels, channels, 1)

    def forward(self, x: torch.Tensor, h: torch.Tensor) -> torch.Tensor:
        reset, update = torch.sigmoid(self.conv_gates(torch.cat([x, h], 1))).chunk(2, 1)
        candidate = torch.tanh(self.conv_can(torch.cat([x, reset * h], 1)))
        return (1 - update) * h + update * candidate


class ConvGru(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.channels = (256, 256, 512)
        self.cell_list = nn.ModuleList(GruCell(i, o) for i, o in zip((2048, 256, 256), self.channels, strict=True))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for cell, channels in zip(self.cell_list, self.channels, strict=True):
            h = x.new_zeros(x.size(0), channels, *x.shape[3:])
            states = []
            for t in range(x.size(1)):
                h = cell(x[:, t], h)
                states.append(h)
            x = torch.stack(states, 1)
        return x


class Crnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cnn = nn.Sequential(*resnet50())
        self.cRNN = ConvGru()
        self.global_pool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Sequential(nn.Linear(512, 1))

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        maps = torch.stack([self.cnn(clips[:, t]) for t in range(clips.size(1))], 1)
        return self.fc(self.global_pool(self.cRNN(maps)[:, -1]).flatten(1))


class Cnn(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.cnn = nn.Sequential(*resnet50(), nn.AdaptiveAvgPool2d(1))
        self.cnn_out = nn.Sequential(nn.Linear(2048, 2))

    def forward(self, clips: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        frame = torch.stack([self.cnn_out(self.cnn(clips[:, t]).flatten(1)) for t in range(clips.size(1))], 1)
        return frame.mean(1), frame


class Block3d(nn.Module):
    def __init__(self, inputs: int, channels: int) -> None:
        super().__init__()
        stride = 1 if inputs == channels else 2
        self.conv1 = nn.Conv3d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm3d(channels)
        self.conv2 = nn.Conv3d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm3d(channels)
        self.downsample = None
        if stride == 2:
            self.downsample = nn.Sequential(nn.Conv3d(inputs, channels, 1, 2, bias=False), nn.BatchNorm3d(channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet3d(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv3d(3, 64, 7, (1, 2, 2), 3, bias=False)
        self.bn1 = nn.BatchNorm3d(64)
        self.maxpool = nn.MaxPool3d(3, 2, 1)
        for index, (inputs, channels) in enumerate(((64, 64), (64, 128), (128, 256), (256, 512))):
            setattr(self, f"layer{index + 1}", nn.Sequential(Block3d(inputs, channels)))
        self.avgpool = nn.AdaptiveAvgPool3d(1)
        self.fc = nn.Linear(512, 2)

    def forward(self, clips: torch.Tensor) -> torch.Tensor:
        x = self.maxpool(F.relu(self.bn1(self.conv1(clips.transpose(1, 2)))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


class Attention(nn.Module):
    def __init__(self, width: int, heads: int, head_width: int) -> None:
        super().__init__()
        self.to_qvk = nn.Linear(width, 3 * heads * head_width, bias=False)
        self.W_0 = nn.Linear(heads * head_width, width, bias=False)
        self.heads = heads

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, t, _ = x.shape
        q, k, v = self.to_qvk(x).view(n, t, -1, 3, self.heads).permute(3, 0, 4, 1, 2)
        return self.W_0(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, -1))


class Encoder(nn.Module):
    def __init__(self, width: int, heads: int, head_width: int, inner: int) -> None:
        super().__init__()
        self.mhsa = Attention(width, heads, head_width)
        self.norm_1 = nn.LayerNorm(width)
        self.norm_2 = nn.LayerNorm(width)
        self.linear = nn.Sequential(nn.Linear(width, inner), nn.GELU(), nn.Dropout(0), nn.Linear(inner, width), nn.Dropout(0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.norm_1(self.mhsa(x) + x)
        return self.norm_2(self.linear(y) + y)


class Vit(nn.Module):
    def __init__(self, channels: int, size: int, patch: int, width: int, head_width: int, inner: int) -> None:
        super().__init__()
        self.patch, self.count = patch, size // patch
        self.project_patches = nn.Linear(channels * patch * patch, width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_emb1D = nn.Parameter(torch.zeros(self.count**2 + 1, width))
        self.transformer = nn.Module()
        self.transformer.layers = nn.ModuleList(Encoder(width, 4, head_width, inner) for _ in range(6))
        self.mlp_head = nn.Linear(width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        n, c, _, _ = x.shape
        pixels = [x[:, :, i :: self.count, j :: self.count] for i in range(self.count) for j in range(self.count)]
        tokens = torch.stack([p.permute(0, 2, 3, 1).reshape(n, -1) for p in pixels], 1)
        y = torch.cat([self.cls_token.expand(n, -1, -1), self.project_patches(tokens)], 1) + self.pos_emb1D
        for layer in self.transformer.layers:
            y = layer(y)
        return self.mlp_head(y[:, 0])


class ResVit(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.model = nn.Sequential(nn.Sequential(*stem(), stage(64, 64, 3, 1)), Vit(256, 16, 1, 256, 64, 256))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x)


class Statistics(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.stack([x.flatten(2).mean(2), x.flatten(2).std(2)], 1)


def squash(x: torch.Tensor, dim: int) -> torch.Tensor:
    square = x.pow(2).sum(dim, keepdim=True)
    return square / (1 + square) * x / square.sqrt()


class CapsuleV1(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.vgg_ext = nn.Module()
        layers: list[nn.Module] = []
        inputs = 3
        for block in ((64, 64), (128, 128), (256, 256, 256, 256)):
            for channels in block:
                layers += [nn.Conv2d(inputs, channels, 3, 1, 1), nn.ReLU()]
                inputs = channels
            layers.append(nn.MaxPool2d(2))
        self.vgg_ext.vgg_1 = nn.Sequential(*layers)
        self.capnet = nn.Module()
        self.capnet.fea_ext = nn.Module()
        for index in range(3):
            capsule = nn.Sequential(
                nn.Conv2d(256, 64, 3, 1, 1), nn.BatchNorm2d(64), nn.ReLU(), nn.Conv2d(64, 16, 3, 1, 1), nn.BatchNorm2d(16), nn.ReLU(),
                Statistics(), nn.Conv1d(2, 8, 5, 2, 2), nn.BatchNorm1d(8), nn.Conv1d(8, 1, 3, 1, 1), nn.BatchNorm1d(1),
            )
            setattr(self.capnet.fea_ext, f"ext_{index + 1}", capsule)
        self.capnet.routing_stats = nn.Module()
        self.capnet.routing_stats.route_weights = nn.Parameter(torch.zeros(2, 3, 4, 8))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.vgg_ext.vgg_1(x)
        capsules = squash(torch.stack([getattr(self.capnet.fea_ext, f"ext_{i}")(features).flatten(1) for i in (1, 2, 3)], -1), -1)
        priors = torch.einsum("oicd,ndi->noic", self.capnet.routing_stats.route_weights, capsules)
        logits = torch.zeros_like(priors)
        for _ in range(2):
            outputs = squash((logits.softmax(2) * priors).sum(2, keepdim=True), 3)
            logits = logits + priors * outputs
        z = outputs.squeeze(2).transpose(1, 2)
        return z.softmax(-1).mean(1), z


def write(name: str, model: nn.Module, shape: tuple[int, ...], outputs: tuple[str, ...], probes: tuple[str, ...] = (), unit: bool = False) -> None:
    fixtures.FOLDER = FOLDER
    modules = dict(model.named_modules())
    fixtures.write(name, model, shape, outputs, {probe: modules[probe] for probe in probes}, unit)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text())) + "\n")


def main() -> None:
    torch.set_num_threads(2)
    clip = (2, 5, 3, 32, 32)
    pool = [*resnet50(), nn.AdaptiveAvgPool2d(1)]
    write("dual_level_bigru", Dual(nn.Sequential(*pool), nn.GRU, True), clip, ("clip", "frame"), ("rnn", "global_pool"))
    pool = [*resnet50(), nn.AdaptiveAvgPool2d(1)]
    write("dual_level_bilstm", Dual(nn.Sequential(*pool), nn.LSTM, True), clip, ("clip", "frame"), ("rnn", "global_pool"))
    write("dual_level_crnn_gru", Crnn(), (1, 4, 3, 64, 64), ("video_logit",), ("cRNN", "global_pool"))
    write("dual_level_cnn", Cnn(), clip, ("clip", "frame"))
    write("dual_level_dct", DualDct(False), (1, 2, 3, 224, 224), ("clip", "frame"), ("rnn",), True)
    write("dual_level_dct_gated", DualDct(True), (1, 2, 3, 224, 224), ("clip", "frame"), ("rnn",), True)
    write("dual_level_resnet3d", ResNet3d(), (2, 5, 3, 64, 64), ("clip",), ("avgpool", "fc"))
    write("dual_level_vit", Vit(3, 64, 16, 512, 128, 1024), (2, 3, 64, 64), ("logit",), ("transformer.layers.0.mhsa", "transformer.layers.0", "transformer.layers.5"))
    write("dual_level_resvit", ResVit(), (2, 3, 64, 64), ("logit",), ("model.0", "model.1.transformer.layers.5"))
    write("capsule_v1", CapsuleV1(), (2, 3, 128, 128), ("class_probabilities", "z"))


if __name__ == "__main__":
    main()
