/** The door of the controller. */
export { Controller } from './controller.ts';
export { freshPods, readyPods } from './candidate-pods.ts';
export { examine } from './examine.ts';
export { startHealthServer } from './health-server.ts';
export { EventRecorder } from './events.ts';
export type { TrafficParts } from './traffic.ts';
