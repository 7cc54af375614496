/** Releases of configuration that must survive every fault. */
import { atGates } from '../../src/testing/shop.ts';
import type { Scenario } from './scenarios.ts';

const watched = { config: { watch: true, quiet: '400ms' } };

export const CONFIGURED: Scenario = {
  name: 'blue-green of a ConfigMap',
  route: false,
  config: 'Alone',
  outcome: 'Promoted',
  policy: (shop) => shop.blueGreen({ hold: '100ms' }, { bake: '200ms', ...watched }),
};

export const CONFIGURED_WITH_IMAGE: Scenario = {
  name: 'canary of an image and a ConfigMap',
  route: true,
  config: 'WithImage',
  outcome: 'Promoted',
  policy: (shop) => shop.canary([{ weight: 25, hold: '100ms' }], { bake: '200ms', ...watched }),
};

/** What is stored stays what was taken back, and must not be tried again. */
export const ABORTED_CONFIGURED: Scenario = {
  name: 'blue-green of a ConfigMap that is taken back',
  route: false,
  config: 'Alone',
  outcome: 'Aborted',
  policy: (shop) => shop.blueGreen({ approval: {} }, watched),
  async meanwhile({ shop, releases }) {
    await releases.reach(shop.namespace, 'the preview', atGates(0));
    await shop.ask('Abort');
  },
};
