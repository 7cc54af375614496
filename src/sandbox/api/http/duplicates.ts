/** Fields that a JSON text gives twice: parsers keep the last, and nobody would know. */

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\]:,]/g;

interface Level {
  path: string;
  /** Undefined in a list. */
  seen: Set<string> | undefined;
  key: string;
  index: number;
  isKeyNext: boolean;
}

/** Paths as `spec.containers[0].name`, of a text that is known to be JSON. */
export function duplicateFields(json: string): string[] {
  const found = new Set<string>();
  const levels: Level[] = [];
  for (const [token] of json.matchAll(TOKEN)) {
    const level = levels.at(-1);
    if (token === '{' || token === '[') levels.push(newLevel(level, token === '{'));
    else if (token === '}' || token === ']') levels.pop();
    else if (level === undefined) continue;
    else if (token === ',') next(level);
    else if (token === ':') level.isKeyNext = false;
    else if (level.isKeyNext) noteKey(level, JSON.parse(token) as string, found);
  }
  return [...found];
}

function newLevel(outer: Level | undefined, isObject: boolean): Level {
  const path = outer === undefined ? '' : memberPath(outer);
  const seen = isObject ? new Set<string>() : undefined;
  return { path, seen, key: '', index: 0, isKeyNext: isObject };
}

function memberPath({ path, seen, key, index }: Level): string {
  if (seen === undefined) return `${path}[${index}]`;
  return path === '' ? key : `${path}.${key}`;
}

function next(level: Level): void {
  if (level.seen === undefined) level.index += 1;
  else level.isKeyNext = true;
}

function noteKey(level: Level, key: string, found: Set<string>): void {
  level.key = key;
  if (level.seen?.has(key) === true) found.add(memberPath(level));
  level.seen?.add(key);
}
