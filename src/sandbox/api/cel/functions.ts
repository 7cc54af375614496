/** What Kubernetes adds to CEL: its list, regex, URL, IP and set functions. */
import type { Environment } from '@marcbachmann/cel-js';
import { isIP } from 'node:net';
import { equal } from '../schema.ts';

type Value = string | bigint | number | boolean | Date | object | null;
type List = Value[];

const compare = (a: Value, b: Value): number =>
  (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;

function same(a: Value, b: Value): boolean {
  if (typeof a === 'object' || typeof b === 'object') return equal(a, b);
  // An int is a bigint and a double a number here: CEL compares them by value.
  // oxlint-disable-next-line eqeqeq
  return a == b;
}

const has = (list: List, one: Value): boolean => list.some((other) => same(one, other));

function extreme(list: List, sign: 1 | -1): Value {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error('min and max need at least one element');
  return rest.reduce((best, one) => (compare(one, best) * sign > 0 ? one : best), first);
}

function sum(list: List): Value {
  const [first, ...rest] = list;
  if (first === undefined) return 0n;
  return rest.reduce((total, one) => (total as number) + (one as number), first);
}

function addLists(env: Environment): void {
  env.registerFunction('list.isSorted(): bool', (list: List) =>
    list.every((one, i) => i === 0 || compare(list[i - 1] as Value, one) <= 0),
  );
  env.registerFunction('list.sum(): dyn', sum);
  env.registerFunction('list.min(): dyn', (list: List) => extreme(list, -1));
  env.registerFunction('list.max(): dyn', (list: List) => extreme(list, 1));
  env.registerFunction('list.indexOf(dyn): int', (list: List, one: Value) =>
    BigInt(list.findIndex((other) => same(one, other))),
  );
  env.registerFunction('list.lastIndexOf(dyn): int', (list: List, one: Value) =>
    BigInt(list.findLastIndex((other) => same(one, other))),
  );
}

function addTexts(env: Environment): void {
  env.registerFunction(
    'string.find(string): string',
    (text: string, pattern: string) => new RegExp(pattern, 'u').exec(text)?.[0] ?? '',
  );
  env.registerFunction('string.findAll(string): list<string>', (text: string, pattern: string) =>
    [...text.matchAll(new RegExp(pattern, 'gu'))].map(([found]) => found),
  );
  env.registerFunction('string.charAt(int): string', (text: string, at: bigint) =>
    text.charAt(Number(at)),
  );
  env.registerFunction(
    'string.replace(string, string): string',
    (text: string, from: string, to: string) => text.replaceAll(from, () => to),
  );
}

/** The parts of a URL that rules ask for. */
class KubernetesUrl {
  readonly url: URL;

  constructor(text: string) {
    this.url = new URL(text);
  }
}

/** Absolute, or a path from the root. */
function isUrl(text: string): boolean {
  return URL.canParse(text) || (text.startsWith('/') && URL.canParse(text, 'http://host'));
}

function addUrls(env: Environment): void {
  env.registerFunction('isURL(string): bool', isUrl);
  env.registerType('kubernetes.URL', KubernetesUrl);
  env.registerFunction('url(string): kubernetes.URL', (text: string) => new KubernetesUrl(text));
  const part = (name: string, read: (url: URL) => string) =>
    env.registerFunction(`kubernetes.URL.${name}(): string`, ({ url }: KubernetesUrl) => read(url));
  part('getScheme', (url) => url.protocol.replace(/:$/, ''));
  part('getHost', (url) => url.host);
  part('getHostname', (url) => url.hostname.replaceAll(/^\[|\]$/g, ''));
  part('getPort', (url) => url.port);
  part('getEscapedPath', (url) => url.pathname);
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...more] = text.split('/');
  const kind = isIP(address);
  const isNumber = /^(0|[1-9]\d*)$/.test(bits);
  return more.length === 0 && kind > 0 && isNumber && Number(bits) <= (kind === 4 ? 32 : 128);
}

function addAddresses(env: Environment): void {
  env.registerFunction('isIP(string): bool', (text: string) => isIP(text) > 0);
  env.registerFunction('isCIDR(string): bool', isCidr);
}

class Sets {
  readonly name = 'sets';
}

function addSets(env: Environment): void {
  env.registerType('kubernetes.Sets', Sets);
  env.registerConstant('sets', 'kubernetes.Sets', new Sets());
  const add = (name: string, answer: (a: List, b: List) => boolean) =>
    env.registerFunction(
      `kubernetes.Sets.${name}(list, list): bool`,
      (_sets: Sets, a: List, b: List) => answer(a, b),
    );
  const contains = (a: List, b: List) => b.every((one) => has(a, one));
  add('contains', contains);
  add('equivalent', (a, b) => contains(a, b) && contains(b, a));
  add('intersects', (a, b) => a.some((one) => has(b, one)));
}

export function addKubernetesFunctions(env: Environment): void {
  addLists(env);
  addTexts(env);
  addUrls(env);
  addAddresses(env);
  addSets(env);
}
