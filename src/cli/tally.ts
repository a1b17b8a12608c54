/** How the inputs of a scan fared, kept up to date as the pipeline goes; settles the exit code. */
import { ERROR_CATALOGUE, FramewitnessError, type ErrorCode, type SerialisedError } from '../domain/errors.js';
import type { SegmentVerdict, VerdictLabel } from '../domain/verdict.js';
import type { PipelineEvent } from '../topology/build/pipeline.js';
import { EXIT } from './exit-codes.js';
import { coloured, type Progress } from './progress.js';
import { errorLine } from './text.js';

/** One input. */
export interface InputTally {
  readonly input: string;
  segments: number;
  forged: number;
  /** Forged before authentic before inconclusive; null while nothing was judged. */
  outcome: VerdictLabel | null;
  /** What ended the input, or what was wrong with parts of it: one error an input. */
  error?: FramewitnessError;
  /** Segments with a warning, and the first of them. */
  damaged: { readonly code: ErrorCode; readonly message: string; segments: number } | undefined;
}

/** All inputs, in the order of the command line. */
export interface Tally {
  readonly inputs: readonly InputTally[];
}

/** Warnings that are in the nature of a stream and no fault of it. */
const NO_FAULT: ReadonlySet<string> = new Set(['FW_SEGMENT_OPEN_GOP']);

const ORDER: readonly VerdictLabel[] = ['inconclusive', 'authentic', 'forged'];

/** A tally before the first event. */
export function createTally(inputs: readonly string[]): Tally {
  return { inputs: inputs.map((input) => ({ input, segments: 0, forged: 0, outcome: null, damaged: undefined })) };
}

/** Takes each event of the pipeline into the tally and onto the progress. */
export function follow(tally: Tally, progress: Progress): (event: PipelineEvent) => void {
  let current: InputTally | undefined;
  return (event) => {
    if (event.kind === 'begin') {
      current = tally.inputs[event.index];
      progress.begin(event.input, event.index, tally.inputs.length, event.bytes);
    } else if (event.kind === 'verdict') {
      const { finding, provenance } = event.verdict;
      if (current) add(current, event.verdict);
      progress.advance(provenance.segmentBytes, finding.endMicros, coloured(finding.verdict));
    } else if (current) {
      const error = event.error ?? partialError(current);
      if (error) current.error = error;
      progress.end(endLine(current));
      if (error) progress.note(errorLine(error));
    }
  };
}

function add(input: InputTally, { finding }: SegmentVerdict): void {
  input.segments++;
  if (finding.verdict === 'forged') input.forged++;
  if (input.outcome === null || ORDER.indexOf(finding.verdict) > ORDER.indexOf(input.outcome)) input.outcome = finding.verdict;
  const fault = finding.warnings.find(({ code }) => code in ERROR_CATALOGUE && !NO_FAULT.has(code));
  if (!fault) return;
  input.damaged ??= { code: fault.code as ErrorCode, message: fault.message, segments: 0 };
  input.damaged.segments++;
}

function partialError({ input, segments, damaged }: InputTally): FramewitnessError | undefined {
  if (!damaged) return undefined;
  const { code, message, segments: n } = damaged;
  return new FramewitnessError(code, `${n} of ${segments} ${segments === 1 ? 'segment' : 'segments'}: ${message}`, { location: { input } });
}

function endLine({ segments, outcome, error }: InputTally): string {
  const judged = outcome === null ? 'nothing judged' : `${segments} ${segments === 1 ? 'segment' : 'segments'}, ${coloured(outcome)}`;
  return error ? `${judged}, with an error` : judged;
}

/** The tally for machines. */
export function summaryOf({ inputs }: Tally): { inputs: (Pick<InputTally, 'input' | 'segments' | 'forged' | 'outcome'> & { errors: SerialisedError[] })[] } {
  return { inputs: inputs.map(({ input, segments, forged, outcome, error }) => ({ input, segments, forged, outcome, errors: error ? [error.serialise()] : [] })) };
}

/** See {@link EXIT}. */
export function exitCodeOf({ inputs }: Tally, { interrupted, failOnForged }: { readonly interrupted: boolean; readonly failOnForged: boolean }): number {
  if (interrupted) return EXIT.interrupted;
  const failed = inputs.filter(({ error }) => error !== undefined);
  if (failed.length === inputs.length && failed.every(({ segments }) => segments === 0)) return EXIT.allFailed;
  if (failed.length > 0) return EXIT.someFailed;
  return failOnForged && inputs.some(({ forged }) => forged > 0) ? EXIT.forged : EXIT.ok;
}
