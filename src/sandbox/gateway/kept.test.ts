/** Cookies that gateways set themselves, as the user guide of ingress-nginx and the reference of Traefik describe them. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import { compileIngresses } from './ingress.ts';
import { compileIngressRoutes } from './ingress-route.ts';
import type { RequestView } from './match.ts';
import { compareMatches, type CompiledRoute } from './route.ts';
import { chooseBackend } from './shares.ts';

const PREFIX = 'nginx.ingress.kubernetes.io/';
const nginx: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'nginx' },
  spec: { controller: 'k8s.io/ingress-nginx' },
};

/** Who answers at this place of the shares, or what is wrong, and the cookie that is set. */
function send(routes: CompiledRoute[], at: number, cookie?: string, more: object = {}) {
  const request: RequestView = {
    method: 'GET',
    path: '/',
    query: new URLSearchParams(),
    headers: { host: 'shop.example.com', ...(cookie !== undefined && { cookie }), ...more },
  };
  const matches = routes.flatMap((one) => one.matches).toSorted(compareMatches);
  const rule = matches.find((match) => match.test(request))?.rule;
  const backend = rule && chooseBackend(rule, at);
  const set = backend?.filters.response.flatMap(({ add = [] }) => add).map(({ value }) => value);
  return { to: rule?.problem ?? backend?.service.replace('shop/', ''), set: set?.[0] };
}

const pairOf = (cookie: string | undefined) => `a=1; ${cookie?.split(';')[0] ?? 'no'}`;

describe('affinity of ingress-nginx', () => {
  const ingress = (name: string, to: string, annotations: Record<string, string>): KubeObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace: 'shop',
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [PREFIX + key, value]),
      ),
    },
    spec: {
      ingressClassName: 'nginx',
      rules: [{ http: { paths: [{ backend: { service: { name: to, port: { number: 80 } } } }] } }],
    },
  });
  const kept = { affinity: 'cookie', 'session-cookie-name': 'route' };
  const compiled = (main: Record<string, string>, canary: Record<string, string> = {}) =>
    compileIngresses(
      [
        ingress('web', 'web', main),
        ingress('beta', 'beta', { canary: 'true', 'canary-weight': '50', ...canary }),
      ],
      [nginx],
    );

  test('who came once comes to the same upstream again, whatever the weights', () => {
    const routes = compiled(kept);
    for (const [at, to] of [
      [0, 'beta'],
      [0.999, 'web'],
    ] as const) {
      const first = send(routes, at);
      expect(first.to).toBe(to);
      expect(first.set).toMatch(/^route=segue\|[0-9a-f]{32}; Path=\/; HttpOnly$/);
      for (const later of [0, 0.999])
        expect(send(routes, later, pairOf(first.set))).toEqual({ to, set: undefined });
    }
  });

  test('before a header, and who comes by one stays too', () => {
    const routes = compiled(kept, { 'canary-by-header': 'x' });
    const header = { x: 'always' };
    const usual = pairOf(send(routes, 0.999).set);
    expect(send(routes, 0.999, usual, header).to).toBe('web');
    const asked = send(routes, 0.999, undefined, header);
    expect(asked.to).toBe('beta');
    expect(send(routes, 0.999, pairOf(asked.set)).to).toBe('beta');
  });

  test('a cookie for another upstream says nothing, and is not set anew', () => {
    const routes = compiled(kept);
    expect(send(routes, 0, 'route=x|123')).toEqual({ to: 'beta', set: undefined });
    expect(send(routes, 0.999, 'route=x')).toEqual({ to: 'web', set: undefined });
    expect(send(routes, 0.999, 'other=x').set).toBeDefined();
  });

  test('without the canary its cookie says nothing', () => {
    const cookie = pairOf(send(compiled(kept), 0).set);
    const alone = compileIngresses([ingress('web', 'web', kept)], [nginx]);
    expect(send(alone, 0, cookie).to).toBe('web');
  });

  test('what a cookie has besides', () => {
    const routes = compiled({
      affinity: 'cookie',
      'session-cookie-path': '/shop',
      'session-cookie-max-age': '60',
      'session-cookie-samesite': 'Lax',
      'session-cookie-secure': 'true',
    });
    expect(send(routes, 0).set).toMatch(
      /^INGRESSCOOKIE=.*; Path=\/shop; Max-Age=60; HttpOnly; SameSite=Lax; Secure$/,
    );
  });

  test('annotations of the canary alone keep nobody, and what is not there is said', () => {
    expect(send(compiled({}, kept), 0).set).toBeUndefined();
    expect(send(compiled(kept, { 'affinity-canary-behavior': 'legacy' }), 0).to).toContain(
      'affinity-canary-behavior: legacy is not supported',
    );
    expect(send(compiled({ affinity: 'ip' }), 0).to).toContain('affinity: ip is not supported');
  });
});

describe('sticky services of Traefik', () => {
  const object = (kind: string, name: string, spec: unknown): KubeObject => ({
    apiVersion: 'traefik.io/v1alpha1',
    kind,
    metadata: { name, namespace: 'shop' },
    spec,
  });
  const to = (name: string, weight: number) => ({ name, port: 80, weight });
  const compiled = (cookie: object, weights = [1, 1], beside: object[] = []) =>
    compileIngressRoutes(
      [
        object('IngressRoute', 'web', {
          routes: [
            {
              match: 'PathPrefix(`/`)',
              services: [{ name: 'both', kind: 'TraefikService' }, ...beside],
            },
          ],
        }),
      ],
      [],
      [
        object('TraefikService', 'both', {
          weighted: {
            services: [to('web', weights[0] ?? 0), to('beta', weights[1] ?? 0)],
            sticky: { cookie },
          },
        }),
      ],
    );

  test('who came once comes to the same service again, as long as that has a weight', () => {
    const routes = compiled({ name: 'kept', httpOnly: true, maxAge: 60, sameSite: 'lax' });
    const [web, beta] = [send(routes, 0), send(routes, 0.999)];
    expect([web.to, beta.to]).toEqual(['web', 'beta']);
    expect(web.set).toMatch(/^kept=[0-9a-f]{16}; Path=\/; Max-Age=60; HttpOnly; SameSite=Lax$/);
    for (const later of [0, 0.999])
      expect(send(routes, later, pairOf(beta.set))).toEqual({ to: 'beta', set: undefined });
    const back = compiled({ name: 'kept' }, [1, 0]);
    expect(send(back, 0.999, pairOf(beta.set))).toEqual({
      to: 'web',
      set: expect.stringContaining('kept=') as string,
    });
  });

  const inside = object('TraefikService', 'all', {
    weighted: { services: [{ name: 'both', kind: 'TraefikService' }] },
  });
  const outer = object('IngressRoute', 'web', {
    routes: [{ match: 'PathPrefix(`/`)', services: [{ name: 'all', kind: 'TraefikService' }] }],
  });
  const both = object('TraefikService', 'both', {
    weighted: { services: [to('web', 1)], sticky: { cookie: { name: 'kept' } } },
  });

  test.each<[string, CompiledRoute[], RegExp]>([
    ['one inside of another', compileIngressRoutes([outer], [], [inside, both]), /inside of one/],
    ['a domain', compiled({ name: 'kept', domain: 'x' }), /cookie.domain/],
    ['no name', compiled({}), /without a name/],
    ['others beside it', compiled({ name: 'kept' }, [1, 1], [to('web', 1)]), /beside others/],
  ])('what is not there is said: %s', (_, routes, says) => {
    expect(routes[0]?.problem).toMatch(says);
  });
});
