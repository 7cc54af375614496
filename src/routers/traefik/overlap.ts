/** Whether a request can be for two rules of Traefik, as far as that is told by hosts, paths and methods. */

/** Matchers that are joined by `&&` alone: nothing is known of a rule with anything else in it. */
const MATCHER = /([A-Za-z]+)\(\s*(?:`([^`]*)`|"([^"\\]*)")\s*\)/g;

interface Places {
  hosts: string[];
  methods: string[];
  paths: string[];
  prefixes: string[];
}

/** False only where it cannot. */
export function mayOverlap(one: string, other: string): boolean {
  const [a, b] = [placesOf(one), placesOf(other)];
  if (!a || !b) return true;
  const apart = (some: string[], others: string[], differs: (x: string, y: string) => boolean) =>
    some.some((x) => others.some((y) => differs(x, y)));
  const outside = (path: string, prefix: string) => !path.startsWith(prefix);
  return !(
    apart(a.hosts, b.hosts, (x, y) => x !== y) ||
    apart(a.methods, b.methods, (x, y) => x !== y) ||
    apart(a.paths, b.paths, (x, y) => x !== y) ||
    apart(a.paths, b.prefixes, outside) ||
    apart(b.paths, a.prefixes, outside) ||
    apart(a.prefixes, b.prefixes, (x, y) => outside(x, y) && outside(y, x))
  );
}

/** Every request of the first is one of the second too, as far as that is told. */
export function isWithin(one: string, other: string): boolean {
  if (one.trim() === other.trim()) return true;
  const [all, asked] = [matchersOf(one), matchersOf(other)];
  if (!all || !asked?.length) return false;
  return asked.every((wanted) => all.some((given) => implies(given, wanted)));
}

function implies(given: Matcher, wanted: Matcher): boolean {
  if (wanted.name === 'pathprefix' && !isPattern(wanted))
    return ['path', 'pathprefix'].includes(given.name) && given.value.startsWith(wanted.value);
  if (given.name !== wanted.name) return false;
  const isHost = wanted.name === 'host' || wanted.name === 'hostsni';
  return isHost ? bare(given.value) === bare(wanted.value) : given.value === wanted.value;
}

interface Matcher {
  name: string;
  value: string;
}

/** Of a rule that is nothing but these, joined by `&&`. */
function matchersOf(rule: string): Matcher[] | undefined {
  const rest = rule.replaceAll(MATCHER, '').replaceAll('&&', '').trim();
  if (rest !== '') return undefined;
  return [...rule.matchAll(MATCHER)].map(([, name = '', raw, quoted]) => ({
    name: name.toLowerCase(),
    value: raw ?? quoted ?? '',
  }));
}

function placesOf(rule: string): Places | undefined {
  const found = matchersOf(rule);
  if (!found) return undefined;
  const all = (name: string) =>
    found.flatMap((one) => (one.name === name && !isPattern(one) ? [one.value] : []));
  return {
    hosts: all('host').map(bare),
    methods: all('method').map((one) => one.toUpperCase()),
    paths: all('path'),
    prefixes: all('pathprefix'),
  };
}

/** A wildcard, or in version 2 a pattern, is for many. */
function isPattern({ value }: Matcher): boolean {
  return /[*{]/.test(value);
}

/** Traefik heeds neither capitals nor a last dot. */
function bare(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
