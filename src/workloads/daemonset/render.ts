/**
 * The writes that a DaemonSet is still missing. Held it is `OnDelete`: no pod is replaced but those that Segue
 * asks to go, and each comes anew with the version of the template (docs/adr/0013-daemonsets.md).
 */
import { HELD_ANNOTATION } from '../../api/group.ts';
import type { PodOnNode, WorkloadIntent, WorkloadObjects } from '../../ports/workload.ts';
import type { DeleteWrite, PatchWrite, Write } from '../../ports/write.ts';
import { deletePod, HELD_PATH, letGoWrites, patchSet, templateWrites } from '../set-writes.ts';
import { runningRevision, type TargetView, type View, viewOf } from './view.ts';

/** One write of the DaemonSet at most, and those of pods only where it needs none. */
export function render(intent: WorkloadIntent, objects: WorkloadObjects): Write[] {
  const view = viewOf(objects);
  if (!view) return [];
  const { target } = view;
  if (!intent.held) return letGo(intent, view);
  // Before it is held a template that is written would go out.
  const held = holdWrites(target);
  const stored = held.length > 0 ? held : markedTemplate(intent, target);
  if (stored.length > 0) return stored;
  // Until its controller has seen that, a pod that goes may come with the version it had.
  return target.observed ? podWrites(intent, target) : [];
}

/** The strategy of its user goes into the write that replaces it. */
function holdWrites(target: TargetView): PatchWrite[] {
  if (target.kept && target.onDelete) return [];
  const { strategy, kept } = target;
  const annotation = JSON.stringify({ ...kept, strategy });
  const body = {
    metadata: { annotations: { [HELD_ANNOTATION]: annotation } },
    spec: { updateStrategy: { type: 'OnDelete', rollingUpdate: null } },
  };
  return [patchSet(target, body, 'hold: no pod is changed')];
}

/** Says in the same write whose template it is. */
function markedTemplate(intent: WorkloadIntent, target: TargetView): PatchWrite[] {
  const writes = templateWrites(intent, target);
  if (intent.standIn === target.kept?.standIn) return writes;
  const annotation = { strategy: target.strategy, ...(intent.standIn && { standIn: true }) };
  const value = { op: 'add', path: HELD_PATH, value: JSON.stringify(annotation) };
  return writes.map((write) => ({
    ...write,
    body: [...(write.body as unknown[]), value],
  }));
}

/** What runs decides which template changes no pod. */
function letGo(intent: WorkloadIntent, view: View): PatchWrite[] {
  const { target } = view;
  return letGoWrites(intent, target, {
    kept: target.kept !== undefined,
    rewritten: !target.onDelete,
    running: runningRevision(view)?.templateHash,
  });
}

function podWrites({ nodes }: WorkloadIntent, target: TargetView): DeleteWrite[] {
  if (!nodes) return [];
  const going = (pod: PodOnNode, why: string) =>
    deletePod({ ...pod, namespace: target.namespace }, why);
  return [
    ...nodes.delete.map((pod) =>
      going(pod, `replace ${pod.name} on ${pod.node}, which is not ready`),
    ),
    ...nodes.evict.map((pod) => ({
      ...going(pod, `ask ${pod.name} on ${pod.node} to go`),
      evict: true as const,
    })),
  ];
}
