/** Faces of one frame out of several views of it: what every detector does around its network. */
import { byConfidence, suppressDuplicates } from './suppression.js';
import { assertFrameSize, isSwept, sweepTiles, toCandidates, wholeFrame, zoomsFor } from './views.js';
import type { Candidate, TilePolicy, View } from './views.js';
import type { DetectedFace } from '../domain/faces.js';
import type { DecodedFrame } from '../domain/media.js';

/** What counts as a face, and where to look for it. Scores are the network's, 0..1. */
export interface DetectionOptions {
  /** Faces below it are not reported. */
  readonly minScore: number;
  /** Candidates from here on deserve a closer look if they are small. */
  readonly weakScore: number;
  /** Candidates from here on are taken at their word. */
  readonly strongScore: number;
  /** Intersection over union from which two boxes are the same face. */
  readonly suppressionIou: number;
  readonly tiles: TilePolicy;
}

/**
 * Chosen on crowds, stage light, talking heads and people seen from behind: small real faces score 0.25 to 0.75 in the
 * whole frame and 0.63 to 0.95 in a zoom; backs of heads up to 0.65 and at most 0.6.
 */
export const DEFAULT_DETECTION: DetectionOptions = {
  minScore: 0.45,
  weakScore: 0.25,
  strongScore: 0.75,
  suppressionIou: 0.3,
  tiles: { mode: 'auto', sweepEvery: 16, eagerSweepEvery: 4, minFaceSize: 40, maxZooms: 4 },
};

/** Options as a caller gives them: what is left out is taken from {@link DEFAULT_DETECTION}. */
export interface DetectionSettings extends Partial<Omit<DetectionOptions, 'tiles'>> {
  readonly tiles?: Partial<TilePolicy>;
}

/** Fills in the defaults. */
export function detectionOptions(settings: DetectionSettings): DetectionOptions {
  return { ...DEFAULT_DETECTION, ...settings, tiles: { ...DEFAULT_DETECTION.tiles, ...settings.tiles } };
}

/** Runs the network on one view: faces of at least `weakScore`, relative to the view, whose side is 1. */
export type Look = (frame: DecodedFrame, view: View) => Promise<readonly DetectedFace[]>;

/** Share of a face inside a better one from which it is a part of that one. */
const PART_OF_FACE = 0.7;

/**
 * Looks at the whole frame, sweeps it with tiles where the policy says so, zooms in on small doubtful candidates, and
 * joins what it saw. A function of the frame and `gridIndex` alone.
 *
 * @returns faces of at least `minScore` in pixels of the upright frame, in order of falling confidence
 * @throws FramewitnessError FW_DETECTOR_FAILED for a frame without extent, and whatever `look` throws
 */
export async function detectInViews(frame: DecodedFrame, gridIndex: number, options: DetectionOptions, look: Look): Promise<DetectedFace[]> {
  assertFrameSize(frame);
  const see = async (view: View): Promise<Candidate[]> => toCandidates(await look(frame, view), view, frame);

  let candidates = await see(wholeFrame(frame));
  const confident = candidates.map(({ face }) => face).filter((face) => face.confidence >= options.strongScore);
  if (isSwept(options.tiles, frame, gridIndex, confident)) {
    for (const tile of sweepTiles(frame, options.tiles.minFaceSize)) candidates.push(...(await see(tile)));
    candidates = join(candidates, options);
  }
  for (const { view, settles } of zoomsFor(candidates, options.strongScore, options.tiles)) {
    const seen = await see(view);
    candidates = [...candidates.filter((candidate) => !settles.includes(candidate)), ...seen];
  }
  return join(candidates, options)
    .map(({ face }) => face)
    .filter((face) => face.confidence >= options.minScore)
    .sort(byConfidence);
}

/** One candidate a face. Whole faces go before partial ones, however confident: a part only stays where nothing overlaps it. */
function join(candidates: readonly Candidate[], options: DetectionOptions): Candidate[] {
  const of = new Map(candidates.map((candidate) => [candidate.face, candidate]));
  const isPart = (face: DetectedFace): number => (of.get(face)?.partial === true ? 1 : 0);
  const kept = suppressDuplicates([...of.keys()], options.suppressionIou, PART_OF_FACE, (a, b) => isPart(a) - isPart(b) || byConfidence(a, b));
  return kept.flatMap((face) => of.get(face) ?? []);
}
