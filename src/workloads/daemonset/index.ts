/** DaemonSets, whose pods are asked to go node by node, and come anew with the new version. */
import type { Workload } from '../../ports/workload.ts';
import { observe } from './observe.ts';
import { render } from './render.ts';

export const daemonSetWorkload: Workload = { observe, render };
