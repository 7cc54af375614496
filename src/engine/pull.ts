/** The images of a new version, pulled once by a pod of their own before anything is touched: whether
 * that can be done is known before an old pod stops, and one node has them then. */
import type { PolicySpec } from '../api/policy.ts';
import type { Task } from '../api/release.ts';
import type { EndedRelease } from './snapshot.ts';
import type { SetState } from '../ports/workload.ts';

/** How long a failed pull is believed to be a passing one: the kubelet tries again after ten seconds. */
const BELIEVED_MS = 15_000;
const TIMEOUT_MS = 120_000;

/** What is known of what a plan is to release. */
export interface NewVersion {
  template: unknown;
  /** It was released before, so that its images may be gone by now. */
  earlier: boolean;
  /** Why it goes back without stages; '' or absent: it has them all. */
  goesBack?: string;
}

/** Whether its images are tried; without a version: whether those of any new one are. */
export function triesImages(
  { tryImages, strategy, pairRef }: PolicySpec,
  version: Pick<NewVersion, 'earlier'> = { earlier: false },
): boolean {
  if (tryImages !== undefined)
    return tryImages === 'Always' || (tryImages === 'Undo' && version.earlier);
  // The idle one of a pair rolls out by itself, before anything of the release is touched.
  if (pairRef) return false;
  return strategy.recreate !== undefined || version.earlier;
}

/** The template was released, or what users had, before. */
export function isEarlier(
  templateHash: string,
  { history, owned }: { history: readonly EndedRelease[]; owned: readonly SetState[] },
): boolean {
  const released = history.some(
    (release) =>
      release.stableTemplateHash === templateHash ||
      (release.outcome === 'Promoted' && release.templateHash === templateHash),
  );
  return released || owned.some((set) => set.templateHash === templateHash);
}

interface Container {
  name: string;
  image?: string;
  imagePullPolicy?: string;
  securityContext?: Record<string, unknown>;
}

interface PodSpec {
  containers?: Container[];
  initContainers?: Container[];
  securityContext?: Record<string, unknown>;
  affinity?: { nodeAffinity?: unknown };
  [field: string]: unknown;
}

/** What a pod needs to come to the same nodes and to be let in, and to pull with the same rights. */
const KEPT = [
  'serviceAccountName',
  'imagePullSecrets',
  'nodeSelector',
  'tolerations',
  'runtimeClassName',
  'os',
];

/** No node has to have room for more than a process that ends at once. */
const TINY = { cpu: '10m', memory: '16Mi' };
/** Found in most images. Where it is not the start fails, which comes after the pull. */
const HARMLESS = ['true'];

/** @param template undefined: that of a version that is not written yet */
export function compilePull(template: unknown): Task {
  const { spec = {} } = (template ?? {}) as { spec?: PodSpec };
  const own = Object.fromEntries(
    KEPT.filter((field) => spec[field] !== undefined).map((field) => [field, spec[field]]),
  );
  const { nodeAffinity } = spec.affinity ?? {};
  const { sysctls: _, ...security } = spec.securityContext ?? {};
  const pod = {
    ...own,
    ...(nodeAffinity !== undefined && { affinity: { nodeAffinity } }),
    securityContext: security,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 0,
    restartPolicy: 'Never',
    containers: containersOf(spec).map(harmless),
  };
  return {
    // No hook can have this name.
    name: 'images.pull',
    kind: 'Pull',
    spec: { pod },
    retries: 0,
    intervalMs: BELIEVED_MS,
    timeoutMs: TIMEOUT_MS,
  };
}

/** Each image once. */
function containersOf({ initContainers = [], containers = [] }: PodSpec): Container[] {
  const all = [...containers, ...initContainers].filter(({ image }) => image);
  const key = ({ image, imagePullPolicy }: Container) => `${image} ${imagePullPolicy}`;
  return all.filter((one, i) => all.findIndex((other) => key(other) === key(one)) === i);
}

/** It runs nothing of the user's, and has nothing of theirs: no environment, no volumes, no more
 * rights than it needs to be let in where its pods are. */
function harmless({ name, image, imagePullPolicy, securityContext = {} }: Container) {
  const { privileged: _, procMount: __, capabilities, ...rest } = securityContext;
  const { drop } = (capabilities ?? {}) as { drop?: string[] };
  return {
    name,
    image,
    ...(imagePullPolicy !== undefined && { imagePullPolicy }),
    command: HARMLESS,
    resources: { requests: TINY, limits: TINY },
    securityContext: { ...rest, ...(drop && { capabilities: { drop } }) },
  };
}

/** The images that are tried; none where they are not known yet. */
export function pulledImages({ spec }: Pick<Task, 'spec'>): string[] {
  const { pod } = spec as { pod: { containers: { image: string }[] } };
  return pod.containers.map(({ image }) => image);
}
