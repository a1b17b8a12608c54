/** One run of labelled items: opens the pipeline, shows progress, keeps outcomes. Shared by the commands that need scores of labelled items. */
import { join } from 'node:path';
import { Subject } from 'rxjs';
import { CONVENTIONS, type ConventionName, type NoFace } from '../evaluation/conventions.js';
import type { EvaluationOptions } from '../evaluation/evaluate.js';
import { openOutcomeStore } from '../evaluation/outcome-store.js';
import type { EvaluationProvenance } from '../evaluation/record.js';
import type { JudgedItem, Resampling } from '../evaluation/units.js';
import { openPipeline } from '../topology/build/open.js';
import { gatherOutcomes } from '../topology/build/outcomes.js';
import { SOFTWARE } from '../topology/build/software.js';
import type { LoadedTopology } from '../topology/load.js';
import type { EvaluationInput } from './evaluation-input.js';
import { onInterrupt } from './interrupt.js';
import { createItemProgress } from './item-progress.js';
import { printable } from './text.js';
import { loadTopologyWithNotes } from './topology-option.js';

/** Flags that {@link judgeInput} goes by. */
export interface RunFlags {
  readonly topology: string;
  readonly work: string;
  readonly convention: ConventionName;
  /** `true` where the flag was not given: as the convention does. */
  readonly face: NoFace | true;
  readonly boxes?: true;
  readonly resample: Resampling;
  readonly resamples: number;
  readonly seed: number;
  readonly workers?: number;
  readonly quiet?: true;
}

/** What {@link judgeInput} gives. */
export interface JudgedInput {
  readonly loaded: LoadedTopology;
  readonly judged: readonly JudgedItem[];
  readonly options: EvaluationOptions;
  readonly provenance: EvaluationProvenance;
}

/** Pictures for people to look at are no part of a figure; leaving them out changes no digest. */
function withoutEvidence(loaded: LoadedTopology): LoadedTopology {
  const { stages } = loaded.topology;
  const verdict = { ...stages.verdict, evidence: { ...stages.verdict.evidence, cropsPerTrack: 0 } };
  return { ...loaded, topology: { ...loaded.topology, stages: { ...stages, verdict }, signing: { privateKey: 'none' } } };
}

/** Runs all items through the pipeline, or takes what is kept of them; null when it was interrupted before all outcomes were there. */
export async function judgeInput({ name, items, split }: Pick<EvaluationInput, 'name' | 'items' | 'split'>, flags: RunFlags): Promise<JudgedInput | null> {
  const progress = createItemProgress(process.stderr, items.length, 'files', flags.quiet === true);
  const loaded = withoutEvidence(loadTopologyWithNotes(flags.topology, progress.note));
  const store = await openOutcomeStore(join(flags.work, 'outcomes.jsonl'));
  const stop = new Subject<void>();
  const interrupted = onInterrupt(() => {
    progress.note('interrupted: finishing the segments under way (press Ctrl-C again to end at once)');
    stop.next();
  });
  let remembered = 0;
  try {
    const pipeline = await openPipeline(loaded, flags.workers === undefined ? {} : { workers: flags.workers });
    try {
      const gathered = await gatherOutcomes({
        pipeline,
        loaded,
        items,
        useBoxes: flags.boxes === true,
        store,
        stop,
        onItem: ({ path }, { error }, known) => {
          if (known) remembered++;
          progress.advance(path);
          if (error) progress.note(`${printable(path, 200)}: ${error.code}: ${error.message.split('\n')[0] ?? ''}`);
        },
      });
      progress.end();
      if (remembered > 0) progress.note(`${remembered} of ${items.length} outcomes were in ${flags.work} already`);
      if (!gathered.complete) {
        progress.note(`${gathered.judged.length} of ${items.length} outcomes are in ${flags.work}: the same command goes on from there`);
        return null;
      }
      const { models, detector, decoder } = pipeline.identity;
      const { score, fuse, verdict } = loaded.topology.stages;
      const convention = CONVENTIONS[flags.convention];
      const options: EvaluationOptions = {
        convention,
        noFace: flags.face === true ? convention.noFace : flags.face,
        resampling: flags.resample,
        intervals: { seed: flags.seed, resamples: flags.resamples },
        models,
        fusion: { weights: Object.fromEntries(score.models.map((model) => [model.name, model.weight])), calibration: fuse.calibration },
      };
      const provenance: EvaluationProvenance = {
        software: SOFTWARE,
        data: { name, sha256: gathered.digest, split, items: items.length },
        topology: { name: loaded.topology.name, digest: loaded.digest },
        thresholds: { forgedAt: verdict.forgedAt, authenticAt: verdict.authenticAt },
        detector,
        decoder,
        boxes: flags.boxes === true,
      };
      return { loaded, judged: gathered.judged, options, provenance };
    } finally {
      await pipeline.close();
    }
  } finally {
    interrupted.stopListening();
    await store.close();
  }
}
