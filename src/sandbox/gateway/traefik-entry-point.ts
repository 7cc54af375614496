/** Where Traefik's routers listen here: the one entry point that each of its classes stands for. */
import type { KubeObject } from '../../api/object.ts';
import { classListeners, isOf } from './ingress-class.ts';
import type { ParentRef } from './objects.ts';

export const ENTRY_POINT = 'web';

export function traefikParents(classes: readonly KubeObject[]): ParentRef[] {
  return classes
    .filter((one) => isOf(one, 'Traefik'))
    .map(({ metadata }) => ({ namespace: '', name: classListeners(metadata.name) }));
}
