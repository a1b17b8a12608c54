/** What the benchmarks share: their inputs, commands, and the printing of ratios. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { residentBytes } from './process-tree.js';

const root = fileURLToPath(new URL('../', import.meta.url));

/** The command line under test. */
export const CLI = join(root, 'bin/framewitness.js');
/** The clip that comes with the package. */
export const SAMPLE = join(root, 'examples/sample/sample.mp4');
/** Where inputs and outputs of the benchmarks go. */
export const WORK = join(root, 'out/bench');
mkdirSync(WORK, { recursive: true });

/** Runs ffmpeg, and fails loudly. */
export function ffmpeg(args: readonly string[]): void {
  const run = spawnSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (run.status !== 0) throw new Error(`ffmpeg ${args.join(' ')} ended with ${String(run.status)}`);
}

/** A 1080p H.264 clip with B-frames and one face: 30 seconds made from the sample's pristine part, over and over; made once. */
export function clip1080p(seconds: number): string {
  const pristine = join(WORK, 'pristine.mp4');
  if (!existsSync(pristine)) ffmpeg(['-i', SAMPLE, '-frames:v', '250', '-c', 'copy', pristine]);
  const base = join(WORK, 'face-1080p-30s.mp4');
  const filter = 'fps=30,scale=1920:1080:flags=lanczos,noise=alls=6:allf=t,format=yuv420p';
  if (!existsSync(base)) ffmpeg(['-stream_loop', '-1', '-i', pristine, '-t', '30', '-vf', filter, '-c:v', 'libx264', '-preset', 'medium', '-crf', '23', '-g', '60', base]);
  if (seconds === 30) return base;
  const path = join(WORK, `face-1080p-${seconds}s.mp4`);
  if (!existsSync(path)) ffmpeg(['-stream_loop', '-1', '-i', base, '-t', String(seconds), '-c', 'copy', path]);
  return path;
}

/** The sample over and over, without re-encoding; made once. */
export function longClip(seconds: number): string {
  const path = join(WORK, `sample-${seconds}s.mp4`);
  if (!existsSync(path)) ffmpeg(['-stream_loop', '-1', '-i', SAMPLE, '-t', String(seconds), '-c', 'copy', path]);
  return path;
}

/** How a command fared. */
export interface Run {
  readonly seconds: number;
  /** Highest resident memory of the whole process tree, bytes. */
  readonly peakBytes: number;
}

/** Runs a command to its end and measures it. */
export function measure(command: string, args: readonly string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const started = process.hrtime.bigint();
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    let peakBytes = 0;
    const sample = setInterval(() => {
      peakBytes = Math.max(peakBytes, residentBytes(child.pid ?? 0));
    }, 250);
    child.on('exit', (code) => {
      clearInterval(sample);
      if (code === 0) resolve({ seconds: Number(process.hrtime.bigint() - started) / 1e9, peakBytes });
      else reject(new Error(`${command} ${args.join(' ')} ended with ${String(code)}`));
    });
  });
}

/** `scan` with its outputs out of the way. */
export function scanArgs(input: string, out: string, more: readonly string[] = []): string[] {
  return [CLI, 'scan', input, '--out', join(WORK, out), '--no-report', '--quiet', '--json', ...more];
}

/** The middle one. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
