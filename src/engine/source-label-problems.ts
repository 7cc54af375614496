/** What is wrong with labels of the pods that requests come from. */
import type { Problem } from '../api/problem.ts';

/** A prefix that is the name of a domain, a slash, and a name of letters, digits, dashes, dots and underscores. */
const KEY =
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;

export function sourceLabelProblems(
  labels: Record<string, string> | undefined,
  field: string,
): Problem[] {
  return Object.entries(labels ?? {})
    .filter(([key, value]) => !KEY.test(key) || !VALUE.test(value))
    .map(([key]) => ({
      field: `${field}[${key}]`,
      message: 'no pod has such a label',
      fix: 'write the name and the value as a pod has them in metadata.labels',
    }));
}
