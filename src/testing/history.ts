/** What a recording says about traffic and pods at every moment: who was to answer which share, and
 * how many pods there were to do it. */
import { HASH_LABEL } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { Recording } from './recorder.ts';

/** Of the traffic, to the pods of one version; of every version when there is no hash. */
interface Share {
  hash: string | undefined;
  percent: number;
}

interface Moment {
  /** The resourceVersion from which it was so. */
  at: string;
  route: KubeObject | undefined;
  services: Map<string, KubeObject>;
  sets: Map<string, KubeObject>;
}

interface Ref {
  name: string;
  weight?: number;
}

/** The world after each change. */
function moments(recording: Recording): Moment[] {
  const now: Moment = { at: '', route: undefined, services: new Map(), sets: new Map() };
  for (const object of recording.initial) take(now, object, false);
  const all = [copy(now)];
  for (const { object, deleted } of recording.changes) {
    take(now, object, deleted);
    now.at = object.metadata.resourceVersion ?? '';
    all.push(copy(now));
  }
  return all;
}

function copy(moment: Moment): Moment {
  return { ...moment, services: new Map(moment.services), sets: new Map(moment.sets) };
}

function take(moment: Moment, object: KubeObject, deleted: boolean): void {
  if (object.kind === 'HTTPRoute') moment.route = deleted ? undefined : object;
  const map = { Service: moment.services, ReplicaSet: moment.sets }[object.kind];
  if (deleted) map?.delete(object.metadata.name);
  else map?.set(object.metadata.name, object);
}

/** The weight of the candidate in each version of the route, `Service` for the user's own. */
export function routeWeights(recording: Recording, service: string): (number | 'Service')[] {
  const seen = moments(recording).map(({ route }) => {
    const refs = route ? refsTo(route, service) : [];
    const candidate = refs.find((ref) => ref.name === `${service}-candidate`);
    return candidate ? (candidate.weight ?? 1) : 'Service';
  });
  return seen.filter((weight, i) => weight !== seen[i - 1]);
}

/** Invariants 1 to 3: moments at which a version had fewer pods than its share of `replicas`. */
export function shortages(recording: Recording, service: string, replicas: number): string[] {
  const problems = moments(recording).flatMap((moment) =>
    sharesAt(moment, service).flatMap(({ hash, percent }) => {
      const sets = [...moment.sets.values()].filter((set) => !hash || hashOf(set) === hash);
      const pods = sets.reduce((sum, set) => sum + capacityOf(set), 0);
      const needed = Math.ceil((percent * replicas) / 100);
      const whom = hash === undefined ? 'every version' : imageOf(sets[0]);
      return pods < needed ? [`${percent} % on ${whom} with ${pods} of ${needed} pods`] : [];
    }),
  );
  return [...new Set(problems)];
}

function sharesAt(moment: Moment, service: string): Share[] {
  const refs = moment.route ? refsTo(moment.route, service) : [{ name: service, weight: 100 }];
  const total = refs.reduce((sum, ref) => sum + (ref.weight ?? 1), 0);
  return refs.map((ref) => {
    const found = moment.services.get(ref.name);
    const { selector } = (found?.['spec'] ?? {}) as { selector?: Record<string, string> };
    return { hash: selector?.[HASH_LABEL], percent: ((ref.weight ?? 1) * 100) / total };
  });
}

/** The refs of the user's rule, which comes after those for single requests. */
function refsTo(route: KubeObject, service: string): Ref[] {
  const { rules = [] } = (route['spec'] ?? {}) as { rules?: { backendRefs?: Ref[] }[] };
  const lists = rules.map((rule) => rule.backendRefs ?? []);
  const leadingTo = (...names: string[]) =>
    lists.findLast((refs) => refs.some((ref) => names.includes(ref.name)));
  return leadingTo(service, `${service}-stable`) ?? leadingTo(`${service}-candidate`) ?? [];
}

function hashOf(set: KubeObject): string | undefined {
  return set.metadata.labels?.[HASH_LABEL];
}

/** Of the first container of a pod template; '' for what has none. */
export function imageOf(object: KubeObject | undefined): string {
  const spec = object?.['spec'] as
    { template?: { spec?: { containers?: { image?: string }[] } } } | undefined;
  return spec?.template?.spec?.containers?.[0]?.image ?? '';
}

/** Pods that are not wanted any more are about to go. */
function capacityOf(set: KubeObject): number {
  const { replicas = 1 } = (set['spec'] ?? {}) as { replicas?: number };
  const { availableReplicas = 0 } = (set['status'] ?? {}) as { availableReplicas?: number };
  return Math.min(replicas, availableReplicas);
}
