/** The losses that need nothing but log-odds, by kind. */
import { z } from 'zod';
import { amSoftmaxCriterion, amSoftmaxSchema } from './am-softmax.js';
import { aucCriterion, aucSchema } from './auc.js';
import { bceCriterion, bceSchema } from './bce.js';
import type { Criterion } from './criterion.js';
import { focalCriterion, focalSchema } from './focal.js';
import { squaredErrorCriterion, squaredErrorSchema } from './squared-error.js';

/** Schemas of all of them. */
export const CRITERION_SCHEMAS = [bceSchema, focalSchema, aucSchema, squaredErrorSchema, amSoftmaxSchema] as const;

/** Schema of any of them. */
export const criterionSchema = z.discriminatedUnion('kind', CRITERION_SCHEMAS);

/** A checked specification of one. */
export type CriterionSpec = z.infer<typeof criterionSchema>;

/** The one that is meant. */
export function criterionOf(spec: CriterionSpec): Criterion {
  switch (spec.kind) {
    case 'bce':
      return bceCriterion(spec);
    case 'focal':
      return focalCriterion(spec);
    case 'auc':
      return aucCriterion(spec);
    case 'squared-error':
      return squaredErrorCriterion();
    case 'am-softmax':
      return amSoftmaxCriterion(spec);
  }
}
