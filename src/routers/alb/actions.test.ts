/** What is written for a load balancer of AWS: the actions, conditions and backends, and the way there and back. */
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestMatch } from '../../api/request-match.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { albProblems } from '../../testing/alb-schema.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { NAMESPACE, service, splitIntent } from '../../testing/router-conformance-objects.ts';
import { typeProblems } from '../../testing/upstream-types.ts';
import { keyOf, type Path, PREFIX, routingOf } from './ingress.ts';
import { alb } from './router.ts';

const kind = KINDS.ingress;
interface Action {
  forwardConfig: { targetGroups: { weight?: number }[] };
}

const USE = { name: 'use-annotation' };
const WEB = keyOf('actions', 'web');

const path = (name: string, port: object = { number: 80 }, at = '/'): Path => ({
  path: at,
  pathType: 'Prefix',
  backend: { service: { name, port } },
});

function ingress(paths: Path[], annotations?: Record<string, string>): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: NAMESPACE, ...(annotations && { annotations }) },
    spec: { ingressClassName: 'alb', rules: [{ http: { paths } }] },
  };
}

/** RFC 1035. */
const NAME = /^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** What upstream would not take of an Ingress. */
function upstreamProblems(object: KubeObject): unknown[] {
  const { rules } = routingOf(object);
  const names = rules.flatMap(({ http }) =>
    (http?.paths ?? []).map(({ backend }) => backend?.service?.name ?? ''),
  );
  const { apiVersion, kind: of, metadata, ...rest } = object;
  return [
    ...albProblems(object),
    ...names.filter((name) => !NAME.test(name)),
    ...typeProblems([{ apiVersion, kind: of, metadata, ...rest }]),
  ];
}

const intent = splitIntent({ ingress: 'web' });
const back = { ...intent, route: 'Service' } as const;
const announced = { ...back, dedicated: true };
const versions = [service('web-stable'), service('web-candidate')];

function release(object: KubeObject, others: KubeObject[] = [service('web'), ...versions]) {
  const store = new ObjectStore([object, ...others]);
  const journal = alb.capture(intent, store);
  const at = (change: Partial<TrafficIntent>): TrafficIntent => ({ ...intent, ...change, journal });
  const stored = () => store.get(kind, 'web') as KubeObject;
  const annotation = (key: string): unknown => {
    const text = stored().metadata.annotations?.[key];
    return text === undefined ? undefined : JSON.parse(text);
  };
  return {
    store,
    stored,
    annotation,
    go: (change: Partial<TrafficIntent>) =>
      alb.render(at(change), store).forEach((write) => store.apply(write)),
    read: (change: Partial<TrafficIntent>) => alb.observe(at(change), store),
    writes: (change: Partial<TrafficIntent>) => alb.render(at(change), store).length,
    weights: (key = WEB) =>
      (annotation(key) as Action).forwardConfig.targetGroups.map(({ weight }) => weight),
    backends: () =>
      routingOf(stored()).rules.flatMap(({ http }) =>
        (http?.paths ?? []).map(({ backend }) => backend?.service),
      ),
  };
}

