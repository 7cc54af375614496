/** The content of ConfigMaps, as far as a release keeps it. */
import type { RecordedObject } from '../api/config.ts';
import type { KubeObject } from '../api/object.ts';
import type { ConfigReference } from '../engine/index.ts';

type Texts = Record<string, string>;

/** Of one version, in all: a release has two beside its templates, and an object of Kubernetes must stay
 * below 1.5 MB; many releases are kept, and read often. */
export const KEPT_BYTES = 64 * 1024;

export interface Read {
  record: RecordedObject;
  reference: ConfigReference;
  object: KubeObject | undefined;
}

/** Small ones first, so that one that is too large costs the others nothing. */
export function withContent(read: readonly Read[]): RecordedObject[] {
  const sized = read.map((one) => ({ one, content: contentOf(one) }));
  const inOrder = sized.toSorted((a, b) => sizeOf(a.content) - sizeOf(b.content));
  const kept = new Map<RecordedObject, RecordedObject>();
  let left = KEPT_BYTES;
  for (const { one, content } of inOrder) {
    const bytes = sizeOf(content);
    const fits = bytes <= left;
    if (fits) left -= bytes;
    kept.set(one.record, { ...one.record, ...(fits ? content : { omitted: tooLarge(bytes) }) });
  }
  return read.map(({ record }) => kept.get(record) as RecordedObject);
}

function tooLarge(bytes: number): string {
  const kibibytes = Math.ceil(bytes / 1024);
  return `${kibibytes} KiB: a release keeps ${KEPT_BYTES / 1024} KiB of content for each version`;
}

/** Never of a Secret. */
function contentOf({ reference, object }: Read): Pick<RecordedObject, 'data' | 'binaryData'> {
  if (!object || reference.kind !== 'ConfigMap') return {};
  const [data, binaryData] = [
    chosen(object['data'], reference),
    chosen(object['binaryData'], reference),
  ];
  return { ...(data && { data }), ...(binaryData && { binaryData }) };
}

function chosen(field: unknown, { keys }: ConfigReference): Texts | undefined {
  const entries = Object.entries((field ?? {}) as Texts);
  const wanted = entries.filter(([key]) => keys === 'All' || keys.includes(key));
  return wanted.length > 0 ? Object.fromEntries(wanted) : undefined;
}

function sizeOf(content: Pick<RecordedObject, 'data' | 'binaryData'>): number {
  return Object.keys(content).length === 0 ? 0 : Buffer.byteLength(JSON.stringify(content));
}
