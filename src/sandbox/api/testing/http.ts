/** Plain requests to an API server under test, as a client without a library would send them. */
import { Agent, request } from 'undici';
import { parse } from 'yaml';
import type { ApiServer } from '../server.ts';
import type { Fields } from '../schema.ts';

export interface Asked {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  type?: string;
  body?: string;
}

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  json: Fields;
}

export interface Asker {
  (path: string, asked?: Asked): Promise<Answer>;
  close(): Promise<void>;
}

/** As the administrator. */
export function asker(server: ApiServer): Asker {
  const dispatcher = new Agent({ connect: { ca: server.caPem } });
  const { users } = parse(server.kubeconfig) as { users: { user: { token: string } }[] };
  const authorization = `Bearer ${users[0]?.user.token ?? ''}`;
  const ask = async (path: string, { method = 'GET', type, body }: Asked = {}) => {
    const answer = await request(`${server.url}${path}`, {
      dispatcher,
      method,
      headers: { authorization, ...(type === undefined ? {} : { 'content-type': type }) },
      ...(body === undefined ? {} : { body }),
    });
    const json = (await answer.body.json()) as Fields;
    return { status: answer.statusCode, headers: answer.headers, json };
  };
  return Object.assign(ask, { close: () => dispatcher.close() });
}
