/**
 * The ffmpeg and ffprobe programs of the system. Nothing else imports fluent-ffmpeg, which is archived upstream: whoever
 * replaces it replaces this file.
 *
 * No shell sees an argument, and neither program may open anything but files and pipes.
 */
import { spawn } from 'node:child_process';
import { PassThrough, type Readable } from 'node:stream';
import fluentFfmpeg from 'fluent-ffmpeg';
import { FramewitnessError, type ErrorLocation } from '../domain/errors.js';

/** How much of the end of a program's messages an error carries, characters. */
const MESSAGE_TAIL_LENGTH = 4096;
/** What ffprobe may print before it is taken for a runaway, bytes. */
const MAX_PROBE_BYTES = 256 * 1024 * 1024;
const STDOUT_BUFFER_BYTES = 1024 * 1024;

const PROTOCOLS = ['-protocol_whitelist', 'file,pipe'] as const;

/** One input, one output, the output on standard output. */
export interface FfmpegCommandOptions {
  /** Path of the input file. */
  readonly input: string;
  /** Options before `-i`, one argument an entry. */
  readonly inputOptions: readonly string[];
  /** Options of the output, one argument an entry, with its format (`-f`). */
  readonly outputOptions: readonly string[];
  readonly location?: ErrorLocation;
  /** Receives every line that ffmpeg writes to standard error. */
  readonly onMessage?: (line: string) => void;
}

/** A command at work. Take {@link finished} or call {@link kill}. */
export interface FfmpegRun {
  /** What ffmpeg writes to standard output. ffmpeg waits while nobody reads. */
  readonly stdout: Readable;
  /**
   * Settles when the program has ended and all its messages were handed on; what it wrote may still wait in `stdout`.
   * Rejects with FW_FFMPEG_MISSING, or FW_FFMPEG_FAILED with the end of its messages.
   */
  readonly finished: Promise<void>;
  /** Ends the program at once. Settles when it is gone, and never rejects. */
  kill(): Promise<void>;
}

/** A command of the ffmpeg program (found in `FFMPEG_PATH`, else on the `PATH`). */
export class FfmpegCommand {
  readonly #options: FfmpegCommandOptions;

  constructor(options: FfmpegCommandOptions) {
    this.#options = options;
  }

  /** Starts the program. */
  run(): FfmpegRun {
    const { input, inputOptions, outputOptions, location, onMessage } = this.#options;
    const tail = new MessageTail();
    // Without 'close': on hearing it, fluent-ffmpeg calls the command failed and kills a program that is about to end.
    const stdout = new PassThrough({ highWaterMark: STDOUT_BUFFER_BYTES, emitClose: false, autoDestroy: false });
    const command = fluentFfmpeg({ source: input })
      .inputOptions(['-nostdin', '-hide_banner', ...PROTOCOLS, ...inputOptions])
      .outputOptions([...outputOptions])
      .output(stdout, { end: true });
    let running = false;
    let killed = false;
    const kill = (): void => {
      killed = true;
      if (running) command.kill('SIGKILL');
    };
    const finished = new Promise<void>((resolve, reject) => {
      command.on('start', () => {
        running = true;
        if (killed) command.kill('SIGKILL');
      });
      command.on('stderr', (line: string) => {
        tail.add(line);
        onMessage?.(line);
      });
      command.on('end', () => {
        running = false;
        resolve();
      });
      command.on('error', (error: Error) => {
        running = false;
        stdout.end();
        reject(failureOf('ffmpeg', error, tail, location));
      });
    });
    // Whoever only kills does not look at it.
    finished.catch(() => undefined);
    command.run();
    return {
      stdout,
      finished,
      kill: () => {
        kill();
        return finished.catch(() => undefined);
      },
    };
  }
}

/** What {@link runFfprobe} gives back: both streams, and how the program ended. */
export interface FfprobeResult {
  readonly stdout: string;
  /** The end of its messages. */
  readonly messages: string;
  /** False where ffprobe ended with an error of its own: mostly, the input is no media. */
  readonly succeeded: boolean;
}

/**
 * Runs ffprobe (`FFPROBE_PATH`, else on the `PATH`) on a file. By hand, for fluent-ffmpeg's own call reads streams only, and
 * cannot be told to read packets.
 *
 * @param options - one argument an entry
 * @throws FramewitnessError FW_FFMPEG_MISSING; FW_FFMPEG_FAILED when it is killed or prints without end
 */
export async function runFfprobe(options: readonly string[], file: string, location?: ErrorLocation): Promise<FfprobeResult> {
  const program = process.env['FFPROBE_PATH'] ?? 'ffprobe';
  const child = spawn(program, ['-hide_banner', ...PROTOCOLS, ...options, '-i', file], { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
  const tail = new MessageTail();
  const chunks: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_PROBE_BYTES) child.kill('SIGKILL');
    else chunks.push(chunk);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    tail.add(text);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => {
      reject(failureOf('ffprobe', error, tail, location));
    });
    child.on('close', resolve);
  });
  if (code === null) throw failureOf('ffprobe', new Error('ffprobe was killed'), tail, location);
  return { stdout: Buffer.concat(chunks).toString('utf8'), messages: tail.text, succeeded: code === 0 };
}

/** The last {@link MESSAGE_TAIL_LENGTH} characters of what a program said. */
class MessageTail {
  #text = '';

  get text(): string {
    return this.#text;
  }

  add(line: string): void {
    this.#text = `${this.#text}${line}\n`.slice(-MESSAGE_TAIL_LENGTH);
  }
}

function failureOf(program: 'ffmpeg' | 'ffprobe', error: Error, tail: MessageTail, location?: ErrorLocation): FramewitnessError {
  const options = { cause: error, ...(location === undefined ? {} : { location }) };
  if (isMissing(error)) {
    const detail = `the program ${program} was not found: install ffmpeg (it brings both programs), set ${program.toUpperCase()}_PATH, or set stages.decode.decoder to libav`;
    return new FramewitnessError('FW_FFMPEG_MISSING', detail, options);
  }
  return new FramewitnessError('FW_FFMPEG_FAILED', `${error.message}; its last messages: ${tail.text.trim()}`, options);
}

function isMissing(error: Error): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === 'ENOENT' || code === 'EACCES' || /^Cannot find ff(mpeg|probe)$/.test(error.message);
}
