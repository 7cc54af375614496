/** Deployments, released by the swap. */
import type { Workload } from '../../ports/workload.ts';
import { observe } from './observe.ts';
import { render } from './render.ts';

export const deploymentWorkload: Workload = { observe, render };
