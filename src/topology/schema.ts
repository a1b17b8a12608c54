/**
 * The format of a topology: one zod schema from which the type, the JSON Schema, the lint and the reference page come.
 * Rules between fields, which a field's own schema cannot say, are in `rules.ts`.
 */
import { z } from 'zod';
import { number, option, section, text, toggle, whole } from './fields.js';
import { telemetry } from './telemetry-section.js';
import { transport } from './transport-schema.js';

/** Format version that this release writes and reads: same major needed; a newer minor is read with a warning. */
export const TOPOLOGY_VERSION = { major: 1, minor: 0 } as const;

const limits = section('Bounds on hostile input. They can change a verdict (an input beyond them is refused), so the digest covers them.', {
  maxPixels: whole({ about: 'Largest stored frame, width × height. The default is 8K UHD with room.', unit: 'pixels', min: 4_096, max: 268_435_456, default: 36_000_000 }),
  maxSegmentBytes: whole({ about: 'Largest segment.', unit: 'bytes', min: 65_536, max: 2_147_483_647, default: 268_435_456 }),
  maxSegmentFrames: whole({ about: 'Most frames in one segment.', unit: 'frames', min: 1, max: 1_000_000, default: 20_000 }),
});

const segments = section('How a file is cut. A feed or a topic brings its own segments.', {
  targetSeconds: number({ about: 'A segment ends before the first keyframe at which it is at least this long, so segments are longer where keyframes are rare.', unit: 'seconds', min: 0.1, max: 600, default: 2 }),
});

const workers = section('Processes that decode, detect and score. Changes speed and memory, never a verdict.', {
  count: z
    .union([z.literal('auto'), z.int().min(1).max(64)], { error: 'must be auto or a whole number from 1 to 64' })
    .default('auto')
    .meta({ description: 'Number of processes, 1 to 64; auto: one for each processor core.', 'x-unit': 'processes', 'x-range': 'auto, or 1 to 64' }),
  maxBufferedSegments: whole({ about: 'Most segments under way at once, over all streams; with fewer than processes, some are idle.', unit: 'segments', min: 1, max: 1_024, default: 16 }),
  maxBufferedBytes: whole({ about: 'Most bytes of segments under way at once, over all streams. One segment is always let through.', unit: 'bytes', min: 1_048_576, max: 68_719_476_736, default: 536_870_912 }),
});

const signing = section('Signs every verdict with Ed25519. Changes no finding.', {
  privateKey: text({
    about: 'Private key that signs: none, the path of a PEM file (relative to the folder of this file), or env: and the name of a variable that holds the PEM text. The key itself never stands in the topology.',
    pattern: /^[^\u0000-\u001f\u007f-\u009f]{1,1024}$/,
    form: 'none, a path, or env: and a name',
    example: 'env:FRAMEWITNESS_SIGNING_KEY',
    default: 'none',
  }),
});

const decode = section('Segment in, frames out.', {
  decoder: option({ about: 'libav: in-process decoder that comes with the package. ffmpeg: the ffmpeg program of the system.', values: ['libav', 'ffmpeg'], default: 'libav' }),
  selective: toggle({ about: 'Leave frames undecoded that are off the sampling grid and that no other frame refers to. Same pixels, less work.', default: true }),
  timeoutSeconds: number({ about: 'Longest time that one segment may take to decode, detect and crop. Then it is tried once more, then its verdict is inconclusive.', unit: 'seconds', min: 1, max: 86_400, default: 120 }),
});

const sample = section('Which frames are analysed: the first at or after each k / framesPerSecond of stream time.', {
  framesPerSecond: number({ about: 'Rate of the sampling grid, in media time.', unit: 'frames per second', min: 0.1, max: 240, default: 8 }),
});

