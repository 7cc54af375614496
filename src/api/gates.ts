/** What a policy may ask to be so before a release goes on: windows, smoke tests, webhooks, a release
 * elsewhere; and what it has run before and after a release. */
import * as z from 'zod';
import { checkedLater, duration, int32, NAME, objectName } from './schema-parts.ts';

export const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

const timeOfDay = (description: string) =>
  z
    .string()
    .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$/, 'a time of day; write it as 09:30')
    .describe(description);

const opening = z.strictObject({
  cron: z.string().max(100).optional().describe('Opens at these times: `0 9 * * 1-5`.'),
  for: duration('With `cron`: how long it stays open.').optional(),
  days: z
    .array(z.enum(DAYS))
    .max(7)
    .optional()
    .describe('Without `cron`: open on these days; default every day.'),
  from: timeOfDay('From this time of day on; default 00:00.').optional(),
  to: timeOfDay('Until this time of day, of the next day where it is not later.').optional(),
});

const day = (description: string) =>
  z
    .string()
    .regex(
      /^\d{4}-\d{2}-\d{2}(T([01]\d|2[0-3]):[0-5]\d)?$/,
      'a day; write it as 2026-12-20, or 2026-12-20T18:00',
    )
    .describe(description);

const freeze = z.strictObject({
  from: day('First day, or the minute it begins.'),
  to: day('Last day, which belongs to it, or the minute it ends.'),
  because: z.string().max(200).optional().describe('What people are told.'),
  timeZone: z.string().min(1).max(64).optional().describe('Of its days; default as the window.'),
});

export const windowSchema = z.strictObject({
  timeZone: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe('Of all times here: Europe/Berlin; default UTC.'),
  open: z.array(opening).max(16).optional().describe('Open in any of these; default always.'),
  freeze: z.array(freeze).max(64).optional().describe('Shut in these, whatever else is said.'),
});

const taskName = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, NAME)
  .describe('Unique among what runs at the same moment.');

export const header = z.strictObject({
  name: z.string().min(1).max(256).describe('Name of the header.'),
  value: z.string().max(4096).optional().describe('Its value, which is no secret.'),
  secretRef: z
    .strictObject({
      name: objectName('Name of the Secret, in the namespace of the policy.'),
      key: z.string().min(1).max(253).describe('Key in it.'),
    })
    .optional()
    .describe('A Secret that has the value; it is never logged.'),
});

const httpTest = z
  .strictObject({
    method: z.enum(['GET', 'HEAD', 'POST', 'PUT']).default('GET').describe('Method.'),
    path: z.string().min(1).max(2048).regex(/^\//, 'a path; begin it with /').describe('Path.'),
    port: z
      .int()
      .min(1)
      .max(65_535)
      .meta({ format: 'int32' })
      .optional()
      .describe('Port of the Service; default its first.'),
    body: z.string().max(16_384).optional().describe('What is sent.'),
    status: z
      .string()
      .regex(/^[1-5](xx|[0-9][0-9])$/, 'a status; write it as 204, or as 2xx for a class')
      .default('2xx')
      .describe('What a good answer has.'),
  })
  .describe("A request to a pod behind the candidate's own Service.");

const job = z
  .strictObject({
    spec: checkedLater('The spec of a Job (batch/v1): at least `template`.'),
  })
  .describe('A Job in the namespace of the policy; it is deleted when it has ended.');

const webhookFields = {
  url: z.string().min(1).max(2048).describe('Asked by POST; any 2xx opens it.'),
  headers: z.array(header).max(16).optional().describe('Sent with it.'),
  caBundle: z
    .string()
    .max(65_536)
    .optional()
    .describe(
      'PEM certificates of who may have signed that of the server; default the usual ones.',
    ),
  interval: duration('Between two questions.').default('10s'),
};

const attempts = int32('How often a failed try is repeated.').max(100);

export const smokeTestSchema = z.strictObject({
  name: taskName,
  http: httpTest.optional(),
  job: job.optional(),
  retries: attempts.default(2),
  timeout: duration('Of one request, default 10s; of the whole Job, default 10m.').optional(),
});

export const webhookSchema = z.strictObject({
  name: taskName,
  ...webhookFields,
  timeout: duration('After it the release pauses for a person.').default('30m'),
});

export const releasedInSchema = z
  .strictObject({
    namespace: objectName('The namespace in which the same images must have been promoted.'),
    policy: objectName('Only by a release of this policy; default any.').optional(),
  })
  .describe('The same images were promoted there first.');

const hook = z.strictObject({
  name: taskName,
  job: job.optional(),
  webhook: z.strictObject(webhookFields).optional().describe('A question to somebody else.'),
  retries: attempts.default(0),
  timeout: duration('Of the whole hook.').default('10m'),
});

const hooks = (description: string) => z.array(hook).max(8).optional().describe(description);

export const hooksSchema = z
  .strictObject({
    before: hooks('Before anything is touched, in order; one that fails ends the release.'),
    after: hooks('After a release was promoted; one that fails is told of.'),
    onAbort: hooks('After a release was taken back; one that fails is told of.'),
  })
  .describe('What runs around a release.');

export type ReleaseWindow = z.output<typeof windowSchema>;
export type Freeze = z.output<typeof freeze>;
export type Hooks = z.output<typeof hooksSchema>;
export type SmokeTest = z.output<typeof smokeTestSchema>;
export type Webhook = z.output<typeof webhookSchema>;
export type Hook = z.output<typeof hook>;
export type HttpTest = z.output<typeof httpTest>;
export type RequestHeader = z.output<typeof header>;
