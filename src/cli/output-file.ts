/** Files that are replaced as a whole: whoever reads one finds the old text or the new one, never half of it. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FramewitnessError } from '../domain/errors.js';

/** Writes a file, and the folders above it that are missing. @throws FramewitnessError FW_OUTPUT_UNWRITABLE */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(draft, content);
    await rename(draft, path);
  } catch (error) {
    throw FramewitnessError.from(error, 'FW_OUTPUT_UNWRITABLE', { input: path });
  }
}
