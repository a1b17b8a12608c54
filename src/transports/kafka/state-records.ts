/** Records of the topic of state: where a partition stands, its open streams (in pieces that fit the broker's limit), its ended ones. */
import { FramewitnessError } from '../../domain/errors.js';
import { decodeState, encodeState, type StateBlob } from './state-codec.js';

/** Version of the position and end records. */
export const STATE_RECORD_VERSION = 1;
/** Largest piece of a stream's state: below the broker's usual limit of 1 MB with room for key and headers. */
export const STATE_PIECE_BYTES = 900_000;

/** A record of the topic of state; a null value takes back what was said under the key. */
export interface StateRecord {
  readonly key: string;
  readonly value: Buffer | null;
}

/** Where a partition stands. */
export interface Position {
  /** Every record before this offset is done. */
  readonly offset: bigint;
  /** Records after it that are done too, in order. */
  readonly done: readonly bigint[];
}

/** A stream's state with what goes with it. */
export interface RestoredStream {
  readonly stream: string;
  readonly blob: StateBlob;
  /** Offset of the stream's last record. */
  readonly touched: bigint;
  /** Pieces that the topic holds for it. */
  readonly pieces: number;
}

/** What the topic says of one partition. */
export interface RestoredPartition {
  /** Undefined where the job has not committed anything yet. */
  readonly position: Position | undefined;
  readonly open: readonly RestoredStream[];
  /** Ended streams, the oldest end first. */
  readonly ended: readonly { readonly stream: string; readonly offset: bigint }[];
}

const positionKey = (partition: number): string => `${partition}`;
const endKey = (partition: number, stream: string): string => `${partition}/end/${stream}`;
const pieceKey = (partition: number, piece: number, stream: string): string => `${partition}/${piece}/${stream}`;

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), 'utf8');

/** Says where the partition stands. */
export function positionRecord(partition: number, { offset, done }: Position): StateRecord {
  return { key: positionKey(partition), value: json({ version: STATE_RECORD_VERSION, offset: String(offset), done: done.map(String) }) };
}

/** Remembers that a stream ended, at which offset. */
export function endRecord(partition: number, stream: string, offset: bigint): StateRecord {
  return { key: endKey(partition, stream), value: json({ version: STATE_RECORD_VERSION, offset: String(offset) }) };
}

/** Forgets that a stream ended. */
export function forgetEnd(partition: number, stream: string): StateRecord {
  return { key: endKey(partition, stream), value: null };
}

/** Saves a stream's state; pieces that it no longer needs are taken back. */
export async function streamRecords(partition: number, stream: string, { blob, touched }: { readonly blob: StateBlob; readonly touched: bigint }, before: number): Promise<{ readonly records: readonly StateRecord[]; readonly pieces: number }> {
  const bytes = await encodeState(blob);
  const pieces = Math.max(1, Math.ceil(bytes.length / STATE_PIECE_BYTES));
  const head = (piece: number): Buffer => {
    const fields = Buffer.alloc(12);
    fields.writeUInt32BE(pieces, 0);
    fields.writeBigInt64BE(touched, 4);
    return Buffer.concat([fields, bytes.subarray(piece * STATE_PIECE_BYTES, (piece + 1) * STATE_PIECE_BYTES)]);
  };
  const written = Array.from({ length: pieces }, (_, piece) => ({ key: pieceKey(partition, piece, stream), value: head(piece) }));
  return { records: [...written, ...forgetStream(partition, stream, before, pieces)], pieces };
}

/** Takes back the pieces of a stream from `from` on. */
export function forgetStream(partition: number, stream: string, pieces: number, from = 0): readonly StateRecord[] {
  return Array.from({ length: Math.max(0, pieces - from) }, (_, i) => ({ key: pieceKey(partition, from + i, stream), value: null }));
}

function damaged(key: string, detail: string): FramewitnessError {
  return new FramewitnessError('FW_STATE_DAMAGED', `the record ${JSON.stringify(key)} of the topic of state ${detail}`);
}

function parse(key: string, value: Buffer): { readonly offset: bigint; readonly done: readonly bigint[] } {
  try {
    const { version, offset, done = [] } = JSON.parse(value.toString('utf8')) as { version: unknown; offset: string; done?: string[] };
    if (version !== STATE_RECORD_VERSION) throw new FramewitnessError('FW_STATE_VERSION', `the record ${JSON.stringify(key)} of the topic of state has version ${String(version)}, and this release knows version ${STATE_RECORD_VERSION}`);
    return { offset: BigInt(offset), done: done.map(BigInt) };
  } catch (error) {
    if (error instanceof FramewitnessError) throw error;
    throw damaged(key, 'cannot be read');
  }
}

/**
 * What the newest record of each key says.
 *
 * @throws FramewitnessError FW_STATE_VERSION, FW_STATE_DAMAGED
 */
export async function restorePartition(partition: number, newest: ReadonlyMap<string, Buffer>): Promise<RestoredPartition> {
  let position: Position | undefined;
  const ended: { stream: string; offset: bigint }[] = [];
  const pieces = new Map<string, Map<number, Buffer>>();
  for (const [key, value] of newest) {
    if (key === positionKey(partition)) {
      position = parse(key, value);
      continue;
    }
    const [, owner, kind, stream] = /^(\d+)\/(end|\d+)\/(.*)$/su.exec(key) ?? [];
    if (owner !== String(partition) || kind === undefined || stream === undefined) throw damaged(key, `does not belong to partition ${partition}`);
    if (kind === 'end') ended.push({ stream, offset: parse(key, value).offset });
    else pieces.set(stream, (pieces.get(stream) ?? new Map<number, Buffer>()).set(Number(kind), value));
  }
  const open = await Promise.all([...pieces].map(([stream, parts]) => joinPieces(partition, stream, parts)));
  return { position, open: open.sort((a, b) => Number(a.touched - b.touched)), ended: ended.sort((a, b) => Number(a.offset - b.offset)) };
}

async function joinPieces(partition: number, stream: string, parts: ReadonlyMap<number, Buffer>): Promise<RestoredStream> {
  const first = parts.get(0);
  if (first === undefined || first.length < 12) throw damaged(pieceKey(partition, 0, stream), 'is missing or cut short');
  const count = first.readUInt32BE(0);
  const all = Array.from({ length: count }, (_, piece) => {
    const part = parts.get(piece);
    if (part === undefined || part.length < 12 || part.readUInt32BE(0) !== count) throw damaged(pieceKey(partition, piece, stream), 'is missing or of another time');
    return part.subarray(12);
  });
  return { stream, blob: await decodeState(Buffer.concat(all), stream), touched: first.readBigInt64BE(4), pieces: count };
}
