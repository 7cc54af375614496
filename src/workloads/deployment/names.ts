/** The name of a candidate's ReplicaSet, and the hash that is in it and on its pods. */
import type { KubeObject } from '../../api/object.ts';
import { fields } from '../fields.ts';
import { candidateHash, templateHash } from '../template.ts';

/** Longest name of a ReplicaSet. Pod names derived from it are shortened by the API server. */
const NAME_LIMIT = 253;

/**
 * The name `<deployment>-<hash>` and its hash. When a set of another template has that name the
 * hash is another one, so that the name and the label always agree.
 *
 * @param deployment name of the Deployment
 * @param template the candidate's pod template
 * @param existingSets the ReplicaSets of the namespace that could be in the way
 */
export function nameCandidate(
  deployment: string,
  template: unknown,
  existingSets: readonly KubeObject[],
): { name: string; hash: string } {
  const wanted = templateHash(template);
  for (let collision = 0; ; collision++) {
    const hash = candidateHash(template, collision);
    const name = setName(deployment, hash);
    const taken = existingSets.find((set) => set.metadata.name === name);
    if (!taken || templateHash(fields(taken['spec'])['template']) === wanted) return { name, hash };
  }
}

/** Shortened so that it fits, without ending its first part in a dash or a dot. */
export function setName(first: string, last: string): string {
  const room = NAME_LIMIT - last.length - 1;
  return `${first.slice(0, room).replace(/[-.]+$/, '')}-${last}`;
}
