/** What one pod of a template will ask for, once the namespace's LimitRanges have filled it in. Pure. */
import type { KubeObject } from '../api/object.ts';
import { parseQuantity } from '../api/quantity.ts';

/** By resource as quotas name it: `requests.cpu`, `limits.memory`; in cores, bytes or pieces. */
export type Amounts = Record<string, number>;

export interface PodResources {
  amounts: Amounts;
  /** By resource that quotas demand of every container: the containers that do not say it. */
  unsaid: (resource: string) => string[];
  /** Neither requests nor limits of cpu or memory. */
  bestEffort: boolean;
}

interface Container {
  name: string;
  restartPolicy?: string;
  resources?: { requests?: Quantities; limits?: Quantities };
}

type Quantities = Record<string, string | number>;

interface LimitItem {
  type: string;
  default?: Quantities;
  defaultRequest?: Quantities;
}

export interface PodTemplateSpec {
  containers?: Container[];
  initContainers?: Container[];
  overhead?: Quantities;
}

export function podSpecOf(template: unknown): PodTemplateSpec {
  return (template as { spec?: PodTemplateSpec } | undefined)?.spec ?? {};
}

/** As the scheduler counts: containers and sidecars together, or the hungriest init container. */
export function resourcesOf(
  spec: PodTemplateSpec,
  limitRanges: readonly KubeObject[],
): PodResources {
  const items = limitRanges.flatMap(
    (range) => (range['spec'] as { limits?: LimitItem[] } | undefined)?.limits ?? [],
  );
  const defaults = items.filter(({ type }) => type === 'Container');
  const filled = (containers: Container[] = []) =>
    containers.map((container) => ({ container, amounts: amountsOf(container, defaults) }));
  const mains = filled(spec.containers);
  const inits = filled(spec.initContainers);
  const isSidecar = ({ container }: { container: Container }) =>
    container.restartPolicy === 'Always';
  const together = [...mains, ...inits.filter((init) => isSidecar(init))].map((c) => c.amounts);
  const amounts = sum(together);
  for (const init of inits.filter((one) => !isSidecar(one)))
    for (const [name, value] of Object.entries(init.amounts))
      amounts[name] = Math.max(amounts[name] ?? 0, value);
  for (const [name, value] of Object.entries(spec.overhead ?? {}))
    for (const key of [`requests.${name}`, `limits.${name}`])
      if (key in amounts || key.startsWith('requests'))
        amounts[key] = (amounts[key] ?? 0) + parseQuantity(value);
  const all = [...mains, ...inits];
  return {
    amounts,
    unsaid: (resource) => all.filter((c) => !(resource in c.amounts)).map((c) => c.container.name),
    bestEffort: !Object.keys(amounts).some((name) => /\.(cpu|memory)$/.test(name)),
  };
}

/** A request that is not said is the limit where there is one, else the default of the namespace. */
function amountsOf({ resources = {} }: Container, defaults: readonly LimitItem[]): Amounts {
  const limits = { ...pick(defaults, 'default'), ...resources.limits };
  const requests = {
    ...pick(defaults, 'defaultRequest'),
    ...resources.limits,
    ...resources.requests,
  };
  const amounts: Amounts = {};
  for (const [name, value] of Object.entries(limits))
    amounts[`limits.${name}`] = parseQuantity(value);
  for (const [name, value] of Object.entries(requests))
    amounts[`requests.${name}`] = parseQuantity(value);
  return amounts;
}

function pick(items: readonly LimitItem[], field: 'default' | 'defaultRequest'): Quantities {
  return Object.assign({}, ...items.map((item) => item[field] ?? {})) as Quantities;
}

function sum(all: readonly Amounts[]): Amounts {
  const total: Amounts = {};
  for (const amounts of all)
    for (const [name, value] of Object.entries(amounts)) total[name] = (total[name] ?? 0) + value;
  return total;
}
