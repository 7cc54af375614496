/** What the node agent needs of a pod it runs, however it runs it. */
import type { LogStore } from './log-store.ts';
import type { PodFacts } from './pod-status.ts';
import type { PodObject } from './pod.ts';

export interface PodRuntime {
  readonly podIP: string;
  /** The state now; `recheckMs`: it will change by itself after so long. */
  observe(pod: PodObject): { facts: PodFacts; recheckMs?: number };
  /** Ends the pod within `graceMs`; may be called again, and with less. */
  terminate(graceMs: number): void;
  /** Nothing of the pod runs any more. */
  readonly gone: boolean;
  /** Ends it at once. */
  dispose(): void;
  log(container: string, previous: boolean): LogStore | undefined;
}
