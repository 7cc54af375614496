/** The configuration that a template refers to, as part of what is released: decided here and written into the
 * template as an annotation, so that another configuration is another template. */
import type { ConfigVersion, RecordedObject } from '../api/config.ts';
import { CONFIG_ANNOTATION } from '../api/config-marks.ts';
import { parseDuration } from '../api/duration.ts';
import type { PolicySpec, PolicyStatus } from '../api/policy.ts';
import type { ReleaseSpec } from '../api/release.ts';
import { sameJson } from '../api/same-json.ts';
import type { PodTemplate } from '../ports/workload.ts';
import { differenceText } from './config-difference.ts';
import type { Finding } from './finding.ts';
import { isAnnounced, type NewRevision } from './new-release.ts';
import type { ConfigReading, PolicySnapshot, ReleaseSnapshot, Snapshot } from './snapshot.ts';
import type { Turn } from './turn.ts';

type PolicyTarget = NonNullable<PolicyStatus['target']>;
type Base = NonNullable<PolicyTarget['config']>;

export function watchesConfig({ config }: Pick<PolicySpec, 'config'>): boolean {
  return config?.watch === true;
}

/** The template as its user wrote it. */
export function withoutConfig(template: PodTemplate): PodTemplate {
  return withConfig(template, undefined);
}

function withConfig(template: PodTemplate, digest: string | undefined): PodTemplate {
  const { annotations, ...metadata } = metadataOf(template);
  const { [CONFIG_ANNOTATION]: _, ...others } = annotations ?? {};
  const next = { ...others, ...(digest !== undefined && { [CONFIG_ANNOTATION]: digest }) };
  const some = Object.keys(next).length > 0;
  return { ...template, metadata: { ...metadata, ...(some && { annotations: next }) } };
}

interface TemplateMetadata {
  annotations?: Record<string, string>;
}

function metadataOf(template: PodTemplate): TemplateMetadata {
  return (template['metadata'] ?? {}) as TemplateMetadata;
}

function annotated(template: PodTemplate): string | undefined {
  return metadataOf(template).annotations?.[CONFIG_ANNOTATION];
}

/** What there is to do about the configuration before the template is looked at. */
export interface ConfigLook {
  /** Undefined: the template goes on as it is. */
  finding: Finding | 'Unread' | undefined;
  /** For the status, and for the release. */
  target: Pick<PolicyTarget, 'config' | 'rejectedConfig'>;
  release: Pick<ReleaseSpec, 'config'>;
}

interface Situation {
  held: NewRevision;
  target: PolicyTarget;
  reading: ConfigReading;
  now: ConfigVersion;
  base: Base;
  /** The templates are the same but for the configuration. */
  same: boolean;
  changed: boolean;
}

/** Undefined where configuration is not watched. */
export function lookAtConfig(held: NewRevision, target: PolicyTarget): ConfigLook | undefined {
  const { policy, snapshot, workload, running } = held;
  if (!watchesConfig(policy.spec)) return undefined;
  const { config: reading } = snapshot;
  if (!reading?.version) return { finding: unread(held), target: {}, release: {} };
  const now = reading.version;
  const known = policy.status.target?.config;
  const same = sameJson(withoutConfig(workload.template), withoutConfig(running.template));
  const missing = reading.missing.length > 0;
  if (!isBase(known, held, now) && missing)
    return { finding: missingFinding(target, reading), target: {}, release: {} };
  const base = isBase(known, held, now) ? known : { ...now, workload: workload.uid };
  const changed = now.digest !== base.digest;
  const { rejectedConfig: rejected } = policy.status.target ?? {};
  const kept = {
    config: base,
    ...(rejected !== undefined && changed && { rejectedConfig: rejected }),
  };
  const situation = { held, target: { ...target, ...kept }, reading, now, base, same, changed };
  const release = { config: { stable: contentOf(base, now), candidate: now } };
  return { finding: configFinding(situation), target: kept, release };
}

/** Longer than it takes to fill a cache of a server that answers. */
const UNREAD_MS = 10_000;

/** Too short to be told of, mostly. */
function unread({ snapshot }: NewRevision): Finding | 'Unread' {
  const { sinceMs } = snapshot.config ?? { sinceMs: snapshot.now };
  if (snapshot.now < sinceMs + UNREAD_MS) return 'Unread';
  const message =
    'what the template refers to has not been read yet, so that nothing new is released: the log of the ' +
    'controller says why';
  const workload = { held: true };
  // What is remembered stays as it is.
  return { ready: 'False', reason: 'ConfigUnread', message, workload };
}

/** When it is time to say that it is still so. */
export function unreadWake({ config }: Pick<Snapshot, 'config'>): { wakeAtMs?: number } {
  const waits = config && !config.version && !config.problem;
  return waits ? { wakeAtMs: config.sinceMs + UNREAD_MS } : {};
}

/** What is remembered of another workload, or of other kinds or digests, cannot be compared: nothing is
 * known to have changed. */
function isBase(
  known: Base | undefined,
  { workload }: NewRevision,
  { scope }: ConfigVersion,
): known is Base {
  return known?.workload === workload.uid && known.scope === scope;
}

function configFinding(situation: Situation): Finding | undefined {
  const { held, reading, same, changed, target } = situation;
  const wanted = wantedDigest(situation);
  const written = annotated(held.workload.template) === wanted;
  const missing = written ? undefined : write(situation, wanted);
  if (!changed && same) return missing;
  if (reading.missing.length > 0) return missingFinding(target, reading);
  if (held.retry) return waiting(situation) ?? missing;
  if (same && situation.now.digest === target.rejectedConfig) return barred(situation);
  if (written && isRejected(held)) return undefined;
  return waiting(situation) ?? missing;
}

