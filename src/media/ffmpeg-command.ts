/**
 * The one place where the system's ffmpeg and ffprobe are run. fluent-ffmpeg, archived upstream, stays behind this class.
 * No shell; local files only.
 */
import { execFile } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import ffmpeg from 'fluent-ffmpeg';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';

/** ffmpeg may open what it is given and nothing that the media names. */
const INPUT_SAFETY: readonly string[] = ['-protocol_whitelist', 'file,pipe'];
const STDERR_TAIL_LINES = 20;
const PROBE_OUTPUT_BYTES = 256 << 20;

/** Names or paths of the programs. */
export interface FfmpegPrograms {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

/** One run of ffmpeg whose output is read from a pipe. */
export interface FfmpegRun {
  /** Standard output. Fails with a FramewitnessError when ffmpeg does. */
  readonly output: Readable;
  /** Ends the program, if it still runs. */
  kill(): void;
}

/** What to run. */
export interface FfmpegRequest {
  /** Path of a local file. */
  readonly input: string;
  readonly inputOptions: readonly string[];
  readonly outputOptions: readonly string[];
  readonly location: ErrorLocation;
  /** Every line of standard error, in order. */
  onMessage(line: string): void;
  /** The program has ended, and every line was handed on. */
  onEnd(): void;
}

/** Runs the system's ffmpeg and ffprobe. */
export class FfmpegCommand {
  readonly #programs: FfmpegPrograms;

  constructor(programs: FfmpegPrograms = { ffmpeg: 'ffmpeg', ffprobe: 'ffprobe' }) {
    this.#programs = programs;
  }

  /** Starts ffmpeg with its output in a pipe. */
  run(request: FfmpegRequest): FfmpegRun {
    const output = new PassThrough();
    const tail: string[] = [];
    const command = ffmpeg(request.input, { logger: { debug: ignore, info: ignore, warn: ignore, error: ignore } })
      .setFfmpegPath(this.#programs.ffmpeg)
      .inputOptions(['-hide_banner', '-nostdin', '-nostats', ...INPUT_SAFETY, ...request.inputOptions])
      .outputOptions([...request.outputOptions]);
    command.on('stderr', (line: string) => {
      tail.push(line);
      if (tail.length > STDERR_TAIL_LINES) tail.shift();
      request.onMessage(line);
    });
    command.on('end', () => {
      request.onEnd();
    });
    command.on('error', (error: Error) => {
      request.onEnd();
      output.destroy(this.#failure(error, this.#programs.ffmpeg, tail, request.location));
    });
    command.pipe(output, { end: true });
    return {
      output,
      kill: () => {
        output.destroy();
        command.kill('SIGKILL');
      },
    };
  }

  /**
   * Runs ffprobe on a local file.
   *
   * @param options - what to show
   * @returns what ffprobe says, parsed from JSON
   */
  probe(input: string, options: readonly string[], location: ErrorLocation): Promise<unknown> {
    const args = ['-v', 'error', ...INPUT_SAFETY, ...options, '-of', 'json', '-i', input];
    return new Promise((resolve, reject) => {
      execFile(this.#programs.ffprobe, args, { maxBuffer: PROBE_OUTPUT_BYTES, encoding: 'utf8' }, (error, stdout, stderr) => {
        if (error !== null) reject(this.#failure(error, this.#programs.ffprobe, stderr.split('\n'), location));
        else resolve(JSON.parse(stdout));
      });
    });
  }

  #failure(error: Error, program: string, messages: readonly string[], location: ErrorLocation): FramewitnessError {
    if (('code' in error && error.code === 'ENOENT') || /Cannot find ff/.test(error.message)) {
      return new FramewitnessError('FW_FFMPEG_MISSING', `the program ${program} cannot be found`, { location, cause: error });
    }
    const tail = messages.filter((line) => line.trim() !== '').slice(-STDERR_TAIL_LINES).join('\n');
    const detail = error.message.split('\n')[0] ?? error.message;
    return new FramewitnessError('FW_FFMPEG_FAILED', `${detail}${tail === '' ? '' : `; its last messages:\n${tail}`}`, { location, cause: error });
  }
}

function ignore(): void {
  // fluent-ffmpeg logs nothing that its events do not say.
}
