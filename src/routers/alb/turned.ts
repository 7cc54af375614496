/** What an Ingress should say for a goal: backends, actions, and the paths and annotations of single requests. */
import { isDeepStrictEqual } from 'node:util';
import type { RequestMatch } from '../../api/request-match.ts';
import type { ServiceNames } from '../split-route/names.ts';
import {
  aimed,
  fieldOf,
  type Goal,
  groupsIn,
  isOwnAction,
  ownAction,
  parsed,
  targetsOf,
  toCandidate,
} from './actions.ts';
import {
  actionIn,
  actionName,
  actionNames,
  type Backend,
  type IngressRule,
  keyOf,
  type Path,
  placesOf,
  portOf,
  type Routing,
  serviceName,
  servicePort,
  type ServicePort,
  USE_ANNOTATION,
  withPort,
} from './ingress.ts';
import { narrowed } from './narrow.ts';
import { addedName, conditionsOf, isAddedName } from './requests.ts';

/** What there was before a release. */
export interface AlbJournal {
  /** The text of each action of the user's that leads to a Service of the policy, by its name. */
  actions?: Record<string, string>;
  /** The port of each Service that backends named directly. */
  ports?: Record<string, ServicePort>;
  /** There were no annotations at all. */
  bare?: true;
}

export interface Wish {
  goal: Goal;
  match: readonly RequestMatch[];
  names: ServiceNames;
  journal: AlbJournal;
}

export function journalOf(routing: Routing, names: ServiceNames): AlbJournal {
  const actions: Record<string, string> = {};
  const ports: Record<string, ServicePort> = {};
  for (const { backend } of placesOf(routing)) {
    const name = actionName(backend);
    const text = name === undefined ? undefined : routing.annotations[keyOf('actions', name)];
    if (name !== undefined && text !== undefined && groupsIn(parsed(text), names).length > 0)
      actions[name] = text;
    const service = serviceName(backend);
    if (service !== undefined && names.of(service)?.role === 'Service')
      ports[service] = backend.service?.port ?? {};
  }
  return { actions, ports };
}

export function turned(routing: Routing, wish: Wish): Routing {
  const users = withoutAdded(routing);
  const annotations = { ...users.annotations };
  const mapped = mapBackends(users, (backend) =>
    turnedBackend(backend, { users, annotations, wish }),
  );
  if (wish.goal === 'Service') putActionsBack({ annotations, users, wish });
  return withAdded({ ...mapped, annotations }, wish);
}

interface Turning {
  /** As it is, without what is added. */
  users: Routing;
  /** As they are to be. */
  annotations: Record<string, string>;
  wish: Wish;
}

function turnedBackend(backend: Backend, turning: Turning): Backend {
  const { users, annotations, wish } = turning;
  const name = actionName(backend);
  if (name === undefined) return turnedService(backend, turning);
  const action = actionIn(users, name);
  if (!isOwn(name, turning)) {
    if (action) annotations[keyOf('actions', name)] = usersText(name, turning);
    return backend;
  }
  const port = ownPort(name, turning);
  if (port === undefined) return backend;
  if (wish.goal === 'Service') return withPort(backend, port);
  annotations[keyOf('actions', name)] = ownText(name, port, turning);
  return backend;
}

/** A backend that names a Service of the user's directly becomes the action of that name, so that conditions and
 * transforms, which go by the name, stay in force. */
function turnedService(backend: Backend, turning: Turning): Backend {
  const { annotations, wish } = turning;
  const service = serviceName(backend);
  if (service === undefined || wish.goal === 'Service') return backend;
  if (wish.names.of(service)?.role !== 'Service' || !isOwn(service, turning)) return backend;
  const port = ownPort(service, turning);
  if (!isDeepStrictEqual(port, backend.service?.port)) return backend;
  annotations[keyOf('actions', service)] = ownText(service, port, turning);
  return withPort(backend, { name: USE_ANNOTATION });
}

/** The action of that name is Segue's, or would be. */
function isOwn(name: string, { users, wish }: Turning): boolean {
  const { names, journal } = wish;
  if (names.of(name)?.role !== 'Service' || journal.actions?.[name] !== undefined) return false;
  const text = users.annotations[keyOf('actions', name)];
  return text === undefined || isOwnAction(name, parsed(text), names);
}

/** The port for which the action stands or will stand: where backends are it already that of the action, else theirs. */
function ownPort(service: string, { users, wish }: Turning): ServicePort | undefined {
  const places = placesOf(users);
  const direct = places.find(({ backend }) => serviceName(backend) === service);
  const used = places.some(({ backend }) => actionName(backend) === service);
  if (!used) return direct?.backend.service?.port;
  const [target] = targetsOf(actionIn(users, service));
  return target ? portOf(fieldOf(target, 'servicePort')) : wish.journal.ports?.[service];
}

function ownText(service: string, port: ServicePort | undefined, turning: Turning): string {
  const { users, wish } = turning;
  const original = ownAction(service, servicePort(port));
  const wanted = aimed(original, wish);
  return asStored(users.annotations[keyOf('actions', service)], wanted);
}

