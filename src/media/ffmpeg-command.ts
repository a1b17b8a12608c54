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

/** Names (looked for on the `PATH`) or paths of the programs. */
export interface FfmpegPrograms {
  readonly ffmpeg: string;
  readonly ffprobe: string;
}

/** One input, one output, the output on standard output. */
export interface FfmpegRequest {
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

/** ffmpeg at work. Await {@link finished} or {@link kill}. */
export interface FfmpegRun {
  /** What ffmpeg writes to standard output. ffmpeg waits while nobody reads. Ends early when ffmpeg does. */
  readonly output: Readable;
  /**
   * Settles when the program has ended and all its messages were handed on; what it wrote may still wait in `output`.
   * Rejects with FW_FFMPEG_MISSING, or FW_FFMPEG_FAILED with the end of its messages.
   */
  readonly finished: Promise<void>;
  /** Ends the program at once, if it still runs. Settles when it is gone, and never rejects. */
  kill(): Promise<void>;
}

/** What {@link FfmpegCommand.probe} gives back. */
export interface FfprobeResult {
  readonly stdout: string;
  /** The end of its messages. */
  readonly messages: string;
  /** False where ffprobe ended with an error of its own: mostly, the input is no media. */
  readonly succeeded: boolean;
}

/** Runs the system's programs. */
export class FfmpegCommand {
  readonly #programs: FfmpegPrograms;

  /** @param programs - by default what FFMPEG_PATH and FFPROBE_PATH say, else `ffmpeg` and `ffprobe` */
  constructor(programs: Partial<FfmpegPrograms> = {}) {
    this.#programs = {
      ffmpeg: programs.ffmpeg ?? process.env['FFMPEG_PATH'] ?? 'ffmpeg',
      ffprobe: programs.ffprobe ?? process.env['FFPROBE_PATH'] ?? 'ffprobe',
    };
  }

  /** Starts ffmpeg. */
  run({ input, inputOptions, outputOptions, location, onMessage }: FfmpegRequest): FfmpegRun {
    const program = this.#programs.ffmpeg;
    const tail = new MessageTail(input);
    // Without 'close': on hearing it, fluent-ffmpeg calls the command failed and kills a program that is about to end.
    const output = new PassThrough({ highWaterMark: STDOUT_BUFFER_BYTES, emitClose: false, autoDestroy: false });
    const command = fluentFfmpeg({ source: fileUrl(input) })
      // Arguments one by one: what comes in an array is split at spaces.
      .inputOptions('-nostdin', ...PROTOCOLS, ...inputOptions)
      .outputOptions('-map_metadata', '-1', ...outputOptions)
      .output(output, { end: true });
    adapt(command, program);
    let state: 'starting' | 'running' | 'unwanted' | 'ended' = 'starting';
    const finished = new Promise<void>((resolve, reject) => {
      command.on('start', () => {
        if (state === 'unwanted') command.kill('SIGKILL');
        else state = 'running';
      });
      command.on('stderr', (line: string) => {
        tail.add(`${line}\n`);
        onMessage?.(line);
      });
      command.on('end', () => {
        state = 'ended';
        resolve();
      });
      command.on('error', (error: Error) => {
        state = 'ended';
        output.end();
        reject(failureOf('ffmpeg', program, error, tail, location));
      });
    });
    const gone = finished.catch(() => undefined);
    command.run();
    return {
      output,
      finished,
      kill: () => {
        if (state === 'running') command.kill('SIGKILL');
        else if (state === 'starting') state = 'unwanted';
        return gone;
      },
    };
  }

  /**
   * Runs ffprobe on a file to its end. By hand: fluent-ffmpeg's own call shows streams, and cannot be told to show packets.
   *
   * @param options - one argument an entry
   * @throws FramewitnessError FW_FFMPEG_MISSING; FW_FFMPEG_FAILED when it is killed or prints without end
   */
  async probe(file: string, options: readonly string[], location?: ErrorLocation): Promise<FfprobeResult> {
    const program = this.#programs.ffprobe;
    const tail = new MessageTail(file);
    const child = spawn(program, ['-hide_banner', ...PROTOCOLS, ...options, '-i', fileUrl(file)], { stdio: ['ignore', 'pipe', 'pipe'], windowsHide: true });
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
        reject(failureOf('ffprobe', program, error, tail, location));
      });
      child.on('close', resolve);
    });
    if (code === null) throw failureOf('ffprobe', program, new Error('ffprobe was killed'), tail, location);
    return { stdout: Buffer.concat(chunks).toString('utf8'), messages: tail.text, succeeded: code === 0 };
  }
}

/** A path that is nothing but a path, whatever it looks like; ffmpeg's messages name the input like this. */
export function fileUrl(path: string): string {
  return `file:${path}`;
}

/** What fluent-ffmpeg keeps of a program's output; absent where the program never ran, which it does not expect of itself. */
interface LineRing {
  get(): string;
}
const NO_LINES: LineRing = { get: () => '' };

/** The private parts of fluent-ffmpeg that {@link adapt} replaces in one command. */
interface FluentInternals {
  _getFfmpegPath(found: (error: null, path: string) => void): void;
  _spawnFfmpeg(...args: readonly unknown[]): void;
}

/**
 * Says where the program is to one command (the public `setFfmpegPath` says it to every command of the process), and turns
 * its crash on a program that cannot be started into an error event.
 */
function adapt(command: object, program: string): void {
  const internals = command as FluentInternals;
  const spawnProgram = internals._spawnFfmpeg.bind(command);
  internals._getFfmpegPath = (found) => {
    found(null, program);
  };
  internals._spawnFfmpeg = (...args) => {
    const ended = args.at(-1) as (error: unknown, stdout: LineRing, stderr: LineRing) => void;
    spawnProgram(...args.slice(0, -1), (error: unknown, stdout = NO_LINES, stderr = NO_LINES) => {
      ended(error, stdout, stderr);
    });
  };
}

/** Addresses and temporary names differ from run to run; an error about the same bytes must not. */
const ADDRESS = / @ 0x[0-9a-f]+(?=\])/g;
/** Progress of a program that tells its levels. */
const CHATTER = /^(?:\[[^\]]*\] )?\[info\] /;

/** The last {@link MESSAGE_TAIL_LENGTH} characters of what a program said. */
class MessageTail {
  readonly #input: string;
  #text = '';

  constructor(input: string) {
    this.#input = input;
  }

  get text(): string {
    return this.#text.replaceAll(ADDRESS, '').replaceAll(fileUrl(this.#input), 'input').trim();
  }

  add(text: string): void {
    if (!CHATTER.test(text)) this.#text = (this.#text + text).slice(-MESSAGE_TAIL_LENGTH);
  }
}

function failureOf(kind: keyof FfmpegPrograms, program: string, error: Error, tail: MessageTail, location?: ErrorLocation): FramewitnessError {
  const options = { cause: error, ...(location === undefined ? {} : { location }) };
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'ENOENT' || code === 'EACCES') {
    const detail = `the program ${program} cannot be run: install ffmpeg (it brings ffmpeg and ffprobe), say where it is in ${kind.toUpperCase()}_PATH, or set stages.decode.decoder to libav`;
    return new FramewitnessError('FW_FFMPEG_MISSING', detail, options);
  }
  const reason = error.message.split('\n')[0] ?? error.message;
  return new FramewitnessError('FW_FFMPEG_FAILED', `${reason}; its last messages:\n${tail.text}`, options);
}
