/** Embedded transport, source side: files and standard input, each one stream, as segments in order. */
import { stat } from 'node:fs/promises';
import { FramewitnessError } from '../domain/errors.js';
import type { Segment } from '../domain/media.js';

/** What a source says, in order: every input begins, yields its segments, and ends, with an error where it broke. */
export type SourceEvent =
  | { readonly kind: 'begin'; readonly input: string; readonly index: number; readonly bytes: number | undefined }
  | { readonly kind: 'segment'; readonly segment: Segment }
  | { readonly kind: 'end'; readonly input: string; readonly stream: string; readonly error?: FramewitnessError };

/** An input to read, or the reason why it cannot be. */
export interface FileInput {
  /** Path, or `-`. */
  readonly path: string;
  /** A stream of the archive that `path` leads to, instead of a file. */
  readonly archiveStream?: string;
  readonly error?: FramewitnessError;
}

/** Cuts one input into segments; see `media/file-segmenter`. */
export type Segmenter = (input: { readonly path: string; readonly stream: string; readonly archiveStream?: string }) => AsyncIterable<Segment>;

/** It was there when the inputs were listed. */
function vanished(error: FramewitnessError): FramewitnessError {
  if (error.code !== 'FW_INPUT_NOT_FOUND') return error;
  return new FramewitnessError('FW_INPUT_VANISHED', 'the file is no longer there', { location: error.location, cause: error });
}

/** Reads inputs one after the other. An input that fails ends with its error; the next one begins all the same. */
export async function* fileSource(inputs: readonly FileInput[], segmenter: Segmenter): AsyncGenerator<SourceEvent, void, void> {
  for (const [index, { path, archiveStream, error }] of inputs.entries()) {
    const stream = archiveStream ?? path;
    const bytes = path === '-' ? undefined : await stat(path).then((found) => (found.isFile() ? found.size : undefined), () => undefined);
    yield { kind: 'begin', input: path, index, bytes };
    let failure = error;
    if (!failure) {
      try {
        for await (const segment of segmenter({ path, stream, ...(archiveStream === undefined ? {} : { archiveStream }) })) yield { kind: 'segment', segment };
      } catch (thrown) {
        failure = vanished(FramewitnessError.from(thrown, 'FW_INPUT_UNREADABLE', { input: path }));
      }
    }
    yield failure ? { kind: 'end', input: path, stream, error: failure } : { kind: 'end', input: path, stream };
  }
}
