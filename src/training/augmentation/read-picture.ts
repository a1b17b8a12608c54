/** Pictures from files. */
import sharp from 'sharp';
import { FramewitnessError } from '../../domain/errors.js';
import type { Picture } from './pixels/picture.js';

/** Most pixels of a picture that is read. */
const MAX_PIXELS = 64 * 2 ** 20;

/** Reads a picture file upright, as RGB. @throws FramewitnessError FW_FACES_INVALID where it is none, or too large */
export async function readPicture(path: string): Promise<Picture> {
  try {
    const { data, info } = await sharp(path, { limitInputPixels: MAX_PIXELS }).rotate().removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
    if (info.channels === 3) return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
    const rgb = new Uint8Array(info.width * info.height * 3);
    for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / 3) * info.channels] ?? 0;
    return { width: info.width, height: info.height, data: rgb };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new FramewitnessError('FW_FACES_INVALID', `the picture cannot be read: ${detail}`, { location: { input: path }, cause: error });
  }
}
