/**
 * Routes without a router: the user's Service is pinned to one version by its selector, for the
 * length of a release, and only the one key `pod-template-hash` of it is ever written.
 */
import { HASH_LABEL, KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type {
  RouteReading,
  RouterJournal,
  RouterScope,
  TrafficIntent,
  TrafficObjects,
  TrafficRouter,
} from '../../ports/traffic-router.ts';
import type { PatchWrite } from '../../ports/write.ts';
import { readyEndpoints } from '../endpoints.ts';
import { nothingToMove } from '../nothing-to-move.ts';
import { checkServices, selectsPods, serviceSpec, unfit } from '../service-spec.ts';
import { writerOf } from '../writer.ts';

/**
 * All or nothing: weight 0 pins the Services to the stable pods, weight 100 to the candidate's.
 *
 * A reading is accepted when the pin is stored and, while one is, each Service has at least one
 * ready endpoint. Endpoints name their pods but not the pods' version, so that kube-proxy and the
 * endpoints controller have followed is left to the settle time. A Service that was deleted half
 * way carries no traffic and is left out of the reading.
 */
export const serviceSelector: TrafficRouter = {
  name: 'serviceSelector',
  capabilities: { weights: 'AllOrNothing', dedicatedServices: false },
  kinds: [],

  check: checkServices,

  capture(scope, objects): RouterJournal {
    const selectorHash: Record<string, string> = {};
    for (const { name, service } of pinnable(scope, objects)) {
      const hash = pinOf(service);
      if (hash !== undefined) selectorHash[name] = hash;
    }
    return { selectorHash };
  },

  render(intent, objects) {
    return pinnable(intent, objects).flatMap(({ name, service }) => {
      const hash = wantedPin(intent, name);
      return pinOf(service) === hash ? [] : [pin(intent, service, hash)];
    });
  },

  observe(intent, objects) {
    const left = intent.services.filter((name) => objects.get(KINDS.service, name));
    const found = pinnable(intent, objects);
    if (left.length === 0)
      return nothingToMove(intent, `Service ${intent.services.join(', ')} does not exist`);
    const unpinnable = left.find((name) => !found.some((one) => one.name === name));
    if (unpinnable !== undefined && (intent.route === 'Split' || found.length === 0))
      return lost(intent, unpinnable, objects);
    return { ...read(intent, found, objects), ...whose(intent, found) };
  },
};

interface Found {
  name: string;
  service: KubeObject;
}

/** The Services that are there and select pods. What a user has turned into something else half way
 * is left alone: a pin would make up a selector nobody wrote. */
function pinnable(scope: RouterScope, objects: TrafficObjects): Found[] {
  return scope.services.flatMap((name) => {
    const service = objects.get(KINDS.service, name);
    return selectsPods(service) ? [{ name, service }] : [];
  });
}

function pinOf(service: KubeObject): string | undefined {
  return serviceSpec(service).selector?.[HASH_LABEL];
}

/** What the selector should say: a hash, or undefined for no pin. */
function wantedPin(intent: TrafficIntent, name: string): string | undefined {
  if (intent.route === 'Service') return journalled(intent.journal, name);
  if (intent.weight === 0) return intent.stableHash;
  if (intent.weight === 100) return intent.candidateHash;
  throw new RangeError(`serviceSelector routes all or nothing, not ${intent.weight} percent`);
}

function journalled(journal: RouterJournal, name: string): string | undefined {
  return (journal['selectorHash'] as Record<string, string> | undefined)?.[name];
}

function pin(intent: TrafficIntent, service: KubeObject, hash: string | undefined): PatchWrite {
  const { name, resourceVersion } = service.metadata;
  return {
    op: 'Patch',
    target: { ...KINDS.service, namespace: intent.namespace, name },
    type: 'merge',
    body: { spec: { selector: { [HASH_LABEL]: hash ?? null } } },
    ...(resourceVersion && { resourceVersion }),
    because: hash
      ? `Service ${name} pinned to the pods of ${hash}`
      : `the pin of Service ${name} taken off`,
  };
}

function read(intent: TrafficIntent, found: Found[], objects: TrafficObjects): RouteReading {
  const states = found.map(({ name, service }) => stateOf(intent, name, pinOf(service)));
  const [first] = states;
  if (first === undefined || first === 'Other' || states.some((state) => state !== first))
    return {
      route: 'Other',
      accepted: false,
      message: found
        .map(({ name, service }) => `Service ${name} selects ${pinOf(service) ?? 'every version'}`)
        .join(', '),
    };
  const names = found.map(({ name }) => name).join(', ');
  if (first === 'Service')
    return { route: 'Service', accepted: true, message: `Service ${names} selects every version` };
  const empty = found.find(({ name }) => readyEndpoints(objects.endpointSlices(name)) === 0);
  return {
    route: 'Split',
    weight: first,
    accepted: empty === undefined,
    message: empty
      ? `Service ${empty.name} has no ready endpoint yet`
      : `Service ${names} is pinned to the ${first === 0 ? 'stable' : 'candidate'} pods`,
  };
}

/** Of the Service that is not where it should be, or of the first. */
function whose(intent: TrafficIntent, found: Found[]): Pick<RouteReading, 'by' | 'own' | 'writes'> {
  const moved = found.find(({ name, service }) => pinOf(service) !== wantedPin(intent, name));
  const { name, service } = moved ?? (found[0] as Found);
  return { ...writerOf(service), writes: `spec.selector of Service ${name}` };
}

/** Where one Service points: to every version, a weight, or to pods of neither. */
function stateOf(
  intent: TrafficIntent,
  name: string,
  hash: string | undefined,
): 'Service' | 'Other' | 0 | 100 {
  if (hash === journalled(intent.journal, name)) return 'Service';
  if (hash === intent.stableHash) return 0;
  return hash === intent.candidateHash ? 100 : 'Other';
}

/** A Service that was turned into something without a selector carries no pin either. */
function lost(intent: TrafficIntent, name: string, objects: TrafficObjects): RouteReading {
  const because = unfit(name, objects.get(KINDS.service, name))?.message ?? 'it is gone';
  const message = `Service ${name} cannot be pinned: ${because}`;
  return intent.route === 'Service'
    ? { route: 'Service', accepted: true, message }
    : { route: 'Other', accepted: false, message };
}
