/** The objects of users without what Segue may change in them: rules are lists, and each has a list of destinations. */
import type { KubeObject } from '../../api/object.ts';
import { sameJson } from '../../api/same-json.ts';

type Fields = Record<string, unknown>;

interface Lists {
  /** Of spec, or '': spec itself is the only rule. */
  rules: string;
  /** Of each of them. */
  refs: string;
  /** The Service that a destination names. */
  nameOf: (ref: Fields) => string;
}

const MOVED = new Set(['web', 'web-stable', 'web-candidate']);

/** Rules as their user has them, but for the destinations that are moved; others than the user's are Segue's own. */
export function withoutMoved(
  object: KubeObject,
  own: KubeObject,
  { rules, refs, nameOf }: Lists,
): unknown {
  const bare = (rule: Fields): Fields => ({
    ...rule,
    [refs]: ((rule[refs] ?? []) as Fields[]).filter((ref) => !MOVED.has(nameOf(ref))),
  });
  const around = [object.metadata.labels, object.metadata.annotations];
  const spec = specOf(object);
  if (rules === '') return [bare(spec), ...around];
  const listed = (of: KubeObject) => ((specOf(of)[rules] ?? []) as Fields[]).map(bare);
  const known = listed(own);
  const kept = listed(object).filter(
    (rule, i, all) =>
      known.some((one) => sameJson(one, rule)) &&
      all.findIndex((other) => sameJson(other, rule)) === i,
  );
  return [{ ...spec, [rules]: kept }, ...around];
}

export function specOf(object: KubeObject | undefined): Fields {
  return (object?.['spec'] ?? {}) as Fields;
}
