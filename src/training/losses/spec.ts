/** The losses that a training configuration can ask for. */
import { z } from 'zod';
import { bceSchema } from './bce.js';
import { crossEntropySchema } from './cross-entropy.js';
import { dualLevelSchema } from './dual-level.js';

/** Schema of `loss` in a training configuration. */
export const lossSpecSchema = z.discriminatedUnion('kind', [bceSchema, crossEntropySchema, dualLevelSchema]);

/** A checked specification, with its defaults. */
export type LossSpec = z.infer<typeof lossSpecSchema>;
