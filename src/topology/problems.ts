/** What is wrong with a topology, and where. */
import { FramewitnessError, type ErrorCode } from '../domain/errors.js';

/** Kinds of problem. The list is closed; docs/reference/topology.md explains each. */
export const PROBLEM_CODES = {
  syntax: 'The file is not YAML, or not UTF-8, or empty.',
  'duplicate-key': 'A key stands twice in one group.',
  'too-large': 'The file, its nesting or what its aliases stand for is larger than a topology can be.',
  environment: 'A variable of the environment is named that is not set, or named wrongly.',
  version: 'The format version is not one that this release knows.',
  'missing-key': 'A key that has no default is missing.',
  'unknown-key': 'A key is not one of the format.',
  'wrong-type': 'A value is of another type than the key takes.',
  'out-of-range': 'A number is too small or too large, or a list too short or too long.',
  'not-allowed': 'A value is none of those that the key takes.',
  rule: 'Values that are right one by one do not fit together.',
} as const;

/** A kind of {@link PROBLEM_CODES}. */
export type ProblemCode = keyof typeof PROBLEM_CODES;

/** One problem of a topology file. */
export interface Problem {
  /** An error keeps the topology from being used; a warning does not. */
  readonly severity: 'error' | 'warning';
  readonly code: ProblemCode;
  /** The file, as it was named. */
  readonly file: string;
  /** Where in the topology, for example `stages.score.models[1].card`; empty for the whole file. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
  readonly message: string;
  /** What to do. */
  readonly hint: string;
}

/** `file:line:column message (hint)`. */
export function formatProblem(problem: Problem): string {
  return `${problem.file}:${problem.line}:${problem.column} ${problem.message} (${problem.hint})`;
}

/** A topology that cannot be used. `message` lists every problem, `problems` holds them as data. */
export class TopologyError extends FramewitnessError {
  readonly problems: readonly Problem[];

  /** @param problems - at least one of them an error, in order of place */
  constructor(file: string, problems: readonly Problem[]) {
    const errors = problems.filter((problem) => problem.severity === 'error');
    const first = errors[0];
    const code: ErrorCode = first?.code === 'version' ? 'FW_TOPOLOGY_VERSION' : 'FW_TOPOLOGY_INVALID';
    const lines = errors.map((problem) => `\n  ${formatProblem(problem)}`).join('');
    super(code, `The topology has ${errors.length === 1 ? 'a mistake' : `${errors.length} mistakes`}:${lines}`, {
      location: { input: file, ...(first === undefined ? {} : { line: first.line, column: first.column }) },
    });
    this.problems = problems;
  }
}

/** A text from a file as it may be shown: quoted, shortened, without characters that could rewrite a terminal. */
export function shown(value: unknown, limit = 40): string {
  const json = (JSON.stringify(value) as string | undefined) ?? String(value);
  const safe = json.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
  return safe.length <= limit ? safe : `${safe.slice(0, limit)}…`;
}
