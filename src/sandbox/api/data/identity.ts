/** What a server's clients know it by, kept from its last life or made. */
import { randomBytes, X509Certificate } from 'node:crypto';
import { makeCertificate } from '../tls.ts';
import type { Identity } from './directory.ts';

const DAY_MS = 86_400_000;
/** A certificate that ends sooner is made anew. */
const VALID_FOR_MS = 7 * DAY_MS;

export async function takeIdentity(
  before: Identity | undefined,
  nowMs: number,
): Promise<{ identity: Identity; notes: string[] }> {
  if (before === undefined) {
    const identity = {
      port: 0,
      adminToken: randomBytes(24).toString('hex'),
      tokenKey: randomBytes(32).toString('base64'),
      certificate: await makeCertificate(nowMs),
    };
    return { identity, notes: [] };
  }
  const { validTo } = new X509Certificate(before.certificate.certPem);
  if (Date.parse(validTo) > nowMs + VALID_FOR_MS) return { identity: before, notes: [] };
  const certificate = await makeCertificate(nowMs);
  const note = `the certificate would have ended on ${validTo}; with the new one, the kubeconfig is new too`;
  return { identity: { ...before, certificate }, notes: [note] };
}
