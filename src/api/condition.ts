/** metav1.Condition: its schema, and how a list of them is changed. */
import * as z from 'zod';
import type { Condition } from './object.ts';

export const conditionSchema = z.strictObject({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: z.string(),
  observedGeneration: z.int().optional().meta({ format: 'int64' }),
});

/** The list with this condition in it; lastTransitionTime moves only when the status does. */
export function setCondition(
  conditions: readonly Condition[],
  next: Omit<Condition, 'lastTransitionTime'>,
  nowIso: string,
): Condition[] {
  const before = conditions.find((c) => c.type === next.type);
  const lastTransitionTime = before?.status === next.status ? before.lastTransitionTime : nowIso;
  const condition = { ...next, lastTransitionTime };
  return before
    ? conditions.map((c) => (c === before ? condition : c))
    : [...conditions, condition];
}
