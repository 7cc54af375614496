/** Numbers by chance, the same on every machine: xoshiro128** 1.1 (Blackman and Vigna 2018). */
import { createHash } from 'node:crypto';

/** Four 32-bit words, not all of them 0. */
export type Words = readonly [number, number, number, number];

/** The next number by chance. */
export type Next = () => number;

/** The next of its 32-bit numbers at each call, from 0 to 2^32 - 1. */
export function xoshiro128(start: Words): Next {
  let [a, b, c, d] = start;
  return () => {
    const result = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotated(d, 11);
    return result;
  };
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** What a stream begins with: the first 16 bytes of the SHA-256 of its name, as words in big-endian order. */
export function seedOf(name: string): Words {
  const digest = createHash('sha256').update(name).digest();
  return [
    digest.readUInt32BE(0),
    digest.readUInt32BE(4),
    digest.readUInt32BE(8),
    digest.readUInt32BE(12),
  ];
}

/** Uniform in [0, 1) with 53 bits, of two numbers each. */
export function uniform(seed: Words): Next {
  const next = xoshiro128(seed);
  return () => {
    const high = next() >>> 5;
    const low = next() >>> 6;
    return (high * 67_108_864 + low) / 9_007_199_254_740_992;
  };
}
