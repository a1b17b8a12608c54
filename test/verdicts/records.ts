/** Realistic verdict records for tests: synthetic people and scores, sealed by the real fusion, decision and chain. */
import sharp from 'sharp';
import type { ClipScoreRecord, EvidenceCrop, Finding, FrameScoreRecord, Provenance, SegmentVerdict, TrackFinding } from '../../src/domain/verdict.js';
import { sealVerdict } from '../../src/verdicts/chain.js';
import { decideSegment, decideTrack } from '../../src/verdicts/decide.js';
import { fuseTrack, roundProbability } from '../../src/verdicts/fusion.js';

/** A person in a made-up stream. */
export interface Person {
  readonly id: number;
  /** First and last segment in which the person is seen. */
  readonly from: number;
  readonly to: number;
  /** Mean probability of the frame scores in a segment, 0 to 1. */
  readonly level: (segment: number) => number;
  /** Fraction of the frames in which the face is seen; 1 unless given. */
  readonly presence?: number;
  readonly modelFailed?: boolean;
}

/** A made-up stream. */
export interface StreamPlan {
  readonly stream: string;
  readonly segments: number;
  readonly people: readonly Person[];
  readonly segmentMicros?: number;
  readonly samplesPerSegment?: number;
  readonly seed?: number;
  readonly cropsPerTrack?: number;
  /** Frames lost in a segment. */
  readonly undecodable?: (segment: number) => number;
}

const sha = (digit: string): string => `sha256:${digit.repeat(64)}`;
export const THRESHOLDS = { forgedAt: 0.7, authenticAt: 0.3 };