const detect = section('Finds the faces of a sampled frame. Small and doubtful ones are looked at again, closer.', {
  detector: option({ about: 'blazeface: BlazeFace full-range in ONNX Runtime. tasks-vision: the same network in MediaPipe Tasks, slower.', values: ['blazeface', 'tasks-vision'], default: 'blazeface' }),
  minScore: number({ about: 'Lowest detector confidence that counts as a face.', unit: 'confidence', min: 0.25, max: 0.99, default: 0.45 }),
  minFaceSize: whole({ about: 'Faces whose box has a shorter side below this are counted as face-too-small and not judged. Sets the size of the tiles too.', unit: 'pixels', min: 8, max: 4_096, default: 40 }),
  maxFaces: whole({ about: 'Most faces judged in one frame, by falling confidence; the others are counted as too-many-faces.', unit: 'faces', min: 1, max: 1_000, default: 32 }),
  tiles: section('Looking at parts of the frame, which finds small faces and costs several runs of the network.', {
    mode: option({
      about: 'auto: zooms around small doubtful faces, and on some frames a sweep, that is overlapping tiles over the whole frame. always: a sweep on every sampled frame. never: the whole frame in one, nothing else.',
      values: ['auto', 'always', 'never'],
      default: 'auto',
    }),
    sweepEvery: whole({ about: 'With auto: a sweep at every n-th point of the sampling grid, counted from the start of the stream.', unit: 'grid points', min: 1, max: 10_000, default: 16 }),
    eagerSweepEvery: whole({ about: 'With auto: the same, for frames that show no face or no large one.', unit: 'grid points', min: 1, max: 10_000, default: 4 }),
    maxZooms: whole({ about: 'With auto: most zooms in one frame.', unit: 'zooms', min: 0, max: 64, default: 4 }),
  }),
});

const crop = section('Cuts an upright square around each face out of the full-resolution planes.', {
  scale: number({ about: 'Side of the square, in sides of the face box.', unit: 'times', min: 1, max: 3, default: 1.3 }),
  size: whole({ about: 'Side of the crop. Networks with another input size resize it.', unit: 'pixels', min: 32, max: 512, default: 128 }),
});

const track = section('Joins faces over time: ByteTrack-style, stable over short gaps, ended by hard cuts.', {
  highScore: number({ about: 'Faces at or above this confidence are matched first and may begin a track.', unit: 'confidence', min: 0, max: 1, default: 0.65 }),
  lowScore: number({ about: 'Faces from here up to highScore may only continue a track. Below, a face is counted as untracked.', unit: 'confidence', min: 0, max: 1, default: 0.45 }),
  matchIou: number({ about: 'Least overlap (intersection over union) of a face at or above highScore with the expected box of the track that takes it, both widened.', unit: 'ratio', min: 0.01, max: 1, default: 0.15 }),
  lowMatchIou: number({ about: 'The same for a face below highScore, not widened.', unit: 'ratio', min: 0.01, max: 1, default: 0.3 }),
  maxGapSeconds: number({ about: 'A track that is not seen for longer ends.', unit: 'seconds', min: 0, max: 60, default: 1 }),
  cutDissimilarity: number({ about: 'Dissimilarity of two successive sampled frames, as small grey pictures, above which they are a hard cut apart; tracks do not cross a cut. 0 is alike, 1 unrelated, 2 opposite.', unit: 'dissimilarity', min: 0.01, max: 2, default: 0.4 }),
});

const clips = section('Windows of successive analysed faces of one track; they may cross segments. A verdict covers the clips that end in its segment.', {
  length: whole({ about: 'Faces in a clip. Must be the clip length of every dual-level model.', unit: 'faces', min: 2, max: 256, default: 16 }),
  stride: whole({ about: 'Faces from the start of one clip to the start of the next.', unit: 'faces', min: 1, max: 256, default: 8 }),
  maxGapSeconds: number({ about: 'A longer gap between two faces of a track begins a new run of clips.', unit: 'seconds', min: 0, max: 60, default: 0.5 }),
});

const model = section('One network.', {
  name: text({ about: 'Name in verdicts and reports: lower-case letters, digits and hyphens, from a letter. Unique.', pattern: /^[a-z][a-z0-9-]{0,63}$/, form: 'lower-case letters, digits and hyphens, from a letter, at most 64', example: 'frames' }),
  card: text({
    about: 'Model card, which names the network and its weights: a path (relative to the folder of this file) or builtin: and the name of a model that comes with the package.',
    // Written so that it means the same with and without the u flag: editors differ in how they read a JSON Schema.
    pattern: /^[^\u0000-\u001f\u007f-\u009f]{1,1024}$/,
    form: 'a path, or builtin: and a name',
    example: 'builtin:srm-residual',
  }),
  weight: number({ about: 'Weight of this model in the fused probability, relative to the others.', unit: 'times', min: 0.001, max: 1_000, default: 1 }),
  executor: option({ about: 'What runs the network. tensorflow: TensorFlow.js, one face or clip at a time, for machines with a native build of it.', values: ['onnxruntime', 'tensorflow'], default: 'onnxruntime' }),
  backend: option({
    about: 'What TensorFlow.js runs on, where it is the executor. auto: the best that is installed. node-gpu and node: libtensorflow. wasm and cpu: WebAssembly and plain JavaScript, which come with the package.',
    values: ['auto', 'node-gpu', 'node', 'wasm', 'cpu'],
    default: 'auto',
  }),
  precision: option({ about: 'Number format in which the network is run. int8: convolutions in 8-bit integers, faster and a little less exact; the card must have a quantisation (framewitness models quantise). onnxruntime only.', values: ['float32', 'int8'], default: 'float32' }),
});

