/** What `segue undo` does about ConfigMaps: says what was different then, and puts it back where that is asked. */
import type { ConfigVersion, RecordedObject } from '../api/config.ts';
import { ABSENT, PUT_BACK_ANNOTATION } from '../api/config-marks.ts';
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { differenceText, versionWithContent } from '../engine/index.ts';
import { KubeError } from '../ports/kube.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './deps.ts';
import { sameTemplate, warnOfGit } from './held-workload.ts';
import type { Invocation } from './invocation.ts';
import type { PolicyAndRelease, ReleaseObject } from './objects.ts';
import type { Revision } from './revisions.ts';
import type { PodTemplate } from '../ports/workload.ts';

/** The configuration of then and of now, where they are known and different. */
export interface ConfigChange {
  earlier: ConfigVersion;
  now: ConfigVersion;
  /** Of which release. */
  from: string;
}

/** Of a revision: as its release has it, or the one that came after it. */
export function configThen(
  { release, template }: Pick<Revision, 'release' | 'template'>,
  releases: readonly ReleaseObject[],
): Pick<ConfigChange, 'earlier' | 'from'> | undefined {
  const own = release?.spec.config?.candidate;
  if (release && own) return { earlier: own, from: release.metadata.name };
  const next = releases.find(
    ({ spec }) => spec.config && sameTemplate(spec.stable.template as PodTemplate, template),
  );
  return next && configBefore(next);
}

/** What its stable version had. */
export function configBefore({
  metadata,
  spec: { config },
}: ReleaseObject): Pick<ConfigChange, 'earlier' | 'from'> | undefined {
  return config && { earlier: versionWithContent(config, 'stable'), from: metadata.name };
}

/** As Segue saw it last: what is being tried, what was taken back and is still stored, or what users have. */
export function configNow({
  policy,
  release,
  inProgress,
}: PolicyAndRelease): ConfigVersion | undefined {
  const { config, rejectedConfig } = policy.status?.target ?? {};
  const tried = release?.spec.config?.candidate;
  if (tried && (inProgress || tried.digest === rejectedConfig)) return tried;
  return config;
}

export function differentConfig(
  before: Pick<ConfigChange, 'earlier' | 'from'> | undefined,
  now: ConfigVersion | undefined,
): ConfigChange | undefined {
  if (!before || !now) return undefined;
  const { scope, digest } = before.earlier;
  return scope === now.scope && digest !== now.digest ? { ...before, now } : undefined;
}

export function configText({ earlier, now }: ConfigChange): string {
  return differenceText(now, earlier);
}

interface PutBack {
  change: ConfigChange;
  dryRun: boolean;
}

/** All of them can be written, or none is; in what order does not matter to Segue, which waits for them. */
export async function putBack(
  cli: Invocation,
  connection: Connection,
  { change, dryRun }: PutBack,
): Promise<string[]> {
  const { earlier, now } = change;
  const present = new Map(now.objects.map((object) => [`${object.kind}/${object.name}`, object]));
  const different = earlier.objects.filter(
    (object) => present.get(`${object.kind}/${object.name}`)?.digest !== object.digest,
  );
  for (const object of different) mustBeKept(object);
  const done: string[] = [];
  for (const object of different) {
    const left = leftAlone(object);
    if (left) cli.stderr.write(`note: ${left}\n`);
    else done.push(await putBackOne(cli, connection, { object, change, dryRun }));
  }
  return done;
}

/** Before anything is written. */
function mustBeKept({ kind, name, omitted }: RecordedObject): void {
  if (kind === 'Secret' || omitted === undefined) return;
  throw new CliError(
    `ConfigMap ${name}: what was in it then is not kept (${omitted}); nothing was changed, ` +
      'put it back from where it was made',
  );
}

function leftAlone({ kind, name, digest }: RecordedObject): string | undefined {
  if (kind === 'Secret')
    return `Secret ${name} was another one then, and what is in Secrets is kept nowhere: it stays as it is`;
  if (digest === ABSENT)
    return `${kind} ${name} was not there then; it stays, delete it if it should go`;
  return undefined;
}

async function putBackOne(
  cli: Invocation,
  connection: Connection,
  { object, change, dryRun }: PutBack & { object: RecordedObject },
): Promise<string> {
  const { client, namespace, user } = connection;
  const { name } = object;
  const at = { ...KINDS.configMap, namespace, name };
  const stored = await client.get(at);
  const said = { by: user, at: new Date(cli.clock.now()).toISOString(), from: change.from };
  const annotations = { [PUT_BACK_ANNOTATION]: JSON.stringify(said) };
  const options = { fieldManager: 'segue-cli', dryRun };
  const { data, binaryData } = object;
  try {
    if (!stored) {
      const metadata = { name, namespace, annotations };
      const content = { ...(data && { data }), ...(binaryData && { binaryData }) };
      await client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, ...content }, options);
      return `ConfigMap ${name} made anew`;
    }
    warnOfGit(cli, stored);
    const { resourceVersion } = stored.metadata;
    const body = {
      metadata: { annotations, resourceVersion },
      data: back(object, stored, 'data'),
      binaryData: back(object, stored, 'binaryData'),
    };
    await client.patch(at, { type: 'merge', body }, options);
    return `ConfigMap ${name} put back`;
  } catch (error) {
    throw explained(error, `ConfigMap ${namespace}/${name}`);
  }
}

/** Keys that are referred to and were not there then go. */
function back(object: RecordedObject, stored: KubeObject, field: 'data' | 'binaryData') {
  const wanted: Record<string, string> = object[field] ?? {};
  const there = Object.keys((stored[field] ?? {}) as Record<string, string>);
  const gone = object.whole ? there.filter((key) => !(key in wanted)) : [];
  return { ...wanted, ...Object.fromEntries(gone.map((key) => [key, null])) };
}

function explained(error: unknown, what: string): unknown {
  if (!(error instanceof KubeError)) return error;
  if (error.reason === 'Conflict')
    return new CliError(`${what}: somebody changed it at the same moment; look again and repeat`);
  if (error.reason === 'Invalid' && /immutable/.test(error.message))
    return new CliError(`${what}: it is immutable: write a template that refers to another one`);
  return error;
}
