/** How long nobody is served by a recreate, as far as the Deployment says: no pod can be ready sooner than
 * its probes let it. */

export interface Downtime {
  /** From the last old pod to the first new one; scheduling and starting come on top. */
  atLeastMs: number;
  /** The container whose probes that is; undefined where no probe waits. */
  container: string | undefined;
  /** How long the old pods may take to end (`terminationGracePeriodSeconds`). */
  endsWithinMs: number;
  /** `minReadySeconds`: users are served in this time, and the release waits for it. */
  minReadyMs: number;
}

/** Kubernetes' own, where a Deployment says nothing. */
const GRACE_SECONDS = 30;
const PERIOD_SECONDS = 10;

/** @param deployment its spec, in whatever shape somebody has written it */
export function downtimeOf(deployment: unknown): Downtime {
  const pod = field(field(deployment, 'template'), 'spec');
  const containers = field(pod, 'containers');
  const slowest = (Array.isArray(containers) ? containers : [])
    .map((container) => ({ name: field(container, 'name'), seconds: leastSeconds(container) }))
    .reduce((most, one) => (one.seconds > most.seconds ? one : most), NONE);
  return {
    atLeastMs: slowest.seconds * 1_000,
    container: slowest.seconds > 0 ? String(slowest.name) : undefined,
    endsWithinMs: numberIn(pod, 'terminationGracePeriodSeconds', GRACE_SECONDS) * 1_000,
    minReadyMs: numberIn(deployment, 'minReadySeconds', 0) * 1_000,
  };
}

const NONE: { name: unknown; seconds: number } = { name: undefined, seconds: 0 };

/** Both delays are counted from the start of the container. */
function leastSeconds(container: unknown): number {
  const probes = [field(container, 'readinessProbe'), field(container, 'startupProbe')];
  return Math.max(...probes.map(secondsOf));
}

function secondsOf(probe: unknown): number {
  const again = numberIn(probe, 'successThreshold', 1) - 1;
  const periodSeconds = numberIn(probe, 'periodSeconds', PERIOD_SECONDS);
  return numberIn(probe, 'initialDelaySeconds', 0) + again * periodSeconds;
}

function numberIn(object: unknown, name: string, otherwise: number): number {
  const value = field(object, name);
  return typeof value === 'number' && value >= 0 ? value : otherwise;
}

function field(object: unknown, name: string): unknown {
  const isObject = typeof object === 'object' && object !== null;
  return isObject ? (object as Record<string, unknown>)[name] : undefined;
}
