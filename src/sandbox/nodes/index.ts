/** Nodes for any API server. */
export { startNodes, type Nodes, type NodesDeps, type NodesOptions } from './nodes.ts';
export { claimNetwork, type Network } from './network.ts';
