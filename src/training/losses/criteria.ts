/** The losses that need nothing but log-odds, by kind. */
import { z } from 'zod';
import { bceCriterion, bceSchema } from './bce.js';
import type { Criterion } from './criterion.js';

/** Schema of any of them. */
export const criterionSchema = z.discriminatedUnion('kind', [bceSchema]);

/** The one that is meant. */
export function criterionOf(spec: z.infer<typeof criterionSchema>): Criterion {
  return bceCriterion(spec);
}
