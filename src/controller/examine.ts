/** What the controller would find in the way of policies, by one look at a namespace: only reads. */
import { API_VERSION, KINDS } from '../api/group.ts';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { PolicySpec, PolicyStatus } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import { targetProblems, routerProblems, withDefinitions } from '../engine/index.ts';
import type { InformerOptions } from '../ports/informer.ts';
import type { KubeClient } from '../ports/kube.ts';
import { type Caches, createCaches, isOpen, kindOf } from './caches.ts';
import { definitionAt, wantedKinds } from './custom-needs.ts';
import { Listed } from './listed.ts';
import { problemsOf, warningsFor } from './observe.ts';
import { heldName, targetOf } from './target.ts';
import type { TrafficParts } from './traffic.ts';

interface ExaminedNamespace {
  namespace: string;
  /** With what its ReleaseDefaults and CheckTemplates say, and nothing wrong in them by themselves. */
  policies: readonly { name: string; spec: PolicySpec }[];
  /** What will be there beside what is there: manifests. */
  beside: readonly KubeObject[];
}

interface Examined {
  problems: Problem[];
  warnings: Problem[];
  /** Its release in progress: until that has ended nothing else can be said. */
  releasing?: string;
}

/** @throws KubeError where a kind may not be listed */
export async function examine(
  parts: TrafficParts,
  client: KubeClient,
  { namespace, policies, beside }: ExaminedNamespace,
): Promise<Examined[]> {
  const routerKinds = [...parts.routers.values()].flatMap(({ kinds }) => kinds);
  const all: Listed[] = [];
  const informer = (kind: GroupKind, options: InformerOptions = {}) => {
    const optional = isSame(kind, UNASKED) ? { mayBeRefused: '' } : {};
    const listed = new Listed(kind, { ...options, ...optional });
    all.push(listed);
    return listed;
  };
  const caches = createCaches({ informer }, { namespace, routerKinds });
  const needed = all.filter(({ kind }) => !isSame(kind, UNREAD));
  const read = async (these: readonly Listed[]) => {
    await Promise.all(these.map((listed) => listed.fill(client)));
    for (const object of beside) laidOver(these, namespace, object);
  };
  await read(needed);
  for (const { name, spec } of policies) {
    const made = { apiVersion: API_VERSION, kind: KINDS.releasePolicy.kind };
    laidOver(all, namespace, { ...made, metadata: { name }, spec });
  }
  // The definitions, and then the kinds that those name.
  for (const _ of ['definitions', 'kinds']) {
    const before = all.length;
    caches.custom.want(wantedKinds(caches));
    await read(all.slice(before));
  }
  return policies.map(({ name, spec }) => examined(parts, caches, { namespace, name, spec }));
}

/** Asked for by releases only, or said by the policies already. */
const UNREAD = [
  KINDS.releaseRequest,
  KINDS.replicaSet,
  KINDS.endpointSlice,
  KINDS.releaseDefaults,
  KINDS.checkTemplate,
];
/** What is only warned of. */
const UNASKED = [KINDS.podDisruptionBudget, KINDS.horizontalPodAutoscaler];

function isSame(kind: GroupKind, kinds: readonly GroupKind[]): boolean {
  return kinds.some((one) => one.group === kind.group && one.kind === kind.kind);
}

/** What a manifest does not say stays as it is stored. */
function laidOver(all: readonly Listed[], namespace: string, object: KubeObject): void {
  const listed = all.find(({ kind }) => isSame(kind, [kindOf(object)]));
  const { name } = object.metadata;
  if (!listed || (object.metadata.namespace ?? namespace) !== namespace) return;
  const stored = listed.get(namespace, name);
  const uid = stored?.metadata.uid ?? `manifest ${object.kind} ${name}`;
  listed.observe({
    ...stored,
    ...object,
    metadata: { ...stored?.metadata, ...object.metadata, namespace, uid },
    ...specOver(object, stored),
  });
}

function specOver(object: KubeObject, stored: KubeObject | undefined): { spec?: object } {
  // A policy says all that it is; of other kinds the API server has filled in what a manifest leaves out.
  if (object.kind === KINDS.releasePolicy.kind || !stored) return {};
  return { spec: { ...(stored['spec'] as object), ...(object['spec'] as object) } };
}

function examined(
  parts: TrafficParts,
  caches: Caches,
  { namespace, name, spec }: { namespace: string; name: string; spec: PolicySpec },
): Examined {
  const policy = caches.policies.get(namespace, name) as KubeObject;
  const status = (policy['status'] ?? {}) as PolicyStatus;
  const open = caches.releases.byIndex('policy', `${namespace}/${name}`).find(isOpen);
  if (open) return { problems: [], warnings: [], releasing: open.metadata.name };
  const missing: Problem[] = targetOf(caches, policy)
    ? []
    : [
        {
          field: 'spec.targetRef.name',
          message: `${spec.targetRef.kind} ${heldName(caches, policy)} does not exist`,
          fix: 'create it, or correct the name',
        },
      ];
  const whole = withDefinitions(spec, (route) => definitionAt(caches, namespace, route));
  return {
    problems: [
      // By what its definitions say, which it does not say itself.
      ...routerProblems(whole),
      ...targetProblems({ spec, status }),
      ...missing,
      ...problemsOf(parts, caches, policy),
    ],
    warnings: warningsFor(caches, policy),
  };
}
