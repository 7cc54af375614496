/** StatefulSets, whose own controller changes the pods ordinal by ordinal. */
import type { Workload } from '../../ports/workload.ts';
import { observe } from './observe.ts';
import { render } from './render.ts';

export const statefulSetWorkload: Workload = { observe, render };
