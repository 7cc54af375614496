/** Which Service smoke tests ask: that of the candidate, by whichever label its kind tells the versions. */
import { expect, test } from 'vitest';
import type { Caches } from './caches.ts';
import { candidateService } from './candidate-pods.ts';

test.each(['pod-template-hash', 'controller-revision-hash'])('by %s', (label) => {
  const service = (name: string, hash: string) => ({
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: 'web', [label]: hash } },
  });
  const all = [service('web-stable', 'old'), service('web-candidate', 'new')];
  const caches = { services: { byIndex: () => all } } as unknown as Caches;
  expect(candidateService(caches, 'uid', 'new')).toBe('web-candidate');
  expect(candidateService(caches, 'uid', 'other')).toBe('');
});
