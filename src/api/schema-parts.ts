/** Pieces of schema that the three resources share; each is what a CRD schema can say. */
import * as z from 'zod';
import { DURATION_PATTERN } from './duration.ts';

/** A duration as text. */
export const duration = (description: string) =>
  z
    .string()
    .regex(
      new RegExp(DURATION_PATTERN),
      'a duration; write it with its unit, as in 90s, 10m or 1h30m',
    )
    .describe(description);

/** The name of an object. */
export const objectName = (description: string) =>
  z
    .string()
    .min(1)
    .max(253)
    .regex(
      /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
      'a Kubernetes name; write small letters, digits, dashes and dots',
    )
    .describe(description);

/** Of what a name may consist that becomes part of other names. */
export const NAME = 'a name; write small letters, digits and dashes';

/** What a check, or what is measured like one, is called by. */
export const checkName = (description: string) =>
  z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, NAME)
    .describe(description);

/** A value whose type the schema language of CRDs cannot say (a union); `validate` checks it. */
export const checkedLater = (description: string) =>
  z.unknown().meta({ description, 'x-kubernetes-preserve-unknown-fields': true });

/** Known words for things that are not there yet: `validate` refuses them with a clear message
 * instead of the API server dropping them in silence. */
export const reserved = (what: string) =>
  z
    .unknown()
    .optional()
    .meta({
      description: `${what}: not in this version; refused`,
      'x-kubernetes-preserve-unknown-fields': true,
    });

export const int32 = (description: string) =>
  z.int().min(0).max(2_147_483_647).meta({ format: 'int32' }).describe(description);
