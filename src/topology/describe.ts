/** The way of the data through a topology, for people: as text or as a Mermaid flowchart. */
import type { Topology } from './schema.js';

/** What one stage does, in a few lines. */
interface StagePicture {
  readonly stage: string;
  readonly lines: readonly string[];
}

interface TopologyPicture {
  readonly source: StagePicture;
  readonly stateless: readonly StagePicture[];
  readonly stateful: readonly StagePicture[];
  readonly models: readonly StagePicture[];
  readonly after: readonly StagePicture[];
}

const STATELESS = 'stateless: any number of segments at once';
const STATEFUL = 'stateful: per stream, in order';

/**
 * Says what a topology does, stage by stage.
 *
 * @param format - `text` for a terminal; `mermaid` for a flowchart that Markdown viewers draw
 * @returns lines, the last one ended too
 */
export function describeTopology(topology: Topology, format: 'text' | 'mermaid'): string {
  const picture = pictureOf(topology);
  return `${(format === 'text' ? asText(topology, picture) : asMermaid(picture)).join('\n')}\n`;
}

function pictureOf({ limits, segments, workers, stages }: Topology): TopologyPicture {
  const { decode, sample, detect, crop, track, clips, score, fuse, verdict, alert } = stages;
  const { calibration } = fuse;
  const plural = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;
  const tiles = { auto: `tiles at every ${detect.tiles.sweepEvery} grid points, without large faces ${detect.tiles.eagerSweepEvery}`, always: 'tiles on every frame', never: 'no tiles' }[detect.tiles.mode];
  return {
    source: {
      stage: 'source',
      lines: [
        `files cut at keyframes, about ${segments.targetSeconds} s a segment`,
        `at most ${amount(limits.maxSegmentBytes)} and ${plural(limits.maxSegmentFrames, 'frame')} a segment, ${limits.maxPixels} pixels a frame`,
        `under way at once: ${plural(workers.maxBufferedSegments, 'segment')}, ${amount(workers.maxBufferedBytes)}; processes: ${workers.count === 'auto' ? 'one a core' : workers.count}`,
      ],
    },
    stateless: [
      { stage: 'decode', lines: [`${decode.decoder}, ${decode.selective ? 'only what the grid needs' : 'every frame'}`, `at most ${decode.timeoutSeconds} s a segment`] },
      { stage: 'sample', lines: [`${sample.framesPerSecond} frames a second of media time`] },
      { stage: 'detect', lines: [`${detect.detector}, ${tiles}`, `confidence from ${detect.minScore}, ${detect.minFaceSize} px and larger, at most ${plural(detect.maxFaces, 'face')} a frame`] },
      { stage: 'crop', lines: [`${crop.size} × ${crop.size} px, ${crop.scale} × the face box`] },
    ],
    stateful: [
      { stage: 'track', lines: [`begins at confidence ${track.highScore}, continues from ${track.lowScore}`, `overlap from ${track.matchIou}, below ${track.highScore} from ${track.lowMatchIou}`, `gaps up to ${track.maxGapSeconds} s, hard cut above ${track.cutDissimilarity}`] },
      { stage: 'clips', lines: [`${plural(clips.length, 'face')}, every ${clips.stride}, gaps up to ${clips.maxGapSeconds} s`] },
    ],
    models: score.models.map((model) => ({ stage: `score ${model.name}`, lines: [model.card, `${model.executor}${model.executor === 'tensorflow' ? ` on ${model.backend}` : ''}, ${model.precision}, weight ${model.weight}`] })),
    after: [
      { stage: 'fuse', lines: [`weighted mean of the log-odds of ${plural(score.models.length, 'model')}`, calibration.scale === 1 && calibration.offset === 0 ? 'no further calibration' : `logistic(${calibration.scale} × logit ${calibration.offset < 0 ? '−' : '+'} ${Math.abs(calibration.offset)})`] },
      { stage: 'verdict', lines: [`forged from ${verdict.forgedAt}, authentic up to ${verdict.authenticAt}, else inconclusive`, `from ${plural(verdict.minFaces, 'face')} a track and segment`] },
      { stage: 'alert', lines: [`opens at ${alert.openAfter} forged of the last ${plural(alert.window, 'decided segment')}`, `closes after ${alert.closeAfter} authentic in a row; per stream and per track`] },
      { stage: 'sink', lines: ['one record a segment, chained by hash per stream'] },
    ],
  };
}

function asText(topology: Topology, picture: TopologyPicture): string[] {
  const { batch } = topology.stages.score;
  const stages = [picture.source, ...picture.stateless, ...picture.stateful, ...picture.models, ...picture.after];
  const width = Math.max(...stages.map(({ stage }) => stage.length)) + 2;
  const show = ({ stage, lines }: StagePicture): string[] => lines.map((line, i) => `  ${(i === 0 ? stage : '').padEnd(width)}${line}`);
  return [
    `topology ${topology.name} (format ${topology.version})`,
    '',
    ...show(picture.source),
    '',
    STATELESS,
    ...picture.stateless.flatMap(show),
    '',
    STATEFUL,
    ...picture.stateful.flatMap(show),
    `  in batches of up to ${batch.maxItems}, over all streams, after ${batch.maxDelayMillis} ms at the latest:`,
    ...picture.models.flatMap(show),
    ...picture.after.flatMap(show),
  ];
}

function asMermaid(picture: TopologyPicture): string[] {
  const node = (id: string, { stage, lines }: StagePicture): string => `${id}["${[stage, ...lines].map(label).join('<br/>')}"]`;
  const chain = (stages: readonly StagePicture[], indent: string): string[] => [
    ...stages.map((stage) => `${indent}${node(stage.stage, stage)}`),
    ...stages.slice(1).map((stage, i) => `${indent}${stages[i]?.stage ?? ''} --> ${stage.stage}`),
  ];
  const modelIds = picture.models.map((_, i) => `model${i}`);
  return [
    'flowchart TD',
    `  ${node('source', picture.source)}`,
    `  subgraph stateless["${label(STATELESS)}"]`,
    ...chain(picture.stateless, '    '),
    '  end',
    `  subgraph stateful["${label(STATEFUL)}"]`,
    ...chain(picture.stateful, '    '),
    ...picture.models.map((model, i) => `    ${node(modelIds[i] ?? '', model)}`),
    ...chain(picture.after.slice(0, -1), '    '),
    ...modelIds.flatMap((id) => [`    clips --> ${id}`, `    ${id} --> fuse`]),
    '  end',
    ...chain(picture.after.slice(-1), '  '),
    '  source --> decode',
    '  crop --> track',
    '  verdict --> sink',
    '  alert --> sink',
  ];
}

/** Text inside Mermaid's quotes: entities for what would end them or be read as markup. */
function label(text: string): string {
  return text.replace(/[&"<>#`]/g, (character) => `#${character.charCodeAt(0)};`);
}

function amount(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${Number(value.toFixed(1))} ${units[unit] ?? ''}`;
}
