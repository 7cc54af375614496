/** Seeds in which the pods read a ConfigMap that is released with them, and that people change. */
import type { KubeObject } from '../api/object.ts';
import type { Act } from './acts.ts';
import { Chance } from './chance.ts';
import { sizeOf, targetOf } from './facts.ts';
import type { ModelApi } from './model-api.ts';
import { RELEASE_AT_MS, type Scenario, scenarioOf } from './scenario.ts';

const LEVELS = ['one', 'two', 'three'];

/** The same as without, but for the ConfigMap: each drawn apart. */
export function configuredScenarioOf(seed: number, router: string): Scenario {
  const scenario = scenarioOf(seed, { router });
  const chance = new Chance(`config ${seed}`);
  const quiet = chance.from(['1s', '5s', '5s', '12s']);
  const policy = { ...scenario.policy, config: { watch: true, quiet } };
  const acts = [...scenario.acts, ...changesOf(chance, scenario)];
  const endMs = Math.max(scenario.endMs, ...acts.map((act) => ('atMs' in act ? act.atMs : 0)));
  return { ...scenario, policy, config: 'one', acts, endMs };
}

/** With the first image, a moment before or after it, or whenever it comes. */
function changesOf(chance: Chance, { quiet, endMs }: Scenario): Act[] {
  const level = () => chance.from(LEVELS);
  const beside: Act[] = chance.maybe(0.5)
    ? [{ atMs: RELEASE_AT_MS + chance.between(-800, 800), does: 'configure', level: 'two' }]
    : [];
  // What comes half way may find a release ended or not, which restarts decide.
  if (quiet) return beside;
  const later = Array.from({ length: chance.from([0, 1, 1, 2]) }, (): Act => {
    const when = chance.maybe(0.4)
      ? { atWrite: chance.between(4, 45) }
      : { atMs: chance.between(RELEASE_AT_MS - 6_000, endMs) };
    return { ...when, does: 'configure', level: level() };
  });
  return [...beside, ...later];
}

export function configMapObject(level: string): KubeObject {
  const metadata = { name: 'web', namespace: 'shop' };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { LEVEL: level } };
}

/** What is tried: the digest that Segue has written beside the image. */
function configIn(object: KubeObject | undefined): string {
  const { template } = (object?.['spec'] ?? {}) as {
    template?: { metadata?: { annotations?: Record<string, string> } };
  };
  return template?.metadata?.annotations?.['segue.dev/config'] ?? '';
}

interface Remembered {
  conditions?: { type: string; reason: string }[];
  target?: { config?: { objects: { data?: { LEVEL?: string } }[] } };
}

/** At rest, with nothing left to release: users have what is stored, and that is remembered. */
export function unreleasedConfig(api: ModelApi): string | undefined {
  const { conditions = [], target } = statusOf(api.get('ReleasePolicy', 'web'));
  if (conditions.find(({ type }) => type === 'Ready')?.reason !== 'Held') return undefined;
  const stored = levelOf(api.get('ConfigMap', 'web'));
  const known = levelOf(target?.config?.objects[0]);
  if (known !== stored) return `${stored} is stored, ${known} is what users have`;
  const running = api.all('ReplicaSet').find((set) => sizeOf(set) > 0);
  const [wanted, has] = [configIn(targetOf(api)), configIn(running)];
  return !running || wanted === has ? undefined : `the template says ${wanted}, its set ${has}`;
}

function statusOf(policy: KubeObject | undefined): Remembered {
  return (policy?.['status'] ?? {}) as Remembered;
}

function levelOf(object: object | undefined): string | undefined {
  return (object as { data?: { LEVEL?: string } } | undefined)?.data?.LEVEL;
}
