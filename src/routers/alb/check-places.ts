/** What keeps an Ingress of a load balancer from asking for a narrower path or a method, looked for before a release. */
import type { Problem } from '../../api/problem.ts';
import type { RequestMatch } from '../../api/request-match.ts';
import { isWithin, mayMeet, pathByParts } from '../path-match.ts';
import { byPlace, checkNarrowing } from '../split-route/narrowing.ts';
import { fieldOf } from './actions.ts';
import type { Checked } from './checked.ts';
import { keyOf, type Path, type Place } from './ingress.ts';
import { isBefore, narrowed, pathIn } from './narrow.ts';
import { conditionsIn, othersIn } from './turned.ts';

interface Routed {
  place: Place;
  /** By which its conditions are found. */
  name: string;
}

export function checkPlaces(checked: Checked, routed: readonly Routed[]): Problem[] {
  const entries = checked.scope.rules.flatMap(({ match = [] }) => match.filter(byPlace));
  if (entries.length === 0) return [];
  const found = [
    ...routed.flatMap((one) => asksTheSame(checked, one, entries)),
    ...(entries.some(({ path }) => path)
      ? routed.flatMap(({ place }) => patterns(checked, place))
      : []),
  ];
  if (found.length > 0) return found;
  const places = routed.flatMap(({ place }) =>
    place.path ? [{ rule: { place }, at: `${checked.title} ${place.at}` }] : [],
  );
  const asked = ({ place }: { place: Place }, entry: RequestMatch) =>
    placesFor(checked, place, entry);
  const wrong = checkNarrowing(checked.scope, {
    title: checked.title,
    rules: places,
    field: 'path',
    narrowed: (rule, entry) => asked(rule as { place: Place }, entry),
    asksFor: (rule, entries) =>
      entries.some((entry) => hasAll((rule as { place: Place }).place, entry)),
  });
  if (wrong.length > 0) return wrong;
  const own = new Set(routed.map(({ place }) => place.path));
  return routed
    .flatMap(({ place }) =>
      entries
        .filter(({ path }) => path)
        .flatMap((entry) => placesFor(checked, place, entry) ?? [])
        .flatMap((added) => overtakes(checked, { place, added, own })),
    )
    .slice(0, 1);
}

/** Every request of the path is for the entry. */
function hasAll({ path = {} }: Place, { path: asked, ...more }: RequestMatch): boolean {
  const asksMore = Object.values(more).some((one) => one !== undefined);
  return !asksMore && asked !== undefined && isWithin(pathIn(path), pathByParts(asked));
}

function placesFor({ routing }: Checked, { path, rule }: Place, entry: RequestMatch) {
  return narrowed(path ?? {}, entry, othersIn(routing, rule?.http?.paths ?? []));
}

/** A rule of a load balancer has one condition on the method, and one on the path, whose values are an or. */
function asksTheSame(
  { title, routing }: Checked,
  { name }: Routed,
  entries: readonly RequestMatch[],
): Problem[] {
  const own = conditionsIn(routing, name) ?? [];
  const has = (wanted: string) => own.some((one) => fieldOf(one, 'field') === wanted);
  const twice = [
    ...(entries.some(({ path }) => path) && has('path-pattern') ? ['path-pattern'] : []),
    ...(entries.some(({ method }) => method) && has('http-request-method')
      ? ['http-request-method']
      : []),
  ];
  return twice.map((what) => ({
    field: `${title} metadata.annotations[${keyOf('conditions', name)}]`,
    message: `it has a condition ${what} already, and so would the policy`,
    fix: 'take it out for the release, or match by something else',
  }));
}

/** In which order these are asked is not to be relied on. */
function patterns({ title }: Checked, { rule, at }: Place): Problem[] {
  const paths = rule?.http?.paths ?? [];
  if (paths.every(({ pathType = '' }) => ['Exact', 'Prefix'].includes(pathType))) return [];
  return [
    {
      field: `${title} ${at}`,
      message:
        'it is in a rule with a path that is neither Exact nor Prefix, and the policy matches by path',
      fix: 'write pathType Exact or Prefix for all paths of the rule',
    },
  ];
}

/** Requests of others come to their path today, and would not once a longer one is there. */
function overtakes(
  { title }: Checked,
  { place, added, own }: { place: Place; added: Path; own: ReadonlySet<Path | undefined> },
): Problem[] {
  const users = place.path ?? {};
  const found = (place.rule?.http?.paths ?? []).find(
    (other) =>
      !own.has(other) &&
      mayMeet(pathIn(added), pathIn(other)) &&
      !isBefore(users, other) &&
      !isBefore(other, added),
  );
  if (!found) return [];
  return [
    {
      field: `${title} ${place.at}`,
      message: `path ${added.path} for single requests would be asked before ${found.path}, and take requests of it`,
      fix: 'ask for a path in match that the other does not have, or match by header',
    },
  ];
}
