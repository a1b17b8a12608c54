/** The library: open a topology, judge files, read and check records, render reports. */
export { ERROR_CATALOGUE, FramewitnessError, type ErrorCode, type ErrorLocation, type ErrorScope } from './domain/errors.js';
export type * from './domain/faces.js';
export type * from './domain/media.js';
export type * from './domain/ports.js';
export type * from './domain/verdict.js';
export { openPipeline, type OpenOptions, type OpenPipeline } from './topology/build/open.js';
export type { PipelineEvent } from './topology/build/pipeline.js';
export { DEFAULT_TOPOLOGY_PATH } from './topology/cards.js';
export { describeTopology } from './topology/describe.js';
export { lintTopology } from './topology/lint.js';
export { loadTopology, type LoadedTopology } from './topology/load.js';
export type { Problem } from './topology/problems.js';
export type { Topology } from './topology/schema.js';
export { verifyChain, type ChainProblem } from './verdicts/chain.js';
export { openVerdictWriter, readVerdicts } from './verdicts/jsonl.js';
export { renderReport } from './verdicts/report/render.js';
export { summarise, type StreamSummary } from './verdicts/summary.js';
export { listModels, type ModelSummary } from './models/load.js';
