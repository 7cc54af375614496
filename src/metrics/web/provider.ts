/** Measures a version by asking any address for JSON, and reading numbers at paths of the answer. */
import type { Check } from '../../api/check.ts';
import { parsePath, valueAt } from '../../api/json-path.ts';
import type { MetricProvider, Reading } from '../../ports/metric-provider.ts';
import { readJson } from '../asker.ts';
import { type Answer, measureByQuery } from '../by-query.ts';
import type { TextRequest } from '../http-text.ts';
import { type Measuring, providerOf, type ProviderOptions } from '../measuring.ts';
import { renderQuery } from '../template.ts';

type Asked = NonNullable<Check['web']>;

/** Counts come out of one answer, so that they are of one time. What is at no path is missing. */
export function webProvider(
  options: ProviderOptions = {},
): MetricProvider & { close(): Promise<void> } {
  return providerOf<Asked>(
    {
      name: 'web',
      title: 'The address',
      address: ({ url }) => url,
      access: (asked) => asked,
      measure,
    },
    options,
  );
}

async function measure(measuring: Measuring<Asked>): Promise<Reading> {
  const answer = await measuring.ask(requestOf(measuring));
  if ('because' in answer) return measuring.missing(answer.because);
  const read = readJson(answer.text);
  if ('because' in read) return measuring.missing(read.because);
  const { value } = measuring.asked;
  return await measureByQuery(
    measuring,
    (path) => Promise.resolve(numberAt(read.json, path)),
    value,
  );
}

function requestOf({ asked, version }: Measuring<Asked>): TextRequest {
  const { url, method, body } = asked;
  const filled = (template: string) => renderQuery(template, version);
  const headers = { accept: 'application/json', 'user-agent': 'segue' };
  if (method === 'GET' || body === undefined) return { url: encoded(filled(url)), method, headers };
  return {
    url: encoded(filled(url)),
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    body: filled(body),
  };
}

/** What was filled in may have what an address must not. */
function encoded(url: string): string {
  return new URL(url).href;
}

function numberAt(json: unknown, path: string): Answer {
  const steps = parsePath(path);
  if (!steps) return { because: `was not read: ${path} is not a path` };
  const value = valueAt(json, steps);
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && !Number.isNaN(number)) return { value: number };
  const shown = value === undefined ? 'nothing' : JSON.stringify(value);
  return { because: `has no data at ${path}: ${shown} is there, not a number` };
}
