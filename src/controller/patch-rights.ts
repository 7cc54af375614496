/** Whether objects of kinds that only definitions name may be written, and would be stored as they are meant. Somebody
 * else gives those rights and says how such an object is written, and a release that may not write its route would stand
 * still; so it is tried before, by patches that are not kept: of nothing, and of what its router wants to have tried. */
import type { GroupKind, KubeObject, ObjectName } from '../api/object.ts';
import type { Problem } from '../api/problem.ts';
import { routedObjects, routedTitle } from '../api/routed.ts';
import { FIELD_MANAGER } from '../api/group.ts';
import {
  compilePlan,
  plannedRules,
  releaseTraffic,
  type Snapshot,
  validatePolicy,
} from '../engine/index.ts';
import type { Clock } from '../ports/clock.ts';
import { type KubeClient, KubeError, type Patch } from '../ports/kube.ts';
import type { RouterScope, TrafficRouter } from '../ports/traffic-router.ts';

/** As often as it is asked again while a policy is not valid, and while it is. */
const REFUSED_MS = 10_000;
const ALLOWED_MS = 60_000;

interface Asked {
  atMs: number;
  /** None where nothing is wrong, or where that cannot be known. */
  problems: Problem[];
}

interface Tried {
  /** `Lane web` */
  title: string;
  at: ObjectName;
  router: TrafficRouter | undefined;
  scope: RouterScope;
}

interface PatchRightsDeps {
  client: Pick<KubeClient, 'patch'>;
  routers: ReadonlyMap<string, TrafficRouter>;
  clock: Clock;
}

export class PatchRights {
  readonly #deps: PatchRightsDeps;
  readonly #asked = new Map<string, Asked>();

  constructor(deps: PatchRightsDeps) {
    this.#deps = deps;
  }

  /** Of a policy that nothing else keeps from releasing, while it does not. */
  async problems(
    namespace: string,
    { policy, release, problems }: Pick<Snapshot, 'policy' | 'release' | 'problems'>,
  ): Promise<Problem[]> {
    if (!policy || policy.deleting || release || problems.length > 0) return [];
    const { services = [], routers = [] } = releaseTraffic(policy.spec) ?? {};
    const own = routers.filter(({ name }) => name === 'custom');
    if (own.length === 0 || validatePolicy(policy.spec).length > 0) return [];
    const rules = plannedRules(compilePlan(policy.spec).plan);
    const found: Problem[] = [];
    for (const { name, config } of own)
      for (const object of routedObjects(name, config)) {
        const at = { ...object.kind, namespace, name: object.name };
        const scope = { namespace, services, config: config as RouterScope['config'], rules };
        const router = this.#deps.routers.get(name);
        found.push(...(await this.#known({ title: routedTitle(object), at, router, scope })));
      }
    return found;
  }

  async #known(tried: Tried): Promise<Problem[]> {
    const { group, kind, namespace, name } = tried.at;
    const key = JSON.stringify([group, kind, namespace, name, tried.scope]);
    const known = this.#asked.get(key);
    const now = this.#deps.clock.now();
    const freshMs = known?.problems.length === 0 ? ALLOWED_MS : REFUSED_MS;
    // A moment early: it is looked at again just then.
    if (known && now - known.atMs < freshMs - 500) return known.problems;
    const asked = { atMs: now, problems: await this.#try(tried) };
    this.#asked.set(key, asked);
    return asked.problems;
  }

  async #try({ title, at, router, scope }: Tried): Promise<Problem[]> {
    const mayWrite = await this.#answer(at, { type: 'merge', body: {} });
    if (mayWrite instanceof KubeError)
      return mayWrite.code === 403 ? [notPatched(title, at, mayWrite.message)] : [];
    const trial = router?.trial?.(scope, mayWrite);
    if (!trial) return [];
    const answer = await this.#answer(at, { type: 'json', body: trial.body });
    if (!(answer instanceof KubeError)) return trial.judge(answer);
    return answer.code === 422 ? [notStored(title, answer.message)] : [];
  }

  async #answer(at: ObjectName, patch: Patch): Promise<KubeObject | KubeError> {
    try {
      return await this.#deps.client.patch(at, patch, {
        fieldManager: FIELD_MANAGER,
        dryRun: true,
      });
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      return error;
    }
  }
}

function notStored(field: string, refusal: string): Problem {
  return {
    field,
    message: `the API server does not take a rule for single requests as the definition says (${refusal})`,
    fix: 'correct match in the definition',
  };
}

function notPatched(field: string, { group, kind }: GroupKind, refusal: string): Problem {
  return {
    field,
    message: `the controller may not write it (${refusal})`,
    fix: `allow the controller's ServiceAccount to get, list, watch and patch kind ${kind} of ${group} (docs/spec/routers.md)`,
  };
}
