/** The owner's end of the process in which MediaPipe runs. */
import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FramewitnessError } from '../domain/errors.js';
import type { ChildProcess } from 'node:child_process';
import type { FromTasksVision, TasksVisionStart, ToTasksVision } from './tasks-vision-protocol.js';
import type { DetectedFace } from '../domain/faces.js';

interface Waiting {
  readonly resolve: (faces: readonly DetectedFace[]) => void;
  readonly reject: (error: FramewitnessError) => void;
}

/** Characters of MediaPipe's own messages that are kept for errors. */
const KEPT_OUTPUT = 2_000;

/**
 * A process of its own rather than a thread, so that the browser's global names that the package needs, and whatever its
 * WebAssembly part may do when it aborts, stay out of this one. Each answer finds its question.
 */
export class TasksVisionClient {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #next = 1;
  #output = '';
  #closed = false;

  private constructor() {
    // The same folder holds the compiled body, or its source where a loader runs the source.
    const file = fileURLToPath(new URL(`./tasks-vision-process${extname(import.meta.url)}`, import.meta.url));
    this.#process = fork(file, [], { serialization: 'advanced', stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
      });
    }
    this.#process.on('message', (reply: FromTasksVision) => {
      this.#settle(reply);
    });
    this.#process.on('error', (error) => {
      this.#fail(error.message);
    });
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        this.#fail(`its process ended with ${signal ?? `exit code ${code ?? 'unknown'}`}`);
        resolve();
      });
      this.#process.once('error', () => {
        resolve();
      });
    });
  }

  /** @throws FramewitnessError FW_DETECTOR_FAILED when MediaPipe does not start or does not take the network */
  static async start(settings: Omit<TasksVisionStart, 'kind'>): Promise<TasksVisionClient> {
    const client = new TasksVisionClient();
    try {
      await client.#ask(0, { kind: 'start', ...settings });
    } catch (error) {
      await client.close();
      throw error;
    }
    return client;
  }

  /** True when there is no process to ask any more. */
  get ended(): boolean {
    return this.#closed;
  }

  /** Number of the process in the system. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  /**
   * Faces in a square picture, relative to it (its side is 1).
   *
   * @param planes - red, green and blue plane, 3 × size × size
   * @throws FramewitnessError FW_DETECTOR_FAILED
   */
  look(size: number, planes: Uint8Array): Promise<readonly DetectedFace[]> {
    const id = this.#next++;
    return this.#ask(id, { kind: 'look', id, size, planes });
  }

  /** Ends the process; what was asked and not yet answered fails. May be called twice. */
  async close(): Promise<void> {
    this.#fail('it was closed');
    if (this.#process.connected) this.#process.disconnect();
    await this.#exited;
  }

  #ask(id: number, message: ToTasksVision): Promise<readonly DetectedFace[]> {
    if (this.#closed) return Promise.reject(failure('it is closed', this.#output));
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#process.send(message, (error) => {
        if (error !== null) this.#fail(error.message);
      });
    });
  }

  #settle(reply: FromTasksVision): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('failure' in reply) waiting?.reject(failure(reply.failure, this.#output));
    else waiting?.resolve(reply.faces);
  }

  /** The process is gone or going: so are all answers. */
  #fail(why: string): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(failure(why, this.#output));
    this.#waiting.clear();
  }
}

function failure(why: string, output = ''): FramewitnessError {
  const said = output.trim().split('\n').at(-1) ?? '';
  return new FramewitnessError('FW_DETECTOR_FAILED', `MediaPipe's face detector failed: ${why}${said === '' ? '' : ` (it said: ${said})`}`);
}
