/** Label selectors in their text form, as `kubectl -l` and list requests take them. */

type Labels = Record<string, string> | undefined;

/** Says which labels match: `app=web,tier!=db,env in (a,b),env notin (c),ready,!old`.
 * Throws for what is none of these. */
export function labelMatcher(selector: string | undefined): (labels: Labels) => boolean {
  const rules = splitRules(selector ?? '').map(parseRule);
  return (labels) => rules.every((rule) => rule(labels ?? {}));
}

/** At commas that are not inside parentheses. */
function splitRules(selector: string): string[] {
  return selector
    .split(/,(?![^(]*\))/)
    .map((rule) => rule.trim())
    .filter((rule) => rule !== '');
}

function parseRule(rule: string): (labels: Record<string, string>) => boolean {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(rule);
  if (set) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    // `notin` also matches objects without the label, as `!=` does.
    return operator === 'in'
      ? (labels) => labels[key] !== undefined && values.has(labels[key])
      : (labels) => labels[key] === undefined || !values.has(labels[key]);
  }
  const equality = /^([^\s!=]+)\s*(!=|==?)\s*([^\s!=]*)$/.exec(rule);
  if (equality) {
    const [, key = '', operator, value = ''] = equality;
    return operator === '!='
      ? (labels) => labels[key] !== value
      : (labels) => labels[key] === value;
  }
  const presence = /^(!?)\s*([^\s!=()]+)$/.exec(rule);
  if (!presence) throw new Error(`label selector: cannot read ${JSON.stringify(rule)}`);
  const [, not, key = ''] = presence;
  return (labels) => (labels[key] === undefined) === (not === '!');
}
