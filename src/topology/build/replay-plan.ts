/** What of a stream has to be derived again, and what can be compared exactly. */
import type { ArchiveEntry, SegmentEntry } from '../../transports/archive/format.js';
import type { SegmentWarning } from '../../domain/media.js';
import { placementWarning } from '../../stages/sequence.js';
import type { Obstacle } from '../../verdicts/replay-result.js';
import type { RecordedPlace, RecordedVerdicts } from '../../verdicts/recorded.js';
import type { Archive } from '../../transports/archive/reader.js';

/** Which verdicts are asked for; every end is inclusive, absent means open. */
export interface ReplayRange {
  readonly streams?: ReadonlySet<string>;
  readonly sequence?: Span;
  readonly partition?: number;
  readonly offset?: Span;
  /** Media time of the segment's start, microseconds. */
  readonly mediaMicros?: Span;
  /** Time at which the broker took the record, milliseconds since 1970. */
  readonly recordMillis?: Span;
}

/** A closed interval. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** One thing to do, in the order of the stream. */
export type ReplayStep =
  | { readonly kind: 'reset' }
  | {
      readonly kind: 'judge';
      readonly entry: SegmentEntry;
      readonly recorded: RecordedPlace;
      /** Judge with the state of a new stream, and leave the stream's state as it is. */
      readonly alone: boolean;
      /** Compare it, or derive it for the state alone. */
      readonly asked: boolean;
      /** Why an outcome other than identical says nothing; null where it does. */
      readonly obstacle: Obstacle | null;
      /** What the job said of its place in the stream. */
      readonly warnings: readonly SegmentWarning[];
    }
  /** Was judged once, though its record is gone: its successors rest on it. */
  | { readonly kind: 'advance'; readonly entry: SegmentEntry }
  | { readonly kind: 'cannot'; readonly sequence: number; readonly startMicros: number; readonly recorded: RecordedPlace | null; readonly obstacle: Obstacle };

const within = (span: Span | undefined, value: number | null): boolean => span === undefined || (value !== null && span.from <= value && value <= span.to);

function askedFor({ sequence, partition, offset, mediaMicros, recordMillis }: ReplayRange, entry: SegmentEntry, recorded: RecordedPlace | undefined): boolean {
  const { source } = entry;
  return (
    within(sequence, entry.sequence) &&
    (partition === undefined || source.partition === partition) &&
    within(offset, source.offset === undefined ? null : Number(source.offset)) &&
    within(mediaMicros, recorded?.startMicros ?? entry.ptsStartMicros) &&
    within(recordMillis, entry.timestampMillis)
  );
}

/** A recorded verdict whose segment is not at hand: only what the record itself says can place it. */
function recordAskedFor({ sequence, offset, mediaMicros, recordMillis }: ReplayRange, place: RecordedPlace): boolean {
  return recordMillis === undefined && within(sequence, place.sequence) && within(offset, place.offset === undefined ? null : Number(place.offset)) && within(mediaMicros, place.startMicros);
}

async function segmentsOf(archive: Archive, stream: string): Promise<{ readonly segments: SegmentEntry[]; readonly refused: Map<number, Extract<ArchiveEntry, { kind: 'refused' }>> }> {
  const segments: SegmentEntry[] = [];
  const refused = new Map<number, Extract<ArchiveEntry, { kind: 'refused' }>>();
  for await (const entry of archive.entries(stream)) {
    if (entry.kind === 'segment') segments.push(entry);
    else if (entry.kind === 'refused' && entry.sequence !== null) refused.set(entry.sequence, entry);
  }
  return { segments, refused };
}

/**
 * The steps of one stream: from its first segment, since a verdict depends on what came before it, to the last one asked for.
 * Where the beginning, or something on the way, is not at hand, what follows is derived all the same, and says why it cannot
 * be called different. Holds the entries of one stream.
 */
