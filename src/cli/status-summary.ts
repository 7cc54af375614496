/** A release for scripts (data) and for logs (one line). */
import type { ReleaseStatus } from '../api/release.ts';
import { gateLines } from './gate-lines.ts';
import type { ReleaseObject } from './objects.ts';

/** What scripts read. */
export function releaseSummary({ metadata, spec, ...rest }: ReleaseObject, nowMs: number) {
  const status: Partial<ReleaseStatus> = rest.status ?? {};
  const waiting = gateLines({ metadata, spec, ...rest }, nowMs).filter((line) => !line.open);
  const { phase, stage, outcome, reason, message, startedAt, endedAt } = status;
  return {
    release: metadata.name,
    strategy: spec.strategy,
    from: spec.stable.images,
    to: spec.candidate.images,
    ...orNull({ phase, stage, outcome, reason, message, startedAt, endedAt }),
    weight: status.traffic?.weight ?? null,
    stages: spec.plan.stages.map(({ name }) => name),
    waitsFor: waiting.map(({ gate, text }) => ({ gate, text })),
    evidence: status.evidence ?? [],
    timeline: status.timeline ?? [],
  };
}

/** Every key is there for scripts, with null where there is no value. */
function orNull(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value ?? null]));
}

/** For logs, where nothing can be drawn over. */
export function releaseLine({ metadata, spec, ...rest }: ReleaseObject): string {
  const status: Partial<ReleaseStatus> = rest.status ?? {};
  const { phase = 'Pending', step, stage = 0, traffic, outcome, message, timeline } = status;
  const parts: string[] = [phase];
  if (step === 'Stage') parts.push(`stage ${stage + 1}/${spec.plan.stages.length}`);
  if (traffic?.route === 'Split') parts.push(`weight ${traffic.weight}%`);
  const told = outcome ? message : news(timeline ?? []);
  return `${metadata.name}: ${parts.join(', ')}${told ? `: ${told}` : ''}`;
}

/** What happened last; not a stage that was reached: that is told, and the next may be under way. */
function news(timeline: NonNullable<ReleaseStatus['timeline']>): string | undefined {
  const last = timeline.at(-1);
  return last?.reason === 'StageReached' ? undefined : last?.what;
}
