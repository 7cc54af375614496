/** The door of the controller. */
export { Controller } from './controller.ts';
export { startHealthServer } from './health-server.ts';
export { EventRecorder } from './events.ts';
