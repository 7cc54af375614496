/** The types of all built-in kinds. */
import { TypeTable } from '../schema-notation.ts';
import { ADMISSION } from '../schemas/admission.ts';
import { APPS } from '../schemas/apps.ts';
import { AUTHENTICATION } from '../schemas/authentication.ts';
import { AUTHORIZATION } from '../schemas/authorization.ts';
import { AUTOSCALING_V1 } from '../schemas/autoscaling-v1.ts';
import { AUTOSCALING } from '../schemas/autoscaling.ts';
import { BATCH } from '../schemas/batch.ts';
import { COORDINATION } from '../schemas/coordination.ts';
import { CORE_STORED } from '../schemas/core-stored.ts';
import { CORE_VOLUMES } from '../schemas/core-volumes.ts';
import { CORE } from '../schemas/core.ts';
import { DISCOVERY } from '../schemas/discovery.ts';
import { EVENTS } from '../schemas/events.ts';
import { EXTENSIONS } from '../schemas/extensions.ts';
import { META } from '../schemas/meta.ts';
import { NETWORKING } from '../schemas/networking.ts';
import { NODE } from '../schemas/node.ts';
import { POLICY } from '../schemas/policy.ts';
import { RBAC } from '../schemas/rbac.ts';
import { SCHEDULING } from '../schemas/scheduling.ts';
import { STORAGE } from '../schemas/storage.ts';

export const TYPES = new TypeTable({
  meta: META,
  core: [CORE, CORE_VOLUMES, CORE_STORED].map((part) => part.trim()).join('\n'),
  apps: APPS,
  batch: BATCH,
  autoscaling: AUTOSCALING,
  autoscalingv1: AUTOSCALING_V1,
  discovery: DISCOVERY,
  events: EVENTS,
  policy: POLICY,
  networking: NETWORKING,
  rbac: RBAC,
  coordination: COORDINATION,
  authorization: AUTHORIZATION,
  authentication: AUTHENTICATION,
  admission: ADMISSION,
  extensions: EXTENSIONS,
  storage: STORAGE,
  scheduling: SCHEDULING,
  node: NODE,
});
