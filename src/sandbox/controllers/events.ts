/** Kubernetes Events: a repeated one counts up the first instead of adding another. */
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import { KubeError, type KubeClient } from '../../ports/kube.ts';
import type { Log } from '../../ports/log.ts';
import { timestamp } from './pods.ts';
import { nameOf, type EventWrite } from './write.ts';

/** Events remembered for counting; the oldest is forgotten first. */
const REMEMBERED = 2_000;

/** Events waiting to be written; more are dropped, as events are the least of all writes. */
const MOST_WAITING = 1_000;

export interface EventRecorder {
  /** Returns at once; the event is written in the background, in order. One that cannot be written
   * is logged. */
  record(event: EventWrite, component: string): void;
  /** Resolves when what was recorded so far is written. */
  drained(): Promise<void>;
}

export function createEventRecorder(deps: {
  client: KubeClient;
  clock: Clock;
  log: Log;
}): EventRecorder {
  const { client, clock, log } = deps;
  const written = new Map<string, { object: KubeObject; count: number }>();
  let sequence = 0;
  let waiting = 0;
  let last = Promise.resolve();

  async function countUp(key: string): Promise<boolean> {
    const before = written.get(key);
    if (!before) return false;
    const count = before.count + 1;
    const body = { count, lastTimestamp: timestamp(clock.now()) };
    try {
      const object = await client.patch(nameOf(before.object), { type: 'merge', body });
      written.set(key, { object, count });
      return true;
    } catch (error) {
      if (!(error instanceof KubeError) || error.code !== 404) throw error;
      return false;
    }
  }

  async function add(key: string, event: EventWrite, component: string): Promise<void> {
    sequence += 1;
    const object = renderEvent(event, component, { nowMs: clock.now(), sequence });
    written.set(key, { object: await client.create(object), count: 1 });
    const oldest = written.keys().next().value;
    if (written.size > REMEMBERED && oldest !== undefined) written.delete(oldest);
  }

  async function write(event: EventWrite, component: string): Promise<void> {
    const { about, type, reason, message } = event;
    const key = [component, about.metadata.uid, type, reason, message].join('|');
    try {
      if (!(await countUp(key))) await add(key, event, component);
    } catch (error) {
      log.debug('event not written', { reason, message, error });
    }
    waiting -= 1;
  }

  return {
    record(event, component) {
      if (waiting >= MOST_WAITING) return;
      waiting += 1;
      last = last.then(() => write(event, component));
    },
    drained: () => last,
  };
}

function renderEvent(
  event: EventWrite,
  component: string,
  stamp: { nowMs: number; sequence: number },
): KubeObject {
  const { about, type, reason, message } = event;
  const { name, namespace, uid, resourceVersion } = about.metadata;
  const unique = (stamp.nowMs * 4_096 + (stamp.sequence % 4_096)).toString(16);
  const at = timestamp(stamp.nowMs);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name}.${unique}`, namespace: namespace ?? 'default' },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    type,
    reason,
    message,
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
    source: { component },
    reportingComponent: component,
    reportingInstance: '',
  };
}
