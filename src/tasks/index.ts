/** All task runners, by the kind of task: one folder and one line each. */
import type { Clock } from '../ports/clock.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { TaskRunner } from '../ports/task-runner.ts';
import { httpRunner } from './http/index.ts';
import { jobRunner } from './job/index.ts';
import { pullRunner } from './pull/index.ts';
import { releasedInRunner } from './released-in/index.ts';
import { webhookRunner } from './webhook/index.ts';

export { jobRunner };

export function taskRunners(
  client: KubeClient,
  clock: Clock,
): ReadonlyMap<TaskRunner['kind'], TaskRunner> {
  const runners = [
    httpRunner(clock),
    jobRunner(client, clock),
    webhookRunner(client, clock),
    releasedInRunner(client, clock),
    pullRunner(client, clock),
  ];
  return new Map(runners.map((runner) => [runner.kind, runner]));
}
