/** Training and validation look at different people, or validation measures what was learnt by heart. */
import { FramewitnessError } from '../../domain/errors.js';
import { facesOf } from '../augmentation/maker.js';
import type { ExampleOptions } from '../example.js';
import { splitLeaks, type Leak, type SplitItem } from '../split-leaks.js';

/** Leaks that an error tells one by one. */
const TOLD = 5;
const WORDS = { identity: 'person', source: 'source', item: 'item' } as const satisfies Record<Leak['kind'], string>;

/** What a part reads of its files: recipes that forge read real faces only. */
async function itemsOf({ recipe, faces, split }: ExampleOptions, side: 'train' | 'val'): Promise<readonly SplitItem[]> {
  const forging = recipe === 'self-blended' || recipe === 'face-xray';
  const read = (await facesOf({ faces, ...(split === undefined ? {} : { split }) })).filter(({ label }) => !forging || label === 'real');
  return read.map(({ item, dataset, identities, sources }) => ({
    path: item,
    dataset,
    split: side,
    ...(identities === undefined ? {} : { identities }),
    ...(sources === undefined ? {} : { sources }),
  }));
}

/**
 * Refuses a training whose validation sees a person, a source or an item of its training. Names are compared within a data set.
 *
 * @throws FramewitnessError FW_TRAINING_SPLIT with what is on both sides; FW_INPUT_NOT_FOUND, FW_MANIFEST, FW_FACES_INVALID
 */
export async function refuseLeaks(train: ExampleOptions, val: ExampleOptions): Promise<void> {
  const leaks = splitLeaks([...(await itemsOf(train, 'train')), ...(await itemsOf(val, 'val'))]);
  if (leaks.length === 0) return;
  const told = leaks.slice(0, TOLD).map(({ kind, dataset, name, paths }) => (kind === 'item' ? `${dataset}: ${name}` : `the ${WORDS[kind]} ${name} of ${dataset} (${paths.join(', ')})`));
  const more = leaks.length > TOLD ? [`and ${leaks.length - TOLD} more`] : [];
  throw new FramewitnessError('FW_TRAINING_SPLIT', `data.train and data.val both see ${[...told, ...more].join('; ')}`, { location: { input: train.faces.join(', ') } });
}
