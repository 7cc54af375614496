/** What a release between two workloads that take turns will write. Which of the two has the traffic is
 * for the Services to say, so that they are called by their roles. */
import {
  jobWrites,
  type Planned,
  type PlannedWrite,
  podsAt,
  podsText,
  versionServices,
} from './planned-writes.ts';

const LIVE = 'Deployment <live>';
const IDLE = 'Deployment <idle>';

/** Statuses, Events and the Lease apart. */
export function pairWrites(planned: Planned): PlannedWrite[] {
  const { plan, traffic } = planned;
  const previews = traffic ? versionServices(traffic) : [];
  const kept = plan.oldVersion === 'Keep';
  return [
    { when: 'once', object: LIVE, what: 'paused: true, for as long as it has the traffic' },
    { when: 'start', object: 'Release', what: 'created: the plan and the record' },
    ...jobWrites(plan.before?.tasks, 'start'),
    { when: 'start', object: IDLE, what: 'paused: true, when it has rolled out its new template' },
    ...previews.map((object) => ({ when: 'start', object, what: 'created' })),
    ...stageWrites(planned),
    {
      when: kept ? 'when not kept' : 'after the bake',
      object: LIVE,
      what: 'scaled to 0, drained',
    },
    ...previews.map((object) => ({ when: 'end', object, what: 'deleted' })),
    { when: 'end', object: LIVE, what: 'paused: false: it gets the next version' },
    ...jobWrites(plan.after, 'end'),
    { when: 'on abort', object: IDLE, what: 'scaled to its own size, paused: false' },
    ...jobWrites(plan.onAbort, 'on abort'),
  ];
}

function stageWrites({ plan, traffic, replicas }: Planned): PlannedWrite[] {
  let pods = 0;
  let weight = 0;
  return plan.stages.flatMap((stage, i) => {
    const when = `stage ${i + 1}`;
    const { candidate } = podsAt(plan, stage, replicas);
    const grows = candidate > pods;
    const moves = stage.weight !== weight;
    pods = Math.max(pods, candidate);
    weight = stage.weight;
    const services = moves ? (traffic?.services ?? []) : [];
    return [
      ...(grows ? [{ when, object: IDLE, what: podsText(candidate) }] : []),
      ...jobWrites(stage.tests, when),
      ...services.map((name) => ({
        when,
        object: `Service ${name}`,
        what: 'its selector names the idle one instead of the live one, and stays so',
      })),
      ...jobWrites(stage.tasks, when),
    ];
  });
}
