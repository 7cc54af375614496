/**
 * Routes between two workloads that take turns: the user's Service names one of them by a label, and the
 * values of those labels are all of its selector that is ever written. There is nothing to put back when
 * the new version stays: its Service then leads to it as its user would have written it.
 */
import { KINDS } from '../../api/group.ts';
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
import { checkServices, selectsPods, serviceSpec } from '../service-spec.ts';
import { writerOf } from '../writer.ts';

type Labels = Record<string, string>;

/** The labels of the pods of each version; empty while no release is in progress. */
interface Colours {
  stable: Labels;
  candidate: Labels;
}

/**
 * All or nothing. `route: Service` with weight 100 is how a release ends that was promoted: the Service
 * stays where it is. A reading is accepted when the selector is stored and each Service has a ready
 * endpoint; that the data planes followed is left to the settle time.
 */
export const pairSelector: TrafficRouter = {
  name: 'pairSelector',
  capabilities: { weights: 'AllOrNothing', dedicatedServices: false },
  kinds: [],

  check: checkServices,

  /** Which labels each Service names, so that they are found again where somebody took them out. */
  capture(scope, objects): RouterJournal {
    const keys = Object.keys(coloursOf(scope).stable);
    const named = found(scope, objects).map(({ name, service }) => {
      const selector = serviceSpec(service).selector ?? {};
      return [name, keys.filter((key) => key in selector)];
    });
    return { keys: Object.fromEntries(named) };
  },

  render(intent, objects) {
    return found(intent, objects).flatMap(({ name, service }) => {
      const wanted = labelsFor(intent, name, side(intent));
      return leadsTo(service, wanted) ? [] : [move(intent, service, wanted)];
    });
  },

  observe(intent, objects) {
    const services = found(intent, objects);
    if (services.length === 0)
      return nothingToMove(
        intent,
        `Service ${intent.services.join(', ')} does not exist or selects no pods`,
      );
    const astray = services.find(
      ({ name, service }) => weightOf(intent, name, service) === 'Other',
    );
    return {
      ...(astray ? other(astray) : read(intent, services, objects)),
      ...whose(intent, services),
    };
  },
};

interface Found {
  name: string;
  service: KubeObject;
}

function found(scope: RouterScope, objects: TrafficObjects): Found[] {
  return scope.services.flatMap((name) => {
    const service = objects.get(KINDS.service, name);
    return selectsPods(service) ? [{ name, service }] : [];
  });
}

function coloursOf({ config }: RouterScope): Colours {
  const { stable = {}, candidate = {} } = config as Partial<Colours>;
  return { stable, candidate };
}

type Side = keyof Colours;

/** The weight says it also where the route is the user's Service: there it says where it ended. */
function side({ weight }: TrafficIntent): Side {
  if (weight === 0) return 'stable';
  if (weight === 100) return 'candidate';
  throw new RangeError(`pairSelector routes all or nothing, not ${weight} percent`);
}

function labelsFor(intent: TrafficIntent, name: string, to: Side): Labels {
  const colour = coloursOf(intent)[to];
  const keys = (intent.journal['keys'] as Record<string, string[]> | undefined)?.[name] ?? [];
  return Object.fromEntries(keys.map((key) => [key, colour[key] ?? '']));
}

function leadsTo(service: KubeObject, labels: Labels): boolean {
  const { selector = {} } = serviceSpec(service);
  return Object.entries(labels).every(([key, value]) => selector[key] === value);
}

function weightOf(intent: TrafficIntent, name: string, service: KubeObject): 0 | 100 | 'Other' {
  if (leadsTo(service, labelsFor(intent, name, 'stable'))) return 0;
  return leadsTo(service, labelsFor(intent, name, 'candidate')) ? 100 : 'Other';
}

function move(intent: TrafficIntent, service: KubeObject, labels: Labels): PatchWrite {
  const { name, resourceVersion } = service.metadata;
  return {
    op: 'Patch',
    target: { ...KINDS.service, namespace: intent.namespace, name },
    type: 'merge',
    body: { spec: { selector: labels } },
    ...(resourceVersion && { resourceVersion }),
    because: `Service ${name} leads to ${text(labels)}`,
  };
}

function text(labels: Labels): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

function read(intent: TrafficIntent, services: Found[], objects: TrafficObjects): RouteReading {
  const weights = services.map(({ name, service }) => weightOf(intent, name, service));
  const weight = weights[0] as 0 | 100;
  if (weights.some((one) => one !== weight)) {
    const message = `Services ${services.map(({ name }) => name).join(', ')} lead to different versions`;
    return { route: 'Other', accepted: false, message };
  }
  const ended = intent.route === 'Service';
  const empty = services.find(({ name }) => readyEndpoints(objects.endpointSlices(name)) === 0);
  return {
    // At the end it is the user's Service again when it is on the side where it is to stay.
    route: ended && weight !== intent.weight ? 'Other' : intent.route,
    weight,
    accepted: ended || empty === undefined,
    message: empty
      ? `Service ${empty.name} has no ready endpoint yet`
      : `Service ${services.map(({ name }) => name).join(', ')} leads to the ${weight === 0 ? 'old' : 'new'} version`,
  };
}

function other({ name, service }: Found): RouteReading {
  const selector = text(serviceSpec(service).selector ?? {});
  return {
    route: 'Other',
    accepted: false,
    message: `Service ${name} selects ${selector}, which is neither of the two`,
  };
}

/** Of the Service that is not where it should be, or of the first. */
function whose(
  intent: TrafficIntent,
  services: Found[],
): Pick<RouteReading, 'by' | 'own' | 'writes'> {
  const wanted = (name: string) => labelsFor(intent, name, side(intent));
  const moved = services.find(({ name, service }) => !leadsTo(service, wanted(name)));
  const { name, service } = moved ?? (services[0] as Found);
  return { ...writerOf(service), writes: `spec.selector of Service ${name}` };
}
