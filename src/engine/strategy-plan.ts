/** What a strategy decides; the rest of a plan is the same for all. */
import type { Plan } from '../api/release.ts';

export type StrategyPlan = Pick<
  Plan,
  'stages' | 'bakeTimeoutMs' | 'roll' | 'oldVersion' | 'keepMs'
>;
