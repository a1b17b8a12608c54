/** Writes a calibration into the cards of the models that it was fitted on. */
import { readFile } from 'node:fs/promises';
import { FramewitnessError } from '../domain/errors.js';
import type { CalibrationResult } from '../evaluation/calibrate.js';
import { composed, type PlattScaling } from '../evaluation/platt.js';
import { parseCard, type Calibration } from '../models/card.js';
import { resolveCard } from '../topology/cards.js';
import type { LoadedTopology } from '../topology/load.js';
import { cardText } from './models-quantise.js';
import { writeWhole } from './output-file.js';

/** What a card says of a fit. */
export interface FitNotes {
  readonly fittedOn: string;
  /** The card's `thresholds`. */
  readonly thresholds: Readonly<Record<string, unknown>>;
}

const sixDecimals = (value: number): number => Math.round(value * 1e6) / 1e6;

function after(now: Calibration, more: PlattScaling, fittedOn: string): Calibration {
  const { scale, offset } = composed(now, more);
  return { ...now, scale: sixDecimals(scale), offset: sixDecimals(offset), fittedOn };
}

/**
 * Writes them, each as a whole. Models that nothing was fitted for get the thresholds alone.
 *
 * @returns the paths
 * @throws FramewitnessError FW_MODEL_CARD, FW_OUTPUT_UNWRITABLE
 */
export async function writeCalibratedCards({ topology, folder }: LoadedTopology, { models }: CalibrationResult, { fittedOn, thresholds }: FitNotes): Promise<readonly string[]> {
  const written: string[] = [];
  for (const { name, card: named } of topology.stages.score.models) {
    const path = resolveCard(named, folder);
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      throw new FramewitnessError('FW_MODEL_CARD', 'the card cannot be read', { location: { input: path }, cause: error });
    }
    const { card } = parseCard(text, path);
    const scaling = models[name];
    const changed = {
      ...card,
      ...(scaling === undefined ? {} : { calibration: after(card.calibration, scaling.own, fittedOn) }),
      ...(scaling?.head === undefined || card.frameCalibration === undefined ? {} : { frameCalibration: after(card.frameCalibration, scaling.head, fittedOn) }),
      thresholds,
    };
    const next = cardText(changed);
    parseCard(next, path);
    await writeWhole(path, next);
    written.push(path);
  }
  return written;
}
