import { describe, expect, test } from 'vitest';
import { FakeClock } from '../kube/fake-clock.ts';
import { type KubeClient, KubeError, type Patch } from '../ports/kube.ts';
import { type PolicySpec, policySpecSchema } from '../api/policy.ts';
import type { KubeObject } from '../api/object.ts';
import type { RouteDefinition } from '../api/route-definition.ts';
import { withDefinitions } from '../engine/index.ts';
import { custom } from '../routers/custom/router.ts';
import { ObjectStore } from '../testing/apply-writes.ts';
import type { PolicySnapshot } from '../engine/snapshot.ts';
import type { Write } from '../ports/write.ts';
import { PatchRights } from './patch-rights.ts';

const route = {
  group: 'edge.example.com',
  versions: ['v1'],
  kind: 'Lane',
  destinations: ['spec.lanes[].to[]'],
  service: 'host',
  weight: 'share',
  weights: { total: 100, text: false, optional: false },
  match: {
    order: 'First',
    headers: { at: 'when.headers[]', name: 'name', value: 'value', fixed: { type: 'Exact' } },
  },
} satisfies RouteDefinition;
const kind = { group: route.group, kind: route.kind };
const HTTP_ROUTE = { gatewayAPI: { httpRoute: 'web' } };
const CUSTOM = { custom: { definition: 'ours', object: 'web' } };
const asking = (name: string) => ({ match: [{ headers: [{ name, exact: 'yes' }] }] });

function specOf(routers: object[], rules: object = {}): PolicySpec {
  const written = policySpecSchema.parse({
    targetRef: { name: 'web' },
    strategy: { canary: { stages: [{ weight: 5, hold: '1m', ...rules }] } },
    traffic: { services: [{ name: 'web' }], routers },
  });
  return withDefinitions(written, () => route);
}

const policyWith = (spec: PolicySpec) => ({ name: 'web', deleting: false, spec }) as PolicySnapshot;
const policy = policyWith(specOf([HTTP_ROUTE, CUSTOM]));
const idle = { policy, release: undefined, problems: [] };

function rightsWith(answer: (patch: Patch) => unknown) {
  const asked: unknown[] = [];
  const client = {
    patch: (...request: [unknown, Patch, unknown]) => {
      asked.push(request);
      return Promise.resolve(request[1]).then(answer);
    },
  } as unknown as KubeClient;
  const clock = new FakeClock();
  const rights = new PatchRights({ client, routers: new Map([['custom', custom]]), clock });
  return { asked, clock, problems: (of = idle) => rights.problems('shop', of) };
}

const forbidden = () => {
  throw new KubeError('cannot patch resource "lanes"', { code: 403, reason: 'Forbidden' });
};

test('a right that is missing is a problem, and is asked for again', async () => {
  let answer = forbidden as () => unknown;
  const { asked, clock, problems } = rightsWith(() => answer());
  const told = [
    {
      field: 'Lane web',
      message: 'the controller may not write it (cannot patch resource "lanes")',
      fix: expect.stringContaining('patch kind Lane of edge.example.com') as string,
    },
  ];
  expect(await problems()).toEqual(told);
  expect(await problems()).toEqual(told);
  expect(asked).toEqual([
    [
      { ...kind, namespace: 'shop', name: 'web' },
      { type: 'merge', body: {} },
      { fieldManager: 'segue', dryRun: true },
    ],
  ]);
  answer = () => ({});
  await clock.advance(10_000);
  expect(await problems()).toEqual([]);
  await clock.advance(30_000);
  expect(await problems()).toEqual([]);
  expect(asked).toHaveLength(2);
});

test('what else goes wrong says nothing of rights', async () => {
  const { problems } = rightsWith(() => {
    throw new KubeError('gone', { code: 404, reason: 'NotFound' });
  });
  expect(await problems()).toEqual([]);
});

