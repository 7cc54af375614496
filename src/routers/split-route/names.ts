/** By which name a destination leads to a user's Service, or to that of a version. */
import { dedicatedName } from '../dedicated-services.ts';
import type { Named, RefRole } from './refs.ts';

export interface ServiceNames {
  /** Undefined for a Service that the policy has nothing to do with. */
  of: (name: string) => Named | undefined;
  in: (to: Named) => string;
}

export function serviceNames(services: readonly string[]): ServiceNames {
  const roles = ['Stable', 'Candidate', 'Service'] as const;
  // A user's own Service goes before one of Segue's of the same name.
  const all = roles.flatMap((role) => services.map((service): Named => ({ service, role })));
  const named = new Map(all.map((one) => [nameIn(one.service, one.role), one]));
  return { of: (name) => named.get(name), in: ({ service, role }) => nameIn(service, role) };
}

function nameIn(service: string, role: RefRole): string {
  if (role === 'Service') return service;
  return dedicatedName(service, role === 'Stable' ? 'stable' : 'candidate');
}
