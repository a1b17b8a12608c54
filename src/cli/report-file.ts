/** Writes the report of a verdict file. */
import { rename, writeFile } from 'node:fs/promises';
import { FramewitnessError } from '../domain/errors.js';
import type { SegmentVerdict } from '../domain/verdict.js';
import type { AlertStage } from '../stages/alert.js';
import { SOFTWARE } from '../topology/build/software.js';
import { readVerdicts } from '../verdicts/jsonl.js';
import { renderReport } from '../verdicts/report/render.js';
import type { ReportCard } from '../verdicts/report/types.js';

/** What {@link writeReport} needs. */
export interface ReportRequest {
  /** Path of the verdict file. */
  readonly verdicts: string;
  /** Path of the page; replaced as a whole. */
  readonly report: string;
  readonly cards: readonly ReportCard[];
  readonly alerts: AlertStage;
  /** What kept inputs from being judged. */
  readonly errors: readonly FramewitnessError[];
}

async function* recordsOf(path: string): AsyncGenerator<SegmentVerdict, void, void> {
  for await (const { record } of readVerdicts(path)) yield record;
}

/** Writes the page. @throws FramewitnessError FW_VERDICT_INVALID with the line; FW_OUTPUT_UNWRITABLE */
export async function writeReport({ verdicts, report, cards, alerts, errors }: ReportRequest): Promise<void> {
  const page = await renderReport({
    verdicts: recordsOf(verdicts),
    cards,
    alerts,
    errors: errors.map(({ code, message, fix, location }) => ({ input: location.input ?? '', code, message, fix })),
    generatedBy: `${SOFTWARE.name} ${SOFTWARE.version}`,
  });
  const draft = `${report}.part`;
  try {
    await writeFile(draft, page);
    await rename(draft, report);
  } catch (error) {
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: report });
  }
}
