/**
 * A TraefikService of the user's that keeps users for the length of a test: `spec.weighted.sticky`, by a cookie that each
 * release names anew. One that is there before is refused by `check`: what has the name of the release is Segue's.
 */
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type {
  RouteReading,
  RouterScope,
  TrafficIntent,
  TrafficObjects,
  TrafficRouter,
} from '../../ports/traffic-router.ts';
import type { Write } from '../../ports/write.ts';
import { cookieOfRelease, isKeeping } from '../split-route/arms.ts';
import type { CheckedRoute } from '../split-route/shape.ts';
import { cookieFor } from './services-beside.ts';

const kind = KINDS.traefikService;
const PATH = '/spec/weighted/sticky';

type Operation = { op: 'add'; path: string; value: unknown } | { op: 'remove'; path: string };

export function withCookies(router: TrafficRouter): TrafficRouter {
  return {
    ...router,

    render(intent, objects) {
      const writes = router.render(intent, objects);
      const found = namedIn(intent, objects);
      const operations = found ? operationsFor(intent, found) : [];
      return found && operations.length > 0 ? together(writes, found, operations) : writes;
    },

    observe(intent, objects) {
      const reading = router.observe(intent, objects);
      const found = namedIn(intent, objects);
      if (!found || reading.route === 'Other' || reading.missing) return reading;
      const { route, weight = 0 } = reading;
      return { ...reading, ...unlike({ ...intent, route, weight }, found) };
    },
  };
}

function namedIn({ config }: RouterScope, objects: TrafficObjects): KubeObject | undefined {
  const name = config['traefikService'];
  return typeof name === 'string' ? objects.get(kind, name) : undefined;
}

interface Sticky {
  cookie?: { name?: string };
}

function stickyIn(object: KubeObject): Sticky | undefined {
  return (object['spec'] as { weighted?: { sticky?: Sticky } } | undefined)?.weighted?.sticky;
}

function wantedFor(intent: TrafficIntent): Sticky | undefined {
  const { sticky, route, candidateHash } = intent;
  if (!sticky || route !== 'Split' || !isKeeping(intent)) return undefined;
  return { cookie: cookieFor(sticky, candidateHash) };
}

function isOwn({ cookie }: Sticky, { rules, sticky: now, candidateHash }: TrafficIntent): boolean {
  return [...rules, { sticky: now }].some(
    ({ sticky }) => sticky && cookieOfRelease(sticky, candidateHash) === cookie?.name,
  );
}

function operationsFor(intent: TrafficIntent, found: KubeObject): Operation[] {
  const is = stickyIn(found);
  if (is && !isOwn(is, intent)) return [];
  const wanted = wantedFor(intent);
  if (isDeepStrictEqual(is, wanted)) return [];
  return wanted ? [{ op: 'add', path: PATH, value: wanted }] : [{ op: 'remove', path: PATH }];
}

/** In one patch with that of its services: nobody is kept before there is something to choose from, or after. What gives the
 * object back to its user comes when nothing of it is Segue's. */
function together(writes: Write[], { metadata }: KubeObject, operations: Operation[]): Write[] {
  const { name, namespace, resourceVersion } = metadata;
  const [first, ...rest] = writes.filter((one) => !('disowns' in one));
  if (first?.op === 'Patch' && first.type === 'json' && first.target.kind === kind.kind)
    return [{ ...first, body: [...(first.body as object[]), ...operations] }, ...rest];
  const patch: Write = {
    op: 'Patch',
    target: { ...kind, name, ...(namespace !== undefined && { namespace }) },
    type: 'json',
    body: operations,
    ...(resourceVersion && { resourceVersion }),
    because: `the cookie of ${kind.kind} ${name}`,
  };
  return [patch, ...(first ? [first] : []), ...rest];
}

function unlike(reached: TrafficIntent, found: KubeObject): Partial<RouteReading> {
  const wanted = wantedFor(reached);
  const is = stickyIn(found);
  const title = `${kind.kind} ${found.metadata.name}`;
  if (isDeepStrictEqual(is, wanted)) return {};
  if (is && !isOwn(is, reached)) {
    const message = `${title}: it keeps users by the cookie ${is.cookie?.name ?? 'of Traefik'}, of somebody else`;
    return wanted ? { route: 'Other', accepted: false, message } : {};
  }
  if (!is) {
    const message = `${title}: it does not keep users with a version`;
    return { route: 'Other', accepted: false, message };
  }
  return { accepted: false, message: `${title}: its cookie is out of date` };
}

/** Its users would all get another cookie, and with that perhaps another version. */
export function stickyAlready({ rules }: RouterScope, { title, route }: CheckedRoute): Problem[] {
  if (!rules.some(({ sticky }) => sticky) || stickyIn(route) === undefined) return [];
  return [
    {
      field: `${title} spec.weighted.sticky`,
      message: 'it keeps users by a cookie already, and that of the release would take its place',
      fix: 'take it out for the release, or use match instead of sticky, with an IngressRoute',
    },
  ];
}
