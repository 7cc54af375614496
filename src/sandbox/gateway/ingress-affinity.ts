/**
 * `affinity: cookie` of ingress-nginx: pure. Written from its user guide (Session Affinity, Cookie affinity) and its
 * example: the cookie names the upstream beside the pod, and who has one for the canary, or for what it stands beside,
 * comes there again (`affinity-canary-behavior: sticky`, the default). One for another upstream says nothing, and is not
 * set anew. Which pod of an upstream answers is not kept here.
 */
import { createHash } from 'node:crypto';
import type { KubeObject } from '../../api/object.ts';
import { PREFIX } from './ingress-spec.ts';
import type { Keeping } from './kept.ts';
import type { Backend } from './shares.ts';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');

/** Of the Ingress that a canary stands beside. Of a pod nothing is said. */
export const AFFINITY =
  /^(affinity|affinity-canary-behavior|session-cookie-(name|path|max-age|samesite|secure))$/;

/** @param path that of the rule, which the cookie has where nothing else is said */
export function keepingOf({ metadata }: KubeObject, path: string): Keeping | undefined {
  const said = (name: string) => metadata.annotations?.[PREFIX + name];
  if (said('affinity') !== 'cookie') return undefined;
  const maxAge = said('session-cookie-max-age');
  const sameSite = said('session-cookie-samesite');
  return {
    cookie: said('session-cookie-name') ?? 'INGRESSCOOKIE',
    valueFor: (backend) => `segue|${keyOf(backend)}`,
    names: (backend, value) => value.split('|')[1] === keyOf(backend),
    attributes: [
      `; Path=${said('session-cookie-path') ?? path}`,
      ...(maxAge === undefined ? [] : [`; Max-Age=${maxAge}`]),
      '; HttpOnly',
      ...(sameSite === undefined ? [] : [`; SameSite=${sameSite}`]),
      ...(said('session-cookie-secure') === 'true' ? ['; Secure'] : []),
    ].join(''),
    keepsUnknown: true,
  };
}

/** What affinity is asked for that is not there. */
export function unsupportedAffinity({ metadata }: KubeObject): string | undefined {
  const { affinity, 'affinity-canary-behavior': canaries } = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).map(([key, value]) => [
      key.startsWith(PREFIX) ? key.slice(PREFIX.length) : '',
      value,
    ]),
  );
  if (affinity !== undefined && affinity !== 'cookie')
    return `${PREFIX}affinity: ${affinity} is not supported by the sandbox gateway`;
  if (canaries === undefined || canaries === 'sticky') return undefined;
  return `${PREFIX}affinity-canary-behavior: ${canaries} is not supported by the sandbox gateway`;
}

/** `<namespace>-<service>-<port>`, the port as the backend has it. */
function keyOf({ service, port }: Backend): string {
  const name = `${service.replace('/', '-')}-${port}`;
  return md5(md5(name) + name);
}
