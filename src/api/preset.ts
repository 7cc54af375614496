/** Names of what a check can be made of without a query: the metrics that a mesh, a gateway or an application has. */
import * as z from 'zod';

export const PRESET_NAMES = [
  'istio',
  'linkerd',
  'ingress-nginx',
  'gateway',
  'traefik',
  'contour',
  'apisix',
  'consul',
  'kong',
  'http',
  'grpc',
] as const;

export type PresetName = (typeof PRESET_NAMES)[number];

/** What a preset knows to ask; the names of the checks that it makes by itself. */
export const PRESET_QUESTIONS = ['errors', 'latency'] as const;

export type PresetQuestion = (typeof PRESET_QUESTIONS)[number];

/** The name of a check that was given none: lists are kept apart by it, so that there has to be one. */
export const NAMELESS = 'preset';

export const presetFields = {
  preset: z
    .enum(PRESET_NAMES)
    .optional()
    .describe(
      'Queries for the metrics of this mesh, gateway or application. Without a name and `of` it makes two checks, ' +
        '`errors` and `latency`.',
    ),
  of: z
    .enum(PRESET_QUESTIONS)
    .optional()
    .describe('Which of the two the preset asks; needed beside a name.'),
};
