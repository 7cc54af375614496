/** An API server for the tests of this folder, with a clock that tests move. */
import type { KubeObject } from '../../../api/object.ts';
import type { Clock } from '../../../ports/clock.ts';
import type { KubeClient } from '../../../ports/kube.ts';
import type { Log } from '../../../ports/log.ts';
import type { Fields } from '../schema.ts';
import { startApiServer, type ApiServer } from '../server.ts';

const SILENT: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  with: () => SILENT,
};

export interface TestServer extends ApiServer {
  admin: KubeClient;
}

export async function testServer(options: {
  clock: Clock;
  watchWindow?: number;
  data?: string;
  port?: number;
}): Promise<TestServer> {
  const server = await startApiServer({ log: SILENT, ...options });
  return { ...server, admin: server.client() };
}

export function deployment(name: string, spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'app', image: `${name}:v1` }] },
      },
      ...spec,
    },
  };
}

export function configMap(name: string, data: Record<string, string> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
}

export function pod(name: string, spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'app', image: 'app:v1' }], ...spec },
  };
}

/** A CRD of `widgets.ex.dev` with status and scale. */
export function widgets(specSchema: Fields = {}): KubeObject {
  const text = { type: 'string' };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.ex.dev' },
    spec: {
      group: 'ex.dev',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget', shortNames: ['wd'], categories: ['all'] },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: {
            status: {},
            scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
          },
          additionalPrinterColumns: [{ name: 'Mode', type: 'string', jsonPath: '.spec.mode' }],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: {
                spec: {
                  type: 'object',
                  properties: {
                    mode: { ...text, default: 'A', enum: ['A', 'B'] },
                    replicas: { type: 'integer', default: 1 },
                    ...specSchema,
                  },
                },
                status: { type: 'object', properties: { replicas: { type: 'integer' } } },
              },
            },
          },
        },
      ],
    },
  };
}

export function widget(name: string, spec: Fields = {}): KubeObject {
  return {
    apiVersion: 'ex.dev/v1',
    kind: 'Widget',
    metadata: { name, namespace: 'default' },
    spec,
  };
}

export const DEPLOYMENT = { group: 'apps', kind: 'Deployment' };
export const CONFIG_MAP = { group: '', kind: 'ConfigMap' };
export const POD = { group: '', kind: 'Pod' };
export const WIDGET = { group: 'ex.dev', kind: 'Widget' };
