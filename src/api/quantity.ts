/** Kubernetes quantities (`250m`, `1Gi`, `2`) as plain numbers. */

const FACTORS: Record<string, number> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number of a quantity; 0 for text that is none. */
export function parseQuantity(quantity: string | number | undefined): number {
  return quantity === undefined ? 0 : (readQuantity(quantity) ?? 0);
}

/** The number of a quantity; undefined for text that is none. */
export function readQuantity(quantity: string | number): number | undefined {
  const match = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(quantity).trim());
  const factor = FACTORS[match?.[2] ?? ''];
  return match && factor !== undefined ? Number(match[1]) * factor : undefined;
}

const BINARY = ['Ti', 'Gi', 'Mi', 'Ki'] as const;

/** A number as people write it: `1500m` of cpu, `1.5Gi` of memory, `3` of anything counted. */
export function formatQuantity(value: number, resource: string): string {
  const digits = (n: number) => String(Number(n.toPrecision(6)));
  if (/(^|\.)cpu$/.test(resource))
    return Number.isInteger(value) ? digits(value) : `${digits(value * 1_000)}m`;
  if (!/(^|\.)(memory|ephemeral-storage)$|\.storage$/.test(resource)) return digits(value);
  const unit = BINARY.find((one) => value >= (FACTORS[one] ?? 1));
  return unit === undefined ? digits(value) : `${digits(value / (FACTORS[unit] ?? 1))}${unit}`;
}
