/** Checks exported verdicts offline: form, invariants, digests, chains and signatures. Says which record breaks, and how. */
import type { ErrorCode } from '../domain/errors.js';
import { createChainVerifier, type ChainHead, type ChainProblemKind } from './chain.js';
import { readVerdicts } from './jsonl.js';
import type { VerificationKey } from './signing.js';

/** What can be wrong with a record. */
export type VerifyProblemKind = ChainProblemKind | 'unreadable' | 'unsigned' | 'other-key' | 'signature';

/** One thing that is wrong, or worth knowing, about one record. */
export interface VerifyProblem {
  readonly kind: VerifyProblemKind;
  readonly code: ErrorCode;
  /** Line in the file, from 1. */
  readonly line: number;
  /** Null where the line is too broken to name its stream. */
  readonly stream: string | null;
  readonly sequence: number | null;
  readonly message: string;
}

/** One stream in a file. */
export interface VerifiedStream {
  readonly stream: string;
  readonly records: number;
  readonly signed: number;
  readonly problems: number;
  /** Last record: what shows that newer ones were cut off, when it is compared with a head that was kept elsewhere. */
  readonly head: ChainHead;
}

/** What came of one file. */
export interface Verification {
  readonly records: number;
  /** Records that carry a signature, checked or not. */
  readonly signed: number;
  readonly streams: readonly VerifiedStream[];
  /** The first {@link VerifyOptions.maxProblems}. */
  readonly problems: readonly VerifyProblem[];
  readonly problemCount: number;
  /** Numbers out of order in an unbroken chain: segments that never came or came late, not records that were removed. */
  readonly gaps: readonly VerifyProblem[];
}

/** Options of {@link verifyFile}. */
export interface VerifyOptions {
  /** With any, every record must be signed with one of them. Without, signatures are counted and not checked. */
  readonly keys?: readonly VerificationKey[];
  /** Let streams begin in the middle of their chain, as in an export of a range. */
  readonly partial?: boolean;
  /** Problems and gaps that are kept; the rest is counted. Default 1000. */
  readonly maxProblems?: number;
}

type StreamCount = { records: number; signed: number; problems: number };

/**
 * Verifies one file of verdicts, streams interleaved or not. Memory grows with the number of streams, not of records.
 *
 * @param source - a path, or the bytes themselves
 * @throws FramewitnessError FW_INPUT_NOT_FOUND, FW_INPUT_UNREADABLE; never for what stands in the file
 */
export async function verifyFile(source: string | AsyncIterable<Uint8Array>, { keys = [], partial = false, maxProblems = 1000 }: VerifyOptions = {}): Promise<Verification> {
  const chain = createChainVerifier({ partial });
  const counts = new Map<string, StreamCount>();
  const problems: VerifyProblem[] = [];
  const gaps: VerifyProblem[] = [];
  let problemCount = 0;
  let records = 0;
  const report = (problem: VerifyProblem): void => {
    problemCount += 1;
    if (problems.length < maxProblems) problems.push(problem);
  };
  const onProblem = ({ code, message, location }: { code: ErrorCode; message: string; location: { line?: number } }): void => {
    report({ kind: 'unreadable', code, line: location.line ?? 0, stream: null, sequence: null, message: message.replace(/^Line \d+ /, 'the line ').replace(/\.$/, '') });
  };
  for await (const { line, record } of readVerdicts(source, { onProblem })) {
    records += 1;
    const { stream, sequence } = record.finding;
    const own = counts.get(stream) ?? { records: 0, signed: 0, problems: 0 };
    counts.set(stream, own);
    own.records += 1;
    if (record.signature !== undefined) own.signed += 1;
    const found = [...chain.check(record, line)];
    const [gap, wrong] = [found.filter(({ harmless }) => harmless), found.filter(({ harmless }) => !harmless)];
    const unsigned = signatureProblem(record, keys);
    const all: VerifyProblem[] = unsigned === null ? wrong : [...wrong, { ...unsigned, code: 'FW_VERDICT_SIGNATURE', line, stream, sequence }];
    own.problems += all.length;
    all.forEach(report);
    gaps.push(...gap.slice(0, Math.max(0, maxProblems - gaps.length)));
  }
  const heads = chain.heads();
  const streams = [...counts].flatMap(([stream, count]) => {
    const head = heads.get(stream);
    return head === undefined ? [] : [{ stream, ...count, head }];
  });
  return { records, signed: streams.reduce((n, { signed }) => n + signed, 0), streams, problems, problemCount, gaps };
}

function signatureProblem(record: Parameters<VerificationKey['signed']>[0], keys: readonly VerificationKey[]): Pick<VerifyProblem, 'kind' | 'message'> | null {
  if (keys.length === 0) return null;
  const { signature } = record;
  if (signature === undefined) return { kind: 'unsigned', message: 'the record is not signed' };
  const key = keys.find(({ keyId }) => keyId === signature.keyId);
  if (key === undefined) return { kind: 'other-key', message: `the record is signed with another key, ${signature.keyId}` };
  return key.signed(record) ? null : { kind: 'signature', message: 'the signature does not belong to the record and the key that it names' };
}