test('nothing is asked while something else is in the way, of a release, or of other routers', async () => {
  const { asked, problems } = rightsWith(forbidden);
  expect(
    await problems({ ...idle, problems: [{ field: '', message: '', fix: '' }] as never }),
  ).toEqual([]);
  expect(await problems({ ...idle, release: {} as never })).toEqual([]);
  expect(await problems({ ...idle, policy: { ...policy, deleting: true } })).toEqual([]);
  expect(await problems({ ...idle, policy: policyWith(specOf([HTTP_ROUTE])) })).toEqual([]);
  expect(asked).toEqual([]);
});

describe('a rule for single requests is tried, and not kept', () => {
  const lane: KubeObject = {
    apiVersion: 'edge.example.com/v1',
    kind: 'Lane',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      lanes: [
        { when: { path: '/docs' }, to: [{ host: 'docs', share: 100 }] },
        { when: { path: '/' }, to: [{ host: 'web', share: 100 }] },
      ],
    },
  };
  type Lanes = { lanes: { when: { headers?: object[] } }[] };

  /** A server that stores it as this says. */
  function serverThat(stores: (spec: Lanes) => void) {
    return rightsWith((patch) => {
      const store = new ObjectStore([lane], (object) => {
        stores(object['spec'] as Lanes);
        return object;
      });
      store.apply({
        op: 'Patch',
        target: { ...kind, name: 'web' },
        because: '',
        ...patch,
      } as Write);
      return store.get(kind, 'web');
    });
  }

  const matching = { ...idle, policy: policyWith(specOf([CUSTOM], asking('x-canary'))) };
  const odd = (told: string) => [
    {
      field: 'Lane web spec.lanes',
      message: `of a rule with a header at when.headers[] the API server would store ${told} there, and so another rule than the definition says`,
      fix: 'correct match.headers in the definition; what the API server fills in belongs to fixed',
    },
  ];

  test('by a patch that leads nobody elsewhere, where something is matched', async () => {
    const { asked, problems } = serverThat(() => {});
    expect(await problems()).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(await problems(matching)).toEqual([]);
    expect(await problems(matching)).toEqual([]);
    expect(asked.slice(2)).toEqual([
      [
        { ...kind, namespace: 'shop', name: 'web' },
        {
          type: 'json',
          body: [
            {
              op: 'replace',
              path: '/spec/lanes',
              value: [
                {
                  when: { path: '/', headers: [{ type: 'Exact', name: 'x-canary', value: 'yes' }] },
                  to: [{ host: 'web', share: 100 }],
                },
                ...(lane['spec'] as Lanes).lanes,
              ],
            },
          ],
        },
        { fieldManager: 'segue', dryRun: true },
      ],
    ]);
  });

  test('what would be dropped: it would take all requests', async () => {
    const { problems } = serverThat(({ lanes }) => {
      for (const { when } of lanes) delete when.headers;
    });
    expect(await problems(matching)).toEqual(odd('nothing'));
  });

  test('what would be filled in: it would be written again and again', async () => {
    const { problems } = serverThat(({ lanes }) => {
      for (const { when } of lanes)
        for (const one of when.headers ?? []) Object.assign(one, { invert: false });
    });
    const told = '{"type":"Exact","name":"x-canary","value":"yes","invert":false}';
    expect(await problems(matching)).toEqual(odd(told));
  });

  test('what is refused, and what says nothing of it', async () => {
    let code = 422;
    const { clock, problems } = rightsWith(({ type }) => {
      if (type === 'merge') return lane;
      throw new KubeError('when.headers: Invalid', { code, reason: 'Invalid' });
    });
    expect(await problems(matching)).toEqual([
      {
        field: 'Lane web',
        message:
          'the API server does not take a rule for single requests as the definition says (when.headers: Invalid)',
        fix: 'correct match in the definition',
      },
    ]);
    code = 500;
    await clock.advance(10_000);
    expect(await problems(matching)).toEqual([]);
  });
});
