/** Runs one controller: keys from its informers through a queue to its sync function. */
import type { KubeObject } from '../../api/object.ts';
import { KubeError } from '../../ports/kube.ts';
import type { WorkQueue } from '../../ports/queue.ts';
import type { Environment } from './environment.ts';
import { isTerminating } from './terminating.ts';
import { controllerOf } from './ownership.ts';

export interface Controller {
  name: string;
  workers: number;
  /** Registers with the informers it reads; called before they run. */
  wire(queue: WorkQueue): void;
  /** Brings one object on; returns in how many milliseconds to look again though nothing changes. */
  sync(key: string): Promise<number | undefined>;
}

/** A refusal that is part of life (quota, an admission policy): tried again without an error in the
 * log, as an Event tells it already. */
export class RetryLater extends Error {}

/** After so many quiet failures in a row a lost race is not one any more, and is logged. */
const QUIET_FAILURES = 8;
const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 30_000;

/** Registers the controller; the returned function works until the environment's signal aborts. */
export function prepare(environment: Environment, controller: Controller): () => Promise<void> {
  const queue = environment.cluster.queue(controller.name);
  const failures = new Map<string, number>();
  controller.wire(queue);
  const handle = async (key: string): Promise<void> => {
    try {
      const afterMs = await controller.sync(key);
      failures.delete(key);
      if (afterMs !== undefined) queue.addAfter(key, afterMs);
    } catch (error) {
      if (environment.signal.aborted) return;
      const count = (failures.get(key) ?? 0) + 1;
      if (!isQuiet(error, count)) throw error;
      failures.set(key, count);
      queue.addAfter(key, Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** count));
    }
  };
  return () => queue.run({ workers: controller.workers, handle, signal: environment.signal });
}

function isQuiet(error: unknown, count: number): boolean {
  if (error instanceof RetryLater || isTerminating(error)) return true;
  const lostRace = error instanceof KubeError && (error.code === 409 || error.code === 404);
  return lostRace && count <= QUIET_FAILURES;
}

/** The key of the object's controller, if that is of this kind. */
export function controllerKey(object: KubeObject | undefined, kind: string): string | undefined {
  if (!object) return undefined;
  const controller = controllerOf(object);
  if (controller?.kind !== kind) return undefined;
  return `${object.metadata.namespace ?? ''}/${controller.name}`;
}