const score = z
  .strictObject({
    batch: section('How faces and clips of all streams are gathered for one run of a network. Changes speed, never a verdict.', {
      maxItems: whole({ about: 'Most faces in one run.', unit: 'faces', min: 1, max: 1_024, default: 32 }),
      maxDelayMillis: whole({ about: 'Longest wait for others.', unit: 'milliseconds', min: 0, max: 60_000, default: 20 }),
    }),
    models: z.array(model).min(1).max(16).meta({ description: 'The networks, at least one, at most 16. Each looks at single faces or at clips, as its card says.' }),
  })
  .meta({ description: 'Gives each face and each clip a probability by each network.' });

const fuse = section('Joins the scores of a track into one probability.', {
  calibration: section('Calibrated probability = logistic(scale × logit(fused) + offset). The defaults change nothing.', {
    scale: number({ about: 'Slope. Above 1 sharpens, below 1 softens.', unit: 'times', min: 0.01, max: 100, default: 1 }),
    offset: number({ about: 'Shift. Above 0 towards forged, below 0 towards authentic.', unit: 'log-odds', min: -20, max: 20, default: 0 }),
  }),
});

const verdict = section('Draws the verdict. Between the two thresholds it is inconclusive.', {
  forgedAt: number({ about: 'A track is forged at or above this probability.', unit: 'probability', min: 0, max: 1, default: 0.8 }),
  authenticAt: number({ about: 'A track is authentic at or below this probability.', unit: 'probability', min: 0, max: 1, default: 0.4 }),
  minFaces: whole({ about: 'A track with fewer analysed faces in the segment is inconclusive.', unit: 'faces', min: 1, max: 10_000, default: 4 }),
  evidence: section('Pictures kept in the verdict record for people to look at. Not part of the finding.', {
    cropsPerTrack: whole({ about: 'Most pictures of one track in one segment.', unit: 'pictures', min: 0, max: 64, default: 6 }),
    size: whole({ about: 'Side of a picture.', unit: 'pixels', min: 16, max: 512, default: 96 }),
  }),
});

const alert = section('Says when forgery in a stream, or of one track in it, sets in and ends. Goes by the verdicts and changes none. Inconclusive segments are left out of the count.', {
  window: whole({ about: 'Decided segments that are looked back on.', unit: 'segments', min: 1, max: 1_000, default: 5 }),
  openAfter: whole({ about: 'An alert opens when so many of them are forged.', unit: 'segments', min: 1, max: 1_000, default: 3 }),
  closeAfter: whole({ about: 'It closes after so many authentic segments in a row.', unit: 'segments', min: 1, max: 1_000, default: 3 }),
});

const stages = z
  .strictObject({ decode, sample, detect, crop, track, clips, score, fuse, verdict, alert })
  .meta({ description: 'The way of the data: decode, sample, detect and crop need nothing but the segment; the others keep state per stream, in order.' });

/** The schema. Strict: a key that it does not know is a mistake. */
export const topologySchema = z
  .strictObject({
    version: text({
      about: 'Version of this format, in quotes.',
      pattern: /^[0-9]{1,6}\.[0-9]{1,6}$/,
      form: `"${TOPOLOGY_VERSION.major}.${TOPOLOGY_VERSION.minor}", in quotes`,
      example: `${TOPOLOGY_VERSION.major}.${TOPOLOGY_VERSION.minor}`,
    }),
    name: text({ about: 'Name in verdicts and reports.', pattern: /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,127}$/, form: 'letters, digits, spaces, dots, hyphens and underscores, from a letter or digit, at most 128', example: 'default', default: 'default' }),
    limits,
    segments,
    workers,
    signing,
    stages,
    transport,
    telemetry,
  })
  .meta({ title: 'framewitness topology', description: 'What a run of framewitness does to every segment, stage by stage.' });

type Immutable<T> = T extends readonly (infer E)[] ? readonly Immutable<E>[] : T extends object ? { readonly [K in keyof T]: Immutable<T[K]> } : T;

/** A valid topology with every default filled in. */
export type Topology = Immutable<z.output<typeof topologySchema>>;

/** The Kafka part of a topology. */
export type KafkaSettings = NonNullable<Topology['transport']>['kafka'];

/** What may be written: everything that has a default may be left out. */
export type TopologyInput = z.input<typeof topologySchema>;
