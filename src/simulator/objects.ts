/** The objects of the modelled world as their users write them. */
import { API_VERSION, DEFAULTS_NAME } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { writtenPolicySpecSchema } from '../api/policy.ts';
import { type ReleaseDefaultsInput, releaseDefaultsSpecSchema } from '../api/release-defaults.ts';
import type { RequestAction } from '../api/release-request.ts';
import type { Scenario } from './scenario.ts';

const metadata = { name: 'web', namespace: 'shop' };

/** @param colour of one that takes turns with another */
export function templateOf(image: string, colour?: string): Record<string, unknown> {
  return {
    metadata: { labels: { app: 'web', ...(colour !== undefined && { version: colour }) } },
    spec: { containers: [{ name: 'web', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
  };
}

/** The same with the ConfigMap that its pods read. */
function configuredTemplate(image: string): Record<string, unknown> {
  const { metadata: named, spec } = templateOf(image) as { metadata: object; spec: Containers };
  const envFrom = [{ configMapRef: { name: 'web' } }];
  return {
    metadata: named,
    spec: { containers: spec.containers.map((one) => ({ ...one, envFrom })) },
  };
}

interface Containers {
  containers: object[];
}

/** As the user of this world writes it. */
export function writtenTemplate(
  { config }: Pick<Scenario, 'config'>,
  image: string,
  colour?: string,
): Record<string, unknown> {
  return config === undefined ? templateOf(image, colour) : configuredTemplate(image);
}

export function deploymentObject(scenario: Scenario, image: string): KubeObject {
  const selector = { matchLabels: { app: 'web' } };
  const template = writtenTemplate(scenario, image);
  const spec = { ...scenario.deployment, selector, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { ...metadata }, spec };
}

export function serviceObject(): KubeObject {
  const spec = {
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 'http' }],
  };
  return { apiVersion: 'v1', kind: 'Service', metadata: { ...metadata }, spec };
}

export function policyObject({ policy }: Scenario): KubeObject {
  const spec = writtenPolicySpecSchema.parse(policy);
  return { apiVersion: API_VERSION, kind: 'ReleasePolicy', metadata: { ...metadata }, spec };
}

export function requestObject(action: RequestAction, number: number): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ReleaseRequest',
    metadata: { ...metadata, name: `request-${number}` },
    spec: { policy: 'web', action },
  };
}

export function defaultsObject(written: ReleaseDefaultsInput): KubeObject {
  const spec = releaseDefaultsSpecSchema.parse(written);
  const named = { ...metadata, name: DEFAULTS_NAME };
  return { apiVersion: API_VERSION, kind: 'ReleaseDefaults', metadata: named, spec };
}
