/** What a report is made of. */
import type { SegmentVerdict } from '../../domain/verdict.js';
import type { AlertStage } from '../../stages/alert.js';

/** A result of a model on a data set. */
export interface CardMetric {
  readonly name: string;
  readonly value: number | string;
  /** 95% confidence interval, low and high. */
  readonly interval95?: readonly [number, number] | undefined;
  readonly data?: string | undefined;
  /** The command that measures it again. */
  readonly command?: string | undefined;
}

/** Data that a model was trained on. */
export interface CardTraining {
  readonly data: string;
  readonly items?: number | string | undefined;
  readonly terms?: string | undefined;
}

/**
 * The part of a model card that the report shows. Other fields may be there and are left out; only the name is needed,
 * since a report must also be possible with a card that says little, and then shows that it does.
 */
export interface ReportCard {
  /** As in the topology and in `provenance.models`. */
  readonly name: string;
  readonly version?: string | undefined;
  readonly network?: string | undefined;
  readonly kind?: string | undefined;
  readonly description?: string | undefined;
  readonly trainedOn?: readonly CardTraining[] | undefined;
  readonly metrics?: readonly CardMetric[] | undefined;
  readonly limits?: readonly string[] | undefined;
  /** Method and numbers, shown as name and value. */
  readonly calibration?: Readonly<Record<string, unknown>> | undefined;
  readonly licence?: { readonly weights?: string | undefined; readonly code?: string | undefined } | undefined;
}

/** An input that gave an error. */
export interface ReportError {
  /** Path, `-`, or the name of a stream. */
  readonly input: string;
  /** A code of the error catalogue. */
  readonly code: string;
  readonly message: string;
  readonly fix?: string | undefined;
}

/** Everything that a report is made from. */
export interface ReportInput {
  readonly verdicts: Iterable<SegmentVerdict> | AsyncIterable<SegmentVerdict>;
  readonly cards?: readonly ReportCard[];
  readonly errors?: readonly ReportError[];
  /** Raises the alerts that are shown; without it, none are. */
  readonly alerts?: AlertStage;
  /** What the page is about, above its heading; the heading itself is the outcome. */
  readonly title?: string;
  /** Who or what made the page, with version and, if wanted, the time: the report itself reads no clock. */
  readonly generatedBy?: string;
}
