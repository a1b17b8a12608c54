/** File name endings of videos and pictures, lower case, without the dot. */
import { extname } from 'node:path';

/** Videos that a folder is searched for. A file that is named itself is read whatever it is called. */
export const MEDIA_EXTENSIONS: readonly string[] = ['mp4', 'm4v', 'mov', 'mkv', 'webm', 'avi', 'mpg', 'mpeg', 'ts', 'm2ts', 'mts', 'flv', 'wmv', 'asf', 'ogv', '3gp', 'mxf', 'nut', 'vob', 'y4m', 'ivf', 'hevc', 'h264'];
/** Pictures. */
export const PICTURE_EXTENSIONS: readonly string[] = ['jpg', 'jpeg', 'png', 'bmp', 'webp', 'tif', 'tiff'];

/** What a file is by its name; undefined where it is neither. */
export function mediaKindOf(path: string): 'video' | 'image' | undefined {
  const extension = extname(path).slice(1).toLowerCase();
  if (PICTURE_EXTENSIONS.includes(extension)) return 'image';
  return MEDIA_EXTENSIONS.includes(extension) ? 'video' : undefined;
}
