/** Whether objects of kinds that only definitions name may be written. Somebody else gives those rights, and a release
 * that may not write its route would stand still; so it is tried before, by a patch of nothing that is not kept. */
import type { GroupKind, ObjectName } from '../api/object.ts';
import type { Problem } from '../api/problem.ts';
import { routedObjects, routedTitle } from '../api/routed.ts';
import { FIELD_MANAGER } from '../api/group.ts';
import { releaseTraffic, type Snapshot } from '../engine/index.ts';
import type { Clock } from '../ports/clock.ts';
import { type KubeClient, KubeError } from '../ports/kube.ts';

/** As often as it is asked again while a policy is not valid, and while it is. */
const REFUSED_MS = 10_000;
const ALLOWED_MS = 60_000;

interface Asked {
  atMs: number;
  /** Why it is refused; undefined where it is not, or where that cannot be known. */
  refusal: string | undefined;
}

export class PatchRights {
  readonly #client: Pick<KubeClient, 'patch'>;
  readonly #clock: Clock;
  readonly #asked = new Map<string, Asked>();

  constructor(client: Pick<KubeClient, 'patch'>, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** Of a policy that nothing else keeps from releasing, while it does not. */
  async problems(
    namespace: string,
    { policy, release, problems }: Pick<Snapshot, 'policy' | 'release' | 'problems'>,
  ): Promise<Problem[]> {
    if (!policy || policy.deleting || release || problems.length > 0) return [];
    const own = (releaseTraffic(policy.spec)?.routers ?? []).filter(
      ({ name }) => name === 'custom',
    );
    const objects = own.flatMap(({ name, config }) => routedObjects(name, config));
    const found: Problem[] = [];
    for (const object of objects) {
      const { kind, name } = object;
      const refusal = await this.#refusal({ ...kind, namespace, name });
      if (refusal !== undefined) found.push(notPatched(routedTitle(object), kind, refusal));
    }
    return found;
  }

  async #refusal(name: ObjectName): Promise<string | undefined> {
    const key = [name.group, name.kind, name.namespace, name.name].join('/');
    const known = this.#asked.get(key);
    const now = this.#clock.now();
    const freshMs = known?.refusal === undefined ? ALLOWED_MS : REFUSED_MS;
    // A moment early: it is looked at again just then.
    if (known && now - known.atMs < freshMs - 500) return known.refusal;
    const asked = { atMs: now, refusal: await this.#try(name) };
    this.#asked.set(key, asked);
    return asked.refusal;
  }

  async #try(name: ObjectName): Promise<string | undefined> {
    const options = { fieldManager: FIELD_MANAGER, dryRun: true };
    try {
      await this.#client.patch(name, { type: 'merge', body: {} }, options);
      return undefined;
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      return error.code === 403 ? error.message : undefined;
    }
  }
}

function notPatched(field: string, { group, kind }: GroupKind, refusal: string): Problem {
  return {
    field,
    message: `the controller may not write it (${refusal})`,
    fix: `allow the controller's ServiceAccount to get, list, watch and patch kind ${kind} of ${group} (docs/spec/routers.md)`,
  };
}
