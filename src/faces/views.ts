/**
 * Where the detector looks: squares ("views") of the upright frame that are scaled to the network's input. A pure
 * function of the frame, the position on the sampling grid and what the frame itself shows, never of earlier frames: what
 * a segment shows must not depend on where it was cut.
 *
 * One view of the whole frame costs one run of the network and sees faces down to about a twentieth of the longer side.
 * Two kinds of closer views pay where there is something to gain:
 * - a *zoom* around candidates that are small and neither surely a face nor surely none;
 * - a *sweep*, overlapping tiles over the whole frame, for faces that the first view is too coarse for. It runs on one
 *   grid point in `sweepEvery`, on one in `eagerSweepEvery` where no face or only small ones were found.
 */
import { FramewitnessError } from '../domain/errors.js';
import type { DetectedFace } from '../domain/faces.js';
import type { Box } from '../domain/media.js';

/** A square of the upright frame, in pixels. May reach beyond the frame, where it is black. */
export interface View {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** When the detector takes closer views. */
export interface TilePolicy {
  /** `auto`: as described above. `always`: a sweep on every frame. `never`: one view of the whole frame, nothing else. */
  readonly mode: 'auto' | 'always' | 'never';
  /** `auto`: one grid point in so many is swept. */
  readonly sweepEvery: number;
  /** `auto`: the same, where the view of the whole frame shows no face, or none that is large. */
  readonly eagerSweepEvery: number;
  /** Shorter side, in pixels of the upright frame, of the smallest face that is looked for. Sets the size of the tiles. */
  readonly minFaceSize: number;
  /** Most zooms in one frame. */
  readonly maxZooms: number;
}

/** Size of the upright frame in pixels. */
export interface FrameSize {
  readonly width: number;
  readonly height: number;
}

/** A face as share of a view's side from which the network finds it as a rule (measured on crowds in 1080p). */
export const SMALLEST_SHARE = 0.05;
/** A face as share of a view's side at which the network tells faces from backs of heads best (0.11 to 0.22, measured). */
export const BEST_SHARE = 0.16;
/** Where all sure faces are smaller than this share of the frame, there may be others that the whole frame does not show. */
const SMALL_SHARE = 0.075;
/** A zoom that magnifies less than this shows nothing new. */
const MIN_MAGNIFICATION = 1.5;

/** @throws FramewitnessError FW_DETECTOR_FAILED for a frame without extent, which no network may see */
export function assertFrameSize(frame: FrameSize): void {
  if (!(Number.isInteger(frame.width) && Number.isInteger(frame.height) && frame.width > 0 && frame.height > 0)) {
    throw new FramewitnessError('FW_DETECTOR_FAILED', `The face detector was given a frame of ${frame.width} × ${frame.height} pixels`);
  }
}

/** The whole frame, centred in a square. */
export function wholeFrame(frame: FrameSize): View {
  const side = Math.max(frame.width, frame.height);
  return { x: (frame.width - side) / 2, y: (frame.height - side) / 2, side };
}

/** Overlapping square tiles that cover the frame; none where the view of the whole frame already shows the smallest faces. */
export function sweepTiles(frame: FrameSize, minFaceSize: number): View[] {
  const ideal = minFaceSize / SMALLEST_SHARE;
  const shorter = Math.min(frame.width, frame.height);
  const longer = Math.max(frame.width, frame.height);
  if (longer <= ideal) return [];
  // A face that is too small for the whole frame must fit into the overlap, else two tiles could each see half of it.
  const overlap = 2 * longer * SMALLEST_SHARE;
  const lanes = Math.max(1, Math.round(shorter / ideal));
  const side = Math.min(longer, (shorter + (lanes - 1) * overlap) / lanes);
  const xs = tileStarts(frame.width, side, overlap);
  return tileStarts(frame.height, side, overlap).flatMap((y) => xs.map((x): View => ({ x, y, side })));
}

function tileStarts(length: number, side: number, overlap: number): number[] {
  const rest = length - side;
  if (rest <= 1e-6) return [rest / 2];
  const steps = Math.ceil(rest / Math.max(side - overlap, side / 4));
  return Array.from({ length: steps + 1 }, (_, index) => (rest * index) / steps);
}

/** Whether this grid point is swept, given the faces that the view of the whole frame shows. */
export function isSwept(policy: TilePolicy, frame: FrameSize, gridIndex: number, confident: readonly DetectedFace[]): boolean {
  if (policy.mode !== 'auto') return policy.mode === 'always';
  const small = SMALL_SHARE * Math.max(frame.width, frame.height);
  const eager = confident.every((face) => face.box.width < small);
  return gridIndex % (eager ? policy.eagerSweepEvery : policy.sweepEvery) === 0;
}

/** A closer view, and the candidates that it settles. */
export interface Zoom {
  readonly view: View;
  readonly settles: readonly Candidate[];
}

/** A face that a view shows. */
export interface Candidate {
  readonly face: DetectedFace;
  /** Side of the view that showed it, in pixels. */
  readonly viewSide: number;
  /** The view's border, not the frame's, runs through it: there may be more of the face beyond. */
  readonly partial: boolean;
}

/**
 * Closer views of candidates that deserve one: below `strongScore`, not smaller than the smallest face that is looked
 * for, and small enough in their view for a zoom to show more. Near candidates of like size share one.
 */
export function zoomsFor(candidates: readonly Candidate[], strongScore: number, policy: TilePolicy): Zoom[] {
  if (policy.mode === 'never') return [];
  let open = candidates.filter(({ face, viewSide }) => {
    const size = Math.min(face.box.width, face.box.height);
    return face.confidence < strongScore && size >= policy.minFaceSize * 0.75 && zoomSide(face.box) * MIN_MAGNIFICATION <= viewSide;
  });
  const zooms: Zoom[] = [];
  for (let first = open[0]; first !== undefined && zooms.length < policy.maxZooms; first = open[0]) {
    const view = around(first.face.box);
    const settles = open.filter((candidate) => candidate === first || fits(candidate.face.box, view));
    zooms.push({ view, settles });
    open = open.filter((candidate) => !settles.includes(candidate));
  }
  return zooms;
}

function zoomSide(box: Box): number {
  return Math.max(box.width, box.height) / BEST_SHARE;
}

function around(box: Box): View {
  const side = zoomSide(box);
  return { x: box.x + box.width / 2 - side / 2, y: box.y + box.height / 2 - side / 2, side };
}

function fits(box: Box, view: View): boolean {
  const share = Math.max(box.width, box.height) / view.side;
  const margin = Math.max(box.width, box.height) / 2;
  const inside = box.x - margin >= view.x && box.y - margin >= view.y && box.x + box.width + margin <= view.x + view.side && box.y + box.height + margin <= view.y + view.side;
  return inside && share >= BEST_SHARE / 1.6 && share <= BEST_SHARE * 1.6;
}

/** What a view shows, from coordinates relative to it (its side is 1) into pixels of the frame. */
export function toCandidates(faces: readonly DetectedFace[], view: View, frame: FrameSize): Candidate[] {
  return faces.map((face) => {
    const box: Box = { x: view.x + face.box.x * view.side, y: view.y + face.box.y * view.side, width: face.box.width * view.side, height: face.box.height * view.side };
    const keypoints = face.keypoints.map((point) => ({ x: view.x + point.x * view.side, y: view.y + point.y * view.side }));
    return { face: { box, confidence: face.confidence, keypoints }, viewSide: view.side, partial: isPartial(box, view, frame) };
  });
}

function isPartial(box: Box, view: View, frame: FrameSize): boolean {
  const margin = view.side * 0.01;
  return (
    (view.x > 0 && box.x < view.x + margin) ||
    (view.y > 0 && box.y < view.y + margin) ||
    (view.x + view.side < frame.width && box.x + box.width > view.x + view.side - margin) ||
    (view.y + view.side < frame.height && box.y + box.height > view.y + view.side - margin)
  );
}
