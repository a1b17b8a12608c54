/** The losses that a training configuration can ask for. */
import { z } from 'zod';
import { cao2021Schema } from './cao2021.js';
import { capsuleSchema } from './capsule.js';
import { CRITERION_SCHEMAS } from './criteria.js';
import { crossEntropySchema } from './cross-entropy.js';
import { dualLevelSchema } from './dual-level.js';
import { faceXraySchema } from './face-xray.js';
import { lgrrSchema } from './lgrr.js';
import { metricSchema } from './metric.js';
import { msfrnetSchema } from './msfrnet.js';

/** Schema of `loss` in a training configuration. */
export const lossSpecSchema = z.discriminatedUnion('kind', [
  ...CRITERION_SCHEMAS,
  crossEntropySchema,
  dualLevelSchema,
  metricSchema,
  cao2021Schema,
  msfrnetSchema,
  lgrrSchema,
  faceXraySchema,
  capsuleSchema,
]);

/** A checked specification, with its defaults. */
export type LossSpec = z.infer<typeof lossSpecSchema>;

/** A specification as it is written, defaults left out. */
export type WrittenLossSpec = z.input<typeof lossSpecSchema>;
