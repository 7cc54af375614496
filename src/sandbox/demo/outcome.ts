/** How a release of the demo went, and whether it went as it should: pure. */
import type { KubeObject } from '../../api/object.ts';
import type { ReleaseSpec, ReleaseStatus } from '../../api/release.ts';
import { failedOutside, type Tally } from './load-report.ts';
import { APP, type DemoRelease } from './scenario.ts';

export interface ReleaseObject extends KubeObject {
  spec: ReleaseSpec;
  status?: ReleaseStatus;
}

export interface ReleaseResult {
  policy: string;
  strategy: DemoRelease['strategy'];
  from: string;
  to: string;
  outcome: 'Promoted' | 'Aborted';
  /** A word for scripts. */
  reason: string;
  requests: number;
  /** Not answered well by anyone: badly by any version, or not at all. */
  failed: number;
  /** Those of them that are not the candidate's doing: answered badly by the stable version or by
   * nobody. */
  failed_stable: number;
  seconds: number;
}

export interface EndedRelease {
  planned: DemoRelease;
  status: ReleaseStatus;
  tally: Tally;
  tookMs: number;
}

export function resultOf({ planned, status, tally, tookMs }: EndedRelease): ReleaseResult {
  return {
    policy: APP,
    strategy: planned.strategy,
    from: planned.from,
    to: planned.to,
    outcome: status.outcome ?? 'Aborted',
    reason: status.reason ?? '',
    requests: tally.requests,
    failed: tally.failed,
    failed_stable: failedOutside(planned.to, tally),
    seconds: Math.round(tookMs / 100) / 10,
  };
}

/** What did not go as it should, a sentence each; empty when all did. */
export function complaints(ended: readonly EndedRelease[]): string[] {
  return ended.flatMap(complaintsAbout);
}

function complaintsAbout(ended: EndedRelease): string[] {
  const { planned, status, tally } = ended;
  const { outcome, requests, failed, failed_stable } = resultOf(ended);
  const name = `${planned.strategy} ${planned.from} to ${planned.to}`;
  const found: string[] = [];
  if (outcome !== planned.expected)
    found.push(`${outcome} (${status.message ?? status.reason}), expected ${planned.expected}`);
  if (outcome === 'Aborted' && planned.expected === 'Aborted' && status.reason !== 'CheckFailed')
    found.push(`aborted for ${status.reason} (${status.message}), expected CheckFailed`);
  if (requests === 0) found.push('no requests were made');
  if (planned.expected === 'Promoted' && failed > 0)
    found.push(`${failed} of ${requests} requests failed: ${whose(tally)}`);
  if (planned.expected === 'Aborted' && failed_stable > 0)
    found.push(
      `${failed_stable} requests failed outside ${planned.to}: ${whose(tally, planned.to)}`,
    );
  return found.map((what) => `${name}: ${what}`);
}

/** Whose failures they are, apart from one version's: `3 by v2, 1 by the gateway, 2 lost (TIMEOUT)`. */
function whose({ shares, lost }: Tally, apartFrom?: string): string {
  const answered = shares
    .filter(({ version, failed }) => failed > 0 && version !== apartFrom)
    .map(({ version, failed }) => `${failed} by ${version === '' ? 'the gateway' : version}`);
  const unanswered = Object.entries(lost).map(([code, count]) => `${count} lost (${code})`);
  return [...answered, ...unanswered].join(', ');
}
