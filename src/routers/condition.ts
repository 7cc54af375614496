/** What a condition of a route's own controller says of the generation that is stored. */

/** As controllers write it: any of its fields may be missing, and some write numbers as text. */
export interface Said {
  type?: string;
  status?: string;
  observedGeneration?: number | string;
  reason?: string | undefined;
  message?: string | undefined;
}

/**
 * Undefined where the condition is True (or as wanted) of this generation. One that names no generation is believed: there is
 * nothing more to be read.
 */
export function notTrue(
  { type = '', status = '', observedGeneration, reason, message }: Said,
  generation: number,
  wanted = 'True',
): string | undefined {
  const seen = Number(observedGeneration ?? generation);
  if (seen < generation) return `${type} speaks of generation ${seen}, not yet of ${generation}`;
  if (status === wanted) return undefined;
  return `${type} is ${status} (${[reason, message].filter(Boolean).join(': ')})`;
}