describe('a backend that names a Service', () => {
  test('becomes the action of that name, and the Service again', () => {
    const before = ingress([path('web'), path('docs', { name: 'http' }, '/docs')]);
    const { go, annotation, backends, stored } = release(before);
    go({});
    expect(annotation(WEB)).toEqual({
      type: 'forward',
      forwardConfig: {
        targetGroups: [
          { serviceName: 'web', servicePort: 80, weight: 0 },
          { serviceName: 'web-stable', servicePort: 80, weight: 95 },
          { serviceName: 'web-candidate', servicePort: 80, weight: 5 },
        ],
      },
    });
    expect(backends()).toEqual([
      { name: 'web', port: USE },
      { name: 'docs', port: { name: 'http' } },
    ]);
    expect(upstreamProblems(stored())).toEqual([]);
    go({ route: 'Service' });
    expect(stored()['spec']).toEqual(before['spec']);
    expect(stored().metadata).not.toHaveProperty('annotations');
  });

  test('keeps the way its port is named: by it the target group is known', () => {
    const { go, annotation } = release(ingress([path('web', { name: 'http' })]));
    go({});
    expect(annotation(WEB)).toMatchObject({
      forwardConfig: { targetGroups: [{ servicePort: 'http' }, {}, {}] },
    });
  });

  test('an action that somebody took out is written again for the port that there was', () => {
    const { go, read, store, backends, weights } = release(ingress([path('web')]));
    go({});
    store.edit(kind, 'web', ({ metadata }) => void delete metadata.annotations?.[WEB]);
    expect(read({})).toMatchObject({ route: 'Other', accepted: false });
    go({});
    expect(weights()).toEqual([0, 95, 5]);
    store.edit(kind, 'web', ({ metadata }) => void delete metadata.annotations?.[WEB]);
    go({ route: 'Service' });
    expect(backends()).toEqual([{ name: 'web', port: { number: 80 } }]);
  });

  test('a path to another port, half way, is left alone and said', () => {
    const { go, read, store, backends } = release(ingress([path('web')]));
    go({});
    const second = path('web', { number: 81 }, '/2');
    store.edit(kind, 'web', (object) => void routingOf(object).rules[0]?.http?.paths?.push(second));
    expect(read({})).toMatchObject({ route: 'Other', accepted: false });
    go({});
    expect(backends()[1]).toEqual({ name: 'web', port: { number: 81 } });
    go({ route: 'Service' });
    expect(read({ route: 'Service' })).toMatchObject({ route: 'Service', accepted: true });
  });

  test('an action of that name that somebody wrote half way is theirs, and stays', () => {
    const { go, store, stored, backends } = release(ingress([path('web')]));
    const text = JSON.stringify({
      type: 'forward',
      forwardConfig: { targetGroups: [{ serviceName: 'web', servicePort: 80 }], own: 'field' },
    });
    go({});
    store.edit(kind, 'web', ({ metadata }) => void (metadata.annotations = { [WEB]: text }));
    go({});
    go({ route: 'Service' });
    expect(stored().metadata.annotations).toEqual({ [WEB]: text });
    expect(backends()).toEqual([{ name: 'web', port: USE }]);
  });
});

describe('target groups that have no targets yet', () => {
  test('are named without a share before they get one, and the way back is kept', () => {
    const { go, read, weights } = release(ingress([path('web')]));
    expect(read(announced)).toMatchObject({ route: 'Service', accepted: true, named: false });
    expect(read(announced).message).toMatch(/does not name/);
    go(announced);
    expect(weights()).toEqual([100, 0, 0]);
    expect(read(announced)).toMatchObject({ route: 'Service', accepted: true, named: true });
    go({ weight: 0 });
    expect(weights()).toEqual([0, 100, 0]);
    go({ weight: 100 });
    expect(weights()).toEqual([0, 0, 100]);
    go(announced);
    expect(weights()).toEqual([100, 0, 0]);
    go(back);
    expect(read(back)).toMatchObject({ route: 'Service', accepted: true });
  });

  test('are not named while there are no Services for them: the whole group of Ingresses would stand still', () => {
    for (const others of [[service('web')], [service('web'), service('web-stable')]]) {
      const { writes, read } = release(ingress([path('web')]), others);
      expect(writes(announced)).toBe(0);
      expect(read(announced)).toMatchObject({ route: 'Service', named: false });
    }
  });
});

describe('an action of the user’s', () => {
  const own = (text: string) => ({ [keyOf('actions', 'to-web')]: text });
  const TO_WEB =
    '{"type":"forward", "forwardConfig":{"targetGroups":[{"serviceName":"web", "servicePort":"80"}]}}';

  test('keeps all it says, and comes back as the text it was', () => {
    const given = release(ingress([path('to-web', USE)], own(TO_WEB)));
    given.go({});
    expect(given.annotation(keyOf('actions', 'to-web'))).toMatchObject({
      forwardConfig: {
        targetGroups: [
          { serviceName: 'web', servicePort: '80', weight: 0 },
          { serviceName: 'web-stable', servicePort: '80', weight: 95 },
          { serviceName: 'web-candidate', servicePort: '80', weight: 5 },
        ],
      },
    });
    expect(given.backends()).toEqual([{ name: 'to-web', port: USE }]);
    expect(upstreamProblems(given.stored())).toEqual([]);
    given.go({ route: 'Service' });
    expect(given.stored().metadata.annotations).toEqual(own(TO_WEB));
  });

  test('is left as it is before anything was moved, when nothing is remembered of it either', () => {
    const weighted = TO_WEB.replace('"80"', '"80", "weight": 7');
    const store = new ObjectStore([ingress([path('to-web', USE)], own(weighted)), service('web')]);
    expect(alb.render({ ...back, journal: {} }, store)).toEqual([]);
    expect(alb.observe({ ...back, journal: {} }, store).accepted).toBe(true);
  });

  test('is read in any case, as the controller does', () => {
    const loud =
      '{"Type":"forward","ForwardConfig":{"TargetGroups":[{"ServiceName":"web","ServicePort":"80","Weight":1}]}}';
    const { go, annotation, read, stored } = release(ingress([path('to-web', USE)], own(loud)));
    go({});
    expect(annotation(keyOf('actions', 'to-web'))).toMatchObject({
      ForwardConfig: {
        TargetGroups: [
          { ServiceName: 'web', Weight: 0 },
          { ServiceName: 'web-stable', Weight: 95 },
          { ServiceName: 'web-candidate', Weight: 5 },
        ],
      },
    });
    expect(read({})).toMatchObject({ route: 'Split', weight: 5, accepted: true });
    go({ route: 'Service' });
    expect(stored().metadata.annotations).toEqual(own(loud));
  });

  test('that leads to our Service without a share is left alone', () => {
    const idle =
      '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":80,"weight":0},{"targetGroupARN":"a","weight":1}]}}';
    const given = release(ingress([path('web'), path('to-web', USE, '/x')], own(idle)));
    expect(alb.check(intent, new ObjectStore([given.stored(), service('web')]))).toEqual([]);
    given.go({});
    expect(given.stored().metadata.annotations).toMatchObject(own(idle));
    expect(given.read({})).toMatchObject({ route: 'Split', weight: 5, accepted: true });
  });
});

