/** How the learning rate goes. */
import type { ScheduleConfig } from '../config-schema.js';

/**
 * What the rate is multiplied by at a step.
 *
 * @param step - from 0
 * @param falls - how often a plateau has been met
 */
export function rateFactor(schedule: ScheduleConfig, step: number, falls = 0): number {
  const warm = schedule.warmup === 0 ? 1 : Math.min(1, (step + 1) / schedule.warmup);
  const done = step / schedule.steps;
  switch (schedule.kind) {
    case 'constant':
      return warm;
    case 'step':
      return warm * schedule.factor ** Math.floor(step / schedule.every);
    case 'cosine':
      return warm * (schedule.floor + (1 - schedule.floor) * 0.5 * (1 + Math.cos(Math.PI * done)));
    case 'polynomial':
      return warm * (1 - done) ** schedule.power;
    case 'plateau':
      return warm * schedule.factor ** falls;
  }
}
