/**
 * The swap against everybody at once: the Deployment controller with lagging caches, Segue with
 * lagging caches and a change of mind, a rival who scales and edits. Each move is made or not in an
 * order fast-check chooses; after that everybody catches up.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { WorkloadIntent } from '../../ports/workload.ts';
import type { Write } from '../../ports/write.ts';
import {
  deployment,
  releaseIntent,
  replicaSet,
  ROLLING,
  template,
} from '../../testing/deployment-objects.ts';
import { LaggingDeployment } from '../../testing/lagging-deployment.ts';
import { deploymentWorkload } from './index.ts';

const SIZE = 8;
/** More than any swap needs to end. */
const ROUNDS = 40;
const SETS = { stable: 'web-old', candidate: 'web-new' };

type Carrier = 'Stable' | 'Candidate';
type Move =
  /** Segue looks (or not), and sends so many of the writes it finds missing. */
  | { by: 'segue'; looks: boolean; writes: number }
  /** Segue finds out what is missing, and sends it later, before it does anything else. */
  | { by: 'segue plans' }
  | { by: 'segue sends' }
  /** The Deployment controller hears of so many more changes of each kind, and works (or not). */
  | { by: 'controller'; deployments: number; sets: number; works: boolean }
  | { by: 'sets'; index: number }
  | { by: 'scaler'; replicas: number }
  | { by: 'author'; version: string }
  | { by: 'segue turns' };

const news = fc.constantFrom(0, 1, 2, 100);
const moves: Record<Move['by'], [weight: number, arbitrary: fc.Arbitrary<Move>]> = {
  segue: [
    8,
    fc.record({
      by: fc.constant('segue'),
      looks: fc.constantFrom(true, true, true, false),
      writes: fc.constantFrom(1, 2),
    }),
  ],
  'segue plans': [2, fc.record({ by: fc.constant('segue plans') })],
  'segue sends': [2, fc.record({ by: fc.constant('segue sends') })],
  controller: [
    8,
    fc.record({
      by: fc.constant('controller'),
      deployments: news,
      sets: news,
      works: fc.constantFrom(true, true, false),
    }),
  ],
  sets: [4, fc.record({ by: fc.constant('sets'), index: fc.nat(2) })],
  scaler: [2, fc.record({ by: fc.constant('scaler'), replicas: fc.constantFrom(4, 6, 8, 12, 16) })],
  author: [1, fc.record({ by: fc.constant('author'), version: fc.constantFrom('v1', 'v2', 'v3') })],
  'segue turns': [1, fc.record({ by: fc.constant('segue turns') })],
};
const move: fc.Arbitrary<Move> = fc.oneof(
  ...Object.values(moves).map(([weight, arbitrary]) => ({ weight, arbitrary })),
);

/** Both sets loaded, on one side or the other of the swap. */
function loaded(carrier: Carrier): KubeObject[] {
  const other = carrier === 'Stable' ? 'Candidate' : 'Stable';
  const owner = { [carrier]: 'Deployment', [other]: 'Release' } as const;
  const scaled = { 'deployment.kubernetes.io/desired-replicas': String(SIZE) };
  const common = { replicas: SIZE, annotations: scaled };
  return [
    deployment({ replicas: SIZE }),
    replicaSet('old', {
      ...common,
      version: 'v1',
      revision: 1,
      owner: owner['Stable'] ?? 'Release',
    }),
    replicaSet('new', {
      ...common,
      version: 'v2',
      revision: 2,
      owner: owner['Candidate'] ?? 'Release',
    }),
    replicaSet('older', { replicas: 0, version: 'v0', revision: 0 }),
  ];
}

class Swapping {
  readonly world: LaggingDeployment;
  towards: Carrier;
  #share = SIZE;
  #planned: Write[] = [];

