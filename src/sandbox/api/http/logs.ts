/** `pods/log`: passed on to the node that runs the pod, as a real server passes it on to its kubelet. */
import { Agent, request } from 'undici';
import type { KubeObject } from '../../../api/object.ts';
import type { Backend, Target } from '../backend.ts';
import { get } from '../operations/read.ts';
import { numberAt, objectsAt, textAt } from '../schema.ts';
import { badRequest, notFound, StatusError } from '../status.ts';
import { plain, type ApiRequest, type ApiResponse } from './message.ts';

/** Nodes of the sandbox serve plain http and say so. */
const SCHEME_ANNOTATION = 'segue.dev/kubelet-scheme';

export async function logs(
  backend: Backend,
  target: Target,
  { query, signal }: ApiRequest,
): Promise<ApiResponse> {
  const pod = get(backend, target);
  const container = containerOf(pod, query.get('container') ?? '');
  const nodeName = textAt(pod, 'spec', 'nodeName');
  if (nodeName === '') return plain(200, '');
  const node = backend.store.get('/nodes', '', nodeName);
  if (node === undefined) throw notFound({ group: '', plural: 'nodes' }, nodeName);
  const url = new URL(kubeletAddress(node));
  url.pathname = `/containerLogs/${target.namespace}/${target.name}/${container}`;
  for (const [name, value] of query) if (name !== 'container') url.searchParams.set(name, value);
  const dispatcher = new Agent({ connect: { rejectUnauthorized: false }, bodyTimeout: 0 });
  try {
    const answer = await request(url, { signal, dispatcher });
    if (answer.statusCode !== 200) {
      const text = await answer.body.text();
      throw failure(answer.statusCode, text.trim());
    }
    const body = closing(answer.body, dispatcher);
    return { status: 200, headers: { 'content-type': 'text/plain' }, body };
  } catch (error) {
    await dispatcher.destroy();
    if (error instanceof StatusError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new StatusError(500, 'InternalError', `Get ${JSON.stringify(url.href)}: ${why}`, {});
  }
}

function failure(code: number, message: string): StatusError {
  if (code === 400) return badRequest(message);
  if (code === 404) return new StatusError(404, 'NotFound', message, {});
  return new StatusError(500, 'InternalError', message, {});
}

async function* closing(
  body: AsyncIterable<Uint8Array>,
  dispatcher: Agent,
): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } finally {
    await dispatcher.destroy();
  }
}

function containerOf(pod: KubeObject, asked: string): string {
  const names = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((member) =>
    objectsAt(pod, 'spec', member).map((one) => textAt(one, 'name')),
  );
  const { name } = pod.metadata;
  const regular = objectsAt(pod, 'spec', 'containers').map((one) => textAt(one, 'name'));
  if (asked === '') {
    const only = regular[0];
    if (only !== undefined && names.length === 1) return only;
    throw badRequest(
      `a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]`,
    );
  }
  if (!names.includes(asked)) throw badRequest(`container ${asked} is not valid for pod ${name}`);
  return asked;
}

function kubeletAddress(node: KubeObject): string {
  const port = numberAt(node, 'status', 'daemonEndpoints', 'kubeletEndpoint', 'Port');
  const internal = objectsAt(node, 'status', 'addresses').find(
    (one) => one['type'] === 'InternalIP',
  );
  const { name } = node.metadata;
  if (port === undefined || internal === undefined)
    throw new StatusError(
      500,
      'InternalError',
      `node ${name} does not say where its kubelet listens`,
      {},
    );
  const scheme = node.metadata.annotations?.[SCHEME_ANNOTATION] === 'http' ? 'http' : 'https';
  return `${scheme}://${textAt(internal, 'address')}:${port}`;
}
