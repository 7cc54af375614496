/**
 * How the AWS Load Balancer Controller fared with an Ingress. It says so nowhere but in Events (read in
 * `controllers/ingress/group_controller.go`, version 3): at every turn it writes one, and the same one, of each Ingress
 * of the group, so that those of the policy's own Ingress tell of all. The recorder of client-go, by which it does,
 * counts an Event that is like an earlier one (`count`, `lastTimestamp`) and drops what is more than 25 of one object at
 * once and one in five minutes: what is not said is not waited for without end.
 */
import { lastOwnWrite } from '../../api/last-writer.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RouteEvents } from '../../ports/traffic-router.ts';

/** Of every turn that came to its end, whether or not anything was different. */
const TAKEN_UP = 'SuccessfullyReconciled';

/** Of a turn that ended before all rules were written. */
const REFUSED = new Set([
  'FailedLoadGroupID',
  'FailedAddFinalizer',
  'FailedBuildModel',
  'FailedDeployModel',
]);

/** How long a turn may take before nothing more is expected to be said of it. */
const SAID_WITHIN_MS = 60_000;

/** What failed is tried again after 1000 seconds at most, and then either way has an Event: without one it was dropped,
 * or nobody is there to write it. */
const COUNTS_MS = 20 * 60_000;

interface Event extends KubeObject {
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  series?: { lastObservedTime?: string | null } | null;
}

/**
 * @param ingress with its managers, as caches keep them
 * @param events all there are of it
 * @param nowMs since the epoch
 * @returns why what Segue wrote last does not count yet
 */
export const waitsFor: RouteEvents['waitsFor'] = (ingress, events, nowMs) => {
  const written = Date.parse(lastOwnWrite(ingress.metadata) ?? '');
  if (Number.isNaN(written)) return undefined;
  const since = (events as readonly Event[]).filter((event) => timeOf(event) >= written);
  const refused = newest(since.filter(({ reason = '' }) => REFUSED.has(reason)));
  const taken = newest(since.filter(({ reason }) => reason === TAKEN_UP));
  const title = `Ingress ${ingress.metadata.name}`;
  // Within one second it is not known which was first: a failure is repeated.
  if (refused && (!taken || timeOf(refused) > timeOf(taken)))
    return nowMs < timeOf(refused) + COUNTS_MS
      ? { message: `${title}: ${refused.reason}: ${refused.message ?? ''}`, refused: true }
      : undefined;
  if (taken || nowMs >= written + SAID_WITHIN_MS) return undefined;
  return { message: `${title}: the AWS Load Balancer Controller to say ${TAKEN_UP}` };
};

function newest(events: readonly Event[]): Event | undefined {
  return events.toSorted((one, other) => timeOf(other) - timeOf(one))[0];
}

/** When it was seen last, in whole seconds, as managers of fields and most Events have them. */
function timeOf({ lastTimestamp, eventTime, series }: Event): number {
  const times = [lastTimestamp, series?.lastObservedTime, eventTime].map((at) =>
    Date.parse(at ?? ''),
  );
  const known = times.filter((at) => !Number.isNaN(at));
  return Math.floor(Math.max(0, ...known) / 1000) * 1000;
}
