/** What a policy asks of the objects beside it that they do not have: a port, time, a release elsewhere. */
import { parseDuration } from '../api/duration.ts';
import type { SmokeTest } from '../api/gates.ts';
import type { KubeObject } from '../api/object.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import type { Caches } from './caches.ts';
import { specOf } from './labels.ts';

interface Beside {
  namespace: string;
  /** Name of the policy. */
  name: string;
  spec: PolicySpec;
}

export function fittingProblems(
  caches: Caches,
  policy: Beside,
  target: KubeObject | undefined,
): Problem[] {
  return [
    ...portProblems(caches, policy),
    ...(target ? timeProblems(policy.spec, target) : []),
    ...elsewhereProblems(policy),
  ];
}

/** The Services that smoke tests ask have the ports of the user's. */
function portProblems(caches: Caches, { namespace, spec }: Beside): Problem[] {
  const name = spec.traffic?.services[0]?.name ?? '';
  const service = caches.services.get(namespace, name);
  const { ports: all = [] } = service ? (specOf(service) as { ports?: { port: number }[] }) : {};
  const ports = all.map(({ port }) => port);
  if (ports.length === 0) return [];
  return smokeTests(spec).flatMap(({ field, tests }) =>
    tests.flatMap(({ http }, i) =>
      http?.port === undefined || ports.includes(http.port)
        ? []
        : [
            {
              field: `${field}[${i}].http.port`,
              message: `Service ${name} has no port ${http.port}`,
              fix: `write one of ${ports.join(', ')}`,
            },
          ],
    ),
  );
}

function smokeTests({ strategy }: PolicySpec): { field: string; tests: readonly SmokeTest[] }[] {
  const { canary, blueGreen, rolling, abTest } = strategy;
  const at = 'spec.strategy';
  return [
    ...(canary?.stages ?? []).map(({ smokeTests: tests = [] }, i) => ({
      field: `${at}.canary.stages[${i}].smokeTests`,
      tests,
    })),
    ...(rolling?.stages ?? []).map(({ smokeTests: tests = [] }, i) => ({
      field: `${at}.rolling.stages[${i}].smokeTests`,
      tests,
    })),
    { field: `${at}.blueGreen.smokeTests`, tests: blueGreen?.smokeTests ?? [] },
    {
      field: `${at}.blueGreen.afterSwitch.smokeTests`,
      tests: blueGreen?.afterSwitch?.smokeTests ?? [],
    },
    { field: `${at}.abTest.smokeTests`, tests: abTest?.smokeTests ?? [] },
  ];
}

/** A pod is available when it has been ready for so long. */
function timeProblems({ progressDeadline }: PolicySpec, target: KubeObject): Problem[] {
  const { minReadySeconds = 0 } = specOf(target) as { minReadySeconds?: number };
  const deadlineMs = parseDuration(progressDeadline) ?? 0;
  if (minReadySeconds === 0 || deadlineMs > minReadySeconds * 1_000) return [];
  const of = `minReadySeconds of ${target.kind} ${target.metadata.name} (${minReadySeconds})`;
  return [
    {
      field: 'spec.progressDeadline',
      message: `${progressDeadline} is not longer than ${of}: no pod could become available in it`,
      fix: 'write a longer one',
    },
  ];
}

function elsewhereProblems({ namespace, name, spec: { releasedIn } }: Beside): Problem[] {
  if (releasedIn?.namespace !== namespace || releasedIn.policy !== name) return [];
  return [
    {
      field: 'spec.releasedIn',
      message: 'is this policy itself, which would wait for its own release',
      fix: 'name the namespace of the environment before this one',
    },
  ];
}
