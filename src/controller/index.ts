/** The door of the controller. */
export { Controller, type ControllerDeps, type ControllerOptions } from './controller.ts';
export { startHealthServer } from './health-server.ts';
