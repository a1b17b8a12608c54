/** What lies in an archive: a folder with segments, an index, recorded verdicts and a manifest (docs/reference/archive.md). */
import { join } from 'node:path';
import { z } from 'zod';
import { FramewitnessError } from '../../domain/errors.js';

/** Names of the files in an archive. */
export const ARCHIVE_FILES = { manifest: 'archive.json', index: 'index.jsonl', verdicts: 'verdicts.jsonl', segments: 'segments' } as const;

const count = z.int().min(0);
const hex = z.string().regex(/^[0-9a-f]{64}$/);
const decimal = z.string().regex(/^\d+$/);
const source = z.strictObject({ kind: z.enum(['file', 'kafka', 'archive']), name: z.string(), partition: count.exactOptional(), offset: decimal.exactOptional() });
/** When the broker took the record, milliseconds since 1970; null where nobody says. */
const timestampMillis = z.int().nullable();

/** A segment whose media is in the archive. */
const segmentEntry = z.strictObject({
  kind: z.literal('segment'),
  stream: z.string(),
  sequence: count,
  ptsStartMicros: z.int().nullable(),
  contentType: z.string(),
  bytes: z.int().min(1),
  sha256: hex,
  file: z.string().regex(/^segments\/[0-9a-f]{2}\/[0-9a-f]{64}\.[a-z0-9]{1,5}$/),
  claim: z.boolean(),
  warnings: z.array(z.strictObject({ code: z.string(), message: z.string() })),
  source,
  timestampMillis,
});

const endEntry = z.strictObject({ kind: z.literal('end'), stream: z.string(), sequence: count.nullable(), source, timestampMillis });

/** A record that could not be saved as what it should be; it is named, so that nothing is missing without a word. */
const refusedEntry = z.strictObject({ kind: z.literal('refused'), stream: z.string().nullable(), sequence: count.nullable(), code: z.string(), message: z.string(), source, timestampMillis });

const entrySchema = z.discriminatedUnion('kind', [segmentEntry, endEntry, refusedEntry]);

/** One line of `index.jsonl`, in the order of the source. */
export type ArchiveEntry = Readonly<z.output<typeof entrySchema>>;
/** A line that has media. */
export type SegmentEntry = Readonly<z.output<typeof segmentEntry>>;

const positions = z.record(z.string().regex(/^\d+$/), decimal);
const file = z.strictObject({ bytes: count, lines: count, sha256: hex.nullable() });

const manifestSchema = z.strictObject({
  schema: z.literal('framewitness.archive/1'),
  complete: z.boolean(),
  origin: z.discriminatedUnion('kind', [z.strictObject({ kind: z.literal('file') }), z.strictObject({ kind: z.literal('kafka'), segments: z.string(), verdicts: z.string() })]),
  selection: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())])),
  index: file,
  verdicts: file,
  /** Next offset to read, by partition. */
  positions: z.strictObject({ segments: positions, verdicts: positions }),
});

/** `archive.json`: replaced as a whole, last; what lies beyond its byte counts does not count. */
export type ArchiveManifest = Readonly<z.output<typeof manifestSchema>>;

/** Where an archive's media came from, and what was asked for. */
export type ArchiveOrigin = Pick<ArchiveManifest, 'origin' | 'selection'>;

function invalid(folder: string, detail: string, line?: number): FramewitnessError {
  return new FramewitnessError('FW_ARCHIVE_INVALID', detail, { location: { input: folder, ...(line === undefined ? {} : { line }) } });
}

function issueText(error: z.ZodError): string {
  return error.issues.slice(0, 3).map((issue) => `${issue.path.join('.') || 'record'}: ${issue.message}`).join('; ');
}

/** @throws FramewitnessError FW_ARCHIVE_INVALID */
export function parseManifest(text: string, folder: string): ArchiveManifest {
  const parsed = manifestSchema.safeParse(parseJson(text));
  if (!parsed.success) throw invalid(join(folder, ARCHIVE_FILES.manifest), `This is not the manifest of an archive that this release reads: ${issueText(parsed.error)}.`);
  return parsed.data;
}

/** @param line - from 1 @throws FramewitnessError FW_ARCHIVE_INVALID */
export function parseEntry(text: string, folder: string, line: number): ArchiveEntry {
  const parsed = entrySchema.safeParse(parseJson(text));
  const place = join(folder, ARCHIVE_FILES.index);
  if (!parsed.success) throw invalid(place, `The line is no entry of an archive: ${issueText(parsed.error)}.`, line);
  const entry = parsed.data;
  // The file's name is its content: an index that says otherwise would send the reader elsewhere.
  if (entry.kind === 'segment' && !entry.file.startsWith(`segments/${entry.sha256.slice(0, 2)}/${entry.sha256}.`)) throw invalid(place, 'The name of the segment is not its SHA-256.', line);
  return entry;
}

/** Undefined for what is not JSON: the schema then says so. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const MAGIC: readonly (readonly [extension: string, offset: number, bytes: readonly number[]])[] = [
  ['mp4', 4, [0x66, 0x74, 0x79, 0x70]],
  ['mkv', 0, [0x1a, 0x45, 0xdf, 0xa3]],
  ['ts', 0, [0x47]],
];

/** Path of a segment in an archive; the ending is for players and goes by the first bytes. */
export function segmentFile(sha256: string, media: Uint8Array): string {
  const found = MAGIC.find(([, offset, bytes]) => bytes.every((byte, i) => media[offset + i] === byte));
  return `${ARCHIVE_FILES.segments}/${sha256.slice(0, 2)}/${sha256}.${found?.[0] ?? 'media'}`;
}
