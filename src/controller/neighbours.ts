/** What else in the namespace concerns the pods of a workload: what a release would take from
 * others, and what others would do to it. */
import { gitopsTool } from '../api/gitops.ts';
import { GROUP, KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import { type Caches, targetName } from './caches.ts';
import { type LabelSelector, matchesSelector } from '../api/label-selector.ts';
import { pairsOf, podLabels, selectorOf, specOf } from './labels.ts';

interface At {
  namespace: string;
  /** The workload. */
  target: KubeObject;
  /** The Services by which it is released. */
  services: readonly string[];
}

/** Services whose other pods would be left without traffic: a version is told by its hash, and
 * the pods of another owner have another one. */
export function foreignPods(caches: Caches, { namespace, target, services }: At): Problem[] {
  return services.flatMap((name) => {
    const selector = selectorOf(caches.services.get(namespace, name));
    if (Object.keys(selector).length === 0) return [];
    return deploymentsWith(caches, namespace, { matchLabels: selector })
      .filter((other) => other.metadata.uid !== target.metadata.uid && wantsPods(other))
      .map(({ metadata: other }) => ({
        field: `Service ${name}`,
        message: `it also selects the pods of Deployment ${other.name}, which would get no traffic during a release`,
        fix: `give it a selector that only Deployment ${target.metadata.name} matches`,
      }));
  });
}

/** What does not keep a release from being good, but may surprise. */
export function warningsOf(caches: Caches, at: At): Problem[] {
  return [...otherServices(caches, at), ...budgets(caches, at), ...scalers(caches, at)];
}

/** What Segue puts back a tool would write again: each way back would begin the next try. */
export function revertWarnings(
  { onFailure }: Pick<PolicySpec, 'onFailure'>,
  target: KubeObject,
): Problem[] {
  const tool = onFailure.revertTemplate === true ? gitopsTool(target) : undefined;
  if (tool === undefined) return [];
  return [
    {
      field: 'spec.onFailure.revertTemplate',
      message: `${tool} applies ${target.kind} ${target.metadata.name} from Git: it writes a template that was taken back again, which begins the next try, again and again`,
      fix: 'take it out, since a template that was taken back is not tried again by itself; revert it in Git',
    },
  ];
}

/** A label that no node has makes one batch of all of them. */
export function nodeWarnings(caches: Caches, { strategy }: PolicySpec, kind: string): Problem[] {
  const { label } = strategy.rolling?.nodesBy ?? {};
  if (kind !== 'DaemonSet' || label === undefined) return [];
  const nodes = caches.nodes.list();
  if (nodes.length === 0 || nodes.some(({ metadata }) => metadata.labels?.[label] !== undefined))
    return [];
  return [
    {
      field: 'spec.strategy.rolling.nodesBy.label',
      message: `no node has the label ${label}, so that all of them are in one batch`,
      fix: "correct it ('kubectl get nodes --show-labels' has those there are), or write batch in its place",
    },
  ];
}

function otherServices(caches: Caches, { namespace, target, services }: At): Problem[] {
  const labels = podLabels(target);
  const found = pairsOf(labels).flatMap((pair) =>
    caches.services.byIndex('selects', `${namespace}/${pair}`),
  );
  return unique(found)
    .filter((service) => !services.includes(service.metadata.name) && !isSegues(service))
    .filter((service) => matchesSelector({ matchLabels: selectorOf(service) }, labels))
    .map(({ metadata: { name } }) => ({
      field: `Service ${name}`,
      message: 'it selects the same pods, so during a release it leads to both versions',
      fix: 'add it to spec.traffic.services, unless that is wanted',
    }));
}

/** Percentages are taken of the pods of both versions together, a number is not. */
function budgets(caches: Caches, { namespace, target }: At): Problem[] {
  const labels = podLabels(target);
  const keys = [...pairsOf(labels).map((pair) => `${namespace}/${pair}`), `${namespace}/`];
  return unique(keys.flatMap((key) => caches.budgets.byIndex('label', key)))
    .filter((budget) => matchesSelector(specOf(budget)['selector'] as LabelSelector, labels))
    .flatMap((budget) => {
      if (target.kind === 'DaemonSet') return uncountable(budget);
      const { minAvailable } = specOf(budget) as { minAvailable?: number | string };
      if (minAvailable === undefined || `${minAvailable}`.endsWith('%')) return [];
      return [
        {
          field: `PodDisruptionBudget ${budget.metadata.name}`,
          message: `minAvailable: ${minAvailable} counts the pods of both versions during a release, so all of one may be evicted`,
          fix: 'write maxUnavailable, or minAvailable in percent',
        },
      ];
    });
}

/** Kubernetes cannot tell how many pods a DaemonSet is to have, and has such a budget allow nothing. */
function uncountable({ metadata: { name }, ...budget }: KubeObject): Problem[] {
  const { minAvailable } = (budget['spec'] ?? {}) as { minAvailable?: number | string };
  if (typeof minAvailable === 'number') return [];
  return [
    {
      field: `PodDisruptionBudget ${name}`,
      message:
        'of the pods of a DaemonSet only a number in minAvailable can be counted, so that it allows no eviction, and a release waits for it',
      fix: 'write minAvailable as a number',
    },
  ];
}

function scalers(caches: Caches, { namespace, target }: At): Problem[] {
  return caches.scalers
    .byIndex('target', `${namespace}/${targetName(target.kind, target.metadata.name)}`)
    .filter((scaler) => hasValueMetric(scaler))
    .map(({ metadata: { name } }) => ({
      field: `HorizontalPodAutoscaler ${name}`,
      message:
        'a metric of type Value is multiplied by the ready pods of both versions during a release, so it scales too far',
      fix: 'use AverageValue or a resource metric',
    }));
}

interface Metric {
  type?: string;
  object?: MetricSource;
  external?: MetricSource;
}

/** autoscaling/v2 has a target, autoscaling/v1 and v2beta1 name it in the field. */
interface MetricSource {
  target?: { type?: string };
  targetValue?: unknown;
  averageValue?: unknown;
  targetAverageValue?: unknown;
}

/** Where an autoscaling/v1 object keeps the metrics that version has no fields for. */
const METRICS_ANNOTATION = 'autoscaling.alpha.kubernetes.io/metrics';

function hasValueMetric(scaler: KubeObject): boolean {
  const metrics = (specOf(scaler)['metrics'] as Metric[] | undefined) ?? annotated(scaler);
  return metrics.some(({ object, external }) => {
    const source = object ?? external;
    if (!source) return false;
    if (source.target?.type !== undefined) return source.target.type === 'Value';
    const averaged = source.averageValue ?? source.targetAverageValue;
    return source.targetValue !== undefined && averaged === undefined;
  });
}

function annotated({ metadata }: KubeObject): Metric[] {
  try {
    const parsed: unknown = JSON.parse(metadata.annotations?.[METRICS_ANNOTATION] ?? '[]');
    return Array.isArray(parsed) ? (parsed as Metric[]) : [];
  } catch {
    return [];
  }
}

/** Deployments whose pods such a selector finds; by the rarest of its labels, since some labels
 * are on everything. */
export function deploymentsWith(
  caches: Caches,
  namespace: string,
  selector: LabelSelector,
): KubeObject[] {
  const lists = pairsOf(selector.matchLabels ?? {}).map((pair) =>
    caches.deployments.byIndex('label', `${namespace}/${pair}`),
  );
  const [fewest = []] = lists.toSorted((a, b) => a.length - b.length);
  return fewest.filter((deployment) => matchesSelector(selector, podLabels(deployment)));
}

function wantsPods(deployment: KubeObject): boolean {
  return specOf(deployment)['replicas'] !== 0;
}

function isSegues({ metadata }: KubeObject): boolean {
  return (metadata.ownerReferences ?? []).some(
    ({ kind, apiVersion }) => kind === KINDS.release.kind && apiVersion.startsWith(`${GROUP}/`),
  );
}

function unique(objects: KubeObject[]): KubeObject[] {
  return [...new Set(objects)];
}
