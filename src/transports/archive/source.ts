/** An archive as a source: the segments of one stream, in the order in which they came. */
import { FramewitnessError } from '../../domain/errors.js';
import type { Segment } from '../../domain/media.js';
import { segmentOf, type Archive } from './reader.js';

/**
 * The segments of a stream. One that cannot be read, or was refused when the archive was made, does not keep the others back:
 * the first such error is thrown once all others were given.
 *
 * @throws FramewitnessError FW_ARCHIVE_DAMAGED, or the code that the archive has for a record that it could not save
 */
export async function* archiveSegments(archive: Archive, stream: string): AsyncGenerator<Segment, void, void> {
  let failure: FramewitnessError | undefined;
  for await (const entry of archive.entries(stream)) {
    if (entry.kind === 'refused') failure ??= new FramewitnessError('FW_ARCHIVE_DAMAGED', `A record could not be saved in the archive: ${entry.code}: ${entry.message}`, { location: { input: archive.folder, stream } });
    if (entry.kind !== 'segment') continue;
    let media: Uint8Array;
    try {
      media = await archive.media(entry);
    } catch (error) {
      failure ??= FramewitnessError.from(error, 'FW_ARCHIVE_DAMAGED', { input: archive.folder, stream });
      continue;
    }
    yield segmentOf(archive, entry, media);
  }
  if (failure) throw failure;
}
