/** The revisions of a workload, newest first: its Releases, and what was deployed without one. Their
 * templates are in the Releases, so that none is lost when the workload forgets its old sets. */
import { KINDS, POLICY_LABEL, REVISION_LABEL } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { PodTemplate } from '../ports/workload.ts';
import type { Connection } from './deps.ts';
import { plainTemplate, templateImages } from './held-workload.ts';
import type { PolicyObject, ReleaseObject } from './objects.ts';

export interface Revision {
  /** As `deployment.kubernetes.io/revision` has it; undefined for what never carried all traffic. */
  number: number | undefined;
  release: ReleaseObject | undefined;
  images: string[];
  template: PodTemplate;
  /** It carries the traffic, or is what the workload scales. */
  current: boolean;
}

const REVISION = 'deployment.kubernetes.io/revision';

/** Those of this policy and this workload. */
export async function readReleases(
  { client, namespace }: Connection,
  policy: PolicyObject,
  target: KubeObject,
): Promise<ReleaseObject[]> {
  const labelSelector = `${POLICY_LABEL}=${policy.metadata.name}`;
  const releases = (await client.list(KINDS.release, { namespace, labelSelector })).items;
  return (releases as ReleaseObject[]).filter(
    ({ spec }) => spec.target.uid === target.metadata.uid,
  );
}

export async function readRevisions(
  connection: Connection,
  policy: PolicyObject,
  target: KubeObject,
): Promise<Revision[]> {
  const { client, namespace } = connection;
  const releases = await readReleases(connection, policy, target);
  const numbered = target.kind !== 'Deployment';
  const kind = numbered ? KINDS.controllerRevision : KINDS.replicaSet;
  const sets = (await client.list(kind, { namespace })).items.filter((set) =>
    set.metadata.ownerReferences?.some(
      ({ controller, uid }) => controller === true && uid === target.metadata.uid,
    ),
  );
  if (!numbered) return composeRevisions(ofSets(releases, sets));
  const running = sets.find((set) => runsNow(set, policy, target));
  return composeRevisions(ofRevisions(releases, sets, running));
}

interface Known {
  releases: ReleaseObject[];
  /** Those of the workload. */
  sets: KubeObject[];
  current: number;
  /** The numbers that they have now, where these move. */
  renumbered?: Map<string, number>;
}

function ofSets(releases: ReleaseObject[], sets: KubeObject[]): Known {
  return { releases, sets, current: Math.max(0, ...sets.map(revisionOf)) };
}

/** A StatefulSet says it itself, of a DaemonSet the policy does. */
function runsNow(
  { metadata }: KubeObject,
  { status }: PolicyObject,
  { kind, ...target }: KubeObject,
): boolean {
  if (kind === 'DaemonSet') return metadata.labels?.[REVISION_LABEL] === status?.target?.stableHash;
  const { currentRevision } = (target['status'] ?? {}) as { currentRevision?: string };
  return metadata.name === currentRevision;
}

/** Every template such a workload ever had is numbered: without those that never had all pods. */
function ofRevisions(
  releases: ReleaseObject[],
  all: KubeObject[],
  running: KubeObject | undefined,
): Known {
  const current = running ? revisionOf(running) : 0;
  const named = (promoted: boolean) =>
    releases
      .filter(({ status }) => (status?.outcome === 'Promoted') === promoted)
      .map(({ spec }) => spec.candidate.replicaSet);
  const [had, tried] = [named(true), named(false)];
  const sets = all.filter((one) => {
    const { name } = one.metadata;
    const refused = tried.includes(name) && !had.includes(name) && one !== running;
    return revisionOf(one) <= current && !refused;
  });
  // One that came back has a new number, and not the one it was known by.
  const renumbered = new Map(all.map((one) => [one.metadata.name, revisionOf(one)]));
  return { releases, sets, current, renumbered };
}

function composeRevisions({ releases, sets, current, renumbered }: Known): Revision[] {
  const released = releases
    .toSorted((a, b) => b.spec.number - a.spec.number)
    .map((release): Revision => {
      const { images, template } = release.spec.candidate;
      const number = release.status?.revision ?? numberInProgress(release, sets);
      const now = number !== undefined && number === current;
      return { number, release, images, template: template as PodTemplate, current: now };
    });
  const all = [...released];
  for (const other of [...stables(releases, renumbered), ...sets.map(fromSet)])
    if (!all.some(({ number }) => number === other.number)) insert(all, other, current);
  return all;
}

/** In the bake the candidate is the workload's already, and its number is on its set. */
function numberInProgress({ spec, status }: ReleaseObject, sets: KubeObject[]): number | undefined {
  if (status?.outcome !== undefined) return undefined;
  const set = sets.find(({ metadata }) => metadata.name === spec.candidate.replicaSet);
  return set && (revisionOf(set) || undefined);
}

type Found = Pick<Revision, 'number' | 'images' | 'template'>;

function stables(releases: ReleaseObject[], renumbered?: Map<string, number>): Found[] {
  return releases.flatMap(({ spec: { stable } }) =>
    stable.revision === undefined ||
    (renumbered?.get(stable.replicaSet) ?? stable.revision) !== stable.revision
      ? []
      : [
          {
            number: stable.revision,
            images: stable.images,
            template: stable.template as PodTemplate,
          },
        ],
  );
}

function fromSet(set: KubeObject): Found {
  const template = plainTemplate(templated(set));
  return { number: revisionOf(set) || undefined, images: templateImages(template), template };
}

/** Before the first that is older. */
function insert(all: Revision[], found: Found, current: number): void {
  const { number } = found;
  if (number === undefined) return;
  const at = all.findIndex((revision) => (revision.number ?? Infinity) < number);
  const revision = { ...found, release: undefined, current: number === current };
  all.splice(at < 0 ? all.length : at, 0, revision);
}

/** A ControllerRevision has its template in a patch. */
function templated(set: KubeObject): KubeObject {
  const { spec } = (set['data'] ?? {}) as { spec?: { template?: Record<string, unknown> } };
  if (!spec?.template) return set;
  const { $patch: _, ...template } = spec.template;
  return { ...set, spec: { template } };
}

function revisionOf({ metadata, revision }: KubeObject): number {
  if (typeof revision === 'number') return revision;
  return Number.parseInt(metadata.annotations?.[REVISION] ?? '', 10) || 0;
}

/** `1, 2, 4`, for messages. */
export function knownNumbers(revisions: readonly Revision[]): string {
  const numbers = revisions.flatMap(({ number }) => (number === undefined ? [] : [number]));
  return numbers.toReversed().join(', ') || 'none';
}
