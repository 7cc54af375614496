/** Nodes for any API server. */
export { startNodes } from './nodes.ts';
