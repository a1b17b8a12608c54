/** What a training step eats, and where it comes from. */
import { openSource } from './augmentation/source.js';
import type { ExampleOptions, ExampleSource } from './example.js';

export { RECIPES } from './example.js';
export type { Example, ExampleOptions, ExampleSource, Recipe } from './example.js';

/**
 * Opens a source of examples. Landmarks that the recipe needs and that are not known yet are found first, and kept beside the
 * files of faces (docs/guides/augment.md).
 *
 * @throws FramewitnessError FW_TRAINING_OPTIONS for options that do not fit; FW_FACES_INVALID or FW_INPUT_NOT_FOUND for faces
 * that cannot be used; FW_TRAINING_WORKER where a worker ends or hangs
 */
export function openExampleSource(options: ExampleOptions): Promise<ExampleSource> {
  return openSource(options);
}
