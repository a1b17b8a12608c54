/** The hash chain of a stream's verdicts: sealing a record, and checking that records are whole, in order and unchanged. */
import { FramewitnessError } from '../domain/errors.js';
import type { ErrorCode } from '../domain/errors.js';
import type { EvidenceCrop, Finding, Provenance, SegmentVerdict } from '../domain/verdict.js';
import { canonicalJson, digestOf } from './canonical.js';
import { verdictProblems } from './schema.js';

/** What {@link sealVerdict} turns into a record. */
export interface UnsealedVerdict {
  readonly finding: Finding;
  readonly provenance: Provenance;
  readonly evidence: readonly EvidenceCrop[];
}

/**
 * A complete record: the finding's digest, the link to the stream's previous record and the hash over all of it.
 *
 * @param previousHash - `hash` of the stream's previous verdict; null for its first
 * @throws FramewitnessError FW_INTERNAL when the record would break its schema or one of its invariants: such a record
 * must never be written
 */
export function sealVerdict(parts: UnsealedVerdict, previousHash: string | null): SegmentVerdict {
  const unsealed = {
    schema: 'framewitness.segment-verdict/1' as const,
    finding: parts.finding,
    findingDigest: digestOf(parts.finding),
    provenance: parts.provenance,
    evidence: parts.evidence,
    previousHash,
  };
  const record: SegmentVerdict = { ...unsealed, hash: digestOf(unsealed) };
  const problems = verdictProblems(record);
  if (problems.length > 0) {
    const { stream, sequence } = parts.finding;
    throw new FramewitnessError('FW_INTERNAL', `The verdict of segment ${sequence} would be invalid: ${problems.slice(0, 5).join('; ')}.`, { location: { stream, sequence } });
  }
  return record;
}

/** What can be wrong with a record in its chain. */
export type ChainProblemKind = 'invalid' | 'finding-digest' | 'hash' | 'link' | 'sequence-gap' | 'sequence-late' | 'sequence-repeat';

/** One thing that is wrong with one record. */
export interface ChainProblem {
  /** FW_VERDICT_INVALID for `invalid`, else FW_VERDICT_CHAIN. */
  readonly code: Extract<ErrorCode, 'FW_VERDICT_INVALID' | 'FW_VERDICT_CHAIN'>;
  readonly kind: ChainProblemKind;
  /**
   * True for numbers that are out of order in an unbroken chain: segments that never came, or came late. The records are those
   * that were written.
   */
  readonly harmless: boolean;
  readonly message: string;
  /** Null where the record is too broken to name its stream. */
  readonly stream: string | null;
  readonly sequence: number | null;
  /** Line in the file, from 1; the position in the list where there is no file. */
  readonly line: number;
}

/** Last good place of one stream's chain. */
export interface ChainHead {
  readonly hash: string;
  readonly sequence: number;
}

/** Checks records one by one; memory grows with the number of streams, not of records. */
export interface ChainVerifier {
  /** What is wrong with this record, given the ones before it. */
  check(record: unknown, line: number): readonly ChainProblem[];
  /** Last record of each stream. */
  heads(): ReadonlyMap<string, ChainHead>;
}

/** Gaps of one stream that are remembered, so that a late record can be told from a repeated one. */
const MAX_GAPS = 1024;

function hashOf(record: SegmentVerdict): string {
  const covered: Record<string, unknown> = { ...record };
  delete covered['hash'];
  delete covered['signature'];
  return digestOf(covered);
}

/** Options of {@link createChainVerifier}. */
export interface ChainOptions {
  /** Take a stream's first record here as it is, though it may follow others: for an export of a range. */
  readonly partial?: boolean;
}

/**
 * A verifier without any record yet. A stream may start anywhere in the input, but its first record there must be the
 * first of its chain, `previousHash` null, unless `partial` is set. What a chain cannot show is that its newest records were cut off: compare its
 * head with one that was kept elsewhere.
 */
export function createChainVerifier({ partial = false }: ChainOptions = {}): ChainVerifier {
  const heads = new Map<string, ChainHead>();
  const numbering = new Map<string, { next: number; missing: { from: number; to: number }[] }>();

  function check(value: unknown, line: number): readonly ChainProblem[] {
    const invalid = verdictProblems(value);
    if (invalid.length > 0) {
      return [{ code: 'FW_VERDICT_INVALID', kind: 'invalid', harmless: false, message: `not a segment verdict: ${invalid.slice(0, 5).join('; ')}`, stream: null, sequence: null, line }];
    }
    const record = value as SegmentVerdict;
    const { stream, sequence } = record.finding;
    const problems: ChainProblem[] = [];
    const report = (kind: ChainProblemKind, message: string, harmless = false): void => void problems.push({ code: 'FW_VERDICT_CHAIN', kind, harmless, message, stream, sequence, line });

    if (digestOf(record.finding) !== record.findingDigest) report('finding-digest', 'the finding does not match findingDigest: it was changed');
    if (hashOf(record) !== record.hash) report('hash', 'the record does not match its hash: it was changed');
    const head = heads.get(stream);
    if (head === undefined) {
      if (record.previousHash !== null && !partial) report('link', 'the record follows one that is missing: the beginning of the stream was removed');
    } else {
      const linked = record.previousHash === head.hash;
      if (!linked) report('link', 'previousHash is not the hash of the record before it: one was removed, inserted, changed or moved');
      const { next, missing } = numbering.get(stream) ?? { next: head.sequence + 1, missing: [] };
      const gap = missing.findIndex(({ from, to }) => from <= sequence && sequence <= to);
      if (sequence < next && linked && gap !== -1) {
        report('sequence-late', `sequence ${sequence} was missing and came after ${next - 1}`, true);
        const [{ from, to } = { from: sequence, to: sequence }] = missing.splice(gap, 1);
        missing.push(...[{ from, to: sequence - 1 }, { from: sequence + 1, to }].filter((rest) => rest.from <= rest.to));
        heads.set(stream, { hash: record.hash, sequence });
        return problems;
      }
      if (sequence < next) report('sequence-repeat', `sequence ${sequence} comes after ${next - 1}`);
      else if (sequence > next) {
        report('sequence-gap', `sequence ${sequence} follows ${next - 1}: ${sequence - next} missing`, linked);
        missing.push({ from: next, to: sequence - 1 });
      }
      numbering.set(stream, { next: sequence + 1, missing: missing.slice(-MAX_GAPS) });
    }
    heads.set(stream, { hash: record.hash, sequence });
    return problems;
  }

  return { check, heads: () => heads };
}

/**
 * Everything that is wrong with the chains in `records`, streams interleaved or not.
 *
 * @returns problems in the order of the records; empty when every chain is whole
 */
export function verifyChain(records: Iterable<unknown>): readonly ChainProblem[] {
  const verifier = createChainVerifier();
  const problems: ChainProblem[] = [];
  let line = 0;
  for (const record of records) problems.push(...verifier.check(record, ++line).filter(({ harmless }) => !harmless));
  return problems;
}

/** A chain problem as an error of the family. */
export function chainError(problem: ChainProblem, input?: string): FramewitnessError {
  return new FramewitnessError(problem.code, `Line ${problem.line}: ${problem.message}.`, {
    location: {
      line: problem.line,
      ...(input === undefined ? {} : { input }),
      ...(problem.stream === null ? {} : { stream: problem.stream }),
      ...(problem.sequence === null ? {} : { sequence: problem.sequence }),
    },
  });
}

/** One line of `verdicts.jsonl`: the record's canonical JSON and a line feed. */
export function verdictLine(record: SegmentVerdict): string {
  return `${canonicalJson(record)}\n`;
}
