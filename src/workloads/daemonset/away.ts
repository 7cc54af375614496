/** Nodes on which nothing can be released at present, and why. */
import type { KubeObject } from '../../api/object.ts';
import { fields, list, text } from '../fields.ts';

interface Taint {
  key: string;
  value: string;
  effect: string;
}

export interface Away {
  /** For people. */
  because: string;
  /** Its controller counts the node all the same. */
  wanted: boolean;
}

/** What the controller of DaemonSets lets every pod of theirs tolerate. */
const ALWAYS = [
  ...['not-ready', 'unreachable'].map((name) => tolerated(name, 'NoExecute')),
  ...['disk-pressure', 'memory-pressure', 'pid-pressure', 'unschedulable'].map((name) =>
    tolerated(name, 'NoSchedule'),
  ),
];

function tolerated(name: string, effect: string) {
  return { key: `node.kubernetes.io/${name}`, operator: 'Exists', effect };
}

/** Undefined where its pod can be replaced. */
export function awayOf(node: KubeObject | undefined, template: unknown): Away | undefined {
  if (!node || node.metadata.deletionTimestamp)
    return { because: 'the node is gone', wanted: false };
  const spec = fields(node['spec']);
  const untolerated = taintsOf(spec).find((taint) => !toleratesIn(template, taint));
  const wanted = untolerated === undefined;
  if (!isReady(node)) return { because: 'it is not ready', wanted };
  if (spec['unschedulable'] === true) return { because: 'it is cordoned', wanted };
  if (!untolerated) return undefined;
  const { key, value, effect } = untolerated;
  const taint = `${key}${value === '' ? '' : `=${value}`}:${effect}`;
  return { because: `the pods do not tolerate its taint ${taint}`, wanted };
}

function isReady(node: KubeObject): boolean {
  const conditions = list(fields(node['status'])['conditions']);
  return conditions.some((one) => one['type'] === 'Ready' && one['status'] === 'True');
}

/** Those that keep a pod from coming. */
function taintsOf(spec: Record<string, unknown>): Taint[] {
  return list(spec['taints'])
    .map((one) => ({
      key: text(one['key']),
      value: text(one['value']),
      effect: text(one['effect']),
    }))
    .filter(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute');
}

function toleratesIn(template: unknown, taint: Taint): boolean {
  const pod = fields(fields(template)['spec']);
  const network =
    pod['hostNetwork'] === true ? [tolerated('network-unavailable', NO_SCHEDULE)] : [];
  return [...list(pod['tolerations']), ...ALWAYS, ...network].some((one) => tolerates(one, taint));
}

const NO_SCHEDULE = 'NoSchedule';

/** An empty effect is every effect, an empty key with Exists every key. */
function tolerates(toleration: Record<string, unknown>, { key, value, effect }: Taint): boolean {
  const has = (name: string) => text(toleration[name]);
  if (has('effect') !== '' && has('effect') !== effect) return false;
  if (has('key') !== '' && has('key') !== key) return false;
  if (has('operator') === 'Exists') return true;
  return has('key') !== '' && has('value') === value;
}
