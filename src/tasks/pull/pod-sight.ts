/** What the status of a pod says about whether the images of its containers could be pulled: pure. The
 * kubelet pulls before it makes the configuration of a container or starts it, so that whatever
 * goes wrong later proves the pull. */
import type { KubeObject } from '../../api/object.ts';

export type Sight =
  | { is: 'Pulled' }
  /** A pull failed; `final`: the kubelet will say nothing else. */
  | { is: 'Refused'; because: string; final: boolean }
  /** No node will say anything, as far as can be seen. */
  | { is: 'Stuck'; because: string }
  | { is: 'Waiting'; for: string };

interface ContainerStatus {
  name: string;
  imageID?: string;
  state?: {
    waiting?: { reason?: string; message?: string };
    running?: object;
    terminated?: { reason?: string };
  };
}

interface PodStatus {
  phase?: string;
  reason?: string;
  message?: string;
  conditions?: { type: string; status: string; reason?: string; message?: string }[];
  containerStatuses?: ContainerStatus[];
}

interface Container {
  name: string;
  image: string;
}

/** @param containers those that are tried; what others have put in beside them does not count */
export function sightOf(pod: KubeObject, containers: readonly Container[]): Sight {
  const status = (pod['status'] ?? {}) as PodStatus;
  const sights = containers.map((container) => sightOfOne(status, container));
  const refused = sights.find(({ is }) => is === 'Refused');
  if (refused) return refused;
  const waiting = sights.find(({ is }) => is === 'Waiting');
  if (!waiting) return { is: 'Pulled' };
  return stuck(status) ?? waiting;
}

/** Not placed, or put out before anything was pulled. */
function stuck({ phase, reason, message, conditions = [] }: PodStatus): Sight | undefined {
  const words = (first: string, text = '') => `${first}${text === '' ? '' : `: ${text}`}`;
  const placed = conditions.find(({ type }) => type === 'PodScheduled');
  if (placed?.status === 'False')
    return { is: 'Stuck', because: words(placed.reason ?? 'Unschedulable', placed.message) };
  if (phase !== 'Failed' && phase !== 'Succeeded') return undefined;
  return { is: 'Stuck', because: words(reason ?? phase, message) };
}

/** The kubelet's words for a pull that failed. The second list does not change by trying again. */
const FAILED = [
  'ErrImagePull',
  'ImagePullBackOff',
  'RegistryUnavailable',
  'ImageInspectError',
  'SignatureValidationFailed',
];
const FINAL = ['InvalidImageName', 'ErrImageNeverPull'];
const BEFORE_IT = ['', 'ContainerCreating', 'PodInitializing'];

function sightOfOne({ containerStatuses = [] }: PodStatus, { name, image }: Container): Sight {
  const { imageID = '', state = {} } = containerStatuses.find((one) => one.name === name) ?? {};
  const { reason = '', message } = state.waiting ?? {};
  if ([...FAILED, ...FINAL].includes(reason)) {
    const words = message === undefined ? '' : `: ${message}`;
    const because = `image ${image} of container ${name}: ${reason}${words}`;
    return { is: 'Refused', because, final: FINAL.includes(reason) };
  }
  if (imageID !== '' || hasBegun(state)) return { is: 'Pulled' };
  return { is: 'Waiting', for: `image ${image} is being pulled` };
}

function hasBegun({ waiting, running, terminated }: NonNullable<ContainerStatus['state']>) {
  // A node that lost sight of a container makes the end of it up.
  const ended = terminated !== undefined && terminated.reason !== 'ContainerStatusUnknown';
  return running !== undefined || ended || !BEFORE_IT.includes(waiting?.reason ?? '');
}

/** Its back-off says less than the error before it. */
export function saysWhy({ because }: { because: string }): boolean {
  return !because.includes(': ImagePullBackOff') || because.includes('ErrImagePull');
}
