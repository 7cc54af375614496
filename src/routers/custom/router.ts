/** A router of one's own: weights, and rules for single requests, on an object of a kind that a definition of users' describes. */
import type { RouteDefinition } from '../../api/route-definition.ts';
import type { TrafficRouter } from '../../ports/traffic-router.ts';
import { splitRoute } from '../split-route/router.ts';
import { misfits } from './check.ts';
import { definitionFor, definitionIn } from './definition.ts';
import { listAt, shapeOf } from './shape.ts';
import { trialOf } from './trial.ts';

function routerBy(definition: RouteDefinition): TrafficRouter {
  return splitRoute('custom', [shapeOf(definition)]);
}

export const custom: TrafficRouter = {
  name: 'custom',
  capabilities: { weights: 'Percent', dedicatedServices: true },
  // Watched as long as a policy or a release has one of them.
  kinds: [],

  check(scope, objects) {
    const definition = definitionFor(scope, objects);
    if (Array.isArray(definition)) return definition;
    const { group, kind } = definition;
    const name = String(scope.config['object']);
    const route = objects.get({ group, kind }, name);
    const odd = route ? misfits(definition, { title: `${kind} ${name}`, route }) : [];
    return odd.length > 0 ? odd : routerBy(definition).check(scope, objects);
  },
  trial(scope, route) {
    const definition = definitionIn(scope);
    const [path = ''] = definition.destinations;
    return trialOf(definition, listAt(path), { scope, route });
  },
  capture: (scope, objects) => routerBy(definitionIn(scope)).capture(scope, objects),
  render: (intent, objects) => routerBy(definitionIn(intent)).render(intent, objects),
  observe: (intent, objects) => routerBy(definitionIn(intent)).observe(intent, objects),
};
