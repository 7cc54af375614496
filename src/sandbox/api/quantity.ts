/** Quantities as Kubernetes reads and writes them: `0.5` is `500m`, `1024Mi` is `1Gi`. */

export const QUANTITY_RULE =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/;
const BINARY = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const DECIMAL: [suffix: string, exponent: number][] = [
  ['E', 18],
  ['P', 15],
  ['T', 12],
  ['G', 9],
  ['M', 6],
  ['k', 3],
  ['', 0],
  ['m', -3],
  ['u', -6],
  ['n', -9],
];
/** Amounts are counted in thousand-millionths. */
const NANO = 9;

/** Undefined for what is no quantity. */
export function canonicalQuantity(text: string): string | undefined {
  const match = NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const nanos = nanosOf(`${whole}${fraction}`, fraction.length, suffix);
  const minus = sign === '-' && nanos !== 0n ? '-' : '';
  return minus + write(nanos, suffix);
}

/** In thousand-millionths; 0 for what is no quantity. */
export function amountOf(text: string): bigint {
  const [, sign, whole = '', fraction = '', suffix = ''] = NUMBER.exec(text) ?? [];
  const nanos = nanosOf(`${whole}${fraction}`, fraction.length, suffix);
  return sign === '-' ? -nanos : nanos;
}

/** @param nanos in thousand-millionths. */
export function writeAmount(nanos: bigint, form: 'Binary' | 'Decimal'): string {
  return write(nanos, form === 'Binary' ? 'Ki' : '');
}

/** @param places how many of the digits stand behind the point. */
function nanosOf(digits: string, places: number, suffix: string): bigint {
  const power = Math.max(BINARY.indexOf(suffix), 0);
  const scale = exponentOf(suffix) - places + NANO;
  const value = BigInt(digits) * 1024n ** BigInt(power);
  if (scale >= 0) return value * 10n ** BigInt(scale);
  // What is finer than a thousand-millionth is rounded up.
  return ceilingOf(value, 10n ** BigInt(-scale));
}

function write(nanos: bigint, suffix: string): string {
  const one = 10n ** BigInt(NANO);
  const isBinary = BINARY.indexOf(suffix) > 0 && nanos % one === 0n && nanos / one >= 1024n;
  if (isBinary) return binary(nanos / one);
  return /^[eE]/.test(suffix) ? exponential(nanos) : decimal(nanos);
}

function exponentOf(suffix: string): number {
  if (/^[eE]./.test(suffix)) return Number(suffix.slice(1));
  return DECIMAL.find(([name]) => name === suffix)?.[1] ?? 0;
}

function ceilingOf(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

function binary(value: bigint): string {
  let power = 0;
  let rest = value;
  while (rest % 1024n === 0n && power < BINARY.length - 1) {
    rest /= 1024n;
    power += 1;
  }
  return `${rest}${BINARY[power]}`;
}

function decimal(nanos: bigint): string {
  if (nanos === 0n) return '0';
  for (const [suffix, exponent] of DECIMAL) {
    const unit = 10n ** BigInt(exponent + NANO);
    if (nanos % unit === 0n) return `${nanos / unit}${suffix}`;
  }
  return `${nanos}n`;
}

function exponential(nanos: bigint): string {
  if (nanos === 0n) return '0';
  const found = DECIMAL.find(([, exponent]) => nanos % 10n ** BigInt(exponent + NANO) === 0n);
  const exponent = found?.[1] ?? -NANO;
  const value = nanos / 10n ** BigInt(exponent + NANO);
  return exponent === 0 ? String(value) : `${value}e${exponent}`;
}
