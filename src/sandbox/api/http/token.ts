/** `serviceaccounts/token`: TokenRequest. */
import type { KubeObject } from '../../../api/object.ts';
import type { Tokens } from '../access/tokens.ts';
import { timestamp, type Backend, type Target } from '../backend.ts';
import { get } from '../operations/read.ts';
import { fieldsAt, listAt, numberAt } from '../schema.ts';

const AUDIENCE = 'https://kubernetes.default.svc.cluster.local';
const HOUR_SECONDS = 3_600;

export function issueToken(
  { backend, tokens }: { backend: Backend; tokens: Tokens },
  target: Target,
  body: unknown,
): KubeObject {
  const account = get(backend, target);
  const asked = listAt(body, 'spec', 'audiences').map(String);
  const audiences = asked.length > 0 ? asked : [AUDIENCE];
  const expirationSeconds = numberAt(body, 'spec', 'expirationSeconds') ?? HOUR_SECONDS;
  const now = backend.clock.now();
  const issuedAt = Math.floor(now / 1_000);
  const { namespace = '', name, uid = '' } = account.metadata;
  const expiresAt = issuedAt + expirationSeconds;
  const token = tokens.issue({ namespace, name, uid, audiences, issuedAt, expiresAt });
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: timestamp(now) },
    spec: { ...fieldsAt(body, 'spec'), audiences, expirationSeconds },
    status: { token, expirationTimestamp: timestamp(expiresAt * 1_000) },
  };
}