/** The text that is there already, where it says the same. */
function asStored(text: string | undefined, wanted: Record<string, unknown>): string {
  if (text !== undefined && isDeepStrictEqual(parsed(text), wanted)) return text;
  return JSON.stringify(wanted);
}

function usersText(name: string, { users, wish }: Turning): string {
  const text = users.annotations[keyOf('actions', name)] ?? '';
  const action = parsed(text);
  if (!action || groupsIn(action, wish.names).length === 0) return text;
  const written = wish.journal.actions?.[name];
  const original = written === undefined ? undefined : parsed(written);
  const wanted = aimed(action, { ...wish, original });
  if (written !== undefined && isDeepStrictEqual(wanted, original)) return written;
  return asStored(text, wanted);
}

/** Also what no backend leads to any more. */
function putActionsBack(turning: Turning): void {
  const { annotations, users, wish } = turning;
  for (const name of actionNames(users)) {
    const key = keyOf('actions', name);
    const groups = groupsIn(actionIn(users, name), wish.names);
    if (isOwn(name, turning)) delete annotations[key];
    else if (groups.some(({ targets }) => targets.Candidate))
      annotations[key] = usersText(name, turning);
  }
}

function mapBackends(routing: Routing, change: (backend: Backend) => Backend): Routing {
  const changed = (path: Path): Path =>
    path.backend ? { ...path, backend: change(path.backend) } : path;
  return {
    ...mapPaths(routing, (path) => [changed(path)]),
    defaultBackend: routing.defaultBackend && change(routing.defaultBackend),
  };
}

function mapPaths(routing: Routing, change: (path: Path, rule: IngressRule) => Path[]): Routing {
  const rules = routing.rules.map((rule): IngressRule => {
    const paths = rule.http?.paths;
    return paths
      ? { ...rule, http: { ...rule.http, paths: paths.flatMap((path) => change(path, rule)) } }
      : rule;
  });
  return { ...routing, rules };
}

/** The paths of single requests, each before the one it comes from, and what their names stand for. */
function withAdded(routing: Routing, { goal, match, names }: Wish): Routing {
  if (typeof goal !== 'number' || match.length === 0) return routing;
  const annotations = { ...routing.annotations };
  const mapped = mapPaths(routing, (path, { http }) => {
    const others = othersIn(routing, http?.paths ?? []);
    const name = path.backend && actionName(path.backend);
    const action = name === undefined ? undefined : actionIn(routing, name);
    if (!name || !action || groupsIn(action, names).length !== 1) return [path];
    const added = match.flatMap((entry, i) => {
      const places = narrowed(path, entry, others) ?? [];
      if (places.length === 0) return [];
      const own = addedName(name, i);
      annotations[keyOf('actions', own)] = JSON.stringify(toCandidate(action, names));
      const conditions = [...usersConditions(routing, name), ...conditionsOf(entry)];
      annotations[keyOf('conditions', own)] = JSON.stringify(conditions);
      const transforms = routing.annotations[keyOf('transforms', name)];
      if (transforms !== undefined) annotations[keyOf('transforms', own)] = transforms;
      const backend = { ...path.backend, service: { ...path.backend?.service, name: own } };
      return places.map((place) => ({ ...place, backend }) as Path);
    });
    return [...added, path];
  });
  return { ...mapped, annotations };
}

/** The paths of a rule, and whether they ask for anything else. */
export function othersIn(routing: Routing, paths: readonly Path[]) {
  return paths.map((path) => {
    const name = path.backend?.service?.name;
    const conditions = name === undefined ? [] : conditionsIn(routing, name);
    return { path, asksMore: conditions === undefined || conditions.length > 0 };
  });
}

/** What the user asks for of requests besides host and path; undefined where it cannot be read. */
export function conditionsIn(routing: Routing, name: string): object[] | undefined {
  const text = routing.annotations[keyOf('conditions', name)];
  if (text === undefined) return [];
  try {
    const found: unknown = JSON.parse(text);
    return Array.isArray(found) ? (found as object[]) : undefined;
  } catch {
    return undefined;
  }
}

function usersConditions(routing: Routing, name: string): object[] {
  return conditionsIn(routing, name) ?? [];
}

const ADDED_KEY = /^alb\.ingress\.kubernetes\.io\/(actions|conditions|transforms)\.(.+)$/;

export function isAddedKey(key: string): boolean {
  return isAddedName(ADDED_KEY.exec(key)?.[2] ?? '');
}

export function isAddedPath({ backend }: Path): boolean {
  return isAddedName((backend && actionName(backend)) ?? '');
}

function withoutAdded(routing: Routing): Routing {
  const annotations = Object.fromEntries(
    Object.entries(routing.annotations).filter(([key]) => !isAddedKey(key)),
  );
  return { ...mapPaths(routing, (path) => (isAddedPath(path) ? [] : [path])), annotations };
}
