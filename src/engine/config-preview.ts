/** What a policy would release beside images, before there is anything to release. */
import { parseDuration } from '../api/duration.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { PodTemplate } from '../ports/workload.ts';
import { watchesConfig } from './config.ts';
import { configReferences } from './config-references.ts';

export interface ConfigPreview {
  secrets: boolean;
  quiet: string;
  /** What is watched; undefined where the workload is not known. */
  objects?: string[];
}

export function configPreview(spec: PolicySpec, workload: unknown): ConfigPreview | undefined {
  const { config } = spec;
  if (!config || !watchesConfig(spec)) return undefined;
  const { secrets, quiet } = config;
  if (workload === undefined) return { secrets, quiet };
  const { template = {} } = workload as { template?: PodTemplate };
  const objects = configReferences(template)
    .filter(({ kind }) => kind === 'ConfigMap' || secrets)
    .map(
      ({ kind, name, keys }) => `${kind} ${name}${keys === 'All' ? '' : ` (${keys.join(', ')})`}`,
    );
  return { secrets, quiet, objects };
}

/** What every release waits for first. */
export function quietMsOf(spec: PolicySpec): number {
  return watchesConfig(spec) ? (parseDuration(spec.config?.quiet ?? '') ?? 0) : 0;
}
