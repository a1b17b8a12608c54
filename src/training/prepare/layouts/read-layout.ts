/** Reads a data set by the name of its layout. */
import { FramewitnessError } from '../../../domain/errors.js';
import { CELEB_DF_V1, CELEB_DF_V2 } from './celeb-df.js';
import { DFDC, DFDC_PREVIEW } from './dfdc.js';
import { FACEFORENSICS } from './faceforensics.js';
import { dataFolder, type Layout, type LayoutItems, type LayoutOptions } from './layout.js';
import { DEEPFAKE_TIMIT, FOLDER, UADFV } from './small-sets.js';

/** Every layout. */
export const LAYOUTS: readonly Layout[] = [FACEFORENSICS, CELEB_DF_V1, CELEB_DF_V2, DFDC, DFDC_PREVIEW, DEEPFAKE_TIMIT, UADFV, FOLDER];

/** A data set that was read, with the files that nobody understood. */
export interface ReadLayout extends LayoutItems {
  readonly unknown: readonly string[];
}

/** Reads a folder. @throws FramewitnessError FW_INPUT_NOT_FOUND; FW_LAYOUT where it is laid out otherwise */
export async function readLayout(layout: Layout, folder: string, options: LayoutOptions = { pair: 'real' }): Promise<ReadLayout> {
  const data = await dataFolder(folder);
  const read = await layout.read(data, options);
  if (read.items.length === 0) throw new FramewitnessError('FW_LAYOUT', `none of its ${data.files.length} files is where ${layout.name} has its videos (${layout.about})`, { location: { input: folder } });
  const known = new Set([...read.used, ...read.items.map(({ path }) => path)]);
  return { ...read, unknown: data.files.filter((path) => !known.has(path)) };
}
