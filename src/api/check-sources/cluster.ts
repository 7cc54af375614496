/** Checks that ask the cluster itself. */
import * as z from 'zod';
import { checkedLater, duration } from '../schema-parts.ts';
import { counting } from './counting.ts';

export const job = z
  .strictObject({
    spec: checkedLater('The spec of a Job (batch/v1): at least `template`.'),
    timeout: duration('Of one Job.').default('10m'),
  })
  .describe(
    'Runs Jobs in the namespace of the policy, one after the other: 0 for one that completes, 1 for ' +
      'one that fails. Say `max: 0`.',
  );

export const kubernetes = z
  .strictObject({
    api: z
      .enum(['External', 'Pods'])
      .describe(
        '`External`: external.metrics.k8s.io; `Pods`: custom.metrics.k8s.io, of the pods of each version.',
      ),
    ...counting('A metric with label matchers, `requests{verb="GET"}`'),
  })
  .describe('Asks the metrics APIs of the cluster, which autoscalers use; values are added up.');
