/** What of the configuration cannot be released with a workload. */
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import { configReferences } from './config-references.ts';
import type { PodTemplate } from '../ports/workload.ts';

export function configProblems({ config, pairRef }: PolicySpec): Problem[] {
  if (!config) return [];
  if (!config.watch && config.secrets) {
    const message = 'says nothing while nothing is watched';
    return [
      { field: 'spec.config.secrets', message, fix: 'set spec.config.watch, or take it out' },
    ];
  }
  if (!config.watch || !pairRef) return [];
  const message =
    'of two Deployments that take turns the idle one has an earlier version, which a change of ' +
    'configuration would release';
  const fix =
    'leave it out; give a changed ConfigMap another name and write that into the idle one';
  return [{ field: 'spec.config.watch', message, fix }];
}

/** It was asked for, and there is nothing to be watched. */
export function configWarnings({ config }: PolicySpec, template: PodTemplate): Problem[] {
  if (!config?.watch) return [];
  const references = configReferences(template);
  const some = references.some(({ kind }) => kind === 'ConfigMap' || config.secrets);
  if (some) return [];
  const message =
    references.length === 0
      ? 'the pod template refers to no ConfigMap and no Secret'
      : 'the pod template refers to Secrets only, which are not watched';
  const fix =
    references.length === 0 ? 'leave spec.config out' : 'set spec.config.secrets, or leave it out';
  return [{ field: 'spec.config.watch', message, fix }];
}
