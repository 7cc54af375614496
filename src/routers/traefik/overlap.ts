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

function placesOf(rule: string): Places | undefined {
  const rest = rule.replaceAll(MATCHER, '').replaceAll('&&', '').trim();
  if (rest !== '') return undefined;
  const found = [...rule.matchAll(MATCHER)].map(([, name = '', raw, quoted]) => ({
    name: name.toLowerCase(),
    value: raw ?? quoted ?? '',
  }));
  // A wildcard, or in version 2 a pattern, is for many.
  const all = (name: string) =>
    found.flatMap((one) => (one.name === name && !/[*{]/.test(one.value) ? [one.value] : []));
  return {
    hosts: all('host').map(bare),
    methods: all('method').map((one) => one.toUpperCase()),
    paths: all('path'),
    prefixes: all('pathprefix'),
  };
}

/** Traefik heeds neither capitals nor a last dot. */
function bare(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
