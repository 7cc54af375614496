/** The objects of two Deployments that take turns, and which of them has the traffic. */
import type { KubeObject } from '../api/object.ts';
import type { ModelApi } from './model-api.ts';
import { serviceObject, templateOf } from './objects.ts';
import type { PairWays, Scenario } from './scenario.ts';

export type Colour = 'blue' | 'green';

export const COLOURS = ['blue', 'green'] as const;

export function pairService(name: string, colour: Colour): KubeObject {
  const service = serviceObject();
  const spec = { ...(service['spec'] as object), selector: { app: 'web', version: colour } };
  return { ...service, metadata: { ...service.metadata, name }, spec };
}

export function pairObjects({ deployment }: Scenario, { services, idle }: PairWays): KubeObject[] {
  const each = COLOURS.map((colour) => pairService(`web-${colour}`, colour));
  const target = (colour: Colour, image: string, more: object): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `web-${colour}`, namespace: 'shop' },
    spec: {
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      ...deployment,
      ...more,
      selector: { matchLabels: { app: 'web', version: colour } },
      template: templateOf(image, colour),
    },
  });
  return [
    pairService('web', 'blue'),
    ...(services === 'Each' ? each : []),
    target('blue', 'v1', {}),
    target('green', 'v0', { replicas: idle }),
  ];
}

/** The one that the users' Service names; blue where it names none. */
export function liveColour(api: ModelApi): Colour {
  const { selector } = (api.get('Service', 'web')?.['spec'] ?? {}) as {
    selector?: { version?: string };
  };
  return selector?.version === 'green' ? 'green' : 'blue';
}

export function otherColour(colour: Colour): Colour {
  return colour === 'blue' ? 'green' : 'blue';
}

export function isPaused(deployment: KubeObject | undefined): boolean {
  return (deployment?.['spec'] as { paused?: boolean } | undefined)?.paused === true;
}
