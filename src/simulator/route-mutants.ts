/** What the simulator must find of routers other than by HTTPRoutes, each with one protection taken out. */
import type { RouteReading, TrafficIntent, TrafficRouter } from '../ports/traffic-router.ts';
import type { Write } from '../ports/write.ts';
import { both, type Mutant, planned, routing, stepping } from './mutants.ts';
import type { Mutation } from './world.ts';

/** What is stored is said to be as it should be. */
function believed(reading: RouteReading, { route, weight }: TrafficIntent): RouteReading {
  return { ...reading, route, ...(route === 'Split' && { weight }), accepted: true };
}

const unsettled = stepping((step, snapshot) => step(planned(snapshot, { settleMs: 0 })));

const isBelieved = routing((real) => ({
  observe: (intent, objects) => ({ ...real.observe(intent, objects), accepted: true }),
}));

/** Single requests are never spoken of. */
function withoutRequests(real: TrafficRouter): Partial<TrafficRouter> {
  const bare = (intent: TrafficIntent): TrafficIntent => ({
    ...intent,
    match: undefined,
    mirror: undefined,
    sticky: undefined,
  });
  return {
    render: (intent, objects) => real.render(bare(intent), objects),
    observe: (intent, objects) => real.observe(bare(intent), objects),
  };
}

const isAll = ({ route, weight }: TrafficIntent) => route === 'Split' && weight === 100;

const isOfUser = (write: Write): boolean => write.op === 'Patch' && write.target.name === 'web';

/** At everything the user's backends keep leading to the stable version. */
const unheard = routing((real) => ({
  render: (intent, objects) =>
    real.render(intent, objects).filter((write) => !isAll(intent) || !isOfUser(write)),
  observe(intent, objects) {
    const reading = real.observe(intent, objects);
    return isAll(intent) && reading.weight === 100 ? believed(reading, intent) : reading;
  },
}));

/** Nobody waits for what is named. */
function unannounced(real: TrafficRouter): Partial<TrafficRouter> {
  const { announces: _, ...capabilities } = real.capabilities;
  return {
    capabilities,
    observe(intent, objects) {
      const { named: __, ...reading } = real.observe(intent, objects);
      return reading;
    },
  };
}

/** What somebody took out is led to again at once. */
const leadingAtOnce = stepping((step, snapshot) => {
  const decision = step(snapshot);
  if (!decision.traffic) return decision;
  const { announces: _, seen: __, ...traffic } = decision.traffic;
  return { ...decision, traffic };
});

function unlabelled({ capabilities }: TrafficRouter): Partial<TrafficRouter> {
  const { serviceLabels: _, ...others } = capabilities;
  return { capabilities: others };
}

/** The subsets are written when the splits lead to them already. */
function splitsFirst(real: TrafficRouter): Partial<TrafficRouter> {
  const announces = ({ route, dedicated }: TrafficIntent) => route === 'Service' && dedicated;
  return {
    ...unannounced(real),
    render: (intent, objects) =>
      announces(intent) ? [] : real.render(intent, objects).toReversed(),
  };
}

/** The canary goes nowhere when its share is over. */
const isLeft = routing((real) => ({
  render: (intent, objects) =>
    real.render(intent, objects).filter((write) => write.op !== 'Delete'),
  observe(intent, objects) {
    const reading = real.observe(intent, objects);
    return intent.route === 'Service' ? believed(reading, intent) : reading;
  },
}));

interface Ref {
  name: string;
  port?: number | string;
  weight?: number;
}

/** A version without a share is named. */
function withIdle(write: Write): Write {
  if (write.op !== 'Patch' || write.type !== 'json') return write;
  const body = (write.body as { value: Ref[] }[]).map((operation) => {
    const stable = operation.value.find(({ name }) => name === 'web-stable');
    const pair = operation.value.some(({ name }) => name === 'web-candidate');
    if (!stable || pair) return operation;
    const idle = { ...stable, name: 'web-candidate', weight: 0 };
    return { ...operation, value: [...operation.value, idle] };
  });
  return { ...write, body };
}

