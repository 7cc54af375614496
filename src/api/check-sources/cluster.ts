/** Checks that ask the cluster itself. */
import * as z from 'zod';
import { counting } from './counting.ts';

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
