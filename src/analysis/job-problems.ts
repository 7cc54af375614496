/** What is wrong with the spec of a Job. */
import type { Problem } from '../api/problem.ts';

interface JobSpec {
  template?: { spec?: { containers?: ({ image?: unknown } | null)[]; restartPolicy?: unknown } };
}

/** What would only show when the Job is made, half way through a release. */
export function jobProblems(spec: unknown, field: string): Problem[] {
  const { template } = (spec ?? {}) as JobSpec;
  const containers = template?.spec?.containers;
  if (!Array.isArray(containers) || containers.length === 0)
    return [
      {
        field: `${field}.template.spec.containers`,
        message: 'a Job without containers',
        fix: 'write the spec of a Job: template.spec.containers with name and image',
      },
    ];
  const without = containers.findIndex((one) => typeof one?.image !== 'string' || one.image === '');
  if (without >= 0)
    return [
      {
        field: `${field}.template.spec.containers[${without}].image`,
        message: 'is missing',
        fix: 'name the image',
      },
    ];
  const policy = template?.spec?.restartPolicy ?? 'Never';
  if (policy === 'Never' || policy === 'OnFailure') return [];
  return [
    {
      field: `${field}.template.spec.restartPolicy`,
      message: `${JSON.stringify(policy)} does not let a Job end`,
      fix: 'leave it out, or write Never or OnFailure',
    },
  ];
}