/** Stable's own where the configuration is the same, also where that is none; else one that stable has not. */
function wantedDigest({ held, now, changed }: Situation): string | undefined {
  const stable = annotated(held.running.template);
  if (!changed) return stable;
  return stable === now.digest ? `${now.digest}-again` : now.digest;
}

function isRejected({ policy, workload }: NewRevision): boolean {
  return policy.status.target?.rejected === workload.templateHash;
}

function waiting(situation: Situation): Finding | undefined {
  const { held, reading, changed, base, now } = situation;
  const endMs = quietEndMs(reading, held.policy);
  // Announced: it was waited for before the controller was started again.
  if (held.snapshot.now >= endMs || isAnnounced(held.snapshot, held.policy)) return undefined;
  const { quiet } = held.policy.spec.config ?? {};
  const what = changed ? differenceText(base, now) : held.workload.images.join(', ');
  const message = `released when nothing has changed for ${quiet}: ${what}`;
  return { ...still(situation), reason: 'Quiet', message, wakeAtMs: endMs };
}

function quietEndMs({ sinceMs }: ConfigReading, { spec }: PolicySnapshot): number {
  return sinceMs + (parseDuration(spec.config?.quiet ?? '') ?? 0);
}

function still({ target, held }: Situation): Omit<Finding, 'reason' | 'message'> {
  const { rejected } = held.policy.status.target ?? {};
  return {
    ready: 'False',
    target: { ...target, ...(rejected !== undefined && { rejected }) },
    workload: { held: true },
  };
}

function write(situation: Situation, digest: string | undefined): Finding {
  const { held, base, now, changed } = situation;
  const template = withConfig(held.workload.template, digest);
  const message = changed
    ? `the configuration has changed: ${differenceText(base, now)}`
    : 'the configuration is that of the version users have';
  return {
    ...still(situation),
    reason: 'ConfigChanged',
    message,
    workload: { held: true, template },
  };
}

function barred(situation: Situation): Finding {
  const { base, now, held } = situation;
  const message =
    `the configuration was taken back and is not tried again until it changes: ` +
    `${differenceText(base, now)}. What is stored is still that one: pods that start now read it`;
  const found = still(situation);
  const failureMessage = `release ${held.policy.status.lastRelease ?? ''} was taken back`;
  return {
    ...found,
    reason: 'ReleaseAborted',
    message,
    workload: { held: true, failureMessage },
  };
}

function missingFinding(target: PolicyTarget, { missing }: ConfigReading): Finding {
  const what = missing.join(' and ');
  return {
    ready: 'False',
    reason: 'ConfigMissing',
    message: `the template refers to ${what}, without which its pods cannot start: nothing is released until that is there`,
    target,
    workload: { held: true },
  };
}

/** What a release keeps of stable's: the content of what is another one in the candidate. */
function contentOf({ scope, digest, objects }: ConfigVersion, other: ConfigVersion): ConfigVersion {
  const same = new Set(other.objects.map(identity));
  return {
    scope,
    digest,
    objects: objects.map((object) => {
      if (!same.has(identity(object))) return object;
      const { data: _, binaryData: __, ...rest } = object;
      return rest;
    }),
  };
}

function identity({ kind, name, digest }: RecordedObject): string {
  return `${kind}/${name}/${digest}`;
}

export type ConfigNews = 'Reverted' | 'Changed';

/** Of a release in progress: the configuration was left alone for long enough, and is another one. */
export function configNews(turn: Turn): ConfigNews | undefined {
  const { config, stable, candidate } = turn.spec;
  const { config: reading, policy } = turn.snapshot;
  if (!config || !reading?.version || !policy || !watchesConfig(policy.spec)) return undefined;
  const now = reading.version;
  if (reading.missing.length > 0 || now.scope !== config.candidate.scope) return undefined;
  if (now.digest === config.candidate.digest) return undefined;
  const endMs = quietEndMs(reading, policy);
  if (turn.now < endMs) {
    turn.wakeAt(endMs);
    return undefined;
  }
  const back = now.digest === config.stable.digest;
  const plain = [stable, candidate].map(({ template }) => withoutConfig(template as PodTemplate));
  return back && sameJson(plain[0], plain[1]) ? 'Reverted' : 'Changed';
}

/** Of the version that a release has made users' own, or that of stable again. */
export function configOf(
  { spec }: Pick<ReleaseSnapshot, 'spec'>,
  version: 'stable' | 'candidate',
): Pick<PolicyTarget, 'config'> {
  const { config, target } = spec;
  if (!config) return {};
  return { config: { ...versionWithContent(config, version), workload: target.uid } };
}

/** With all the content that its release keeps. */
export function versionWithContent(
  { stable, candidate }: NonNullable<ReleaseSpec['config']>,
  version: 'stable' | 'candidate',
): ConfigVersion {
  return version === 'candidate' ? candidate : withContentOf(stable, candidate);
}

function withContentOf(version: ConfigVersion, other: ConfigVersion): ConfigVersion {
  const known = new Map(other.objects.map((object) => [identity(object), object]));
  return { ...version, objects: version.objects.map((one) => known.get(identity(one)) ?? one) };
}

/** The configuration that a release was taken back with. */
export function rejectedConfigOf({
  spec,
}: Pick<ReleaseSnapshot, 'spec'>): Pick<PolicyTarget, 'rejectedConfig'> {
  const { config } = spec;
  if (!config || config.candidate.digest === config.stable.digest) return {};
  return { rejectedConfig: config.candidate.digest };
}
