/**
 * An Ingress of the AWS Load Balancer Controller. Written from its guide (Ingress annotations: actions, conditions): a
 * backend with the port `use-annotation` is the action of its name, which asks for the conditions of its name too; paths
 * are asked in the order in which they are written, exact ones first and longer prefixes before shorter ones.
 */
import type { KubeObject } from '../../api/object.ts';
import type { RequestView } from '../../sandbox/gateway/match.ts';
import type { Chance } from '../chance.ts';
import { specOf } from './foreign-fields.ts';
import { type IngressPath, pathTo } from './ingress-nginx.ts';
import {
  HOST,
  metadataOf,
  type RouteKind,
  type RouteRule,
  type Share,
  sharesBy,
} from './route-kind.ts';

const VERSION = 'networking.k8s.io/v1';
const PREFIX = 'alb.ingress.kubernetes.io/';

interface TargetGroup {
  serviceName?: string;
  servicePort?: number | string;
  weight?: number;
}

interface Action {
  type: string;
  forwardConfig?: { targetGroups?: TargetGroup[] };
}

interface Condition {
  field: string;
  httpHeaderConfig?: { httpHeaderName: string; values: string[] };
  httpRequestMethodConfig?: { values: string[] };
  queryStringConfig?: { values: { key?: string; value: string }[] };
}

export const alb: RouteKind = {
  kind: 'Ingress',
  served: { Ingress: VERSION },
  router: { alb: { ingress: 'web' } },
  announces: true,
  draw,
  rules(stored) {
    const ingress = stored.get('Ingress', 'web');
    return ingress
      ? pathsOf(ingress)
          .toSorted(byPath)
          .map((path) => ruleOf(ingress, path))
      : [];
  },
  foreign(object) {
    const { rules: _, ...spec } = specOf(object);
    const own = Object.entries(object.metadata.annotations ?? {}).flatMap(([key, text]) =>
      key.startsWith(`${PREFIX}actions.`)
        ? foreignIn(key, text)
        : isAdded(key)
          ? []
          : [[key, text]],
    );
    const paths = pathsOf(object)
      .filter(({ backend }) => !isAdded(backend.service.name))
      .map(({ backend: { service }, ...path }) => [
        path,
        service.name,
        service.name === 'web' ? 'moved' : service.port,
      ]);
    return [spec, paths, own, object.metadata.labels];
  },
};

/** Of single requests: a name as no user writes it. */
function isAdded(name: string): boolean {
  return /-segue-\d+$/.test(name);
}

/** An action without the target groups that are moved; none where nothing else is in it. */
function foreignIn(key: string, text: string): unknown[] {
  if (isAdded(key)) return [];
  const { forwardConfig, ...rest } = JSON.parse(text) as Action;
  if (!forwardConfig) return [[key, rest]];
  const { targetGroups = [], ...config } = forwardConfig;
  const others = targetGroups.filter(({ serviceName = '' }) => !/^web(-|$)/.test(serviceName));
  const isOwn = others.length === 0 && key === `${PREFIX}actions.web`;
  return isOwn ? [] : [[key, rest, config, others]];
}

function pathsOf(ingress: KubeObject): IngressPath[] {
  const { rules = [] } = specOf(ingress) as { rules?: { http: { paths: IngressPath[] } }[] };
  return rules.flatMap(({ http }) => http.paths);
}

function byPath(one: IngressPath, other: IngressPath): number {
  const exact = ({ pathType }: IngressPath) => Number(pathType === 'Exact');
  return exact(other) - exact(one) || other.path.length - one.path.length;
}

function ruleOf({ metadata }: KubeObject, { path, pathType, backend }: IngressPath): RouteRule {
  const { name, port } = backend.service;
  const said = (part: string) => metadata.annotations?.[`${PREFIX}${part}.${name}`];
  const conditions = JSON.parse(said('conditions') ?? '[]') as Condition[];
  const bare = path.replace(/\/$/, '');
  const isAt = (at: string) =>
    pathType === 'Exact' ? at === path : at === bare || at.startsWith(`${bare}/`);
  return {
    test: (request) => isAt(request.path) && conditions.every((one) => holds(one, request)),
    to:
      port.name === 'use-annotation'
        ? forwarded(said('actions'))
        : [{ service: name, percent: 100 }],
    copies: [],
  };
}

/** Nobody, where there is no such action. */
function forwarded(text: string | undefined): Share[] {
  const { type, forwardConfig } = JSON.parse(text ?? '{}') as Partial<Action>;
  if (type !== 'forward') return [];
  const groups = forwardConfig?.targetGroups ?? [];
  const [only, another] = groups;
  if (only && !another) return [{ service: only.serviceName ?? '', percent: 100 }];
  return sharesBy(
    groups.map(({ serviceName = '', weight = 0 }) => ({ service: serviceName, weight })),
  );
}

function holds(condition: Condition, request: RequestView): boolean {
  const { httpHeaderConfig, httpRequestMethodConfig, queryStringConfig } = condition;
  if (httpRequestMethodConfig) return httpRequestMethodConfig.values.includes(request.method);
  if (httpHeaderConfig) {
    const given = request.headers[httpHeaderConfig.httpHeaderName.toLowerCase()];
    return httpHeaderConfig.values.some((value) => value === given);
  }
  if (queryStringConfig)
    return queryStringConfig.values.some(({ key = '', value }) =>
      request.query.getAll(key).includes(value),
    );
  return true;
}

const ACTION = 'use-annotation';

function draw(chance: Chance): KubeObject[] {
  const way = chance.from(['Port', 'Port', 'Action', 'Both'] as const);
  const [own, api] = [way !== 'Port', chance.maybe(0.4)];
  const ofUser = { serviceName: 'web', servicePort: chance.from([80, '80', 'http']) };
  const group = chance.maybe(0.5) ? { ...ofUser, weight: 7 } : ofUser;
  const stickiness = { targetGroupStickinessConfig: { enabled: false } };
  const action = {
    type: 'forward',
    forwardConfig: { targetGroups: [group], ...(chance.maybe(0.5) && stickiness) },
  };
  const gone = { type: 'fixed-response', fixedResponseConfig: { statusCode: '410' } };
  const annotations = {
    ...(chance.maybe(0.6) && { [`${PREFIX}scheme`]: 'internet-facing' }),
    ...(own && { [`${PREFIX}actions.shop`]: JSON.stringify(action, undefined, 1) }),
    ...(chance.maybe(0.4) && {
      [`${PREFIX}actions.gone`]: JSON.stringify(gone),
      'shop.example.com/owner': 'team shop',
    }),
  };
  const isGone = Object.hasOwn(annotations, `${PREFIX}actions.gone`);
  const toShop = (path: string) => pathTo('shop', path, { name: ACTION });
  const paths = [
    ...(isGone ? [pathTo('gone', '/docs', { name: ACTION })] : []),
    ...(api ? [way === 'Both' ? toShop('/api') : pathTo('web', '/api')] : []),
    way === 'Action' ? toShop('/') : pathTo('web', '/'),
  ];
  const spec = { ingressClassName: 'alb', rules: [{ host: HOST, http: { paths } }] };
  const bare = Object.keys(annotations).length === 0;
  const metadata = metadataOf(bare ? {} : { annotations });
  return [{ apiVersion: VERSION, kind: 'Ingress', metadata, spec }];
}
