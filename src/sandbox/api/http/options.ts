/** What the query parameters of reads and writes ask for. */
import type { WriteOptions } from '../backend.ts';
import type { Paging } from '../operations/read.ts';
import { badRequest, cause, invalid, type Cause } from '../status.ts';
import { duplicatesIn } from './body.ts';
import type { ApiRequest } from './message.ts';

const META = 'meta.k8s.io';
const OPTIONS_OF: Record<string, string> = {
  POST: 'CreateOptions',
  PUT: 'UpdateOptions',
  PATCH: 'PatchOptions',
};
const APPLY = 'application/apply-patch+yaml';
const MANAGER_BYTES_MAX = 128;
const VALIDATIONS = ['', 'Ignore', 'Strict', 'Warn'];

/** Throws Invalid, naming the parameter. */
export function readWriteOptions(request: ApiRequest, subresource: string): WriteOptions {
  const { query, headers, method } = request;
  const isApply = (headers['content-type'] ?? '').startsWith(APPLY);
  const causes = problemsOf(query, isApply);
  const kind = OPTIONS_OF[method];
  if (causes.length > 0 && kind !== undefined) throw invalid({ group: META, kind }, '', causes);
  const agent = (headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
  const validation = query.get('fieldValidation');
  const fieldValidation = validation === 'Strict' || validation === 'Ignore' ? validation : 'Warn';
  return {
    dryRun: query.get('dryRun') === 'All',
    fieldManager: query.get('fieldManager') ?? agent.slice(0, MANAGER_BYTES_MAX),
    fieldValidation,
    force: query.get('force') === 'true',
    subresource,
    duplicates: fieldValidation === 'Ignore' ? [] : duplicatesIn(request),
    warnings: [],
  };
}

function problemsOf(query: URLSearchParams, isApply: boolean): Cause[] {
  const manager = query.get('fieldManager') ?? '';
  const validation = query.get('fieldValidation') ?? '';
  const causes: Cause[] = [];
  if (isApply && manager === '')
    causes.push(cause.required('fieldManager', 'is required for apply patch'));
  if (!isApply && query.has('force'))
    causes.push(cause.forbidden('force', 'may not be specified for non-apply patch'));
  if (Buffer.byteLength(manager) > MANAGER_BYTES_MAX)
    causes.push(cause.tooLong('fieldManager', 128));
  causes.push(...dryRunProblems(query));
  if (!VALIDATIONS.includes(validation))
    causes.push(cause.notSupported('fieldValidation', validation, VALIDATIONS));
  return causes;
}

function dryRunProblems(query: URLSearchParams): Cause[] {
  const asked = query.getAll('dryRun').filter((one) => one !== '');
  return asked.every((one) => one === 'All') ? [] : [cause.notSupported('dryRun', asked, ['All'])];
}

/** Throws Invalid for parameters that contradict each other, BadRequest for what is no number. */
export function readListOptions(query: URLSearchParams): Paging {
  const limit = query.get('limit') ?? '0';
  if (!/^[+-]?\d+$/.test(limit))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(limit)}: invalid syntax`);
  const paging = {
    limit: Number(limit),
    continue: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
  };
  const causes = matchProblems(paging);
  if (causes.length > 0) throw invalid({ group: META, kind: 'ListOptions' }, '', causes);
  return paging;
}

const MATCHES = ['Exact', 'NotOlderThan'];

function matchProblems(paging: Paging): Cause[] {
  const field = 'resourceVersionMatch';
  const match = paging.resourceVersionMatch;
  if (match === '') return [];
  const causes: Cause[] = [];
  if (paging.resourceVersion === '')
    causes.push(cause.forbidden(field, `${field} is forbidden unless resourceVersion is provided`));
  if (paging.continue !== '')
    causes.push(cause.forbidden(field, `${field} is forbidden when continue is provided`));
  if (!MATCHES.includes(match)) causes.push(cause.notSupported(field, match, [...MATCHES, '']));
  if (match === 'Exact' && paging.resourceVersion === '0')
    causes.push(cause.forbidden(field, `${field} "exact" is forbidden for resourceVersion "0"`));
  return causes;
}