/** What is written differs by this, and is believed to be as it should be once it is there. */
function differing(change: (write: Write) => Write): Mutation {
  const isThere = ({ route, weight }: RouteReading, intent: TrafficIntent) =>
    route === intent.route && weight === intent.weight;
  return routing((real) => ({
    render(intent, objects) {
      const there = isThere(real.observe(intent, objects), intent);
      return there ? [] : real.render(intent, objects).map(change);
    },
    observe(intent, objects) {
      const reading = real.observe(intent, objects);
      return isThere(reading, intent) ? { ...reading, accepted: true } : reading;
    },
  }));
}

interface Rule {
  match: object;
  backends: { serviceName: string }[];
}

/** A rule for single requests takes those of others. */
function overreaching(write: Write): Write {
  if (write.op !== 'Patch' || write.type !== 'json') return write;
  const body = (write.body as { path: string; value: Rule[] }[]).map((operation) => {
    if (operation.path !== '/spec/http') return operation;
    const value = operation.value.map((rule) =>
      rule.backends.every(({ serviceName }) => serviceName === 'web-candidate')
        ? { ...rule, match: { paths: ['/docs/index'] } }
        : rule,
    );
    return { ...operation, value };
  });
  return { ...write, body };
}

/** The text of actions as it would be written anew. */
const rewriting = routing((real) => ({
  capture(scope, objects) {
    const { actions = {}, ...journal } = real.capture(scope, objects) as { actions?: Texts };
    const anew = Object.entries(actions).map(([name, text]) => [
      name,
      JSON.stringify(JSON.parse(text)),
    ]);
    return { ...journal, actions: Object.fromEntries(anew) as Texts };
  },
}));

type Texts = Record<string, string>;

export const MUTANTS_OF_ROUTES: Mutant[] = [
  {
    invariant: 1,
    strategy: 'canary',
    router: 'alb',
    hint: 2,
    without: 'waiting for the targets of a load balancer',
    mutation: routing(unannounced),
  },
  {
    invariant: 1,
    strategy: 'canary',
    router: 'istioSubsets',
    hint: 2,
    without: 'waiting until subsets are known',
    mutation: routing(unannounced),
  },
  {
    invariant: 1,
    strategy: 'canary',
    router: 'istioSubsets',
    hint: 94,
    without: 'naming subsets anew that somebody took out',
    mutation: leadingAtOnce,
  },
  {
    invariant: 1,
    strategy: 'canary',
    router: 'alb',
    hint: 18,
    without: 'naming targets anew that somebody took out',
    mutation: leadingAtOnce,
  },
  {
    invariant: 8,
    strategy: 'canary',
    router: 'consul',
    hint: 22,
    without: 'routes of a ServiceRouter for single requests',
    mutation: routing(withoutRequests),
  },
  {
    invariant: 2,
    strategy: 'canary',
    router: 'ingressNginx',
    hint: 2,
    without: 'pods behind the Ingress that a canary stands beside',
    mutation: unheard,
  },
  {
    invariant: 1,
    strategy: 'canary',
    router: 'consul',
    hint: 2,
    without: 'the label that keeps Services out of Consul',
    mutation: routing(unlabelled),
  },
  {
    invariant: 8,
    strategy: 'canary',
    router: 'ingressNginx',
    hint: 2,
    without: 'deleting the canary',
    mutation: isLeft,
  },
  {
    invariant: 8,
    strategy: 'canary',
    router: 'contour',
    hint: 2,
    without: 'reading back what Contour says',
    mutation: both(unsettled, isBelieved),
  },
  {
    invariant: 8,
    strategy: 'canary',
    router: 'istio',
    hint: 22,
    without: 'rules for single requests',
    mutation: routing(withoutRequests),
  },
  {
    invariant: 9,
    strategy: 'canary',
    router: 'alb',
    hint: 5,
    without: 'keeping the text of an action',
    mutation: rewriting,
  },
  {
    invariant: 9,
    strategy: 'canary',
    router: 'apisix',
    hint: 22,
    without: 'asking for what the user’s rule asks for',
    mutation: differing(overreaching),
  },
  {
    invariant: 11,
    strategy: 'canary',
    router: 'traefikService',
    hint: 8,
    without: 'leaving a version out that has no share',
    mutation: differing(withIdle),
  },
  {
    invariant: 1,
    strategy: 'canary',
    router: 'consul',
    hint: 26,
    without: 'subsets before the splits that lead to them',
    mutation: routing(splitsFirst),
  },
];
