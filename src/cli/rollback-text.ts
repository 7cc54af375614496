/** How an earlier version would be released: with the stages of the policy or without, and why. */
import type { PolicySpec } from '../api/policy.ts';
import { endedRelease, rollbackOf } from '../engine/index.ts';
import type { PodTemplate } from '../ports/workload.ts';
import { sameTemplate } from './held-workload.ts';
import type { ReleaseObject } from './objects.ts';

interface Asked {
  /** Of the workload. */
  releases: readonly ReleaseObject[];
  template: PodTemplate;
  running: PodTemplate | undefined;
  nowMs: number;
}

export function stagesText(rollbackWindow: PolicySpec['rollbackWindow'], asked: Asked): string {
  const { releases, template, running, nowMs } = asked;
  const ended = releases.filter(({ status }) => status?.outcome !== undefined);
  const { skips, because } = rollbackOf(rollbackWindow, {
    candidate: hashOf(template, releases),
    running: hashOf(running, releases),
    target: releases[0]?.spec.target.uid ?? '',
    history: ended.map(({ metadata, spec, status }) =>
      endedRelease(metadata.name, spec, status ?? {}),
    ),
    nowMs,
  });
  if (skips) return `without stages: ${because}`;
  return because === '' ? 'like any other' : `with all stages: ${because}`;
}

/** As the releases have it; what none of them knows has none. */
function hashOf(template: PodTemplate | undefined, releases: readonly ReleaseObject[]): string {
  if (!template) return '';
  const versions = releases.flatMap(({ spec }) => [spec.candidate, spec.stable]);
  const same = versions.find((version) => sameTemplate(version.template as PodTemplate, template));
  return same?.templateHash ?? '';
}
