/** The fixture of the conformance suite for routers that split destinations in rules of an object of the user's:
 * from how that router writes a rule and a destination. */
import * as fc from 'fast-check';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { RequestRules } from '../api/request-match.ts';
import type { TrafficRouter } from '../ports/traffic-router.ts';
import type { ObjectStore } from './apply-writes.ts';
import type { RouterFixture } from './router-conformance.ts';
import { defaulted, NAMESPACE, service } from './router-conformance-objects.ts';

type Fields = Record<string, unknown>;

export interface SplitRoute {
  router: TrafficRouter;
  /** The router's part of the policy; the object that it names. */
  config: Record<string, unknown>;
  kind: GroupKind;
  /** The user's object, named web. */
  route: (rules: Fields[], spec?: Fields) => KubeObject;
  /** The list of rules in its spec, and of destinations in a rule. */
  list: string;
  refs: string;
  /** A rule for a path, without destinations. */
  rule: (path: string) => Fields;
  /** A destination as users write it, alone in its rule. */
  ref: (service: string, port: number) => Fields;
  /** The same beside others that have no share. */
  beside: (ref: Fields) => Fields;
  /** The same with something else in it, which stays as it is. */
  decorated: (ref: Fields, what: string) => Fields;
  /** Beside one of ours: with a share, and without. */
  other: { sharing: Fields; idle: Fields };
  /** Half of a pair that a release has left. */
  left: Fields;
  /** Where a destination leads: the name of a Service. */
  leadsTo: (ref: Fields) => string;
  /** By what the test knows the rules that are added for single requests. */
  isAdded?: (rule: Fields) => boolean;
  rules?: RequestRules[];
  accept?: (store: ObjectStore) => void;
}

const OWN = /^(web|api)(-stable|-candidate)?$/;

/** What JSON can carry (there is no -0 in it), but for a field that the JSON patches of the server in memory
 * (rfc6902) lose. */
const json = fc
  .jsonValue()
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter((value) => !JSON.stringify(value).includes('__proto__'));

export function splitFixture(given: SplitRoute): RouterFixture {
  const { kind, list, refs, other } = given;
  const rule = (path: string, ...destinations: Fields[]): Fields => ({
    ...given.rule(path),
    [refs]: destinations,
  });
  const web = () => rule('/', given.decorated(given.ref('web', 80), 'x-web'));
  const api = () => rule('/api', given.beside(given.ref('api', 8080)), other.idle);
  const services = [service('web'), service('api', { ports: [{ name: 'http', port: 8080 }] })];
  const withRules = (...rules: Fields[]) => [given.route(rules), ...services];
  const isAdded = given.isAdded ?? (() => false);

  const rulesIn = (object: KubeObject) => (object['spec'] as Record<string, Fields[]>)[list] ?? [];
  const edit = (change: (rules: Fields[]) => Fields[] | void) => (store: ObjectStore) =>
    store.edit(kind, 'web', (object) => {
      const users = rulesIn(object).filter((one) => !isAdded(one));
      (object['spec'] as Fields)[list] = change(users) ?? users;
    });
  const refsIn = (one: Fields | undefined) => (one?.[refs] ?? []) as Fields[];

  return {
    router: given.router,
    scope: {
      namespace: NAMESPACE,
      services: ['web', 'api'],
      config: given.config,
      rules: given.rules ?? [],
    },
    objects: () => withRules(web(), api()),
    defaulting: defaulted,
    accept: given.accept ?? (() => {}),
    written: [{ ...kind, name: 'web' }],
    foreign(object) {
      const rules = rulesIn(object).filter((one) => !isAdded(one));
      (object['spec'] as Fields)[list] = rules;
      for (const one of rules)
        if (one[refs]) one[refs] = refsIn(one).filter((ref) => !OWN.test(given.leadsTo(ref)));
      return object;
    },
    variations: variationsOf(given, { web, api, services }),
    edits: [
      { name: 'a rule in front', edit: edit((rules) => [given.rule('/new'), ...rules]) },
      { name: 'rules turned round', edit: edit((rules) => rules.toReversed()) },
      { name: 'a rule removed', edit: edit((rules) => rules.slice(1)) },
      {
        name: 'a field in a rule',
        edit: edit((rules) => void ((rules[0] as Fields)['newField'] = { any: ['thing'] })),
      },
      {
        name: 'another destination without a share',
        edit: edit((rules) => void refsIn(rules[1]).push(other.idle)),
      },
      {
        name: 'a second rule for the Service',
        edit: edit((rules) => [...rules, rule('/second', given.ref('web', 81))]),
      },
    ],
    reverts: [
      { name: 'applied again', edit: edit(() => [web(), api()]) },
      {
        name: 'applied again with other rules',
        edit: edit(() => [api(), rule('/other', given.ref('web', 81)), web()]),
      },
      { name: 'one rule pointed back', edit: edit(([, ...rest]) => [web(), ...rest]) },
    ],
    refused: refusedBy(given, { rule, web, api, services, withRules }),
    writesMax: 1,
  };
}

