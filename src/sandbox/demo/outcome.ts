/** How a release of the demo went, and whether it went as it should: pure. */
import type { KubeObject } from '../../api/object.ts';
import type { ReleaseSpec, ReleaseStatus } from '../../api/release.ts';
import { failedOutside, type Tally } from './load-report.ts';
import type { DemoRelease } from './scenario.ts';

export interface ReleaseObject extends KubeObject {
  spec: ReleaseSpec;
  status?: ReleaseStatus;
}

/** The tag of the image, which is what the demo application calls its version. */
export function versionOf(images: readonly string[]): string {
  const image = images[0] ?? '';
  return image.slice(image.lastIndexOf(':') + 1);
}

export interface ReleaseResult {
  policy: string;
  strategy: ReleaseSpec['strategy'];
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
  release: ReleaseObject;
  tally: Tally;
  tookMs: number;
}

/** As the Release says, whatever was planned. */
export function resultOf({ release, tally, tookMs }: EndedRelease): ReleaseResult {
  const { policy, strategy, stable, candidate } = release.spec;
  const [from, to] = [versionOf(stable.images), versionOf(candidate.images)];
  return {
    policy,
    strategy,
    from,
    to,
    outcome: release.status?.outcome ?? 'Aborted',
    reason: release.status?.reason ?? '',
    requests: tally.requests,
    failed: tally.failed,
    failed_stable: failedOutside(to, tally),
    seconds: Math.round(tookMs / 100) / 10,
  };
}

/** What did not go as it should, a sentence each; empty when all did. */
export function complaints(ended: readonly EndedRelease[]): string[] {
  return ended.flatMap(complaintsAbout);
}

function complaintsAbout(ended: EndedRelease): string[] {
  const { planned, release, tally } = ended;
  const { message, reason } = release.status ?? {};
  const { outcome, requests, failed, failed_stable } = resultOf(ended);
  const name = `${planned.strategy} ${planned.from} to ${planned.to}`;
  const found: string[] = [];
  if (outcome !== planned.expected)
    found.push(`${outcome} (${message ?? reason}), expected ${planned.expected}`);
  if (outcome === 'Aborted' && planned.expected === 'Aborted' && reason !== 'CheckFailed')
    found.push(`aborted for ${reason} (${message}), expected CheckFailed`);
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
