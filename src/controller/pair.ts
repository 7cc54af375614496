/** Of two Deployments that take turns: which of them the Services lead to, and what is in the way of it. */
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import { type Caches, trafficObjects } from './caches.ts';
import { type Labels, podLabels, selectorOf, specOf } from './labels.ts';

type Spec = Pick<PolicySpec, 'targetRef' | 'pairRef' | 'traffic'>;

export interface PairNames {
  live: string;
  idle: string;
}

/** The two by their roles, as the first Service says; the target is the live one while none says so. */
export function pairNames(caches: Caches, namespace: string, spec: Spec): PairNames | undefined {
  if (!spec.pairRef) return undefined;
  const [first, second] = [spec.targetRef.name, spec.pairRef.name];
  const leadsTo = (name: string) =>
    servicesOf(caches, namespace, spec).some((service) =>
      selects(service, caches.deployments.get(namespace, name)),
    );
  return leadsTo(second) && !leadsTo(first)
    ? { live: second, idle: first }
    : { live: first, idle: second };
}

function servicesOf(caches: Caches, namespace: string, { traffic }: Spec): KubeObject[] {
  const objects = trafficObjects(caches, namespace);
  return (traffic?.services ?? []).flatMap(({ name }) => objects.get(KINDS.service, name) ?? []);
}

function selects(service: KubeObject, deployment: KubeObject | undefined): boolean {
  if (!deployment) return false;
  const labels = podLabels(deployment);
  const wanted = Object.entries(selectorOf(service));
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value);
}

/** What keeps the two from taking turns. */
export function pairProblems(caches: Caches, namespace: string, spec: PolicySpec): Problem[] {
  const names = pairNames(caches, namespace, spec);
  if (!names) return [];
  const live = caches.deployments.get(namespace, names.live);
  const idle = caches.deployments.get(namespace, names.idle);
  if (!live) return [];
  const overlap = idle ? overlapProblems(live, idle) : [];
  if (overlap.length > 0) return overlap;
  return servicesOf(caches, namespace, spec).flatMap((service) =>
    serviceProblems(service, live, idle),
  );
}

/** Two that select the same pods cannot be told apart by any Service. */
function overlapProblems(live: KubeObject, idle: KubeObject): Problem[] {
  if (colourKeys(live, idle).length > 0) return [];
  const [one, other] = [live.metadata.name, idle.metadata.name];
  return [
    {
      field: 'spec.pairRef.name',
      message: `the selectors of Deployments ${one} and ${other} differ in no label`,
      fix: 'give both the same label with two values in spec.selector.matchLabels, version: blue and version: green; a Deployment has to be made anew for that',
    },
  ];
}

function colourKeys(one: KubeObject, other: KubeObject): string[] {
  const [ours, theirs] = [matchLabels(one), matchLabels(other)];
  return Object.keys(ours).filter((key) => key in theirs && ours[key] !== theirs[key]);
}

function matchLabels(deployment: KubeObject): Labels {
  const selector = specOf(deployment)['selector'] as { matchLabels?: Labels } | undefined;
  return selector?.matchLabels ?? {};
}

function serviceProblems(
  service: KubeObject,
  live: KubeObject,
  idle: KubeObject | undefined,
): Problem[] {
  const { name } = service.metadata;
  const field = `Service ${name}`;
  const selector = selectorOf(service);
  if (!selects(service, live)) return [astray(service, live, idle)];
  if (!idle) return [];
  const keys = colourKeys(live, idle);
  const named = keys.filter((key) => key in selector);
  if (named.length === 0) {
    const example = `${keys[0]}: ${matchLabels(live)[keys[0] ?? '']}`;
    return [
      {
        field,
        message: `it leads to both Deployments ${live.metadata.name} and ${idle.metadata.name}`,
        fix: `add ${example} to its selector, so that it names the one with the traffic`,
      },
    ];
  }
  const moved = { ...selector, ...pick(matchLabels(idle), named) };
  const labels = podLabels(idle);
  const wrong = Object.entries(moved).find(([key, value]) => labels[key] !== value);
  if (!wrong) return [];
  return [
    {
      field,
      message: `it could not lead to Deployment ${idle.metadata.name}, whose pods have no label ${wrong.join(': ')}`,
      fix: 'give the pods of both what the Service selects, but for the labels that tell them apart',
    },
  ];
}

function pick(labels: Labels, keys: readonly string[]): Labels {
  return Object.fromEntries(keys.map((key) => [key, labels[key] ?? '']));
}

function astray(service: KubeObject, live: KubeObject, idle: KubeObject | undefined): Problem {
  const field = `Service ${service.metadata.name}`;
  const selector = Object.entries(selectorOf(service)).map((pair) => pair.join('='));
  if (idle && selects(service, idle))
    return {
      field,
      message: `it leads to Deployment ${idle.metadata.name}, and another one to ${live.metadata.name}`,
      fix: 'let all Services of spec.traffic.services lead to the same one of the two; one that always shows one of them needs no mention',
    };
  return {
    field,
    message: `it selects ${selector.join(',')}, which are the pods of neither of the two Deployments`,
    fix: `let its selector name the one with the traffic, as Deployment ${live.metadata.name} labels its pods`,
  };
}
