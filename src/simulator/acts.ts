/** What people, autoscalers, nodes and bad luck do to a world, drawn by chance. */
import type { RequestAction } from '../api/release-request.ts';
import type { ReleaseDefaultsInput } from '../api/release-defaults.ts';
import { Chance } from './chance.ts';
import type { NodeDeed } from './node-deeds.ts';

export type Propagation = 'Foreground' | 'Background' | 'Orphan';

/** Who has caches and can be stopped. */
export type Actor = 'segue' | 'kcm';

/** At a time since the beginning, or as soon as Segue has made so many writes. */
export type When = { atMs: number } | { atWrite: number };

export type Act = When & Deed;

type Deed =
  /** Of two Deployments into the idle one, where nothing is said. */
  | { does: 'image'; image: string; into?: 'live' }
  | { does: 'configure'; level: string }
  | { does: 'scale'; replicas: number }
  | { does: 'ask'; action: RequestAction }
  | { does: 'unpause' }
  /** Of a StatefulSet; undefined: all of its strategy as its user wrote it first. */
  | { does: 'write partition'; partition: number | undefined }
  /** Of a DaemonSet; undefined: as its user wrote it first. */
  | { does: 'write strategy'; updateStrategy: Record<string, unknown> | undefined }
  /** Undefined: there is none any more. */
  | { does: 'write budget'; minAvailable: number | undefined }
  /** Beside the one there may be, for a while. */
  | { does: 'second budget'; forMs: number }
  | { does: 'node'; deed: NodeDeed; index: number; zone: string | undefined }
  | { does: 'edit policy'; bake: string }
  | { does: 'edit defaults'; spec: ReleaseDefaultsInput }
  | { does: 'delete'; what: Victim; propagation: Propagation; which?: number }
  | { does: 'apply service' }
  /** Of several, the one at this place; the first where none is said. */
  /** As `kubectl apply` does, or as `kubectl replace`. */
  | { does: 'apply route'; which?: number; replaced?: true }
  /** Of what has nothing to do with where it leads. */
  | { does: 'edit route'; which: number }
  | { does: 'hold back'; from: Actor; kind: string; forMs: number }
  | { does: 'cut watch'; of: Actor; kind: string; expired: boolean }
  | { does: 'stop'; actor: Actor; forMs: number }
  | { does: 'kill'; forMs: number }
  | { does: 'cut off'; forMs: number }
  | { does: 'second controller'; forMs: number }
  | { does: 'kill pod' };

/** The objects that somebody deletes. */
export type Victim =
  | 'policy'
  | 'release'
  | 'defaults'
  | 'deployment'
  | 'stateful set'
  | 'daemon set'
  /** The version that a StatefulSet or a DaemonSet goes to. */
  | 'revision'
  | 'running set'
  | 'stable set'
  | 'candidate set'
  | 'service'
  | 'route'
  /** What stands beside a route, of whoever made it. */
  | 'beside route'
  | 'stable service'
  | 'candidate service'
  | 'slice';

/** How often each is drawn. */
const WEIGHTS: Record<
  Exclude<
    Act['does'],
    | 'edit defaults'
    | 'write partition'
    | 'write strategy'
    | 'write budget'
    | 'second budget'
    | 'node'
    | 'configure'
    | 'edit route'
  >,
  number
> = {
  image: 4,
  scale: 6,
  ask: 6,
  unpause: 1,
  'edit policy': 1,
  delete: 5,
  'apply service': 1,
  'apply route': 1,
  'hold back': 7,
  'cut watch': 2,
  stop: 4,
  kill: 3,
  'cut off': 1,
  'second controller': 1,
  'kill pod': 3,
};

const CACHED: Record<Actor, string[]> = {
  segue: [
    'Deployment',
    'ReplicaSet',
    'Service',
    'EndpointSlice',
    'HTTPRoute',
    'Release',
    'ReleasePolicy',
  ],
  kcm: ['Deployment', 'ReplicaSet', 'Pod', 'Service', 'EndpointSlice'],
};

export interface ActWindow {
  fromMs: number;
  untilMs: number;
  routed: boolean;
}

