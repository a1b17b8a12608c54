/** Kinds of field of the schemas of losses: each with what it is, its range and its default. */
import { z } from 'zod';

/** What is left of a number field when it says what it is. */
interface NumberField {
  readonly about: string;
  readonly min: number;
  readonly max: number;
  readonly default: number;
}

/** A number in `[min, max]`. */
export function number({ about, min, max, default: usual }: NumberField): z.ZodDefault<z.ZodNumber> {
  return z.number().min(min).max(max).default(usual).meta({ description: about });
}

/** How much a part of a loss counts. */
export function weight(about: string, usual: number): z.ZodDefault<z.ZodNumber> {
  return number({ about, min: 0, max: 1e4, default: usual });
}

/** One of a few words. */
export function option<const V extends string>(about: string, values: readonly [V, ...V[]], usual: NoInfer<V>): z.ZodDefault<z.ZodEnum<{ [K in V]: K }>> {
  return z.enum(values).default(usual as never).meta({ description: about });
}

/** How far targets are moved from 0 and 1. */
export const labelSmoothing = number({
  about: 'How far the targets are moved from 0 and 1. Half of what PyTorch calls label_smoothing.',
  min: 0,
  max: 0.49,
  default: 0,
});

/** How much each class counts. */
export const classWeights = z
  .union([z.literal('balanced'), z.strictObject({ real: z.number().min(0).max(1e4), forged: z.number().min(0).max(1e4) })], {
    error: 'must be balanced, or numbers for real and forged',
  })
  .default({ real: 1, forged: 1 })
  .meta({ description: 'How much each class counts; balanced: in every batch half each. The mean is over the weights, so they change no scale.', 'x-range': 'balanced, or numbers from 0 to 10000 for real and forged' });
