/** Presets that count a failed call of gRPC as a good request, where calls of gRPC are what is released. */
import type { Check } from '../api/check.ts';
import { askedOf } from '../api/check-sources/index.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { PresetName } from '../api/preset.ts';
import type { Problem } from '../api/problem.ts';
import { routedObjects } from '../api/routed.ts';
import { chosenRouter } from '../api/traffic.ts';

/** Requests that a router of the policy sees are calls of gRPC for certain. */
export function routesCalls(traffic: PolicySpec['traffic']): boolean {
  return (traffic?.routers ?? []).some((router) => {
    const { name = '', config } = chosenRouter(router) ?? {};
    return routedObjects(name, config).some(({ able }) => able.calls);
  });
}

/** What a check makes of calls that fail. `preset` is one that takes them for good. */
export interface Sight {
  check: Check;
  missedBy?: { preset: PresetName; field: string } | undefined;
}

/**
 * Of each check what is wrong with it: a preset that misses failed calls is a problem where no other check may see them.
 * How a check with queries of its own counts is its own to say.
 */
export function missedCalls(checks: readonly Sight[]): (Problem | undefined)[] {
  const isSeen = checks.some(({ check, missedBy }) => !missedBy && mayFail(check));
  return checks.map(({ check, missedBy }) =>
    isSeen || !missedBy || check.dryRun === true
      ? undefined
      : {
          field: missedBy.field,
          message:
            `${missedBy.preset} counts a failed call of gRPC as a good request, as its status of HTTP is 200, and no ` +
            'other check sees it fail',
          fix: FIX,
        },
  );
}

const FIX =
  'write preset: grpc, which asks grpc_server_handled_total of the pods, or in a mesh istio or linkerd, or add a ' +
  'check with queries that count failed calls';

function mayFail(check: Check): boolean {
  return check.dryRun !== true && askedOf(check).histogram === undefined;
}
