/** The owner's end of the thread in which MediaPipe runs. */
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { FramewitnessError } from '../domain/errors.js';
import { STOP } from './tasks-vision-protocol.js';
import type { TasksVisionReply, TasksVisionRequest, TasksVisionThreadData } from './tasks-vision-protocol.js';
import type { DetectedFace } from '../domain/faces.js';

interface Waiting {
  readonly resolve: (faces: readonly DetectedFace[]) => void;
  readonly reject: (error: FramewitnessError) => void;
}

/** Characters of MediaPipe's own messages that are kept for errors. */
const KEPT_OUTPUT = 2_000;

/** One thread, one question at a time or several: each answer finds its question. */
export class TasksVisionClient {
  readonly #thread: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #next = 1;
  #output = '';
  #closed = false;

  private constructor(data: TasksVisionThreadData) {
    // The same folder holds the compiled thread, or its source where a loader runs the source.
    const file = new URL(`./tasks-vision-thread${extname(import.meta.url)}`, import.meta.url);
    this.#thread = new Worker(file, { workerData: data, stdout: true, stderr: true });
    for (const stream of [this.#thread.stdout, this.#thread.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#output = (this.#output + chunk.toString('utf8')).slice(-KEPT_OUTPUT);
      });
    }
    this.#thread.on('message', (reply: TasksVisionReply) => {
      this.#settle(reply);
    });
    this.#thread.on('error', (error) => {
      this.#fail(error.message);
    });
    this.#exited = new Promise((resolve) => {
      this.#thread.on('exit', (code) => {
        this.#fail(`its thread ended with code ${code}`);
        resolve();
      });
    });
  }

  /** @throws FramewitnessError FW_DETECTOR_FAILED when MediaPipe does not start or does not take the network */
  static async start(data: TasksVisionThreadData): Promise<TasksVisionClient> {
    const client = new TasksVisionClient(data);
    await client.#promise(0);
    return client;
  }

  /**
   * Faces in a square picture, relative to it (its side is 1).
   *
   * @param pixels - RGBA, size × size × 4; handed over, so not to be used any more
   * @throws FramewitnessError FW_DETECTOR_FAILED
   */
  look(size: number, pixels: ArrayBuffer): Promise<readonly DetectedFace[]> {
    if (this.#closed) return Promise.reject(failure('it is closed'));
    const id = this.#next++;
    const answer = this.#promise(id);
    const request: TasksVisionRequest = { id, size, pixels };
    this.#thread.postMessage(request, [pixels]);
    return answer;
  }

  /** Answers what was asked, then ends the thread. May be called twice. */
  async close(): Promise<void> {
    if (!this.#closed) this.#thread.postMessage(STOP);
    this.#closed = true;
    await this.#exited;
  }

  #promise(id: number): Promise<readonly DetectedFace[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
    });
  }

  #settle(reply: TasksVisionReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if ('failure' in reply) waiting?.reject(failure(reply.failure, this.#output));
    else waiting?.resolve(reply.faces);
  }

  /** The thread is gone: so are all answers. */
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
