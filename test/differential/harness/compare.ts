/** Finds where two masked answers differ. */

export interface Difference {
  /** `body.spec.ports[0].name`. */
  path: string;
  /** Undefined where a side has nothing. */
  real: unknown;
  sandbox: unknown;
}

/** Objects of two kinds differ as wholes: their members say nothing more. */
export function differences(real: unknown, sandbox: unknown, path = ''): Difference[] {
  if (isPlain(real) && isPlain(sandbox)) {
    if (path === 'body' && real['kind'] !== sandbox['kind']) return [{ path, real, sandbox }];
    const names = new Set([...Object.keys(real), ...Object.keys(sandbox)]);
    return [...names].sort().flatMap((name) => {
      const member = path === '' ? name : `${path}.${name}`;
      return differences(real[name], sandbox[name], member);
    });
  }
  if (Array.isArray(real) && Array.isArray(sandbox)) {
    const length = Math.max(real.length, sandbox.length);
    return Array.from({ length }, (_, i) =>
      differences(real[i], sandbox[i], `${path}[${i}]`),
    ).flat();
  }
  return real === sandbox ? [] : [{ path, real, sandbox }];
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function told({ path, real, sandbox }: Difference): string {
  return `${path}\n      real:    ${shown(real)}\n      sandbox: ${shown(sandbox)}`;
}

function shown(value: unknown): string {
  return value === undefined ? '(nothing)' : JSON.stringify(value);
}
