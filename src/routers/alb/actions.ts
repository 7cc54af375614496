/**
 * Actions of the AWS Load Balancer Controller, as JSON in annotations of an Ingress: where one forwards to a user's
 * Service it forwards to three of them for a release. The user's own stays with no share, so that its target group is
 * kept, with all pods registered and healthy, for the way back.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ServiceNames } from '../split-route/names.ts';
import type { RefRole } from '../split-route/refs.ts';

type Fields = Record<string, unknown>;

/** `Service`: as the user wrote it. `Announced`: the user's Service has everything, beside those of each version,
 * whose targets are registered and tried. A number: percent to the candidate. */
export type Goal = 'Service' | 'Announced' | number;

/** A target group of an action. */
export type Target = Fields;

/** The target groups of one port of one user's Service. */
export interface Group {
  service: string;
  port: string;
  targets: Partial<Record<RefRole, Target>>;
}

type Slot = { group: Group } | { foreign: Target };

/** The controller is written in Go, whose JSON takes names of fields in any case. */
function keyOf(of: Fields, name: string): string {
  if (name in of) return name;
  return Object.keys(of).find((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
}

export function fieldOf(of: unknown, name: string): unknown {
  if (typeof of !== 'object' || of === null) return undefined;
  return (of as Fields)[keyOf(of as Fields, name)];
}

function withField(of: Fields, name: string, value: unknown): Fields {
  return { ...of, [keyOf(of, name)]: value };
}

/** Undefined where it is not an object in JSON. */
export function parsed(text: string): Fields | undefined {
  try {
    const found: unknown = JSON.parse(text);
    return typeof found === 'object' && found !== null && !Array.isArray(found)
      ? (found as Fields)
      : undefined;
  } catch {
    return undefined;
  }
}

export function targetsOf(action: unknown): Target[] {
  if (fieldOf(action, 'type') !== 'forward') return [];
  const found = fieldOf(fieldOf(action, 'forwardConfig'), 'targetGroups');
  return Array.isArray(found) ? (found as Target[]) : [];
}

function withTargets(action: Fields, targets: Target[]): Fields {
  const config = (fieldOf(action, 'forwardConfig') ?? {}) as Fields;
  return withField(action, 'forwardConfig', withField(config, 'targetGroups', targets));
}

/** A field that is a text or a number; '' where it is not there. */
function textOf(target: Target, name: string): string {
  const found = fieldOf(target, name);
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '';
}

/** Where it leads: the name of a Service, or the target group that somebody made. */
export function targetText(target: Target): string {
  const names = ['serviceName', 'targetGroupName', 'targetGroupARN'];
  return names.map((name) => textOf(target, name)).find(Boolean) ?? 'a target group';
}

/** One that stands alone has everything. */
export function weightOf(target: Target, alone: boolean): number {
  return alone ? 100 : Number(fieldOf(target, 'weight') ?? 0);
}

/** A Service of the user's without a share, beside none of its versions, is no business of ours. */
function slotsOf(targets: readonly Target[], names: ServiceNames): Slot[] {
  const slots: Slot[] = [];
  for (const target of targets) {
    const to = names.of(textOf(target, 'serviceName'));
    const port = textOf(target, 'servicePort');
    const groups = slots.flatMap((slot) => ('group' in slot ? [slot.group] : []));
    const open = groups.find((one) => one.service === to?.service && one.port === port);
    if (to === undefined || open?.targets[to.role]) slots.push({ foreign: target });
    else if (open) open.targets[to.role] = target;
    else slots.push({ group: { service: to.service, port, targets: { [to.role]: target } } });
  }
  return slots.map((slot) => {
    if ('foreign' in slot) return slot;
    const { Service, Stable, Candidate } = slot.group.targets;
    const idle = Service && !Stable && !Candidate && weightOf(Service, targets.length === 1) === 0;
    return idle ? { foreign: Service } : slot;
  });
}

export function groupsIn(action: unknown, names: ServiceNames): Group[] {
  return slotsOf(targetsOf(action), names).flatMap((slot) => ('group' in slot ? [slot.group] : []));
}

/** `Other`: a mixture that is none of ours. */
export function goalOf({ targets: { Service, Stable, Candidate } }: Group): Goal | 'Other' {
  if (Service && !Stable && !Candidate) return 'Service';
  if (!Service || !Stable || !Candidate) return 'Other';
  const shares = [Service, Stable, Candidate].map((one) => weightOf(one, false));
  if (isDeepStrictEqual(shares, [100, 0, 0])) return 'Announced';
  const [own, stable = 0, candidate = 0] = shares;
  return own === 0 && stable + candidate === 100 ? candidate : 'Other';
}

/** `web 0, web-stable 95, web-candidate 5` */
export function groupText({ targets }: Group): string {
  return Object.values(targets)
    .map((one) => `${targetText(one)} ${textOf(one, 'weight')}`.trim())
    .join(', ');
}

export interface Aim {
  goal: Goal;
  names: ServiceNames;
  /** The action as the user wrote it, as far as that is remembered. */
  original?: Fields | undefined;
}

/** The same action with its target groups where they should be; everything else in it stays. */
export function aimed(action: Fields, { goal, names, original }: Aim): Fields {
  const now = targetsOf(action);
  const slots = slotsOf(now, names);
  const before = targetsOf(original);
  const alone = slots.length === 1;
  const targets = slots.flatMap((slot) => {
    if ('foreign' in slot) return [slot.foreign];
    return goal === 'Service' ? [taken(slot.group, { before, alone })] : spread(slot.group, goal);
  });
  return isDeepStrictEqual(now, targets) ? action : withTargets(action, targets);

  function spread({ service, targets: has }: Group, to: Exclude<Goal, 'Service'>): Target[] {
    const like = has.Service ?? has.Stable ?? has.Candidate ?? {};
    const shares = to === 'Announced' ? [100, 0, 0] : [0, 100 - to, to];
    return (['Service', 'Stable', 'Candidate'] as const).map((role, i) => {
      const led = withField(like, 'serviceName', names.in({ service, role }));
      return withField(led, 'weight', shares[i]);
    });
  }

  function taken(
    { service, port, targets: has }: Group,
    { before: originals, alone: single }: { before: Target[]; alone: boolean },
  ): Target {
    // Nobody has moved it: it is as its user wrote it.
    if (has.Service && !has.Stable && !has.Candidate) return has.Service;
    const like = has.Service ?? has.Stable ?? has.Candidate ?? {};
    const led = withField(like, 'serviceName', service);
    const was = originals.find(
      (one) => fieldOf(one, 'serviceName') === service && textOf(one, 'servicePort') === port,
    );
    const weight = was ? fieldOf(was, 'weight') : single ? undefined : 100;
    const { [keyOf(led, 'weight')]: _, ...rest } = led;
    return weight === undefined ? rest : withField(led, 'weight', weight);
  }
}

/** Everything to the candidate, as a rule for single requests has it. */
export function toCandidate(action: Fields, names: ServiceNames): Fields {
  const [group] = groupsIn(action, names);
  const like = group?.targets.Service ?? group?.targets.Stable ?? group?.targets.Candidate;
  if (!group || !like) return action;
  const name = names.in({ service: group.service, role: 'Candidate' });
  const { [keyOf(like, 'weight')]: _, ...rest } = withField(like, 'serviceName', name);
  return withTargets(action, [rest]);
}

/** The action that Segue makes for a backend that names its Service directly. */
export function ownAction(service: string, servicePort: number | string): Fields {
  const targetGroups = [{ serviceName: service, servicePort, weight: 100 }];
  return { type: 'forward', forwardConfig: { targetGroups } };
}

/** Told by what it says: the three target groups of the Service of its name, and nothing else. */
export function isOwnAction(
  name: string,
  action: Fields | undefined,
  names: ServiceNames,
): boolean {
  const targets = targetsOf(action);
  if (!action || targets.length !== 3) return false;
  const original = ownAction(name, fieldOf(targets[0], 'servicePort') as number | string);
  const whole = aimed(action, { goal: 'Service', names, original });
  return isDeepStrictEqual(whole, original);
}
