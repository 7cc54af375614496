/** The Services Segue makes for the length of a release, one for each version: what routers' weights
 * point at, and the preview of a blue-green release. */
import type { Problem } from '../api/problem.ts';
import type { TrafficObjects } from './traffic-router.ts';
import type { Write } from './write.ts';

export interface VersionServices {
  /** The writes missing until they are there and as wanted, or gone. What is not ours is never
   * written. */
  render(wanted: WantedServices, objects: TrafficObjects): Write[];
  observe(wanted: WantedServices, objects: TrafficObjects): VersionServicesReading;
}

export interface WantedServices {
  namespace: string;
  /** The user's Services that are copied, at least one. */
  services: string[];
  roles: VersionRole[];
  /** The Release that the Services belong to. */
  owner: { name: string; uid: string };
  /** Name of the policy, for the label. */
  policy: string;
  present: boolean;
}

export interface VersionRole {
  /** The last word of the name, and the key of the reading. */
  suffix: 'stable' | 'candidate' | 'preview';
  /** Of the version of the pods it selects. */
  hash: string;
  /** The label of the pods that has it; `pod-template-hash` unless said. */
  label?: string;
  /** In place of what the user's Service says, where its selector names a version. */
  selector?: Record<string, string>;
  /** What it is labelled with, beside Segue's own labels. */
  labels?: Readonly<Record<string, string>>;
  /** In place of `<service>-<suffix>`, for the first of the services. */
  name?: string;
}

export interface VersionServicesReading {
  /** Every one exists, is ours and needs no write. */
  present: boolean;
  /** None of ours is left. */
  absent: boolean;
  /** Ready pods by role; over several services the fewest. */
  endpoints: Partial<Record<VersionRole['suffix'], number>>;
  /** Ready pods of each version behind the user's own Services, which may be told later of those that go;
   * over several services the most. */
  lingering: Partial<Record<VersionRole['suffix'], number>>;
  /** Names taken by somebody else, and Services of the user's that cannot be copied. */
  problems: Problem[];
}
