/** What those who take up routes say of them, in a condition of the generation that they have seen. */
import type { KubeObject } from '../../api/object.ts';
import type { Verdict } from './route-kind.ts';

export interface Said {
  type: string;
  status: string;
  observedGeneration: number;
}

/** @param refused the reason for what is not taken up */
export function saying(type: string, { ok, generation, at }: Verdict, refused: string) {
  return {
    type,
    status: ok ? 'True' : 'False',
    reason: ok ? type : refused,
    message: '',
    lastTransitionTime: at,
    observedGeneration: generation,
  };
}

/** Whether it is true of what is stored; undefined while nothing is said of it. */
export function isSaid({ metadata, status }: KubeObject, type: string): boolean | undefined {
  const { conditions = [] } = (status ?? {}) as { conditions?: Said[] };
  const said = conditions.find((one) => one.type === type);
  return said && isTrue(said, metadata.generation);
}

export function isTrue({ status, observedGeneration }: Said, generation = 0): boolean {
  return status === 'True' && observedGeneration >= generation;
}
