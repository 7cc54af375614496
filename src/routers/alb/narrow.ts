/**
 * A path of an Ingress that asks for what a policy asks for too. The controller asks exact paths of a rule first, and longer
 * prefixes before shorter ones: requests that another path of the rule has in between stay there.
 */
import type { RequestMatch } from '../../api/request-match.ts';
import { bareOf, inCommon, isWithin, pathByParts, type PathSet } from '../path-match.ts';
import type { Path } from './ingress.ts';

/** One, none where no request is for both or another path of the rule has them all, undefined where it cannot be said.
 * @param others paths of the same rule, and whether conditions are asked of each */
export function narrowed(
  path: Path,
  entry: RequestMatch,
  others: readonly { path: Path; asksMore: boolean }[],
): Path[] | undefined {
  if (!entry.path) return [path];
  return inCommon(pathIn(path), [pathByParts(entry.path)])
    ?.map((one) => ({ ...path, ...written(one) }))
    .filter(
      (one) =>
        !others.some(
          (other) =>
            !other.asksMore &&
            isBefore(other.path, path) &&
            isWithin(pathIn(one), pathIn(other.path)),
        ),
    );
}

/** One of neither type is a pattern of its own. */
export function pathIn({ path = '/', pathType }: Path): PathSet {
  if (pathType === 'Exact') return { exact: path };
  return pathType === 'Prefix' ? { parts: path } : { regex: path };
}

function written(path: PathSet): Pick<Path, 'path' | 'pathType'> {
  if ('exact' in path) return { path: path.exact, pathType: 'Exact' };
  if ('parts' in path) return { path: path.parts, pathType: 'Prefix' };
  throw new TypeError('paths of an Ingress are exact, or prefixes by parts');
}

export function isBefore(one: Path, other: Path): boolean {
  const exact = ({ pathType }: Path) => Number(pathType === 'Exact');
  const length = ({ path = '/' }: Path) => bareOf(path).length;
  return exact(one) === exact(other) ? length(one) > length(other) : exact(one) > exact(other);
}
