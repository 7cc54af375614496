/** Deployments, released by the swap; and pairs of them, which take turns. */
import type { Workload } from '../../ports/workload.ts';
import { observe } from './observe.ts';
import { observePair, renderPair } from './pair.ts';
import { render } from './render.ts';

export const deploymentWorkload: Workload = {
  observe({ pair, ...objects }, release) {
    return pair ? observePair({ ...objects, pair }, release) : observe(objects, release);
  },
  render(intent, { pair, ...objects }) {
    if (!pair) return render(intent, objects);
    return intent.pair ? renderPair(intent.pair, { ...objects, pair }) : [];
  },
};