describe('single requests', () => {
  const match: RequestMatch[] = [
    { headers: [{ name: 'X-Canary', exact: 'yes' }], query: [{ name: 'beta', exact: '1' }] },
    { query: [{ name: 'beta', exact: '2' }] },
  ];
  const source = { field: 'source-ip', sourceIPConfig: { values: ['10.0.0.0/8'] } };
  const users = {
    [keyOf('conditions', 'web')]: JSON.stringify([source]),
    [keyOf('transforms', 'web')]:
      '[ {"type":"url-rewrite", "urlRewriteConfig":{"rewrites":[{"regex":"^/a","replace":"/"}]}} ]',
  };

  test('each entry is a path before the one it comes from, which asks for more', () => {
    const { go, annotation, backends, stored, read } = release(ingress([path('web')], users));
    go({ weight: 0, match });
    expect(backends()).toEqual(
      ['web-segue-0', 'web-segue-1', 'web'].map((name) => ({ name, port: USE })),
    );
    expect(annotation(keyOf('actions', 'web-segue-1'))).toEqual({
      type: 'forward',
      forwardConfig: { targetGroups: [{ serviceName: 'web-candidate', servicePort: 80 }] },
    });
    expect(annotation(keyOf('conditions', 'web-segue-0'))).toEqual([
      source,
      { field: 'http-header', httpHeaderConfig: { httpHeaderName: 'X-Canary', values: ['yes'] } },
      { field: 'query-string', queryStringConfig: { values: [{ key: 'beta', value: '1' }] } },
    ]);
    const transforms = stored().metadata.annotations?.[keyOf('transforms', 'web-segue-0')];
    expect(transforms).toBe(users[keyOf('transforms', 'web')]);
    expect(upstreamProblems(stored())).toEqual([]);
    expect(read({ weight: 0, match })).toMatchObject({ route: 'Split', weight: 0, accepted: true });
    // What a stage no longer matches is taken out, and what it asks otherwise is out of date until it is written.
    expect(read({ weight: 0, match: match.toReversed() })).toMatchObject({ accepted: false });
    go({ weight: 0, match: match.slice(1) });
    expect(backends()).toHaveLength(2);
    go({ route: 'Service' });
    expect(stored().metadata.annotations).toEqual(users);
  });

  test('a long name is shortened, so that all of its annotations can be named', () => {
    const long = `web-${'x'.repeat(47)}`;
    const given = release(ingress([path(long)]), [service(long)]);
    given.go({ services: [long], match });
    expect(upstreamProblems(given.stored())).toEqual([]);
    given.go({ services: [long], route: 'Service' });
    expect(given.backends()).toEqual([{ name: long, port: { number: 80 } }]);
  });

  test('a Service whose name is too long for an annotation is refused', () => {
    const long = 'x'.repeat(56);
    const store = new ObjectStore([ingress([path(long)]), service(long)]);
    expect(alb.check({ ...intent, services: [long] }, store)).toMatchObject([
      { message: 'no annotation can be named after a Service of 56 characters' },
    ]);
  });
});

test('the journal has what is put back, and nothing else', () => {
  const actions = {
    [keyOf('actions', 'gone')]: '{"type":"fixed-response"}',
    [`${PREFIX}scheme`]: 'internal',
  };
  const store = new ObjectStore([ingress([path('web'), path('gone', USE, '/x')], actions)]);
  expect(alb.capture(intent, store)).toEqual({ actions: {}, ports: { web: { number: 80 } } });
});
