/** A check: a question about metrics that must be answered well. */
import * as z from 'zod';
import { checkSources } from './check-sources/index.ts';
import { checkedLater, checkName, duration, int32, reserved } from './schema-parts.ts';

export const checkSchema = z.strictObject({
  name: checkName('Unique in the policy.'),
  ...checkSources,
  max: checkedLater('The most that is good: 0.01, 1%, 1s, 250ms.').optional(),
  min: checkedLater('The least that is good.').optional(),
  scope: z
    .enum(['Version', 'Service'])
    .default('Version')
    .describe('`Service`: the query mixes the versions and is judged as it is.'),
  interval: duration('Time between measurements.').default('10s'),
  window: duration('How far back a measurement looks; {{window}} in queries.').default('1m'),
  minSamples: int32(
    'Fewest events to judge by; default so that one event cannot fail it.',
  ).optional(),
  compare: reserved('Comparing with the stable version'),
});

export type Check = z.output<typeof checkSchema>;
