/** Runs the built command line as a user would: a process of its own, with a limit on its time. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SegmentVerdict } from '../../src/domain/verdict.js';
import { REPOSITORY } from './sample.js';

/** How a run of the command line ended. */
export interface CliResult {
  /** Exit code; null when a signal ended the process. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True when the run took too long and was killed. */
  readonly timedOut: boolean;
}

/** Options of {@link startCli}. */
export interface CliOptions {
  readonly cwd?: string;
  /** Added to the environment of the tests. */
  readonly env?: Readonly<Record<string, string>>;
  /** What the process reads on standard input; without it, standard input is empty. `open` leaves it to the caller. */
  readonly input?: Uint8Array | 'open';
  /** Milliseconds before the process is killed: far beyond what a run needs, so that only a hang meets it. */
  readonly limitMs?: number;
  /** Run without the right to pass over file permissions, which root has. */
  readonly unprivileged?: boolean;
}

/** A run under way. */
export interface RunningCli {
  readonly child: ChildProcess;
  readonly finished: Promise<CliResult>;
}

/**
 * The words before `node` that take root's rights away: as root, file permissions do not bite. The user stays root, so that
 * a checkout in root's home can still be read.
 */
function withoutPrivileges(): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  const dropped = ['setpriv', '--bounding-set', '-all', '--inh-caps', '-all', '--no-new-privs'];
  const probe = spawnSync(dropped[0]!, [...dropped.slice(1), 'true']);
  if (probe.status !== 0) throw new Error('as root, this test needs setpriv (util-linux) to give up the right to read everything');
  return dropped;
}

/** Starts `framewitness` with `args`. */
export function startCli(args: readonly string[], options: CliOptions = {}): RunningCli {
  const entry = join(REPOSITORY, 'bin/framewitness.js');
  if (!existsSync(join(REPOSITORY, 'dist/cli/main.js'))) throw new Error('the command line is not built: npm run build');
  const command = [...(options.unprivileged === true ? withoutPrivileges() : []), process.execPath, entry, ...args];
  const child = spawn(command[0]!, command.slice(1), {
    cwd: options.cwd ?? process.cwd(),
    env: { ...process.env, NO_COLOR: '1', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that a kill reaches its workers.
    detached: true,
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  // The process may end before it has read everything.
  child.stdin.on('error', () => undefined);
  if (options.input !== 'open') child.stdin.end(options.input ?? '');
  let timedOut = false;
  const limit = setTimeout(() => {
    timedOut = true;
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  }, options.limitMs ?? 60_000);
  const finished = new Promise<CliResult>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ code, signal, ...output, timedOut });
    });
  });
  return { child, finished };
}

/** Runs `framewitness` with `args` to its end. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startCli(args, options).finished;
}

/** An error line of the command line: `error FW_…: place: message (what to do)`. */
export interface ErrorLine {
  readonly code: string;
  /** Everything after the code. */
  readonly text: string;
}

/** The error lines in what the command line wrote on standard error, in order. */
export function errorLines(stderr: string): readonly ErrorLine[] {
  return [...stderr.matchAll(/^error (FW_[A-Z_]+): (.*\(.+\))$/gm)].map((match) => ({ code: match[1]!, text: match[2]! }));
}

/** The records of a verdict file. */
export function readVerdicts(path: string): readonly SegmentVerdict[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as SegmentVerdict);
}

/** The records of one stream, in order. */
export function verdictsOf(verdicts: readonly SegmentVerdict[], stream: string): readonly SegmentVerdict[] {
  return verdicts.filter(({ finding }) => finding.stream === stream);
}

/** What is wrong with the frame and face accounting of a verdict; empty when it adds up. */
export function accountingFaults({ finding }: SegmentVerdict): readonly string[] {
  const { frames, faces } = finding;
  const sum = (counts: Readonly<Record<string, number | undefined>>): number => Object.values(counts).reduce<number>((total, count) => total + (count ?? 0), 0);
  const faults: string[] = [];
  if (frames.present !== frames.sampled + frames.notSampled + frames.undecodable) faults.push(`present ${frames.present} is not sampled ${frames.sampled} + not sampled ${frames.notSampled} + undecodable ${frames.undecodable}`);
  if (frames.sampled !== frames.analysed + sum(frames.skipped)) faults.push(`sampled ${frames.sampled} is not analysed ${frames.analysed} + skipped ${sum(frames.skipped)}`);
  if (faces.found !== faces.analysed + sum(faces.skipped)) faults.push(`found ${faces.found} is not analysed ${faces.analysed} + skipped ${sum(faces.skipped)}`);
  return faults;
}

/** Resolves once the run has written `text` on standard error. @throws when it ends before */
export async function untilStderr(running: RunningCli, text: string): Promise<void> {
  const stream = running.child.stderr;
  if (!stream) throw new Error('standard error is not piped');
  let seen = '';
  await new Promise<void>((resolve, reject) => {
    const listen = (piece: string): void => {
      seen += piece;
      if (!seen.includes(text)) return;
      stream.off('data', listen);
      resolve();
    };
    stream.on('data', listen);
    running.child.once('close', () => reject(new Error(`the run ended before it wrote ${JSON.stringify(text)}: ${seen}`)));
  });
}
