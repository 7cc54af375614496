/** What a pod template refers to beside its images: ConfigMaps and Secrets, watched for a policy and recorded
 * in its releases. */
import * as z from 'zod';
import { duration } from './schema-parts.ts';

const DEFAULT_QUIET = '5s';

export const configSchema = z
  .strictObject({
    watch: z
      .boolean()
      .describe('A change of a ConfigMap that the pod template refers to is released.'),
    secrets: z
      .boolean()
      .default(false)
      .describe('Of a Secret too. Segue must be allowed to read them: segue install --secrets.'),
    quiet: duration(
      'How long template and configuration must be left alone before they are released, so that ' +
        'what is applied together is one release.',
    ).default(DEFAULT_QUIET),
  })
  .describe('The configuration that is released with the workload.');

const texts = (description: string) =>
  z.record(z.string(), z.string()).optional().describe(description);

const putBackSchema = z
  .strictObject({ by: z.string(), at: z.string(), from: z.string() })
  .describe('Who put it back, when, to what it was in which release.');

const recordedObjectSchema = z.strictObject({
  kind: z.enum(['ConfigMap', 'Secret']),
  name: z.string(),
  digest: z
    .string()
    .describe('Equal for equal content of what is referred to; absent: there is no such object.'),
  keys: texts('By key, for what is referred to: a digest. Of a Secret with a key of its own.'),
  whole: z.boolean().optional().describe('All of its keys are referred to.'),
  data: texts('Of a ConfigMap: what is referred to.'),
  binaryData: texts('The same, base64.'),
  omitted: z.string().optional().describe('Why the content is not kept.'),
  putBack: putBackSchema.optional(),
});

export const configVersionSchema = z.strictObject({
  scope: z.string().describe('What the digests are of; compared only where it is the same.'),
  digest: z.string().describe('Of all of it.'),
  objects: z.array(recordedObjectSchema).max(256),
});

export type ConfigSpec = z.output<typeof configSchema>;
export type ConfigVersion = z.output<typeof configVersionSchema>;
export type RecordedObject = z.output<typeof recordedObjectSchema>;
export type ConfigKind = RecordedObject['kind'];
