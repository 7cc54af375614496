/** Kubernetes Events of what happened; best effort, a release never waits for one. */
import { API_VERSION } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseEvent } from '../engine/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';

const MESSAGE_MAX = 1024;

export class EventRecorder {
  private readonly deps: { client: KubeClient; clock: Clock; log: Log };
  private count = 0;

  constructor(deps: { client: KubeClient; clock: Clock; log: Log }) {
    this.deps = deps;
  }

  /** Written at once and not waited for. */
  record(about: KubeObject, events: readonly ReleaseEvent[]): Promise<void[]> {
    return Promise.all(events.map((event) => this.write(about, event)));
  }

  private async write(about: KubeObject, event: ReleaseEvent): Promise<void> {
    const { client, clock, log } = this.deps;
    const now = clock.now();
    const time = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z');
    const { name, namespace, uid, resourceVersion } = about.metadata;
    try {
      await client.create({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: {
          name: `${name}.${now.toString(16)}${(this.count++ % 4096).toString(16).padStart(3, '0')}`,
          namespace: namespace ?? 'default',
        },
        involvedObject: {
          apiVersion: about.apiVersion || API_VERSION,
          kind: about.kind,
          name,
          namespace,
          uid,
          resourceVersion,
        },
        type: event.type,
        reason: event.reason,
        message: event.message.slice(0, MESSAGE_MAX),
        source: { component: 'segue' },
        reportingComponent: 'segue.dev/controller',
        reportingInstance: 'segue',
        firstTimestamp: time,
        lastTimestamp: time,
        count: 1,
      });
    } catch (error) {
      log.warn('an event could not be written', { reason: event.reason, error: String(error) });
    }
  }
}