interface Parts {
  web: () => Fields;
  api: () => Fields;
  services: KubeObject[];
}

function variationsOf(given: SplitRoute, { web, api, services }: Parts) {
  const { refs, other } = given;
  const own = fc
    .tuple(fc.constantFrom(80, 443), fc.constantFrom('x-a', 'x-b', undefined), fc.boolean())
    .map(([port, what, idle]) => {
      const ref = given.ref('web', port);
      const one = what === undefined ? ref : given.decorated(ref, what);
      return idle ? [given.beside(one), other.idle] : [one];
    });
  const anyRule = fc
    .tuple(
      fc.constantFrom('/a', '/b', '/c'),
      fc.oneof(own, fc.constant([other.sharing]), fc.constant(undefined)),
      fc.option(json, { nil: undefined }),
    )
    .map(([path, destinations, newField]) => ({
      ...given.rule(path),
      ...(newField !== undefined && { newField }),
      ...(destinations && { [refs]: destinations }),
    }));
  return fc
    .record({
      rules: fc.array(anyRule, { maxLength: 5 }),
      labels: fc.dictionary(fc.string(), fc.string()),
      annotations: fc.dictionary(fc.string(), fc.string()),
      extra: fc.dictionary(fc.constant('newField'), json),
    })
    .map(({ rules, labels, annotations, extra }) => {
      const varied = given.route([...rules, web(), api()], extra);
      Object.assign(varied.metadata, { labels, annotations });
      return [varied, ...services];
    });
}

function refusedBy(
  given: SplitRoute,
  {
    rule,
    web,
    api,
    services,
    withRules,
  }: Parts & {
    rule: (path: string, ...destinations: Fields[]) => Fields;
    withRules: (...rules: Fields[]) => KubeObject[];
  },
): RouterFixture['refused'] {
  const title = `${given.kind.kind} web`;
  return [
    { name: 'no route', objects: services, field: title, says: 'does not exist' },
    {
      name: 'no Service',
      objects: [given.route([web(), api()]), service('web')],
      field: 'Service api',
      says: 'does not exist',
    },
    { name: 'not named', objects: withRules(web()), field: title, says: 'Service api' },
    {
      name: 'shared with another destination',
      objects: withRules(
        web(),
        api(),
        rule('/x', given.beside(given.ref('web', 80)), given.other.sharing),
      ),
      field: `${title} spec.${given.list}[2].${given.refs}`,
      says: 'web',
    },
    {
      name: 'a port that there is not',
      objects: withRules(web(), api(), rule('/x', given.ref('web', 81))),
      field: `${title} spec.${given.list}[2].${given.refs}`,
      says: 'port 81',
    },
    {
      name: 'left over from a release that never ended',
      objects: withRules(web(), rule('/api', given.left)),
      field: title,
      says: 'dedicated',
    },
    {
      name: 'a name that is taken',
      objects: [...withRules(web(), api()), service('web-stable')],
      field: 'Service web-stable',
      says: 'taken',
    },
  ];
}
