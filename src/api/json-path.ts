/** Where in JSON something is: `data.items[0].count`, `["a.b"].c`, `items[-1]`; a `$` in front may be. */

const STEP = /\.?([^.[\]"]+)|\[(-?\d+)\]|\["((?:[^"\\]|\\.)*)"\]/gy;

type Step = string | number;

/** Undefined when it is not a path. */
export function parsePath(written: string): Step[] | undefined {
  const path = written.trim().replace(/^\$\.?/, '');
  const steps: Step[] = [];
  STEP.lastIndex = 0;
  let end = 0;
  for (let found = STEP.exec(path); found; found = STEP.exec(path)) {
    const [, name, index, quoted] = found;
    steps.push(name ?? (index === undefined ? (quoted ?? '').replaceAll(/\\(.)/g, '$1') : +index));
    end = STEP.lastIndex;
  }
  return end === path.length && steps.length > 0 ? steps : undefined;
}

/** Undefined where nothing is there. */
export function valueAt(json: unknown, steps: readonly Step[]): unknown {
  let value = json;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (typeof step === 'number') value = Array.isArray(value) ? value.at(step) : undefined;
    else value = Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined;
  }
  return value;
}
