/**
 * The Deployment's Progressing condition as the place where `kubectl rollout status` and GitOps
 * tools look for a failed release. The Deployment controller leaves a deadline that was exceeded
 * alone while the Deployment is paused.
 */
import type { WorkloadIntent } from '../../ports/workload.ts';
import type { PatchWrite } from '../../ports/write.ts';
import { type Fields, fields, list, text } from '../fields.ts';
import type { TargetView } from './view.ts';
import { patchTarget } from './writes.ts';

const PREFIX = 'Segue: ';
const DEADLINE = 'ProgressDeadlineExceeded';

/** The message Segue has written, without its prefix; undefined when there is none. */
export function failureMessageOf(target: TargetView): string | undefined {
  const progressing = conditionsOf(target).find((condition) => condition['type'] === 'Progressing');
  if (progressing?.['status'] !== 'False' || progressing['reason'] !== DEADLINE) return undefined;
  const message = text(progressing['message']);
  return message.startsWith(PREFIX) ? message.slice(PREFIX.length) : undefined;
}

/** Writes the message, or takes Segue's own off when it is ''. */
export function failureWrites(
  { failureMessage: message, at }: WorkloadIntent,
  target: TargetView,
): PatchWrite[] {
  if (message === undefined) return [];
  const present = failureMessageOf(target);
  if (message === (present ?? '')) return [];
  const because = message === '' ? 'take the failed release off' : 'show the failed release';
  const body = { status: { conditions: replaced(conditionsOf(target), progressing(message, at)) } };
  return [{ ...patchTarget(target, body, because), subresource: 'status' }];
}

function progressing(message: string, at: string | undefined): Fields {
  const times = at === undefined ? {} : { lastTransitionTime: at, lastUpdateTime: at };
  const base = { type: 'Progressing', ...times };
  if (message !== '')
    return { ...base, status: 'False', reason: DEADLINE, message: `${PREFIX}${message}` };
  const resting = { reason: 'DeploymentPaused', message: 'Deployment is paused' };
  return { ...base, status: 'Unknown', ...resting };
}

function replaced(conditions: Fields[], next: Fields): Fields[] {
  const others = conditions.filter((condition) => condition['type'] !== next['type']);
  return [...others, next];
}

function conditionsOf(target: TargetView): Fields[] {
  return list(fields(target.object['status'])['conditions']);
}