export async function planReplay(archive: Archive, recorded: RecordedVerdicts, stream: string, range: ReplayRange): Promise<readonly ReplayStep[]> {
  const { segments, refused } = await segmentsOf(archive, stream);
  const places = recorded.places(stream);
  const bySequence = new Map<number, RecordedPlace[]>();
  for (const place of places) bySequence.set(place.sequence, [...(bySequence.get(place.sequence) ?? []), place]);
  const recordOf = ({ sequence, source }: SegmentEntry): RecordedPlace | undefined => {
    const found = bySequence.get(sequence) ?? [];
    return found.find(({ offset }) => offset !== undefined && offset === source.offset) ?? found[0];
  };
  const held = new Set(segments.map(({ sequence }) => sequence));
  const absent = places.filter(({ sequence }) => !held.has(sequence));
  const lastAsked = segments.reduce((last, entry, i) => (askedFor(range, entry, recordOf(entry)) ? i : last), -1);

  const steps: ReplayStep[] = [];
  const done = new Set<number>();
  let next = 0;
  let obstacle: Extract<ReplayStep, { kind: 'judge' }>['obstacle'] = null;
  let begun = false;
  let anew = 0;
  segments.slice(0, lastAsked + 1).forEach((entry) => {
    const { sequence } = entry;
    if (done.has(sequence)) return; // a repetition: the first one was judged
    done.add(sequence);
    const place = recordOf(entry);
    const asked = askedFor(range, entry, place);
    const alone = sequence < next;
    if (!begun) {
      begun = true;
      const isFirst = place === undefined ? sequence === 0 : place.previousHash === null;
      // What came before a range that begins in the middle is taken to have been whole.
      if (!isFirst) next = sequence;
      if (!isFirst) obstacle = { kind: 'earlier-missing', detail: `the stream's segments before ${sequence} are not at hand, and verdicts depend on them` };
    } else if (place?.previousHash === null) {
      // The job had forgotten the stream, or it had ended: its state began anew.
      steps.push({ kind: 'reset' });
      obstacle = null;
      anew = sequence;
      next = 0;
    }
    // Those judged and not at hand came all the same.
    for (const other of absent) if (!alone && other.sequence >= Math.max(anew, next) && other.sequence < sequence) next = other.sequence + 1;
    // Only the job looks at the numbering: files and archives are scanned as they are.
    const warning = place?.sourceKind === 'kafka' ? placementWarning(sequence, next) : undefined;
    const warnings = warning === undefined ? [] : [warning];
    if (!alone) next = sequence + 1;
    const gap = alone ? undefined : absent.find((other) => other.sequence >= anew && other.sequence < sequence);
    if (gap !== undefined && obstacle === null) obstacle = { kind: 'earlier-missing', detail: `segment ${gap.sequence} was judged and is not at hand, and later verdicts depend on it` };
    if (place === undefined) {
      const before = places.filter((other) => other.sequence < sequence).at(-1);
      // With the chain whole across it, the job passed it over (a dead letter); with the chain broken, its record is gone.
      const after = places[before === undefined ? 0 : places.indexOf(before) + 1];
      const removed = after !== undefined && after.previousHash !== (before?.hash ?? null);
      if (removed) steps.push({ kind: 'advance', entry });
      if (asked) steps.push({ kind: 'cannot', sequence, startMicros: entry.ptsStartMicros ?? 0, recorded: null, obstacle: { kind: 'not-recorded', detail: removed ? 'its record was removed: the chain of verdicts is broken here' : after === undefined ? 'there is no verdict yet, or it was not exported' : 'the job passed it over: look for it among the dead letters' } });
      return;
    }
    if (place.segmentSha256 !== entry.sha256) obstacle = { kind: 'other-bytes', detail: `segment ${sequence} is not the bytes that were judged: SHA-256 ${entry.sha256.slice(0, 12)}…, and the verdict names ${place.segmentSha256.slice(0, 12)}…` };
    steps.push({ kind: 'judge', entry, recorded: place, alone, asked, obstacle: alone && obstacle?.kind === 'earlier-missing' ? null : obstacle, warnings });
  });
  for (const place of absent) {
    if (!recordAskedFor(range, place)) continue;
    const refusal = refused.get(place.sequence);
    const detail = refusal === undefined ? 'its segment is not at hand: it was not saved, or the topic no longer has it' : `its segment could not be saved: ${refusal.code}: ${refusal.message}`;
    steps.push({ kind: 'cannot', sequence: place.sequence, startMicros: place.startMicros, recorded: place, obstacle: { kind: 'no-segment', detail } });
  }
  return steps;
}
