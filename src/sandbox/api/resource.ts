/** What the server serves under one URL: a kind at a version, with all that is particular to it. */
import type { KubeObject } from '../../api/object.ts';
import type { Decoded } from './decode.ts';
import type { FieldReader } from './selectors.ts';
import type { Fields, Schema } from './schema.ts';
import type { Cause } from './status.ts';

/** One column of `kubectl get`. */
export interface Column {
  name: string;
  type: string;
  format?: string;
  description?: string;
  /** Above 0 only with `-o wide`. */
  priority?: number;
}

export interface TableShape {
  columns: Column[];
  cells: (object: KubeObject, nowMs: number) => unknown[];
}

/** What is done to objects of a kind on the way into the store. Objects are changed in place. */
export interface Strategy {
  /** Fills in what was left out. Must do nothing to its own result. */
  setDefaults?: (object: KubeObject) => void;
  /** Before an object is stored first: initial status, things allocated. */
  prepareCreate?: (object: KubeObject) => void;
  /** Before a change of the object (not its status) is stored: what cannot be changed by it. */
  prepareUpdate?: (object: KubeObject, old: KubeObject) => void;
  /** `old` is given where the object changes. */
  validate?: (object: KubeObject, old?: KubeObject) => Cause[];
  validateUpdate?: (object: KubeObject, old: KubeObject) => Cause[];
  /** Checks and completes a change of the status subresource. */
  validateStatus?: (object: KubeObject, old: KubeObject) => Cause[];
}

/** Where the scale subresource finds its numbers: paths as in a CRD, `.spec.replicas`. */
export interface ScalePaths {
  specReplicas: string;
  statusReplicas: string;
  /** A `LabelSelector` object, or a string. */
  selector: string | undefined;
}

export interface Resource {
  group: string;
  version: string;
  kind: string;
  plural: string;
  singular: string;
  shortNames: string[];
  categories: string[];
  namespaced: boolean;
  verbs: string[];
  schema: Schema;
  /** Drops and tells of what the kind does not have, in place. */
  decode: (object: Fields) => Decoded;
  /** True for custom resources: a schema decides on defaults and validity, and there is no
   * strategic merge patch. */
  custom: boolean;
  /** Versions and groups that share objects share this. */
  storage: string;
  /** Status can only be written through its subresource, and `spec` only without. */
  statusSubresource: boolean;
  /** metadata.generation counts the changes of everything but metadata and status. */
  countsGenerations: boolean;
  scale: ScalePaths | undefined;
  /** Subresources beside status and scale, each with its kind and verbs. */
  subresources: SubresourceInfo[];
  strategy: Strategy;
  selectable: Record<string, FieldReader>;
  table: TableShape | undefined;
  /** From and to the stored form, where that is another version's. */
  convert: { fromStored: (o: KubeObject) => KubeObject; toStored: (o: KubeObject) => KubeObject };
  /** Told to whoever makes one: what it does not do in the sandbox. */
  note: string | undefined;
  /** Told with every answer, of versions that go away. */
  deprecation: string | undefined;
  /** What a name may look like. */
  nameRule: 'dns-label' | 'dns-subdomain' | 'service' | 'path-segment';
  /** What deletion does to dependents when the request does not say. */
  defaultPropagation: 'Background' | 'Orphan';
}

export interface SubresourceInfo {
  name: string;
  kind: string;
  group: string;
  version: string;
  verbs: string[];
}

/** Where the real server keeps what is served under these names. */
const KEPT_UNDER: Record<string, string> = {
  '/services': 'services/specs',
  '/endpoints': 'services/endpoints',
  '/nodes': 'minions',
  'networking.k8s.io/ingresses': 'ingress',
};

/** The key of an object in the real server's store, which some messages tell. */
export function storageKey(
  { storage, plural, group, custom }: Resource,
  { namespace, name }: { namespace?: string; name: string },
): string {
  const folder = KEPT_UNDER[storage] ?? (custom ? `${group}/${plural}` : plural);
  return ['/registry', folder, ...(namespace === undefined ? [] : [namespace]), name].join('/');
}

export function apiVersionOf(resource: { group: string; version: string }): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
