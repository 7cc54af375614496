/** ReleaseRequest: what a person asks of a release. Create-only; handled ones are recorded in the
 * Release and removed. RBAC on `create` says who may. */
import * as z from 'zod';
import { objectName } from './schema-parts.ts';

export const releaseRequestSpecSchema = z.strictObject({
  policy: objectName('The policy whose release is meant.'),
  release: objectName(
    'Only if this is the release in progress; for Retry: that was taken back.',
  ).optional(),
  action: z
    .enum(['Promote', 'PromoteFull', 'Approve', 'Skip', 'Pause', 'Resume', 'Abort', 'Retry'])
    .describe(
      'Promote: open the gates of this stage. PromoteFull: those of all stages. Approve: only ' +
        'the approval. Skip: leave this stage even where it failed. Pause: stay. Resume: go on. ' +
        'Abort: give it up. ' +
        'Retry: release the template that was taken back once more.',
    ),
  because: z.string().max(1024).optional().describe('Why, for the record.'),
  by: z.string().max(253).optional().describe('Who asks, as they say.'),
});

export type ReleaseRequestSpec = z.output<typeof releaseRequestSpecSchema>;
export type RequestAction = ReleaseRequestSpec['action'];