/** About as many writes as a release with its surroundings takes. */
export const WRITES = 45;

/** Each by itself, or several at once: what is done while somebody does not look is the worst. */
export function actsOf(chance: Chance, window: ActWindow): Act[] {
  const count = chance.from([0, 1, 1, 2, 2, 3, 4]);
  const acts = Array.from({ length: count }).flatMap(() => {
    const when = whenOf(chance, window);
    const also = chance.from([0, 0, 0, 1, 1, 2]);
    return Array.from({ length: 1 + also }, () => ({ ...when, ...drawn(chance, window) }));
  });
  return acts.filter((act) => !(twoAtWork(acts) && isLeaseLost(act)));
}

/** Two controllers by mistake: each believes what it saw before the other wrote. */
export function twoAtWork(acts: readonly Act[]): boolean {
  return acts.some(({ does }) => does === 'second controller');
}

/** Stopped in the middle of its writes for longer than a lease while another one is at work: only the
 * lease keeps the writes it still had from coming, and there is none in this world. */
function isLeaseLost(act: Act): boolean {
  return act.does === 'stop' && act.actor === 'segue' && act.forMs > STOPPED_MS;
}

const STOPPED_MS = 2_000;

function whenOf(chance: Chance, { fromMs, untilMs }: ActWindow): When {
  if (chance.maybe(0.5)) return { atWrite: chance.between(4, WRITES) };
  return { atMs: chance.between(fromMs, untilMs) };
}

function drawn(chance: Chance, { routed }: ActWindow): Deed {
  const does = chance.weighted(WEIGHTS);
  const forMs = chance.from([300, 2_000, 10_000, 40_000]);
  const actor = chance.from(['segue', 'kcm'] as const);
  const kind = chance.from(CACHED[actor]);
  switch (does) {
    case 'image':
      return { does, image: chance.from(['v1', 'v2', 'v3', 'v4']) };
    case 'scale':
      return { does, replicas: chance.from([1, 2, 3, 4, 6, 8, 10, 12, 16, 20]) };
    case 'ask':
      return {
        does,
        action: chance.from(['Promote', 'Pause', 'Resume', 'Abort', 'Abort'] as const),
      };
    case 'edit policy':
      return { does, bake: chance.from(['0s', '5s', '2m']) };
    case 'delete':
      return {
        does,
        what: victimOf(chance, routed),
        propagation: chance.from(['Foreground', 'Background', 'Orphan'] as const),
      };
    case 'hold back':
      return { does, from: actor, kind, forMs };
    case 'cut watch':
      return { does, of: actor, kind, expired: chance.maybe(0.5) };
    case 'stop':
      return { does, actor, forMs };
    case 'kill':
    case 'cut off':
    case 'second controller':
      return { does, forMs };
    default:
      return { does };
  }
}

function victimOf(chance: Chance, routed: boolean): Victim {
  const always: Victim[] = [
    'policy',
    'policy',
    'release',
    'deployment',
    'running set',
    'stable set',
    'candidate set',
    'service',
    'slice',
  ];
  const dedicated: Victim[] = ['route', 'stable service', 'candidate service'];
  return chance.from(routed ? [...always, ...dedicated] : always);
}

/** What else people ask: each drawn apart, so that the other acts of a seed stay what they were. */
export function asksOf(seed: number, { fromMs, untilMs }: Omit<ActWindow, 'routed'>): Act[] {
  const chance = new Chance(`asks ${seed}`);
  const passes = chance.maybe(0.15)
    ? Array.from({ length: chance.from([1, 2]) }, (): Act => {
        const action = chance.from(['Approve', 'Skip', 'PromoteFull', 'Promote'] as const);
        return { atMs: chance.between(fromMs, untilMs), does: 'ask', action };
      })
    : [];
  const again = chance.maybe(0.15)
    ? [30_000, 60_000].map((afterMs): Act => ({
        atMs: untilMs + afterMs,
        does: 'ask',
        action: 'Retry',
      }))
    : [];
  return [...passes, ...again];
}
