/** Results of a replay, one JSON record a line. */
import { open } from 'node:fs/promises';
import { FramewitnessError } from '../domain/errors.js';
import type { ReplayResult } from '../verdicts/replay-result.js';

/** Writes results. */
export interface ResultWriter {
  write(result: ReplayResult): Promise<void>;
  close(): Promise<void>;
}

/** Opens the file; an existing one is replaced. @throws FramewitnessError FW_OUTPUT_UNWRITABLE, from the methods too */
export async function openResultWriter(path: string): Promise<ResultWriter> {
  const guard = <T>(action: Promise<T>): Promise<T> =>
    action.catch((error: unknown) => {
      throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: path });
    });
  const handle = await guard(open(path, 'w'));
  return {
    write: (result) => guard(handle.appendFile(`${JSON.stringify({ schema: 'framewitness.replay-result/1', ...result })}\n`)),
    close: () => guard(handle.close()),
  };
}