/** mulberry32: a small generator of our own seed, so that records are the same on every run. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function provenance(stream: string, sequence: number): Provenance {
  return {
    source: { kind: 'file', name: stream },
    segmentSha256: sequence.toString(16).padStart(8, '0').repeat(8),
    segmentBytes: 183_204 + sequence,
    topology: { name: 'framewitness-default', digest: sha('7') },
    thresholds: THRESHOLDS,
    models: [
      { name: 'face-frames', network: 'mesonet4', kind: 'frame', digest: sha('a'), executor: 'onnxruntime-cpu 1.30.0', precision: 'float32' },
      { name: 'face-clips', network: 'dual-level-gru', kind: 'clip', digest: sha('b'), executor: 'onnxruntime-cpu 1.30.0', precision: 'float32' },
    ],
    detector: { name: 'blazeface-full-range', digest: sha('c') },
    decoder: 'libav (node-av 6.1.1)',
    software: { name: 'framewitness', version: '0.1.0' },
  };
}

const SKIN = ['#e8b894', '#c68863', '#8d5a3b', '#f1cdb0', '#a9714b'];
const HAIR = ['#2b1d14', '#6b4423', '#111', '#a8844f', '#55504a'];
const crops = new Map<string, Promise<string>>();

/** A drawn face, 96 pixels square. */
function drawFace(person: number, pose: number): Promise<string> {
  const key = `${person % 5}-${pose % 4}`;
  const known = crops.get(key);
  if (known !== undefined) return known;
  const x = 48 + ((pose % 4) - 1.5) * 2;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><defs><linearGradient id="g" x2="0" y2="1"><stop stop-color="#8fa3b5"/><stop offset="1" stop-color="#4b5a68"/></linearGradient></defs>
    <rect width="96" height="96" fill="url(#g)"/><ellipse cx="${x}" cy="100" rx="46" ry="22" fill="#2d3a4a"/><ellipse cx="${x}" cy="38" rx="29" ry="32" fill="${HAIR[person % 5]!}"/>
    <ellipse cx="${x}" cy="50" rx="24" ry="31" fill="${SKIN[person % 5]!}"/><circle cx="${x - 9}" cy="45" r="3" fill="#222"/><circle cx="${x + 9}" cy="45" r="3" fill="#222"/>
    <path d="M${x - 8} 65q8 ${4 + (pose % 4)} 16 0" stroke="#7a3b34" stroke-width="2.5" fill="none"/><path d="M${x} 48v9" stroke="#0003" stroke-width="3"/></svg>`;
  const made = sharp(Buffer.from(svg)).jpeg({ quality: 80 }).toBuffer().then((b) => b.toString('base64'));
  crops.set(key, made);
  return made;
}

interface Scored {
  readonly finding: TrackFinding;
  readonly faces: number;
}

function track(person: Person, segment: number, plan: StreamPlan, random: () => number): Scored {
  const length = plan.segmentMicros ?? 2_000_000;
  const samples = plan.samplesPerSegment ?? 16;
  const kept = Math.max(1, Math.round(samples * (person.presence ?? 1)));
  const level = person.level(segment);
  const noisy = (spread: number): number => roundProbability(Math.min(0.9999, Math.max(0.0001, level + (random() - 0.5) * spread)));
  const times = Array.from({ length: kept }, (_, i) => segment * length + Math.round((i * length) / samples));
  const boxes = times.map((ptsMicros, i) => ({ ptsMicros, x: 300 + 220 * (person.id % 4) + i, y: 180 + (i % 3), width: 196, height: 214, confidence: 0.93 }));
  const frames: FrameScoreRecord[] = times.map((ptsMicros) => ({ ptsMicros, probability: noisy(0.3) }));
  const clips: ClipScoreRecord[] = [];
  for (let end = 7; end < kept; end += 8) {
    clips.push({ startMicros: times[end - 7]!, endMicros: times[end]!, probability: noisy(0.12), frames: Array.from({ length: 8 }, () => noisy(0.25)) });
  }
  const fused = fuseTrack({
    frameScores: { 'face-frames': frames.map((f) => f.probability), 'face-clips': clips.flatMap((c) => c.frames) },
    clipScores: { 'face-clips': clips.map((c) => c.probability) },
    weights: { 'face-frames': 1, 'face-clips': 1.5 },
    calibration: { scale: 1, offset: 0 },
  });
  const probability = person.modelFailed === true ? null : fused.probability;
  const decision = decideTrack({ probability, faces: kept, thresholds: THRESHOLDS, minFaces: 4, modelFailed: person.modelFailed === true });
  const scores = [{ model: 'face-frames', frames, clips: [] }, ...(clips.length > 0 && person.modelFailed !== true ? [{ model: 'face-clips', frames: [], clips }] : [])];
  return {
    finding: { id: person.id, verdict: decision.verdict, probability, reasons: decision.reasons, startMicros: times[0]!, endMicros: times.at(-1)!, boxes, scores },
    faces: kept,
  };
}

async function evidence(tracks: readonly TrackFinding[], segment: number, perTrack: number): Promise<EvidenceCrop[]> {
  const out: EvidenceCrop[] = [];
  for (const t of tracks) {
    for (let i = 0; i < Math.min(perTrack, t.boxes.length); i++) {
      const box = t.boxes[Math.floor((i * t.boxes.length) / perTrack)]!;
      out.push({ track: t.id, ptsMicros: box.ptsMicros, jpeg: await drawFace(t.id, segment + i) });
    }
  }
  return out;
}

/** The sealed records of one stream, in order. */
export async function makeStream(plan: StreamPlan): Promise<SegmentVerdict[]> {
  const random = randomFrom(plan.seed ?? 1);
  const length = plan.segmentMicros ?? 2_000_000;
  const samples = plan.samplesPerSegment ?? 16;
  const records: SegmentVerdict[] = [];
  for (let segment = 0; segment < plan.segments; segment++) {
    const lost = plan.undecodable?.(segment) ?? 0;
    const present = samples * 3 + lost;
    const scored = plan.people.filter((p) => segment >= p.from && segment <= p.to).map((p) => track(p, segment, plan, random)).sort((a, b) => a.finding.id - b.finding.id);
    const tracks = scored.map((s) => s.finding);
    const found = scored.reduce((n, s) => n + s.faces, 0);
    const analysed = Math.max(0, ...scored.map((s) => s.faces));
    const frames = { present, sampled: samples, notSampled: samples * 2, undecodable: lost, analysed, skipped: analysed < samples ? { 'no-face': samples - analysed } : {} };
    const faces = { found: found + (scored.length > 0 ? 1 : 0), analysed: found, skipped: scored.length > 0 ? { untracked: 1 } : {} };
    const decision = decideSegment(tracks, { frames, faces });
    const finding: Finding = {
      stream: plan.stream,
      sequence: segment,
      startMicros: segment * length,
      endMicros: (segment + 1) * length - Math.round(length / (samples * 3)),
      ...decision,
      frames,
      faces,
      tracks,
      video: { codec: 'h264', pixelFormat: 'yuv420p', width: 1280, height: 720, rotation: 0, matrix: 'bt709', range: 'limited' },
      warnings: lost > 0 ? [{ code: 'FW_SEGMENT_DAMAGED', message: `${lost} frames could not be decoded.` }] : [],
    };
    records.push(sealVerdict({ finding, provenance: provenance(plan.stream, segment), evidence: await evidence(tracks, segment, plan.cropsPerTrack ?? 2) }, records.at(-1)?.hash ?? null));
  }
  return records;
}

/** A short stream: authentic, then forged from segment 6 on, with a second person who is authentic and one seen in passing. */
export function interview(stream = 'interview.mp4', segments = 12): Promise<SegmentVerdict[]> {
  return makeStream({
    stream,
    segments,
    seed: 7,
    people: [
      { id: 1, from: 0, to: segments - 1, level: (s) => (s < segments / 2 ? 0.12 : 0.9) },
      { id: 2, from: 2, to: Math.max(2, segments - 4), level: (s) => (s === 4 ? 0.48 : 0.16) },
      { id: 3, from: 4, to: 4, level: () => 0.35, presence: 0.15 },
    ],
    undecodable: (s) => (s === 3 ? 5 : 0),
  });
}

/** A stream in which nobody is seen. */
export function landscape(stream = 'landscape.webm', segments = 6): Promise<SegmentVerdict[]> {
  return makeStream({ stream, segments, people: [] });
}
