/** Continued fractions by the modified method of Lentz (Thompson and Barnett 1986). */

const TINY = 1e-300;
const TERMS_MAX = 100_000;

/**
 * first + a1/(b1 + a2/(b2 + …)).
 *
 * @param term a and b of the k-th term, from 1
 * @throws Error when it does not settle, which no argument that is allowed leads to
 */
export function continuedFraction(
  first: number,
  term: (k: number) => readonly [a: number, b: number],
): number {
  let value = first === 0 ? TINY : first;
  let [c, d] = [value, 0];
  for (let k = 1; k <= TERMS_MAX; k += 1) {
    const [a, b] = term(k);
    d = 1 / awayFromZero(b + a * d);
    c = awayFromZero(b + a / c);
    value *= c * d;
    if (Math.abs(c * d - 1) < 1e-15) return value;
  }
  throw new Error(`a continued fraction does not settle within ${TERMS_MAX} terms`);
}

function awayFromZero(x: number): number {
  return Math.abs(x) < TINY ? TINY : x;
}
