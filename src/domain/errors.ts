/**
 * The one error family of framewitness: a closed list of codes, each with facts as fields, so that callers
 * decide by field and never by message. `docs/reference/errors.md` lists every code; a test ties the two.
 */

/** What an error costs: one frame, one segment, one whole input, or the run. */
export type ErrorScope = 'frame' | 'segment' | 'input' | 'run';

interface ErrorEntry {
  readonly scope: ErrorScope;
  /** True where the same call may succeed later without anything being changed. */
  readonly retriable: boolean;
  readonly meaning: string;
  readonly fix: string;
}

/** Every code that framewitness raises or reports. */
export const ERROR_CATALOGUE = {
  // inputs
  FW_INPUT_NOT_FOUND: { scope: 'input', retriable: false, meaning: 'The path or pattern matches no file.', fix: 'Check the spelling and the working directory; quote patterns so that the shell leaves them alone.' },
  FW_INPUT_UNREADABLE: { scope: 'input', retriable: false, meaning: 'The file or folder exists but may not be read.', fix: 'Check the permissions of the file and of every folder above it.' },
  FW_INPUT_EMPTY: { scope: 'input', retriable: false, meaning: 'The input holds no bytes.', fix: 'Check that the recording or the copy finished.' },
  FW_INPUT_NOT_MEDIA: { scope: 'input', retriable: false, meaning: 'No container that libav knows was recognised in the input.', fix: 'Pass a video file; to see what libav makes of it, run ffprobe on it.' },
  FW_INPUT_NO_VIDEO: { scope: 'input', retriable: false, meaning: 'The container is readable but has no video stream.', fix: 'Pass a file with a video stream.' },
  FW_INPUT_TRUNCATED: { scope: 'input', retriable: false, meaning: 'The input ends before its container says that it should, or lacks its index (an MP4 without moov).', fix: 'Copy or download the file again; what came before the break was judged where it could be read.' },
  FW_INPUT_VANISHED: { scope: 'input', retriable: true, meaning: 'The input could no longer be read after the scan had begun.', fix: 'Keep the file in place until the scan ends, then scan it again.' },
  FW_INPUT_UNSUPPORTED_CODEC: { scope: 'input', retriable: false, meaning: 'There is no decoder for the codec of the video stream.', fix: 'Transcode the file to H.264, HEVC, VP9 or AV1.' },
  // limits
  FW_LIMIT_PIXELS: { scope: 'input', retriable: false, meaning: 'A frame has more pixels than limits.maxPixels.', fix: 'Raise limits.maxPixels in the topology if frames of that size are expected, else treat the input as hostile.' },
  FW_LIMIT_SEGMENT_BYTES: { scope: 'segment', retriable: false, meaning: 'A segment has more bytes than limits.maxSegmentBytes.', fix: 'Raise limits.maxSegmentBytes, or cut the stream at more keyframes.' },
  FW_LIMIT_SEGMENT_FRAMES: { scope: 'segment', retriable: false, meaning: 'A segment has more frames than limits.maxSegmentFrames.', fix: 'Raise limits.maxSegmentFrames, or cut the stream at more keyframes.' },
  FW_LIMIT_SEGMENT_SECONDS: { scope: 'segment', retriable: false, meaning: 'A segment of a feed has reached maxSeconds without a keyframe.', fix: 'Have the encoder send keyframes more often, or raise maxSeconds of the feed; what follows up to the next keyframe cannot be decoded by itself.' },
  // segments
  FW_SEGMENT_DAMAGED: { scope: 'segment', retriable: false, meaning: 'Parts of the segment could not be decoded.', fix: 'Nothing to do for the other segments; the frames that were lost are counted as undecodable.' },
  FW_SEGMENT_UNDECODABLE: { scope: 'segment', retriable: false, meaning: 'Nothing of the segment could be decoded.', fix: 'Obtain an undamaged copy; the verdict of this segment is inconclusive.' },
  FW_SEGMENT_OPEN_GOP: { scope: 'segment', retriable: false, meaning: 'Frames at the start of the segment refer to frames of the segment before (leading pictures of an open GOP).', fix: 'Nothing: they are counted as undecodable. Record with closed GOPs to lose none.' },
  FW_DECODER_CRASHED: { scope: 'segment', retriable: true, meaning: 'The process that decoded the segment ended unexpectedly, twice.', fix: 'Treat the input as hostile; report it if it is a file that other players play.' },
  FW_DECODER_TIMEOUT: { scope: 'segment', retriable: true, meaning: 'Decoding and analysing the segment took longer than stages.decode.timeoutSeconds, twice.', fix: 'Raise the limit on slow machines, else treat the input as hostile.' },
  // claim checks
  FW_CLAIM_INVALID: { scope: 'segment', retriable: false, meaning: 'A record says that it carries a claim check, and its value is none.', fix: 'Correct the producer; docs/reference/claims.md has the format.' },
  FW_CLAIM_REFUSED: { scope: 'segment', retriable: false, meaning: 'A claim check leads to a place that transport.claims does not allow.', fix: 'List the folder, origin, address range or bucket in transport.claims if it is to be trusted, else treat the producer as hostile.' },
  FW_CLAIM_NOT_FOUND: { scope: 'segment', retriable: false, meaning: 'There is nothing where a claim check leads.', fix: 'Keep the media until the segment was judged; put it back, then replay the dead letter.' },
  FW_CLAIM_DENIED: { scope: 'segment', retriable: false, meaning: 'The store of a claim check refuses to give the media.', fix: 'Check credentials and permissions, then replay the dead letter.' },
  FW_CLAIM_UNAVAILABLE: { scope: 'segment', retriable: true, meaning: 'The store of a claim check cannot be reached, is busy, or broke off, in every attempt.', fix: 'Check the store and the network; transport.claims says how long and how often it is tried.' },
  FW_CLAIM_MISMATCH: { scope: 'segment', retriable: false, meaning: 'The media of a claim check has another size or SHA-256 than the claim check says.', fix: 'The media was changed or replaced after the claim check was written: find out by whom.' },
  // feeds
  FW_FEED_UNREACHABLE: { scope: 'input', retriable: true, meaning: 'A feed cannot be opened.', fix: 'Check the address and whether the feed is on air; ingest goes on trying.' },
  FW_FEED_LOST: { scope: 'input', retriable: true, meaning: 'The connection to a feed broke, or the feed ended.', fix: 'Nothing: ingest connects again and says in the next segment what was lost.' },
  FW_FEED_SILENT: { scope: 'input', retriable: true, meaning: 'A feed sent no video frame for longer than its silenceSeconds.', fix: 'Check the encoder; ingest connects again.' },
  FW_FEED_REFUSED: { scope: 'input', retriable: false, meaning: 'The address of a feed has a scheme that is not allowed, or options that do not belong in an address.', fix: 'Use rtmp, rtmps, rtsp, rtsps, srt, udp, rtp, or http and https for HLS; docs/guides/ingest.md has an example of each.' },
  FW_FEED_FOLLOW: { scope: 'input', retriable: false, meaning: 'The file does not follow what the topic holds of its stream.', fix: 'The file was changed after its first part was published: publish it under another stream id.' },
  FW_FEEDS_INVALID: { scope: 'run', retriable: false, meaning: 'The file of feeds has mistakes; all are listed with line, column and a hint.', fix: 'Correct each line that the error names; check with: framewitness ingest --feeds FILE --lint.' },
  // adapters
  FW_FFMPEG_MISSING: { scope: 'run', retriable: false, meaning: 'The topology asks for the system ffmpeg, and there is none.', fix: 'Install ffmpeg, or set stages.decode.decoder to libav.' },
  FW_FFMPEG_FAILED: { scope: 'segment', retriable: false, meaning: 'The ffmpeg program ended with an error.', fix: 'Read the end of its messages in the error; run the same command by hand.' },
  FW_DETECTOR_FAILED: { scope: 'frame', retriable: true, meaning: 'The face detector failed on a frame.', fix: 'The frame is counted as skipped; report it if it happens again.' },
  // models
  FW_MODEL_UNKNOWN: { scope: 'run', retriable: false, meaning: 'No network or weights of that name are registered.', fix: 'See the names with: framewitness models list.' },
  FW_MODEL_CARD: { scope: 'run', retriable: false, meaning: 'A model card is missing, unreadable or disagrees with its weights.', fix: 'Restore the card that belongs to the weights.' },
  FW_MODEL_WEIGHTS: { scope: 'run', retriable: false, meaning: 'Weights have missing, surplus or misshapen tensors, or a wrong digest.', fix: 'Restore the weights file; the error lists every tensor that is wrong.' },
  FW_MODEL_FORMAT: { scope: 'run', retriable: false, meaning: 'A weights file or network file cannot be parsed.', fix: 'Check that the file is what its name says and that it is whole.' },
  FW_CHECKPOINT_UNSAFE: { scope: 'run', retriable: false, meaning: 'The pickle of a checkpoint asks for something that could run a program; it was parsed, and nothing was run.', fix: 'Do not load the file with torch.load either. If you trust its maker, ask for the state_dict() alone, or for safetensors.' },
  FW_MODEL_GRAPH: { scope: 'run', retriable: false, meaning: 'A network was built with shapes or parameters that do not fit.', fix: 'The error names the layer; correct the network definition or its options.' },
  FW_EXECUTOR_MISSING: { scope: 'run', retriable: false, meaning: 'The executor or back end that was asked for is not installed, or does not load.', fix: 'The error says how to get it; or ask for another executor or back end.' },
  FW_PRECISION_MISSING: { scope: 'run', retriable: false, meaning: 'A model was asked for in int8, and its card has no quantisation.', fix: 'Make one with: framewitness models quantise CARD --calibrate VIDEO… --out FOLDER; or ask for float32.' },
  FW_MODEL_FAILED: { scope: 'segment', retriable: true, meaning: 'A network failed while it was run, or gave a score that is not a finite number.', fix: 'The verdict abstains; report it with the model name and digest.' },
  // training
  FW_TRAINING_CONFIG: { scope: 'run', retriable: false, meaning: 'A training configuration cannot be read or has mistakes; all are listed with line, column and a hint.', fix: 'Correct each line that the error names; check with: framewitness train --config FILE --check.' },
  FW_TRAINING_DATA: { scope: 'run', retriable: false, meaning: 'The examples do not fit what the training asks for: no pairs, no masks, one class only, or none at all.', fix: 'Choose another recipe or other files of faces; docs/guides/train.md says what each option needs.' },
  FW_TABLE_INVALID: { scope: 'run', retriable: false, meaning: 'A table cannot be turned into a manifest; all mistakes are listed with their lines.', fix: 'Correct the rows, or say with --real-value, --fake-value and --where what they mean; docs/guides/prepare.md has examples.' },
  FW_LAYOUT: { scope: 'run', retriable: false, meaning: 'A folder is not laid out as the data set that was named, or its lists contradict its files.', fix: 'Name the folder that the official download makes; docs/guides/prepare.md shows each layout.' },
  FW_VARIANT: { scope: 'run', retriable: false, meaning: 'The name of a variant cannot be read.', fix: 'Write kind:value, such as x264:23, jpeg:50, resize:0.5, blur:2 or noise:5.' },
  FW_FACES_INVALID: { scope: 'run', retriable: false, meaning: 'A file of faces, one of its pictures, or its landmarks cannot be read or used.', fix: 'Correct what the error names; framewitness prepare writes files of faces, docs/guides/augment.md says what augmentation needs.' },
  FW_TRAINING_SPLIT: { scope: 'run', retriable: false, meaning: 'A person, a source or an item is in the training and in the validation data, so that validation would measure what was learnt by heart.', fix: 'Put all pictures of a person, and all that was made of them, in one split; framewitness prepare tells who is in two.' },
  FW_TRAINING_OPTIONS: { scope: 'run', retriable: false, meaning: 'The options of a recipe have mistakes; all are listed.', fix: 'Correct each option that the error names; docs/reference/recipes.md lists the options of each recipe.' },
  FW_TRAINING_WORKER: { scope: 'run', retriable: true, meaning: 'A process that makes examples or finds landmarks ended unexpectedly or hung, twice.', fix: 'Start again: what was made before is kept. If it is always the same picture, leave it out.' },
  FW_TRAINING_CHECKPOINT: { scope: 'run', retriable: false, meaning: 'A checkpoint of a training cannot be read, or belongs to another configuration.', fix: 'Name another checkpoint.folder, or begin anew with --fresh.' },
  FW_TRAINING_DIVERGED: { scope: 'run', retriable: false, meaning: 'The loss or a gradient of a training is not a finite number.', fix: 'Lower optimiser.rate, or set optimiser.clipNorm; the last checkpoint is kept.' },
  FW_LOSS_UNFIT: { scope: 'run', retriable: false, meaning: 'A training loss reads an output, masks or pairs that the network or the examples do not have.', fix: 'Use a loss that fits the network (docs/reference/losses.md), or data that brings what the error names.' },
  // topology and command line
  FW_TOPOLOGY_NOT_FOUND: { scope: 'run', retriable: false, meaning: 'The topology file cannot be read.', fix: 'Check the path given with --topology.' },
  FW_TOPOLOGY_INVALID: { scope: 'run', retriable: false, meaning: 'The topology has mistakes; all are listed with line, column and a hint.', fix: 'Correct each line that the error names; check with: framewitness lint.' },
  FW_TOPOLOGY_VERSION: { scope: 'run', retriable: false, meaning: 'The topology asks for a format version that this release does not know.', fix: 'Use the version that the error names, or another release.' },
  FW_USAGE: { scope: 'run', retriable: false, meaning: 'The command line is wrong.', fix: 'See framewitness --help.' },
  FW_OUTPUT_UNWRITABLE: { scope: 'run', retriable: false, meaning: 'An output file cannot be written.', fix: 'Check the folder, its permissions and the free space.' },
  FW_INTERRUPTED: { scope: 'run', retriable: true, meaning: 'The run was interrupted; what was finished before is kept.', fix: 'Start it again.' },
  FW_TELEMETRY_PORT: { scope: 'run', retriable: false, meaning: 'The port of metrics and health cannot be listened on.', fix: 'Give another port or address by --metrics-port and --metrics-host, or in telemetry of the topology; 0 takes a free port.' },
  // evaluation
  FW_MANIFEST: { scope: 'run', retriable: false, meaning: 'A manifest has mistakes; all are listed with their lines.', fix: 'Correct each line that the error names; docs/guides/prepare.md has the format.' },
  FW_LABEL: { scope: 'run', retriable: false, meaning: 'It is not clear whether something that is evaluated is real or forged.', fix: 'Put each file into a folder named real or fake, or write a manifest; what shares a group must share its label.' },
  FW_CALIBRATION: { scope: 'run', retriable: false, meaning: 'Scores cannot be calibrated: a class is missing, or they do not rise with forgery.', fix: 'Name data with real and forged videos in which faces are found; a model that ranks no better than chance needs training, not calibration.' },
  FW_OUTCOMES_INVALID: { scope: 'run', retriable: false, meaning: 'The file in which an evaluation keeps its outcomes holds something else.', fix: 'Delete the file, or name another folder with --work; what it held is judged again.' },
  // Kafka
  FW_TRANSPORT_MISSING: { scope: 'run', retriable: false, meaning: 'The command needs Kafka, and the topology has no transport.kafka section.', fix: 'Add transport.kafka with brokers to the topology; see docs/guides/kafka.md.' },
  FW_KAFKA_UNREACHABLE: { scope: 'run', retriable: true, meaning: 'No broker answers.', fix: 'Check transport.kafka.brokers, the network and tls; a job that runs goes on trying.' },
  FW_KAFKA_TLS: { scope: 'run', retriable: false, meaning: 'No encrypted connection to a broker comes about: its certificate or ours is not trusted, has expired or names another host, or one side does not speak TLS.', fix: 'Check transport.kafka.tls: ca must hold the authority of the brokers, cert and key our own certificate where they ask for one.' },
  FW_KAFKA_AUTHENTICATION: { scope: 'run', retriable: false, meaning: 'The brokers do not accept who we say we are.', fix: 'Check transport.kafka.sasl and the secret that it names.' },
  FW_KAFKA_AUTHORIZATION: { scope: 'run', retriable: false, meaning: 'The brokers do not allow the operation.', fix: 'Grant the rights that docs/reference/kafka.md lists to the user.' },
  FW_KAFKA_SECRET: { scope: 'run', retriable: false, meaning: 'A secret or a TLS file that the topology names is missing.', fix: 'Set the variable, or make the file readable.' },
  FW_KAFKA_TOPIC_MISSING: { scope: 'run', retriable: false, meaning: 'A topic does not exist.', fix: 'Create it with: framewitness topics create.' },
  FW_KAFKA_RECORD_TOO_LARGE: { scope: 'run', retriable: false, meaning: 'A record is larger than its topic allows.', fix: 'Raise max.message.bytes of the topic that the error names.' },
  FW_KAFKA_FENCED: { scope: 'input', retriable: true, meaning: 'Another worker has taken over the partition.', fix: 'Nothing, if workers came or went; else check that no other job has the same applicationId.' },
  FW_KAFKA_FAILED: { scope: 'run', retriable: true, meaning: 'A broker refused a request, or the client failed, in another way.', fix: 'Read the message of the client; a job that runs tries again.' },
  FW_RECORD_KEY: { scope: 'segment', retriable: false, meaning: 'A record of the topic of segments has no key, or one that is not the id of a stream.', fix: 'Key each record by its stream: UTF-8, 1 to 1024 bytes, without control characters.' },
  FW_RECORD_HEADER: { scope: 'segment', retriable: false, meaning: 'A header of a record is missing, repeated or malformed.', fix: 'Write the headers as docs/reference/kafka.md says.' },
  FW_KAFKA_TOPIC_UNFIT: { scope: 'run', retriable: false, meaning: 'A topic exists with settings that the job cannot work with.', fix: 'Change what the error names; all problems are listed.' },
  FW_KAFKA_STATE_PARTITION: { scope: 'input', retriable: true, meaning: 'The topic of segments grew, and the topic of state has no partition of that number.', fix: 'Add it with: framewitness topics grow. Until then the job leaves that partition alone, goes on with the others, and tries again.' },
  FW_KAFKA_RECORDS_EXPIRED: { scope: 'input', retriable: false, meaning: 'Records were deleted from the topic of segments before the job had read them.', fix: 'Give the topic a longer retention, or the job more workers; the verdicts say which sequence numbers are missing.' },
  FW_SEGMENT_GAP: { scope: 'segment', retriable: false, meaning: 'Sequence numbers are missing before the segment.', fix: 'Look for what the producer lost; the segments after the gap are judged, and tracks may begin anew.' },
  FW_SEGMENT_LATE: { scope: 'segment', retriable: false, meaning: 'The segment came after segments that follow it.', fix: 'Let the producer write in order; transport.kafka.streams.lateSegments says what becomes of it.' },
  FW_SEGMENT_REPEATED: { scope: 'segment', retriable: false, meaning: 'A segment with the same sequence number was judged before, with other bytes, or so long ago that they cannot be compared.', fix: 'Look for two producers of one stream, or one that numbers wrongly.' },
  FW_SEGMENT_AFTER_END: { scope: 'segment', retriable: false, meaning: 'The segment came after the end of its stream.', fix: 'Give a new stream a new id.' },
  // verdicts
  FW_VERDICT_INVALID: { scope: 'input', retriable: false, meaning: 'A line of a verdict file is not a verdict record.', fix: 'Pass a file that framewitness scan wrote.' },
  FW_VERDICT_CHAIN: { scope: 'input', retriable: false, meaning: 'A verdict record does not match its hash, or does not follow its predecessor.', fix: 'The record was changed, removed or reordered after it was written: do not rely on it.' },
  FW_VERDICT_SIGNATURE: { scope: 'input', retriable: false, meaning: 'A verdict record is not signed, or not with the key that was given.', fix: 'Check that the public key is the one of whoever wrote the verdicts; else do not rely on the record.' },
  FW_KEY_INVALID: { scope: 'run', retriable: false, meaning: 'A signing key cannot be read or is not an Ed25519 key in PEM form.', fix: 'Name a file that framewitness keys generate wrote, or env: and a variable that holds its text.' },
  FW_ARCHIVE_INVALID: { scope: 'input', retriable: false, meaning: 'A folder is not an archive, holds another one than was asked for, or its manifest or index is broken.', fix: 'Name a folder that framewitness archive wrote; what was changed by hand must be restored.' },
  FW_ARCHIVE_DAMAGED: { scope: 'input', retriable: false, meaning: 'A segment of an archive is missing, or is not the bytes that the index names.', fix: 'Restore the file from another copy of the archive; the segment cannot be judged until then.' },
  FW_STATE_VERSION: { scope: 'run', retriable: false, meaning: 'Saved stream state has a format version that this release does not know.', fix: 'Use the release that wrote it, or start the stream anew.' },
  FW_STATE_DAMAGED: { scope: 'run', retriable: false, meaning: 'Saved stream state cannot be read.', fix: 'Look at the topic of state: only the job itself may write to it. Start the streams anew under another applicationId.' },
  FW_INTERNAL: { scope: 'run', retriable: false, meaning: 'A promise of the program itself was broken.', fix: 'Report it with the whole message.' },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

/** A code of {@link ERROR_CATALOGUE}. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** Where in the input or the configuration something went wrong. Every field is optional; absent means not known. */
export interface ErrorLocation {
  /** Path, `-` for standard input, or the name of a stream. */
  readonly input?: string;
  readonly stream?: string;
  /** Segment sequence number, from 0. */
  readonly sequence?: number;
  /** Media time in microseconds. */
  readonly ptsMicros?: number;
  /** Line in a text file, from 1. */
  readonly line?: number;
  /** Column in a text file, from 1. */
  readonly column?: number;
}

/** Options of {@link FramewitnessError}. */
export interface ErrorOptionsWithLocation {
  readonly location?: ErrorLocation;
  readonly cause?: unknown;
}

/** The error that every part of framewitness throws. `message` says what, where and what to do. */
export class FramewitnessError extends Error {
  readonly code: ErrorCode;
  readonly scope: ErrorScope;
  readonly retriable: boolean;
  readonly location: ErrorLocation;

  /**
   * @param code - a code of the catalogue; it settles scope and retriability
   * @param detail - what happened, in one sentence, without the code
   */
  constructor(code: ErrorCode, detail: string, options: ErrorOptionsWithLocation = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    const entry: ErrorEntry = ERROR_CATALOGUE[code];
    this.name = 'FramewitnessError';
    this.code = code;
    this.scope = entry.scope;
    this.retriable = entry.retriable;
    this.location = options.location ?? {};
  }

  /** What to do about it, from the catalogue. */
  get fix(): string {
    return ERROR_CATALOGUE[this.code].fix;
  }

  /** A plain object that survives a process boundary; see {@link FramewitnessError.revive}. */
  serialise(): SerialisedError {
    return { code: this.code, message: this.message, location: this.location };
  }

  /** The error that {@link FramewitnessError.serialise} described. */
  static revive(error: SerialisedError): FramewitnessError {
    return new FramewitnessError(error.code, error.message, { location: error.location });
  }

  /** `error` itself if it belongs to the family, else an error of `code` that keeps it as its cause. */
  static from(error: unknown, code: ErrorCode, location: ErrorLocation = {}): FramewitnessError {
    if (error instanceof FramewitnessError) return error;
    const detail = error instanceof Error ? error.message : String(error);
    return new FramewitnessError(code, detail, { location, cause: error });
  }
}

/** {@link FramewitnessError} as plain data. */
export interface SerialisedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly location: ErrorLocation;
}
