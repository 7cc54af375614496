/** Builders of the configuration that the engine looks at. */
import type { ConfigVersion, RecordedObject } from '../api/config.ts';
import type { PolicyStatus } from '../api/policy.ts';
import type { ReleaseSpec } from '../api/release.ts';
import type { ConfigReading } from '../engine/snapshot.ts';
import type { WorkloadState } from '../ports/workload.ts';
import { policySpec, releaseSpec, setOf, workload } from './snapshots.ts';

export const CONFIG = { watch: true, secrets: false, quiet: '5s' };

/** ConfigMap web with one key. */
export function version(level: string): ConfigVersion {
  const object: RecordedObject = {
    kind: 'ConfigMap',
    name: 'web',
    digest: `object-${level}`,
    keys: { LEVEL: `key-${level}` },
    whole: true,
    data: { LEVEL: level },
  };
  return { scope: 'v1/ConfigMap', digest: `config-${level}`, objects: [object] };
}

export function readingOf(level: string, state: Partial<ConfigReading> = {}): ConfigReading {
  return { version: version(level), missing: [], sinceMs: 0, ...state };
}

export function targetOf(level: string): NonNullable<PolicyStatus['target']> {
  return { name: 'web', config: { ...version(level), workload: 'uid-web' } };
}

export function templateOf(image: string, digest?: string) {
  const annotations = digest === undefined ? {} : { annotations: { 'segue.dev/config': digest } };
  return { metadata: annotations, spec: { containers: [{ name: 'web', image }] } };
}

const hashOf = (image: string, digest?: string) => `${image}/${digest ?? ''}`;

/** One that runs `v1`, held, whose template is this one. */
export function configured(image: string, digest?: string, running?: string): WorkloadState {
  const stable = setOf('v1', {
    template: templateOf('v1', running),
    templateHash: hashOf('v1', running),
  });
  return workload(image, {
    template: templateOf(image, digest),
    templateHash: hashOf(image, digest),
    running: stable,
    owned: [stable],
    stable,
    runningTemplateHash: stable.templateHash,
  });
}

/** Of one configuration after the other, with the images. */
export function configRelease(from: string, to: string, image = 'v1'): ReleaseSpec {
  const spec = releaseSpec(policySpec({ config: CONFIG }));
  const digest = version(to).digest;
  return {
    ...spec,
    stable: { ...spec.stable, templateHash: hashOf('v1'), template: templateOf('v1') },
    candidate: {
      ...spec.candidate,
      images: [image],
      templateHash: hashOf(image, digest),
      template: templateOf(image, digest),
    },
    config: { stable: version(from), candidate: version(to) },
  };
}
