/** Requests and answers of the API, free of the transport that carries them. */
import { stringify } from 'yaml';
import type { UserInfo } from '../backend.ts';
import { StatusError } from '../status.ts';

export interface ApiRequest {
  method: string;
  path: string;
  query: URLSearchParams;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Uint8Array;
  user: UserInfo;
  /** Aborts when the client goes away. */
  signal: AbortSignal;
}

export interface ApiResponse {
  status: number;
  headers: Record<string, string>;
  body: string | AsyncIterable<string | Uint8Array>;
}

/** What the client wants its answer to look like. */
export interface Accepted {
  yaml: boolean;
  /** A transformation of objects and lists. */
  as: 'Table' | 'PartialObjectMetadata' | undefined;
  /** Of discovery. */
  aggregated: boolean;
}

export const MEDIA_TYPES = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
];

const MEDIA_TYPE_ERROR = `only the following media types are accepted: ${MEDIA_TYPES.join(', ')}`;

/** The first thing in an Accept header this server can write; undefined when there is none. */
export function negotiate(accept: string | undefined): Accepted | undefined {
  const plain: Accepted = { yaml: false, as: undefined, aggregated: false };
  if (accept === undefined || accept.trim() === '') return plain;
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const isYaml = type === 'application/yaml' || type === 'application/x-yaml';
    if (!isYaml && !['application/json', 'application/*', '*/*', 'text/plain'].includes(type))
      continue;
    const values = Object.fromEntries(parameters.map((one) => one.split('='))) as Record<
      string,
      string
    >;
    const chosen = asChosen(values);
    if (chosen !== undefined) return { ...plain, ...chosen, yaml: isYaml };
  }
  return undefined;
}

function asChosen(values: Record<string, string>): Partial<Accepted> | undefined {
  const { as, g: group, v: version } = values;
  if (as === undefined) return {};
  if (as === 'APIGroupDiscoveryList') return version === 'v2' ? { aggregated: true } : undefined;
  if (group !== 'meta.k8s.io' || version !== 'v1') return undefined;
  if (as === 'Table') return { as: 'Table' };
  return as.startsWith('PartialObjectMetadata') ? { as: 'PartialObjectMetadata' } : undefined;
}

export function respond(
  status: number,
  body: unknown,
  accepted?: { yaml: boolean },
  headers: Record<string, string> = {},
): ApiResponse {
  const isYaml = accepted?.yaml === true;
  const type = isYaml ? 'application/yaml' : 'application/json';
  const text = isYaml ? stringify(body) : `${JSON.stringify(body)}\n`;
  return { status, headers: { 'content-type': type, ...headers }, body: text };
}

/** What is said of a group that nobody serves. */
export const NO_PAGE = '404 page not found\n';

/** Where a form of the answer was asked for that there is not, it says what there is. */
export function notAcceptable({ headers }: ApiRequest): StatusError {
  const isForm = (headers['accept'] ?? '').includes('as=');
  const message = isForm ? MEDIA_TYPE_ERROR : '406: Not Acceptable';
  return new StatusError(406, 'NotAcceptable', message, isForm ? undefined : {});
}

export function plain(status: number, text: string): ApiResponse {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text };
}
