/** APISIX's ApisixRoute: weights of the backends of its HTTP rules. */
import { splitRoute } from '../split-route/router.ts';
import type { RouteShape } from '../split-route/shape.ts';
import { notAccepted } from './acceptance.ts';
import { backends } from './backends.ts';
import { checkApisixRoute } from './check.ts';
import { addedRules, isAdded } from './request-rules.ts';

const apisixRoute: RouteShape = {
  field: 'apisixRoute',
  lists: [{ field: 'http', refs: 'backends' }],
  refs: backends,
  requests: { list: 'http', added: addedRules, isAdded },
  check: checkApisixRoute,
  notAccepted,
};

export const apisix = splitRoute('apisix', [apisixRoute]);
