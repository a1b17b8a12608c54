/** Writes the page of a replay. */
import { rename, writeFile } from 'node:fs/promises';
import { FramewitnessError } from '../domain/errors.js';
import { SOFTWARE } from '../topology/build/software.js';
import { renderReplay } from '../verdicts/report/replay-page.js';
import type { ReplaySummary } from '../verdicts/replay-summary.js';

/** Writes the page; an existing one is replaced as a whole. @throws FramewitnessError FW_OUTPUT_UNWRITABLE */
export async function writeReplayReport(path: string, summary: ReplaySummary, { tolerance, topology }: { readonly tolerance: number; readonly topology: string }): Promise<void> {
  const page = renderReplay({ summary, tolerance, topology, generatedBy: `${SOFTWARE.name} ${SOFTWARE.version}` });
  const draft = `${path}.part`;
  try {
    await writeFile(draft, page);
    await rename(draft, path);
  } catch (error) {
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: path });
  }
}
