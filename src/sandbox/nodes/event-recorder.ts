/** Kubernetes Events about objects, sent without waiting and without failing anybody. */
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import type { KubeClient } from '../../ports/kube.ts';
import type { Log } from '../../ports/log.ts';
import { timestamp } from './pod.ts';

export interface ObjectEvent {
  about: KubeObject;
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export type RecordEvent = (event: ObjectEvent) => void;

const MESSAGE_LENGTH_MAX = 1_024;

export function eventRecorder(
  deps: { client: KubeClient; clock: Clock; log: Log; random: () => number },
  component: string,
): RecordEvent {
  return ({ about, type, reason, message }) => {
    const { name, namespace = 'default', uid } = about.metadata;
    const at = timestamp(deps.clock.now());
    const suffix = Math.floor(deps.random() * 2 ** 48).toString(16);
    const event = {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${suffix}`, namespace },
      involvedObject: { apiVersion: about.apiVersion, kind: about.kind, name, namespace, uid },
      type,
      reason,
      message: message.slice(0, MESSAGE_LENGTH_MAX),
      source: { component },
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    };
    // An event is a courtesy: a namespace that is being deleted refuses it, and that is fine.
    deps.client.create(event).catch((error: unknown) => {
      deps.log.debug('event not recorded', { reason, name, error: String(error) });
    });
  };
}
