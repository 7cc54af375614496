/** What a metric provider shows of itself to be tried, and the world it is tried in. */
import type { Check } from '../api/check.ts';
import type { ObjectName } from '../api/object.ts';
import type { Counts, MetricProvider, VersionContext } from '../ports/metric-provider.ts';
import type { ScriptedRequest } from './scripted-server.ts';

export interface MetricConformance {
  name: string;
  create(options: ConformanceOptions): Provider;
  /** A check that counts, asked at the base URL given; it names the Secret `metrics-access`, where the
   * provider can ask as somebody. */
  check(baseUrl: string): Check;
  /** The answer to one request, with these counts of each version by its hash. */
  good(request: ScriptedRequest, counts: Record<string, Counts>): string;
  /** An answer in the right format whose number is not one. */
  nan: string;
  /** An answer in the right format without data. */
  empty: string;
  /** Says that it cannot ask as anybody, and why. */
  anonymous?: string;
  /** What its sentences name, where that is not the base URL. */
  named?: string;
  /** All its checks ask one server: what that is, as no check says it. */
  oneServer?: string;
  /** What it says of a 404; default is a question whether the address is right. */
  notFound?: RegExp;
  /** How many requests one measurement takes that goes well; default 2. */
  requests?: number;
}

export type Provider = MetricProvider & { close(): Promise<void> };

export interface ConformanceOptions {
  timeoutMs?: number;
  retryMs?: readonly number[];
  objects: { get(name: ObjectName): Promise<never> };
}

export const STABLE: VersionContext = {
  role: 'Stable',
  namespace: 'shop',
  service: 'web',
  hash: 'aaa111',
  pods: [{ name: 'web-aaa111-x', ip: '127.0.0.1' }],
  window: '1m',
};
export const CANDIDATE: VersionContext = {
  ...STABLE,
  role: 'Candidate',
  hash: 'bbb222',
  pods: [{ name: 'web-bbb222-x', ip: '127.0.0.1' }],
};
export const COUNTS = {
  [STABLE.hash]: { total: 950, bad: 1 },
  [CANDIDATE.hash]: { total: 50, bad: 7 },
};
/** What every key of the Secret has, with what is written otherwise in an URL, in JSON and in a header. */
export const SECRET = 'Sec"ret/of=the+shop';

/** The Secret of every check, whatever its keys are called. */
export const secrets: ConformanceOptions['objects'] = {
  get: ({ kind, name }) => {
    if (kind !== 'Secret' || name !== 'metrics-access') return Promise.resolve(undefined as never);
    const value = Buffer.from(SECRET).toString('base64');
    const data = new Proxy({}, { get: () => value, has: () => true });
    return Promise.resolve({ apiVersion: 'v1', kind, metadata: { name }, data } as never);
  },
};

/** The number that a question is about: of the version whose hash is in it, the bad events where it says
 * `bad`. */
export function countIn(question: string, counts: Record<string, Counts>): number {
  const text = decodeURIComponent(question.replaceAll('+', ' '));
  const [, found] = Object.entries(counts).find(([hash]) => text.includes(hash)) ?? [];
  return (text.includes('bad') ? found?.bad : found?.total) ?? NaN;
}