  constructor(from: Carrier) {
    this.towards = from === 'Stable' ? 'Candidate' : 'Stable';
    this.world = new LaggingDeployment(loaded(from), (world) => this.#check(world));
  }

  get intent(): WorkloadIntent {
    return { held: true, release: releaseIntent({ carrier: this.towards }) };
  }

  make(move: Move): void {
    const { world } = this;
    if (move.by === 'segue') {
      if (move.looks) world.segue.catchUp();
      this.#planned = [];
      world.send(this.#missing().slice(0, move.writes));
    } else if (move.by === 'segue plans') {
      world.segue.catchUp();
      this.#planned = this.#missing();
    } else if (move.by === 'segue sends') {
      world.send(this.#planned);
      this.#planned = [];
    } else if (move.by === 'controller') {
      world.controller.see('Deployment', move.deployments);
      world.controller.see('ReplicaSet', move.sets);
      if (move.works) world.syncDeployment();
    } else if (move.by === 'sets') world.syncSet(move.index);
    else if (move.by === 'scaler') world.rival({ replicas: move.replicas });
    else if (move.by === 'author') world.rival({ template: template(move.version) });
    else {
      this.#planned = [];
      this.towards = this.towards === 'Stable' ? 'Candidate' : 'Stable';
    }
  }

  #missing(): Write[] {
    return deploymentWorkload.render(this.intent, this.world.seen());
  }

  /** Everybody does what is to be done until nothing is. */
  settle(): void {
    for (let round = 0, writes = -1; round < ROUNDS && writes !== this.world.writes; round++) {
      writes = this.world.writes;
      this.#round();
    }
  }

  #round(): void {
    const { world } = this;
    world.segue.catchUp();
    world.send(this.#missing());
    for (const [index] of world.objects().sets.entries()) world.syncSet(index);
    world.controller.catchUp();
    world.syncDeployment();
  }

  #check(world: LaggingDeployment): void {
    const { target, sets } = world.objects();
    this.#share = Math.min(this.#share, target ? sizeOf(target) : 0);
    const pair = sets.filter((set) => Object.values(SETS).includes(set.metadata.name));
    if (pair.length !== 2) throw new Error('one of the two sets is gone');
    if (!pair.map(controllerKind).includes('Deployment'))
      throw new Error('the Deployment owns neither set');
    for (const set of pair)
      if (sizeOf(set) < this.#share)
        throw new Error(`${set.metadata.name} has ${sizeOf(set)} of ${this.#share} pods`);
    const earlier = sets.find((set) => set.metadata.name === 'web-older');
    if (earlier && sizeOf(earlier) > 0) throw new Error('an earlier set was revived');
  }
}

function sizeOf(object: KubeObject): number {
  return (object['spec'] as { replicas: number }).replicas;
}

function controllerKind({ metadata }: KubeObject): string | undefined {
  const controllers = (metadata.ownerReferences ?? []).filter((owner) => owner.controller);
  if (controllers.length !== 1) throw new Error(`${metadata.name} has several controllers`);
  return controllers[0]?.kind;
}

test.each(['Stable', 'Candidate'] as const)(
  'swaps begun at the %s keep both loaded and end',
  (from) => {
    fc.assert(
      fc.property(fc.array(move, { minLength: 10, maxLength: 40, size: 'max' }), (moves) => {
        const swapping = new Swapping(from);
        for (const one of moves) swapping.make(one);
        swapping.settle();
        const objects = swapping.world.objects();
        const state = deploymentWorkload.observe(objects, SETS);
        expect(state).toMatchObject({
          carrier: swapping.towards,
          swapClean: true,
          swapWaitsFor: '',
          strategy: ROLLING,
        });
        expect(deploymentWorkload.render(swapping.intent, objects)).toEqual([]);
      }),
      { numRuns: 250 },
    );
  },
);

const SEGUE: Move = { by: 'segue', looks: true, writes: 1 };
const CONTROLLER: Move = { by: 'controller', deployments: 100, sets: 100, works: true };
/** Each with what would be lost if a precaution were not taken. */
const ORDERS: { what: string; from: Carrier; moves: Move[] }[] = [
  {
    // Without the mark the candidate is the Deployment's new set, saturated at 4: stable goes to 0.
    what: 'scaled between (b) and a (c) that comes late, on the way back',
    from: 'Candidate',
    moves: [
      SEGUE,
      CONTROLLER,
      SEGUE,
      CONTROLLER,
      { by: 'segue plans' },
      { by: 'scaler', replicas: 4 },
      CONTROLLER,
      { by: 'sets', index: 1 },
      CONTROLLER,
      { by: 'segue sends' },
      CONTROLLER,
    ],
  },
  {
    // Without the wait for both to be counted the strategy is back before (c) is seen.
    what: 'the controller sees (c) after everything else',
    from: 'Stable',
    moves: [
      SEGUE,
      CONTROLLER,
      SEGUE,
      SEGUE,
      SEGUE,
      SEGUE,
      { by: 'controller', deployments: 100, sets: 2, works: true },
    ],
  },
];

test.each(ORDERS)('$what', ({ from, moves }) => {
  const swapping = new Swapping(from);
  for (const one of moves) swapping.make(one);
  swapping.settle();
  const state = deploymentWorkload.observe(swapping.world.objects(), SETS);
  expect(state).toMatchObject({ carrier: swapping.towards, swapClean: true });
});
