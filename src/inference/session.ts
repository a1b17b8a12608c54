/** A network that is ready to serve, whichever executor runs it. */
import type { FloatTensor } from './tensor.js';

/** Runs are answered in the order in which they were asked for. */
export interface NetworkSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * Runs the network once.
   *
   * @param inputs - one tensor for each of `inputNames`
   * @returns one tensor for each of `outputNames`, every value finite
   * @throws FramewitnessError FW_MODEL_FAILED when an input is missing or misshapen, the run fails, an output is not a
   * finite number, or the session is closed
   */
  run(inputs: Readonly<Record<string, FloatTensor>>): Promise<Record<string, FloatTensor>>;
  /** Waits for what is running, then gives the memory back. May be called twice. */
  close(): Promise<void>;
}
